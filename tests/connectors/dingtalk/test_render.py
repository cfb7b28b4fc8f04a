"""What a neutral message becomes on DingTalk."""

import json

import pytest

from connectors.chat import Button, Card, ConversationKind, Row, Text
from connectors.dingtalk import render

GROUP, DIRECT = ConversationKind.GROUP, ConversationKind.DIRECT
AGREE, REFUSE = Button("同意", "同意 R12"), Button("不同意", "不同意 R12 理由")
CARD = Card(
    "资源申请 R12",
    rows=(Row("申请", "投影仪 ×2"), Row("时限", "11月25日")),
    remark="请核对",
    buttons=(AGREE, REFUSE),
)


def test_a_card_in_a_group_is_markdown_that_says_what_to_type() -> None:
    assert render.native(CARD, GROUP, "督办助手") == render.Native(
        "sampleMarkdown",
        {
            "title": "资源申请 R12",
            "text": "### 资源申请 R12\n\n**申请**：投影仪 ×2  \n**时限**：11月25日\n\n> 请核对\n\n"
            "可以回复：\n\n- @督办助手 同意 R12\n- @督办助手 不同意 R12 理由",
        },
    )


def test_a_card_in_a_direct_chat_has_buttons_that_say_their_sentence() -> None:
    assert render.native(CARD, DIRECT, "督办助手") == render.Native(
        "sampleActionCard2",
        {
            "title": "资源申请 R12",
            "text": "### 资源申请 R12\n\n**申请**：投影仪 ×2  \n**时限**：11月25日\n\n> 请核对",
            "actionTitle1": "同意",
            "actionURL1": "dtmd://dingtalkclient/sendMessage?content=%E5%90%8C%E6%84%8F%20R12",
            "actionTitle2": "不同意",
            "actionURL2": "dtmd://dingtalkclient/sendMessage?content="
            "%E4%B8%8D%E5%90%8C%E6%84%8F%20R12%20%E7%90%86%E7%94%B1",
        },
    )


def test_one_button_and_six_have_templates_of_their_own() -> None:
    one = render.native(Card("事项", buttons=(AGREE,)), DIRECT, "")
    assert one.key == "sampleActionCard"
    assert one.param["singleTitle"] == "同意"
    six = render.native(Card("事项", buttons=(AGREE,) * 6), DIRECT, "")
    assert six.key == "sampleMarkdown"
    assert six.param["text"].count("[同意](dtmd://dingtalkclient/sendMessage?content=") == 6


def test_a_text_is_plain_text() -> None:
    assert render.native(Text("# 一\n**二**"), DIRECT, "").param == {"content": "# 一\n**二**"}
    spoken = render.native(Text("请定", buttons=(AGREE,)), GROUP, "督办助手")
    assert spoken == render.Native("sampleText", {"content": "请定\n· 同意：@督办助手 同意 R12"})
    buttons = render.native(Text("第一\n第二", buttons=(AGREE, REFUSE)), DIRECT, "")
    assert buttons.key == "sampleActionCard2"
    assert buttons.param["title"] == "第一"
    assert buttons.param["text"] == "第一  \n第二"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("**粗**", "＊＊粗＊＊"),
        ("[点我](http://evil.test/a)", "［点我］(http://evil.test/a)"),
        ("![图](http://evil.test/a.png)", "！［图］(http://evil.test/a.png)"),
        ("<font color=red>急</font>", "＜font color=red＞急＜/font＞"),
        ("# 标题", "＃ 标题"),
        ("> 引用", "＞ 引用"),
        ("  - 项", "－ 项"),
        ("`代码` ~~删~~ a_b_c", "｀代码｀ ～～删～～ a＿b＿c"),
        ("&nbsp;", "＆nbsp;"),
        ("\\*", "＼＊"),
        ("DTMD://dingtalkclient/sendMessage?content=1", "DTMD：//dingtalkclient/sendMessage?content=1"),
        ("dingtalk://x", "dingtalk：//x"),
        ("见 https://bot.test/t_1?a=1&b=2 。", "见 https://bot.test/t_1?a=1&b=2 。"),
        ("👩‍👩‍👧 𠮷", "👩‍👩‍👧 𠮷"),
    ],
)
def test_what_people_wrote_is_never_markup(written: str, shown: str) -> None:
    assert render.plain(written) == shown
    card = Card("标题", rows=(Row("说明", "x"),), remark=written)
    assert f"> {shown}" in render.native(card, GROUP, "").param["text"]


@pytest.mark.parametrize("message", [Text("长😀\n" * 9000), Text('"' * 20000, buttons=(AGREE, REFUSE))])
@pytest.mark.parametrize("kind", [GROUP, DIRECT])
def test_a_long_text_is_cut_at_the_platforms_limit_and_says_so(message: Text, kind: ConversationKind) -> None:
    native = render.native(message, kind, "督办助手")
    assert len(native.text().encode()) <= render.MAX_PARAM
    assert "已截断" in json.dumps(native.param, ensure_ascii=False)


def test_template_data_is_text_only_and_names_the_card_in_its_buttons_data() -> None:
    data = render.template_data(
        Card("事项", rows=(Row("时限", "明天"),), buttons=(AGREE,), id="c1", no=2), GROUP
    )
    assert data == {
        "title": "事项",
        "body": "**时限**：明天",
        "remark": "",
        "tone": "plain",
        "buttons": '[{"label":"同意","say":"同意 R12","style":"default"}]',
        "card": "c1",
        "no": "2",
        "chat": "group",
    }


def test_a_card_too_long_for_a_template_goes_without_it() -> None:
    assert render.template_data(Card("事项", buttons=(Button("同意", "同意" * 200),)), DIRECT) is None
