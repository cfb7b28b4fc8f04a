"""Whatever a decrypted message holds, it is read, passed over or refused: nothing else ever happens."""

import json
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.chat import Button, Text, dump, load_incoming
from connectors.errors import WebhookError
from connectors.wecom import aibot_events, app_events, passive, render
from connectors.wecom.aibot_events import Robot
from connectors.wecom.buttons import action_of, key_of

AT = datetime(2026, 12, 9, tzinfo=UTC)
WORDS = [
    "text",
    "event",
    "mixed",
    "image",
    "group",
    "single",
    "template_card_event",
    "enter_chat",
    "@督办助手 x",
    "",
]
SCALARS = st.none() | st.booleans() | st.integers() | st.sampled_from(WORDS) | st.text(max_size=8)
NAMES = [
    "msgid",
    "msgtype",
    "from",
    "userid",
    "text",
    "content",
    "chattype",
    "chatid",
    "event",
    "eventtype",
    "quote",
]
NAMES += [
    "template_card_event",
    "event_key",
    "mixed",
    "msg_item",
    "image",
    "url",
    "create_time",
    "stream",
    "id",
]
JSON: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=20,
)
TAGS = [
    "FromUserName",
    "CreateTime",
    "MsgType",
    "Event",
    "EventKey",
    "MsgId",
    "Content",
    "MediaId",
    "ChangeType",
]
VALUES = st.sampled_from(
    ["text", "event", "1796086800", "image", "click", "change_contact", "template_card_event"]
)


@settings(max_examples=150, deadline=None, database=None)
@given(st.dictionaries(st.sampled_from(NAMES), JSON, max_size=12), st.booleans())
def test_any_json_of_the_robot(message: dict[str, Any], whole: bool):
    base = (
        {"msgid": "m", "msgtype": "text", "from": {"userid": "u"}, "text": {"content": "x"}} if whole else {}
    )
    try:
        found = Robot("wecom", ("督办助手",), "").read({**message, **base} if whole else message, AT, None)
    except WebhookError:
        return
    if not isinstance(found, str):
        assert load_incoming(dump(found)) == found
    passive.aibot_stream_end(message.get("stream"), "")


@settings(max_examples=150, deadline=None, database=None)
@given(st.lists(st.tuples(st.sampled_from(TAGS), VALUES | st.text(max_size=12)), max_size=10))
def test_any_xml_of_the_app(elements: list[tuple[str, str]]):
    body = "".join(f"<{tag}>{escape(value)}</{tag}>" for tag, value in elements)
    try:
        found = app_events.read(f"<xml>{body}</xml>", "wecom")
    except WebhookError:
        return
    if not isinstance(found, str):
        assert load_incoming(dump(found)) == found


@settings(max_examples=150, deadline=None, database=None)
@given(st.text(max_size=60))
def test_any_envelope(body: str):
    for part in (app_events.encrypted_part, aibot_events.encrypted_part):
        try:
            assert isinstance(part(body), str)
        except WebhookError:
            continue


@settings(max_examples=150, deadline=None, database=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80), st.integers(60, 200))
def test_any_text_fits_and_is_no_markup(typed: str, limit: int):
    shown = render.markdown(Text(typed), limit=limit, dialect="push", bot_name="督办助手")
    assert len(shown.encode()) <= limit
    assert not set(shown) & set("<>[]`*|~")
    assert json.loads(passive.aibot_stream_end({"id": "s"}, typed))["stream"]["content"] == typed
    inner = passive.app_text(typed, user="u", corp_id="c", seconds=1)
    assert app_events.parse(inner).findtext("MsgType") == "text"


@settings(max_examples=100, deadline=None, database=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60).map(str.strip).filter(bool))
def test_any_sentence_comes_back_from_its_key(sentence: str):
    key = key_of(Button("好", sentence), "c1", 4)
    assert key is not None
    action = action_of(key, "")
    assert action is not None
    assert (action.sentence, action.card, action.no) == (sentence, "c1", 4)
