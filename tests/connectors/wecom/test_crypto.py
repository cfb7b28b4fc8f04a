"""Signature × timestamp × padding × receiver: what is believed, against the stand-in's cryptography."""

import base64
import itertools
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from pydantic import SecretStr

from connectors.chat import card
from connectors.connector import Outcome, WebhookRequest
from connectors.errors import BadSignature, ConfigurationError, MalformedEvent, StaleRequest, WebhookError
from connectors.sandbox.wecom_cipher import EndpointCipher, unpadded
from connectors.tokens import MemoryTokenStore
from connectors.wecom.connector import build
from connectors.wecom.crypto import CallbackCipher, decrypt_file
from connectors.wecom.settings import WeComSettings

KEY = "XEEgLQcMnlktk7iXWOmQEQxJ2th1bRjgBSN0RYlImUy"
CORP = "ww1f0e2d3c4b5a6978"
NOW = datetime(2026, 12, 9, 1, 0, tzinfo=UTC)
THEIRS = EndpointCipher("Kx9mQ2vT7pLr", KEY, CORP)
MESSAGE = (
    f"<xml><ToUserName>{CORP}</ToUserName><FromUserName>WangLei</FromUserName><CreateTime>1</CreateTime>"
    "<MsgType>text</MsgType><Content>签收 T1</Content><MsgId>77</MsgId></xml>"
)


def settings(**changed: object) -> WeComSettings:
    given = {
        "corp_id": CORP,
        "agent_id": 1000002,
        "secret": SecretStr("secret-of-the-app"),
        "token": SecretStr("Kx9mQ2vT7pLr"),
        "encoding_aes_key": SecretStr(KEY),
        **changed,
    }
    return WeComSettings.model_validate(given)


CONNECTOR = build(settings(), tokens=MemoryTokenStore())


def raw(framed: bytes) -> str:
    """AES alone, with no framing or padding of its own."""
    key = base64.b64decode(KEY + "=")
    worker = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(worker.update(framed) + worker.finalize()).decode()


def framed(message: bytes, receiver: bytes, padding: bytes | None = None, length: int | None = None) -> bytes:
    size = len(message) if length is None else length
    plain = b"r" * 16 + size.to_bytes(4, "big") + message + receiver
    missing = 32 - len(plain) % 32
    return plain + (bytes([missing]) * missing if padding is None else padding)


def request(encrypted: str, *, at: datetime = NOW, signature: str | None = None, **query: str):
    timestamp, nonce = str(int(at.timestamp())), "n1"
    signed = THEIRS.signature(timestamp, nonce, encrypted) if signature is None else signature
    given = {"msg_signature": signed, "timestamp": timestamp, "nonce": nonce, **query}
    body = f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode()
    return WebhookRequest("POST", "app", given, {}, body)


AGES = {"now": 0, "an hour old": -3600, "an hour ahead": 3600, "too old": -3602, "too far ahead": 3602}
SIGNATURES = {"right": None, "upper case": "UPPER", "empty": "", "other": "0" * 40, "not ascii": "签"}
PADDINGS = {"right": None, "uneven": b"\x01\x02", "zero": b"\x00", "33": b"\x21" * 33}
RECEIVERS = {
    "ours": CORP.encode(),
    "none": b"",
    "another": b"ww0000000000000000",
    "longer": CORP.encode() + b"x",
}


@pytest.mark.parametrize(
    ("signature", "age", "padding", "receiver"),
    list(itertools.product(SIGNATURES, AGES, PADDINGS, RECEIVERS)),
)
def test_only_what_is_right_in_everything_is_believed(signature: str, age: str, padding: str, receiver: str):
    wrong = PADDINGS[padding]
    plain = framed(MESSAGE.encode(), RECEIVERS[receiver], b"" if wrong is not None else None)
    if wrong is not None:
        room = (-(len(plain) + len(wrong))) % 16
        plain += b"p" * room + wrong
    encrypted = raw(plain)
    at = NOW + timedelta(seconds=AGES[age])
    given = SIGNATURES[signature]
    if given == "UPPER":
        given = THEIRS.signature(str(int(at.timestamp())), "n1", encrypted).upper()
    call = request(encrypted, at=at, signature=given)
    good = signature == "right" and not age.startswith("too") and padding == "right" and receiver == "ours"
    if good:
        incoming = CONNECTOR.receive(call, NOW).incoming
        assert incoming is not None
        assert incoming.text == "签收 T1"
        return
    with pytest.raises(WebhookError) as refused:
        CONNECTOR.receive(call, NOW)
    if signature != "right":
        assert isinstance(refused.value, BadSignature)
    elif age.startswith("too"):
        assert isinstance(refused.value, StaleRequest)
    elif padding != "right":
        assert refused.value.reason in ("bad_padding", "bad_length", "receive_id_mismatch")
    else:
        assert refused.value.reason == "receive_id_mismatch"


