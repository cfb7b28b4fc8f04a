"""Neutral messages in WeCom's words; what users type stays text."""

import json

import pytest

from connectors.chat import Button, Card, Text, card
from connectors.wecom import render
from connectors.wecom.buttons import action_of, key_of

APPROVAL = Card(
    title="R12 请您审批",
    rows=card("x", ("申请人", "李娜"), ("数量", "2 辆"), ("时间", "12月9日（周三）")).rows,
    remark="用于清运北门两条巷。",
    buttons=(
        Button("同意", "同意 R12", "primary"),
        Button("不同意", "不同意 R12", "danger"),
        Button("详情", "看 R12"),
    ),
    tone="warning",
    id="c7Q2",
    no=3,
)


def direct(message: Card) -> dict[str, object] | None:
    return render.direct_card(
        message, bot_name="督办助手", card_url="https://work.weixin.qq.com/", idem_key="k1"
    )


def test_a_card_with_buttons():
    assert direct(APPROVAL) == {
        "card_type": "button_interaction",
        "source": {"desc": "督办助手", "desc_color": 2},
        "main_title": {"title": "R12 请您审批"},
        "sub_title_text": "用于清运北门两条巷。",
        "horizontal_content_list": [
            {"keyname": "申请人", "value": "李娜"},
            {"keyname": "数量", "value": "2 辆"},
            {"keyname": "时间", "value": "12月9日（周三）"},
        ],
        "button_list": [
            {"text": "同意", "style": 1, "key": "同意 R12|c7Q2|3"},
            {"text": "不同意", "style": 3, "key": "不同意 R12|c7Q2|3"},
            {"text": "详情", "style": 4, "key": "看 R12|c7Q2|3"},
        ],
        "task_id": render.task_id("k1"),
    }


def test_a_card_without_buttons_leads_somewhere():
    shown = direct(card("T1 已办结", tone="good"))
    assert shown is not None
    assert shown["card_type"] == "text_notice"
    assert shown["card_action"] == {"type": 1, "url": "https://work.weixin.qq.com/"}
    assert shown["source"] == {"desc": "督办助手", "desc_color": 3}


def test_a_message_push_says_what_to_type():
    content = render.markdown(APPROVAL, limit=4096, dialect="push", bot_name="督办助手")
    assert content == (
        '**<font color="warning">R12 请您审批</font>**\n'
        "> 申请人：李娜\n> 数量：2 辆\n> 时间：12月9日（周三）\n\n用于清运北门两条巷。\n\n可以回复：\n"
        "· 同意：@督办助手 同意 R12\n· 不同意：@督办助手 不同意 R12\n· 详情：@督办助手 看 R12"
    )


def test_the_robots_dialect_has_no_colours():
    content = render.markdown(APPROVAL, limit=20480, dialect="robot", bot_name="督办助手")
    assert content.startswith("**R12 请您审批**\n> 申请人：李娜")
    assert "<" not in content


@pytest.mark.parametrize(
    "typed",
    [
        "<@WangLei> 请看",
        "<font color='warning'>假的</font>",
        "[点这里](https://evil.example/)",
        "**粗** `码` _斜_ ~~删~~ | 表 |",
        "# 标题\n## 小标题\n---\n===",
        "> 引用",
        "<a href='https://evil.example/'>链接</a>",
    ],
)
def test_what_users_type_is_never_markup(typed: str):
    for content in (
        render.markdown(Text(typed), limit=4096, dialect="push", bot_name="督办助手"),
        render.markdown(card("标题", ("说明", typed), remark=typed), limit=4096, dialect="robot"),
    ):
        shown = content.replace("**标题**\n> 说明：", "")
        assert not any(sign in shown for sign in "<>[]`*|~")
        assert not any(line.startswith(("#", "---", "===")) for line in shown.split("\n"))
        assert "_斜_" not in shown
    text = render.direct_text(Text(typed), "k")["text"]["content"]
    assert "<a" not in text
    assert "<@" not in text
    assert "<font" not in text


