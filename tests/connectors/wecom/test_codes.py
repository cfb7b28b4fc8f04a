"""The table of error codes: what each means for the message, for whoever waits behind it, for the app."""

import pytest

from connectors.errors import CredentialError, SendDeferred, SendRefused
from connectors.wecom.codes import error_of

DEFERRED = [-1, 6000, 45009, 45033]
DEAD = [40003, 60111, 46004, 40050, 86001, 86003, 86008, 40096, 81013, 82001, 93000, 93004, 93006, 93008]
REFUSED = [40007, 44001, 40008, 40035, 40058, 44004, 40029, 40033, 45001, 45002, 82002, 82003]
CREDENTIAL = [
    *(40001, 40091, 40013, 40014, 41001, 42001, 40056, 301002, 48002, 48009),
    *(50001, 50002, 60011, 50003, 60020, 80001, 85005, 301056),
]


@pytest.mark.parametrize("code", DEFERRED)
def test_a_busy_platform_defers(code: int):
    error = error_of(code)
    assert isinstance(error, SendDeferred)
    assert error.retry_after > 0
    assert error.whole_app == (code in (45009, 45033))


def test_a_frequency_block_lasts_a_minute():
    error = error_of(45009)
    assert isinstance(error, SendDeferred)
    assert error.retry_after == 60


@pytest.mark.parametrize("code", DEAD)
def test_a_receiver_that_cannot_be_reached_is_dead(code: int):
    error = error_of(code)
    assert isinstance(error, SendRefused)
    assert error.dead_address


@pytest.mark.parametrize("code", [*REFUSED, 123456])
def test_a_bad_message_is_refused_and_the_address_lives(code: int):
    error = error_of(code)
    assert isinstance(error, SendRefused)
    assert not error.dead_address


@pytest.mark.parametrize("code", CREDENTIAL)
def test_an_app_that_is_refused_stops_the_app(code: int):
    assert isinstance(error_of(code), CredentialError)


def test_the_address_missing_from_the_trusted_ones_is_named():
    message = "not allow to access from your ip, hint: [1], from ip: 203.0.113.8, more info at https://…"
    assert "203.0.113.8" in str(error_of(60020, message))


def test_nothing_else_of_a_platforms_message_is_kept():
    assert "SECRET" not in str(error_of(93000, "invalid webhook url key=SECRET"))