@pytest.mark.parametrize("timestamp", ["", "now", "-1", "1.5", "１７６３７０００００", "1" * 40])
def test_a_time_that_is_no_number_is_refused_even_if_signed(timestamp: str):
    encrypted = THEIRS.seal(MESSAGE)
    signature = THEIRS.signature(timestamp, "n1", encrypted)
    with pytest.raises(MalformedEvent, match="bad_timestamp"):
        CONNECTOR.receive(request(encrypted, signature=signature, timestamp=timestamp), NOW)


@pytest.mark.parametrize("extra", range(33))
def test_every_length_of_padding_is_taken_off(extra: int):
    text = "x" * extra
    ours = CallbackCipher("t", KEY, CORP)
    assert ours.decrypt(THEIRS.seal(text)) == text
    assert THEIRS.open(ours.encrypt(text)) == text
    assert decrypt_file(KEY, THEIRS.seal_file(text.encode())) == text.encode()


@pytest.mark.parametrize(
    ("encrypted", "reason"),
    [
        ("", "decrypt_failed"),
        ("AAAA", "decrypt_failed"),
        ("====", "bad_base64"),
        ("签收", "bad_base64"),
        ("AAAA AAAA", "bad_base64"),
        (raw(framed(b"m", CORP.encode(), length=1 << 31)), "bad_length"),
        (raw(framed(b"m", CORP.encode(), length=2)), "receive_id_mismatch"),
        (raw(b"\x10" * 16), "bad_length"),
        (raw(framed(b"\xff\xfe", CORP.encode())), "bad_encoding"),
    ],
)
def test_a_broken_ciphertext_is_refused_with_its_reason(encrypted: str, reason: str):
    with pytest.raises(WebhookError) as refused:
        CONNECTOR.receive(request(encrypted), NOW)
    assert refused.value.reason == reason


@pytest.mark.parametrize("name", ["msg_signature", "timestamp", "nonce"])
def test_a_missing_parameter_is_refused(name: str):
    call = request(THEIRS.seal(MESSAGE))
    query = {key: value for key, value in call.query.items() if key != name}
    with pytest.raises(MalformedEvent, match="missing_parameter"):
        CONNECTOR.receive(WebhookRequest("POST", "app", query, {}, call.body), NOW)


@pytest.mark.parametrize(
    ("method", "endpoint"), [("PUT", "app"), ("POST", ""), ("POST", "aibot"), ("POST", "x")]
)
def test_other_methods_and_endpoints_that_are_not_configured_are_refused(method: str, endpoint: str):
    call = request(THEIRS.seal(MESSAGE))
    with pytest.raises(MalformedEvent):
        CONNECTOR.receive(WebhookRequest(method, endpoint, call.query, {}, call.body), NOW)


def test_an_oversized_body_is_refused_before_it_is_parsed():
    call = request(THEIRS.seal(MESSAGE))
    body = call.body.replace(b"</xml>", b"<Pad>" + b"A" * (1 << 20) + b"</Pad></xml>")
    with pytest.raises(MalformedEvent, match="body_too_large"):
        CONNECTOR.receive(WebhookRequest("POST", "app", call.query, {}, body), NOW)


BOMB = "<!DOCTYPE xml [<!ENTITY a 'lol'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>"


@pytest.mark.parametrize(
    "declared", ["<!DOCTYPE xml>", BOMB, "<!DOCTYPE xml SYSTEM 'http://127.0.0.1/x.dtd'>"]
)
def test_a_document_type_is_refused_outside_and_inside(declared: str):
    call = request(THEIRS.seal(MESSAGE))
    outside = WebhookRequest("POST", "app", call.query, {}, declared.encode() + call.body)
    inside = request(
        THEIRS.seal(declared + MESSAGE.replace("签收", "&b;" if "ENTITY" in declared else "签收"))
    )
    for dangerous in (outside, inside):
        with pytest.raises(MalformedEvent, match="xml_dtd_forbidden"):
            CONNECTOR.receive(dangerous, NOW)


