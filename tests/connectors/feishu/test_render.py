"""Cards and texts in Feishu's form, held against stored JSON, and against what the platform accepts."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.chat import (
    MAX_BUTTONS,
    MAX_KEY,
    MAX_LABEL,
    MAX_REMARK,
    MAX_ROWS,
    MAX_TITLE,
    MAX_VALUE,
    Button,
    Card,
    ConversationKind,
    Row,
    Text,
    card,
)
from connectors.feishu import render
from connectors.sandbox import feishu_content

SNAPSHOTS = Path(__file__).parent / "snapshots"
GROUP, DIRECT = ConversationKind.GROUP, ConversationKind.DIRECT
TRICKS = '<at id=all></at> **粗** [点我](https://e.cn) ~~删~~ `码` :OK: <font color="red">红</font> \\ &lt;'

APPROVAL = Card(
    title="资源申请 R12",
    rows=(Row("申请单位", "财政局"), Row("数量", "2 台 <at id=all></at>")),
    remark="请在 3 月 6 日（周五）18:00 前决定",
    buttons=(
        Button("同意", "同意 R12", "primary"),
        Button("不同意", "不同意 R12", "danger"),
        Button("详情", "R12"),
    ),
    tone="warning",
    id="8f3a",
    no=3,
)


@pytest.mark.parametrize(
    ("name", "rendered"),
    [
        ("approval_in_a_group", render.card(APPROVAL, GROUP)),
        ("title_alone", render.card(card("已办结", tone="good"), GROUP)),
        (
            "leaders_text",
            render.text_card(Text("今日 3 项逾期。\n详见附件。", (Button("已阅", "已阅"),), "c9", 1), DIRECT),
        ),
        ("text", render.post(Text(f"第一行 {TRICKS}\n\n第三行"))),
    ],
)
def test_a_message_looks_like_its_snapshot(name: str, rendered: dict[str, Any]) -> None:
    assert rendered == json.loads((SNAPSHOTS / f"{name}.json").read_text("utf-8"))


def texts(value: Any) -> list[dict[str, Any]]:
    """Every text object of a rendering."""
    if isinstance(value, dict):
        own = [value] if "content" in value and "tag" in value else []
        return own + [t for inner in value.values() for t in texts(inner)]
    return [t for inner in value for t in texts(inner)] if isinstance(value, list) else []


def test_what_people_typed_stands_only_where_nothing_is_markup() -> None:
    shown = Card(
        TRICKS[:MAX_TITLE],
        (Row("<at>", TRICKS[:MAX_VALUE]),),
        TRICKS[:MAX_REMARK],
        (Button("**", TRICKS),),
    )
    for rendered in (render.card(shown, GROUP), render.text_card(Text(TRICKS, shown.buttons), GROUP)):
        assert {t["tag"] for t in texts(rendered)} == {"plain_text"}
    assert {n["tag"] for line in render.post(Text(TRICKS))["zh_cn"]["content"] for n in line} == {"text"}


word = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
cards = st.builds(
    Card,
    title=word.map(lambda t: t[:MAX_TITLE]),
    rows=st.lists(
        st.builds(Row, word.map(lambda t: t[:MAX_KEY]), word.map(lambda t: t[:MAX_VALUE])), max_size=MAX_ROWS
    ).map(tuple),
    remark=st.one_of(st.just(""), word.map(lambda t: t[:MAX_REMARK])),
    buttons=st.lists(
        st.builds(
            Button, word.map(lambda t: t[:MAX_LABEL]), word, st.sampled_from(["default", "primary", "danger"])
        ),
        max_size=MAX_BUTTONS,
    ).map(tuple),
    tone=st.sampled_from(["plain", "good", "warning", "bad"]),
    no=st.integers(0, 99),
)


@given(cards, st.sampled_from(ConversationKind))
def test_every_card_is_accepted_and_read_back_as_it_was(shown: Card, kind: ConversationKind) -> None:
    native = json.dumps(render.card(shown, kind), ensure_ascii=False)
    content = feishu_content.read("interactive", native)
    assert content.card is not None
    assert (content.card["title"], content.card["remark"]) == (shown.title, shown.remark)
    assert content.card["rows"] == [(row.key, row.value) for row in shown.rows]
    assert [b["label"] for b in content.card["buttons"]] == [b.label for b in shown.buttons]
    values = [feishu_content.callback_value(b) for b in feishu_content.buttons(content.native)]
    assert [(v["say"], v["no"], v.get("direct", False)) for v in values] == [
        (b.sentence, shown.no, kind is DIRECT) for b in shown.buttons
    ]


@pytest.mark.parametrize(
    ("spoil", "inner"),
    [
        (lambda c: c.update(schema="1.0"), "200621"),
        (lambda c: c["config"].update(wide_screen_mode=True), "200621"),
        (lambda c: c["config"].update(update_multi=False), "200621"),
        (lambda c: c["header"].update(template="pink"), "200621"),
        (lambda c: c["header"].update(title="文字"), "200621"),
        (lambda c: c["body"]["elements"].append({"tag": "note", "elements": []}), "200861"),
        (lambda c: c["body"]["elements"].append({"tag": "div", "text": "文字"}), "200621"),
        (lambda c: c["body"]["elements"].append({"tag": "hr", "colour": "red"}), "200621"),
        (lambda c: c["body"]["elements"].extend([{"tag": "hr"}] * 200), "11310"),
    ],
)
def test_the_stand_in_refuses_cards_that_the_platform_refuses(spoil: Any, inner: str) -> None:
    native = render.card(APPROVAL, GROUP)
    spoil(native)
    with pytest.raises(feishu_content.ContentRefused) as refused:
        feishu_content.read("interactive", json.dumps(native))
    assert refused.value.code == 230099
    assert inner in refused.value.msg