def test_comparisons_and_names_with_underscores_stay_as_they_are():
    assert render.plain("预算 < 5 万 且 > 3") == "预算 < 5 万 且 > 3"
    assert render.escape("a_b.docx https://bot.example.cn/r/4_2") == "a_b.docx https://bot.example.cn/r/4_2"


@pytest.mark.parametrize("sign", ["长", "🚀", "a"])
@pytest.mark.parametrize("limit", [2048, 2047, 2046, 2045])
def test_a_long_text_is_cut_between_characters_and_says_so(sign: str, limit: int):
    cut = render.cut(sign * 3000, limit, "\n· 尾")
    assert limit - 4 <= len(cut.encode()) <= limit
    assert cut.endswith("…（内容过长，已截断）\n· 尾")
    assert set(cut.partition("…")[0]) == {sign}


def test_what_to_type_survives_a_long_text():
    content = render.direct_text(Text("长" * 2000, (Button("转发", "转发"),)), "k")["text"]["content"]
    assert len(content.encode()) <= 2048
    assert "\n· 转发" in content


def test_texts_of_one_wording_differ_by_what_nobody_sees():
    marks = {render.mark(f"key-{number}") for number in range(200)}
    assert len(marks) > 195
    assert render.mark("key-1") == render.mark("key-1")
    assert all(not mark.strip("\u200b\u200c\u2060\u2063") for mark in marks)


def test_a_card_keeps_its_id_in_a_repetition_and_has_another_in_the_next_message():
    assert render.task_id("a") == render.task_id("a") != render.task_id("b")
    assert len(render.task_id("a")) <= 128
    assert json.dumps(direct(APPROVAL)) == json.dumps(direct(APPROVAL))


def test_a_key_is_read_back_without_a_database():
    button = Button("转发", "转发 T1|T2 给 王磊")
    key = key_of(button, "c1", 12)
    assert key is not None
    action = action_of(key, "code")
    assert action is not None
    assert (action.sentence, action.card, action.no, action.message_id) == (button.sentence, "c1", 12, "code")


@pytest.mark.parametrize(
    "key", ["", "approve:res-42", "a|b", "|c|1", "x|c|", "x|c|-1", "x|c|１", "x|c|99999999999"]
)
def test_a_key_of_another_program_is_none_of_ours(key: str):
    assert action_of(key, "") is None


def test_a_sentence_too_long_for_a_key_is_typed_instead():
    long = Card("请定", buttons=(Button("转发", "转发 " + "长" * 350),), id="c1")
    assert direct(long) is None
    assert "转发 长" in render.direct_text(long, "k")["text"]["content"]


@pytest.mark.parametrize(
    ("lines", "rows"),
    [
        ("完成：宣传材料办结。\n需关注：没有逾期。", [("完成", "宣传材料办结。"), ("需关注", "没有逾期。")]),
        ("完成：宣传材料办结。\n另有两件", []),
        ("完成：" + "长" * 27, []),
        ("本周以来完成：两件", []),
        ("完成：", []),
        ("\n".join(["完成：一件"] * 7), []),
    ],
)
def test_the_lines_of_a_short_text_are_rows_where_each_is_one(lines: str, rows: list[tuple[str, str]]):
    shown = render.text_as_card(Text(f"本周情况\n{lines}", (Button("已阅", "已阅"),)))
    assert shown is not None
    assert [(row.key, row.value) for row in shown.rows] == rows
    assert shown.remark == ("" if rows else lines)


def test_two_buttons_that_say_the_same_are_one():
    shown = direct(Card("请定", buttons=(Button("好", "好的"), Button("行", "好的")), id="c1"))
    assert shown is not None
    assert len(shown["button_list"]) == 1  # type: ignore[arg-type]


def test_a_short_text_with_buttons_becomes_a_card_and_a_long_one_stays_text():
    buttons = (Button("同意", "同意 R12"),)
    assert render.text_as_card(Text("请定\n两辆车", buttons, "c1", 2)) == Card(
        "请定", remark="两辆车", buttons=buttons, id="c1", no=2
    )
    assert render.text_as_card(Text("请定\n" + "长" * 113, buttons)) is None
    assert render.text_as_card(Text("两辆车")) is None
