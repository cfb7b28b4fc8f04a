"""What is believed: signature × timestamp × body, sealed here with another library than the connector's."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.connector import Outcome, WebhookRequest
from connectors.errors import BadSignature, ConfigurationError, MalformedEvent, StaleRequest, WebhookError
from connectors.feishu.connector import AHEAD, PATIENCE, build
from connectors.feishu.crypto import decrypt, derive
from connectors.feishu.settings import FeishuSettings
from connectors.tokens import MemoryTokenStore
from tests.connectors.feishu.scene import KEYS
from tests.connectors.feishu.sealing import KEY, NOW, body_of, seal, signed

PERSON_LEFT = {
    "schema": "2.0",
    "header": {
        "event_id": "e1",
        "token": KEYS["verification_token"],
        "create_time": "1772413200000",
        "event_type": "contact.user.deleted_v3",
        "tenant_key": "t",
        "app_id": KEYS["app_id"],
    },
    "event": {"object": {"open_id": "ou_1"}},
}
CONNECTOR = build(FeishuSettings.model_validate(KEYS), tokens=MemoryTokenStore())


def without(request: WebhookRequest, *names: str, **changed: str) -> WebhookRequest:
    headers = {k: v for k, v in request.headers.items() if k not in names}
    headers.update({f"x-lark-{k.replace('_', '-')}": v for k, v in changed.items()})
    return WebhookRequest("POST", "", {}, headers, request.body)


GOOD = body_of(PERSON_LEFT)


@pytest.mark.parametrize("age", [0, 1, 7 * 3600 + 305, PATIENCE, -AHEAD])
def test_a_signed_event_of_an_accepted_age_is_believed(age: float) -> None:
    received = CONNECTOR.receive(signed(GOOD, age=age), NOW)
    assert received.incoming is not None
    assert received.answer(Outcome()).status == 200


@pytest.mark.parametrize("age", [PATIENCE + 1, -AHEAD - 1, 10**9])
def test_too_old_and_too_new_is_stale(age: float) -> None:
    with pytest.raises(StaleRequest):
        CONNECTOR.receive(signed(GOOD, age=age), NOW)


@pytest.mark.parametrize(
    "stamp", [" 1772413200", "1772413200.0", "１７７２４１３２００", "-5", "1e9", "9" * 40, "1_7"]
)
def test_a_timestamp_is_digits(stamp: str) -> None:
    with pytest.raises(StaleRequest):
        CONNECTOR.receive(signed(GOOD, stamp=stamp), NOW)


@pytest.mark.parametrize(
    "request_",
    [
        without(signed(GOOD), "x-lark-signature"),
        without(signed(GOOD), "x-lark-signature", "x-lark-request-timestamp", "x-lark-request-nonce"),
        without(signed(GOOD), signature=""),
        without(signed(GOOD), signature="签名"),
        without(signed(GOOD), signature=signed(GOOD).headers["x-lark-signature"].upper()),
        without(signed(GOOD), request_nonce="78"),
        without(signed(GOOD), request_nonce="\udcff"),
        without(signed(GOOD), request_timestamp=str(int(NOW.timestamp()) + 1)),
        signed(GOOD, key=""),
        signed(GOOD, key=KEYS["verification_token"]),
        WebhookRequest("POST", "", {}, signed(GOOD).headers, GOOD + b" "),
        signed(json.dumps(PERSON_LEFT).encode()),  # clear although signed
        signed(body_of({**PERSON_LEFT, "header": {**PERSON_LEFT["header"], "token": ""}})),  # type: ignore[dict-item]
        signed(body_of({**PERSON_LEFT, "header": {**PERSON_LEFT["header"], "token": None}})),  # type: ignore[dict-item]
        signed(body_of({**PERSON_LEFT, "header": {**PERSON_LEFT["header"], "app_id": "cli_b"}})),  # type: ignore[dict-item]
    ],
)
def test_what_is_not_signed_for_us_is_refused(request_: WebhookRequest) -> None:
    with pytest.raises(BadSignature):
        CONNECTOR.receive(request_, NOW)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'{"encrypt":',
        b'{"encrypt":null}',
        b'{"encrypt":"a b"}',
        GOOD.replace(b'": "', b'": "*'),  # lenient decoders drop what is not of the alphabet
        b'{"encrypt":"' + b"A" * 43 + b'"}',
        json.dumps({"encrypt": seal(b"[1]")}).encode(),
        json.dumps({"encrypt": seal(b"\xff\xfe")}).encode(),
        json.dumps({"encrypt": seal(b"[" * 5000)}).encode(),
        json.dumps({"encrypt": seal(b"{}")}).encode(),
        json.dumps({"encrypt": seal(b"{}", key="another")}).encode(),
        json.dumps({"encrypt": seal(b"0123456789abcde", pad=b"\x00")}).encode(),
        json.dumps({"encrypt": seal(b"0123456789abcde", pad=b"\x11")}).encode(),
        json.dumps({"encrypt": seal(b"0123456789abcd", pad=b"\x03\x02")}).encode(),
    ],
)
def test_what_is_not_from_feishu_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedEvent):
        CONNECTOR.receive(signed(body), NOW)


@pytest.mark.parametrize("with_headers", [True, False])
def test_a_challenge_is_echoed_with_or_without_a_signature(with_headers: bool) -> None:
    asked = {"type": "url_verification", "challenge": '挑战"\\', "token": KEYS["verification_token"]}
    request = signed(body_of(asked))
    if not with_headers:
        request = without(request, *request.headers)
    received = CONNECTOR.receive(request, NOW)
    answer = received.answer(Outcome())
    assert (received.incoming, received.ignored) == (None, "challenge")
    assert json.loads(answer.body) == {"challenge": '挑战"\\'}
    assert answer.content_type.startswith("application/json")


def test_an_event_cannot_pass_as_a_challenge_without_a_signature() -> None:
    with pytest.raises(BadSignature):
        CONNECTOR.receive(without(signed(GOOD), *signed(GOOD).headers), NOW)


@given(st.binary(max_size=200))
def test_any_bytes_come_back_from_their_seal(plain: bytes) -> None:
    assert decrypt(derive(KEY), seal(plain)) == plain


@given(st.binary(max_size=400), st.booleans())
def test_no_bytes_do_more_than_be_refused(body: bytes, as_cipher: bool) -> None:
    if as_cipher:
        body = json.dumps({"encrypt": base64.b64encode(body).decode()}).encode()
    with pytest.raises(WebhookError):
        CONNECTOR.receive(signed(body), NOW)


@pytest.mark.parametrize("name", ["app_id", "app_secret", "encrypt_key", "verification_token", "bot_name"])
def test_empty_settings_are_refused_and_named(name: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        build(FeishuSettings.model_validate({**KEYS, name: ""}), tokens=MemoryTokenStore())


@pytest.mark.parametrize(
    "address", ["", "open.feishu.cn", "ftp://host", "https://host/path", "https://host?x=1"]
)
def test_the_base_address_is_a_host(address: str) -> None:
    with pytest.raises(ConfigurationError, match="base_url"):
        build(FeishuSettings.model_validate({**KEYS, "base_url": address}), tokens=MemoryTokenStore())


def test_secrets_never_show() -> None:
    settings = FeishuSettings.model_validate(KEYS)
    shown = repr(settings) + str(settings) + settings.model_dump_json()
    assert not any(KEYS[name] in shown for name in ("app_secret", "encrypt_key", "verification_token"))
