"""A group is proposed, confirmed or declined (1.03, 1.04)."""

import pytest
from sqlmodel import Session, select

from storage.models import (
    Conversation,
    GroupState,
    InitiativeGroup,
)
from tests.commands.initiatives.conftest import labels, read
from tests.factories import at
from tests.stage import Stage, only, to


def test_a_group_is_proposed_by_a_liaison_and_confirmed_by_the_office(
    drafted: Stage, session: Session
) -> None:
    sent = drafted.say("王磊", "本群用于垃圾分类", group="wecom")
    assert read(only(sent, "wecom#")) == "\n".join(
        ["【已请督查室确认】", "专项：垃圾分类", "确认前，本群不发任何事项。"]
    )
    question = only(sent, "陈立")
    assert read(question) == "\n".join(
        ["【请确认群】", "群名：垃圾分类·城管（企业微信）", "提出：城管局 王磊"]
    )
    assert labels(question) == ["确认", "不是"]
    assert len(sent) == 2
    welcome = only(drafted.press("陈立", "确认"), "wecom#")
    assert welcome.title == "本群用于“垃圾分类”"
    assert welcome.row("办事") == "@协作助手 直接说，或私聊我"
    assert "涉密、敏感信息" in welcome.text
    assert labels(welcome) == ["怎么用"]


def test_a_group_of_two_units_serves_both(drafted: Stage, session: Session) -> None:
    sent = drafted.say("许静", "本群用于垃圾分类", group="feishu")
    assert only(sent, "陈立").row("单位") == "社区办、物业协会"


@pytest.mark.parametrize(
    ("title", "rows"),
    [
        ("城管微信群", ["专项：垃圾分类", "群名：城管微信群（企业微信）", "提出：城管局 王磊"]),
        ("", ["专项：垃圾分类", "平台：企业微信", "提出：城管局 王磊"]),
    ],
)
def test_the_office_reads_which_initiative_where_the_groups_name_does_not_say_it(
    drafted: Stage, session: Session, title: str, rows: list[str]
) -> None:
    for place in session.exec(select(Conversation).where(Conversation.binding == "wecom")):
        place.title = title
    session.flush()
    sent = drafted.say("王磊", "本群用于垃圾分类", group="wecom")
    assert read(only(sent, "陈立")).splitlines() == ["【请确认群】", *rows]


def test_a_declined_group_is_told_to_whoever_proposed_it_alone(drafted: Stage, session: Session) -> None:
    drafted.say("王磊", "本群用于垃圾分类", group="wecom")
    sent = drafted.press("陈立", "不是")
    assert "没有确认" in only(sent, "王磊").text
    assert not to(sent, "wecom#")
    assert session.exec(select(InitiativeGroup.state)).all() == [GroupState.DECLINED]


def test_a_group_is_decided_once(drafted: Stage) -> None:
    drafted.say("王磊", "本群用于垃圾分类", group="wecom")
    held = drafted.button("陈立", "确认")
    drafted.press_held("陈立", held)
    assert "已经确认过了" in only(drafted.press_held("陈立", held), "陈立").text


def test_the_office_confirms_its_own_group_at_once(drafted: Stage) -> None:
    sent = drafted.say("陈立", "本群用于垃圾分类", group="dingtalk")
    assert only(sent, "dingtalk#").title == "本群用于“垃圾分类”"
    assert "不用再说" in only(drafted.say("陈立", "本群用于垃圾分类", group="dingtalk"), "陈立").text


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("丁凯", "本群用于垃圾分类", "由单位联络员办理"),
        ("王磊", "本群用于智慧交通", "没有找到专项“智慧交通”"),
    ],
)
def test_a_refused_proposal_is_answered_privately(drafted: Stage, name: str, text: str, words: str) -> None:
    sent = drafted.say(name, text, group="wecom")
    assert words in only(sent, name).text
    assert len(sent) == 1


def test_a_group_confirmed_after_dispatch_hears_at_once_what_its_units_have(drafted: Stage) -> None:
    drafted.now = at(11, 23, 9, 5)
    drafted.say("陈立", "下发 依据市政办发〔2026〕31号")
    drafted.say("王磊", "本群用于垃圾分类", group="wecom")
    sent = to(drafted.press("陈立", "确认"), "wecom#")
    assert {message.title for message in sent} == {"本群用于“垃圾分类”", "垃圾分类任务已下发"}
    assert any("看清单请说：@协作助手 部门任务" in message.text for message in sent)


def test_where_to_say_it_is_told_with_the_name_the_group_knows(drafted: Stage) -> None:
    assert "请在要用的群里 @协作助手 说" in only(drafted.say("王磊", "本群用于垃圾分类"), "王磊").text
    assert "群里请先 @协作助手" in only(drafted.say("王磊", "帮助"), "王磊").text