def test_a_second_encoding_does_not_hide_a_document_type():
    call = request(THEIRS.seal(MESSAGE))
    body = (BOMB + call.body.decode()).encode("utf-16")
    with pytest.raises(MalformedEvent, match="bad_body"):
        CONNECTOR.receive(WebhookRequest("POST", "app", call.query, {}, body), NOW)


def test_spare_bits_in_the_last_character_of_a_key_are_ignored():
    assert CallbackCipher("t", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", CORP)


def test_the_replies_of_a_press_are_in_the_platforms_form():
    event = (
        "<xml><FromUserName>WangLei</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType>"
        "<Event>template_card_event</Event><EventKey>同意 R12|c1|3</EventKey><TaskId>t</TaskId></xml>"
    )
    received = CONNECTOR.receive(request(THEIRS.seal(event)), NOW)
    assert received.incoming is not None
    assert received.incoming.action is not None
    assert (received.incoming.action.card, received.incoming.action.no) == ("c1", 3)
    body = received.answer(Outcome(toast="已同意 ]]> <&")).body.decode()
    encrypted = body.partition("<Encrypt><![CDATA[")[2].partition("]]>")[0]
    assert "已同意 ]]]]><![CDATA[> <&" in THEIRS.open(encrypted)
    assert received.answer(Outcome()).body == b""
    assert received.answer(Outcome(toast="已同意", told=True)).body == b""
    assert len(unpadded(b"x" * 31 + b"\x01")) == 31


def test_an_entry_of_the_apps_menu_has_no_card_to_redraw():
    event = (
        "<xml><FromUserName>WangLei</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType>"
        "<Event>click</Event><EventKey>我的任务</EventKey></xml>"
    )
    received = CONNECTOR.receive(request(THEIRS.seal(event)), NOW)
    assert received.answer(Outcome(card=card("今日待办"))).body == b""


@pytest.mark.parametrize("stream", ['{"id":"s1"}', "[]", "null"])
def test_a_stream_left_over_is_ended(stream: str):
    theirs = EndpointCipher("t", KEY, "")
    robot = WeComSettings(aibot_token=SecretStr("t"), aibot_encoding_aes_key=SecretStr(KEY))
    inner = (
        '{"msgid":"m1","aibotid":"a","chattype":"single","from":{"userid":"WangLei"},'
        f'"msgtype":"stream","stream":{stream}}}'
    )
    encrypted, timestamp = theirs.seal(inner), str(int(NOW.timestamp()))
    query = {
        "msg_signature": theirs.signature(timestamp, "n9", encrypted),
        "timestamp": timestamp,
        "nonce": "n9",
    }
    call = WebhookRequest("POST", "aibot", query, {}, json.dumps({"encrypt": encrypted}).encode())
    received = build(robot, tokens=MemoryTokenStore()).receive(call, NOW)
    assert received.incoming is None
    answer = json.loads(received.answer(Outcome()).body)
    assert answer["nonce"] == "n9"
    assert json.loads(theirs.open(answer["encrypt"]))["stream"]["finish"] is True


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"secret": SecretStr("")}, "secret"),
        ({"corp_id": ""}, "corp_id"),
        ({"agent_id": 0}, "agent_id"),
        ({"token": SecretStr("")}, "token"),
        ({"encoding_aes_key": SecretStr("short")}, "encoding_aes_key"),
        ({"aibot_token": SecretStr("t")}, "aibot_encoding_aes_key"),
        ({"aibot_encoding_aes_key": SecretStr(KEY)}, "aibot_token"),
        ({"aibot_id": "aib1"}, "aibot_token"),
        ({"aibot_secret": SecretStr("s")}, "aibot_token"),
        ({"bot_name": " | "}, "bot_name"),
        ({"base_url": "qyapi.weixin.qq.com"}, "base_url"),
    ],
)
def test_settings_that_are_incomplete_never_start(changed: dict[str, object], named: str):
    with pytest.raises(ConfigurationError, match=named) as error:
        build(settings(**changed), tokens=MemoryTokenStore())
    assert "secret-of-the-app" not in str(error.value)


def test_no_settings_at_all_never_start_and_secrets_are_not_shown():
    with pytest.raises(ConfigurationError):
        build(WeComSettings(), tokens=MemoryTokenStore())
    assert "secret-of-the-app" not in repr(settings())


def test_a_robot_alone_is_enough_and_has_no_key_life():
    robot = WeComSettings(aibot_token=SecretStr("t"), aibot_encoding_aes_key=SecretStr(KEY))
    connector = build(robot, binding="wecom-b", tokens=MemoryTokenStore())
    assert connector.key_life == 0
    assert connector.app == "wecom:aibot:wecom-b"
