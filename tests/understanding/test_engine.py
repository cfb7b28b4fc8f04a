"""The whole reading: what is never done, whatever is typed; names, numbers, typing errors, quotations."""

from datetime import date, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from commands.calendar import SHANGHAI, Workdays
from commands.understanding.directory import Directory, PersonName, UnitName
from commands.understanding.engine import understand
from commands.understanding.invocation import Invocation, Ref
from commands.understanding.numbers import read_integer, read_number, read_percent

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=SHANGHAI)
UNITS = (
    UnitName(1, "市环境保护局", ("环保局",)),
    UnitName(2, "城管局"),
    UnitName(3, "社区办"),
    UnitName(4, "財政局"),
    UnitName(5, "环保公司", ("环保",)),
)
PEOPLE = (
    PersonName(1, "李娜", 1, "副局长"),
    PersonName(2, "罗建", 2, "局长"),
    PersonName(3, "王磊", 2),
    PersonName(4, "王磊", 3),
    PersonName(5, "许静", 3, aliases=("小许",)),
)
DIRECTORY = Directory(UNITS, PEOPLE)


def read(text: str, *, quoted: bool = False) -> Invocation:
    return understand(text, now=NOW, directory=DIRECTORY, quoted=quoted)


@pytest.mark.parametrize(
    "text",
    [
        "T12 60%",
        "t１２ 60%",
        "任务12 60%",
        "12号任务 60%",
        "任务十二 60%",
        "T 12 60%",
        "事项12 百分之六十",
        "@督办助手 T12 六成",
        "T12 六成 @督办助手",
    ],
)
def test_a_number_is_read_in_all_spellings(text: str) -> None:
    found = read(text)
    assert (found.intent, found.refs, found.slots["percent"]) == ("progress", (Ref("T", 12),), 60)


@pytest.mark.parametrize(
    ("text", "refs"),
    [
        ("T1T2给李娜", (Ref("T", 1), Ref("T", 2))),
        ("T1、T7 签收", (Ref("T", 1), Ref("T", 7))),
        ("T1、3、5都给李娜", (Ref("T", 1), Ref("T", 3), Ref("T", 5))),
        ("T1到T4都给李娜", (Ref("T", 1), Ref("T", 2), Ref("T", 3), Ref("T", 4))),
        ("R20、R21一并通过", (Ref("R", 20), Ref("R", 21))),
        ("T12.2 签收", (Ref("T", 12, 2),)),
    ],
)
def test_several_numbers_are_read_at_once(text: str, refs: tuple[Ref, ...]) -> None:
    assert read(text).refs == refs


@pytest.mark.parametrize(
    "text", ["PM2.5超标", "V2.0版本上线", "任务3项", "加个任务 12月3日前 城管局 清运", "T3航站楼", "120m2"]
)
def test_what_only_looks_like_a_number_of_ours_is_none(text: str) -> None:
    assert read(text).refs == ()


@pytest.mark.parametrize(
    ("text", "units", "people"),
    [
        ("交办 环保局-李娜 12月3日前 报方案", (1,), (1,)),
        ("交办 市环境保护局李娜 12月3日前 报方案", (1,), (1,)),
        ("交办 环境保护局的李娜 12月3日前 报方案", (1,), (1,)),
        ("交办 财政局 12月3日前 报方案", (4,), ()),
        ("交办 小许 12月3日前 报方案", (), (5,)),
        ("交办 罗局 12月3日前 报方案", (), (2,)),
        ("交办 城管局局长 12月3日前 报方案", (), (2,)),
        ("交办 城管局王磊 12月3日前 报方案", (2,), (3,)),
        ("请环保局牵头、城管局和社区办配合，12月3日前报方案", (1, 2, 3), ()),
    ],
)
def test_names_are_found_in_full_short_and_by_rank(
    text: str, units: tuple[int, ...], people: tuple[int, ...]
) -> None:
    found = read(text)
    assert (found.intent, found.unit_ids, found.person_ids, found.ask) == ("assign", units, people, None)


@pytest.mark.parametrize(
    "text",
    [
        "交办 王磊 12月3日前 报方案",
        "交办 环保局-王磊 12月3日前 报方案",
        "请张局长12月3日前报方案",
        "交办 12月3日前 报方案",
    ],
)
def test_an_assignee_that_is_ambiguous_unknown_or_missing_is_asked_for(text: str) -> None:
    found = read(text)
    assert (found.intent, found.ask) == ("assign", "assignee")


def test_two_units_of_one_name_are_asked_about() -> None:
    twins = Directory((UnitName(1, "一中", ("一中校",)), UnitName(2, "二中", ("一中校",))), ())
    found = understand("交办 一中校 12月3日前 报方案", now=NOW, directory=twins)
    assert found.ask == "dept"


def test_two_entries_with_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="same id"):
        Directory((UnitName(1, "甲局"), UnitName(1, "乙局")), ())


@pytest.mark.parametrize(
    ("typed", "intent"),
    [
        ("交班 城管局 12月8日 预算说明", "assign"),
        ("进渡 T12 50%", "progress"),
        ("延其 T12 到周三", "extend"),
        ("批淮 R7", "approve"),
        ("签受 T12", "accept"),
        ("撒回T12", "undo"),
    ],
)
def test_a_misspelt_verb_is_understood_where_the_rest_supports_it(typed: str, intent: str) -> None:
    assert read(typed).intent == intent


@pytest.mark.parametrize("text", ["交班了", "进渡", "批淮", "我延其到", "签受完去吃饭"])
def test_a_misspelt_verb_alone_is_silence(text: str) -> None:
    assert read(text).intent == "none"


@pytest.mark.parametrize(
    "text",
    [
        "「王磊：T12 办结」\n- - - - - - - -\n收到",
        "> T12 办结\n谢谢",
        "“T12办结”",
        "他说“T12办结”",
        "《T12 延期到周五》",
    ],
)
def test_quoted_text_is_never_taken_as_speech(text: str) -> None:
    assert read(text).intent == "none"


@pytest.mark.parametrize(
    ("text", "intent"), [("同意", "approve"), ("收到", "accept"), ("不同意", "reject"), ("赞成", "vote")]
)
def test_bare_words_mean_something_only_in_answer_to_a_card(text: str, intent: str) -> None:
    assert read(text, quoted=True).intent == intent
    assert read(text).intent == "none"


def test_a_near_miss_gets_at_most_three_sentences_that_are_understood() -> None:
    found = read("T12转个李娜")
    assert found.intent == "none"
    assert 1 <= len(found.suggestions) <= 3


def test_free_text_keeps_the_punctuation_chinese_is_written_with() -> None:
    assert (
        read("T21 清了六条巷，还剩北门两条（未封闭）").slots["note"] == "清了六条巷，还剩北门两条（未封闭）"
    )


def test_demands_name_unit_time_and_what() -> None:
    first, second = read("T1 城管局12月9号前给执法意见，社区办12月10号前给小区底数").demands
    assert (first.unit_id, first.what) == (2, "执法意见")
    assert (second.unit_id, second.what) == (3, "小区底数")
    assert first.due is not None
    assert second.due is not None
    assert (first.due.at.day, second.due.at.day) == (9, 10)


def test_a_calendar_with_overrides_counts_its_own_days() -> None:
    closed = Workdays({date(2026, 11, 23): False})
    found = understand("城管局一个工作日内报点位", now=NOW, directory=DIRECTORY, calendar=closed)
    assert found.due is not None
    assert found.due.at.day == 24


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        understand("帮助", now=NOW.replace(tzinfo=None), directory=DIRECTORY)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        ("十二", 12),
        ("二十", 20),
        ("一百零五", 105),
        ("两百三十", 230),
        ("二〇二六", 2026),
        ("三万五千", 35000),
        ("廿五", 25),
    ],
)
def test_whole_numbers_are_read_in_both_scripts(text: str, number: int) -> None:
    assert read_integer(text) == number


@pytest.mark.parametrize(
    ("text", "number"), [("3.5万", 35000), ("半", 0.5), ("三个", None), ("1.5", 1.5), ("二半", 2.5)]
)
def test_numbers_with_parts_are_read(text: str, number: float | None) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("85%", 85),
        ("百分之九十", 90),
        ("七成", 70),
        ("八成半", 85),
        ("一半", 50),
        ("三分之一", 33),
        ("12.5%", 12.5),
        ("150%", None),
    ],
)
def test_shares_are_read_as_percent(text: str, percent: float | None) -> None:
    assert read_percent(text) == percent


PIECES = st.sampled_from(
    [
        "T12",
        "T3",
        "R7",
        "C5",
        "V2",
        "环保局",
        "城管局",
        "李娜",
        "王磊",
        "@",
        "@李娜",
        "请",
        "交办",
        "安排",
        "派给",
        "牵头",
        "配合",
        "明天",
        "周五",
        "12月3日",
        "12月3日前",
        "三天",
        "三个工作日内",
        "每周",
        "每周三",
        "下午3点",
        "60%",
        "六成",
        "一半",
        "延期",
        "到",
        "办结",
        "签收",
        "退回",
        "同意",
        "不同意",
        "催",
        "日报：",
        "收",
        "投票：",
        "申请",
        "2台",
        "借",
        "用",
        "的",
        "了",
        "吗",
        "？",
        "，",
        "。",
        "：",
        "、",
        "（",
        "）",
        "“",
        "”",
        "《",
        "》",
        "把",
        "给",
        "报",
        "方案",
        "我",
        "他说",
        "听说",
        "撤回",
        "2月30日",
        "25点",
        "零",
        "亿",
        "万",
        "〇",
        "-",
        "~",
        "\n",
        ">",
        "「",
        "」",
        "①",
        "0",
        "99999999999",
        "%",
    ]
)
TEXTS = st.one_of(
    st.text(max_size=300),
    st.lists(PIECES, max_size=24).map("".join),
    st.lists(PIECES, max_size=24).map(" ".join),
)


@settings(max_examples=300)
@example("环保/环保请", False)
@given(TEXTS, st.booleans())
def test_anything_typed_gets_an_answer_and_no_assignment_without_assignee_and_date(
    text: str, quoted: bool
) -> None:
    found = read(text, quoted=quoted)
    if found.intent == "assign" and found.ask is None:
        assert {"dept", "assignee"} & found.slots.keys()
        assert "deadline" in found.slots
        assert not found.slots.get("past")
        assert found.due is not None


@example("> T12 60%")
@given(st.lists(PIECES, max_size=12).map(" ".join))
def test_blanks_at_the_ends_and_the_bots_name_only_let_it_ask_who(text: str) -> None:
    called, plain = read(f"  @督办助手 {text.strip()} "), read(text.strip())
    assert called.intent == plain.intent or (plain.intent == "none" and called.ask == "assignee")


def test_work_told_to_the_bot_without_a_name_asks_who_is_to_do_it() -> None:
    found = read("@督办助手 周五前把南门闸机修好")
    assert (found.intent, found.ask) == ("assign", "assignee")
    assert read("周五前把南门闸机修好").intent == "none"


def test_only_the_first_two_thousand_characters_are_read() -> None:
    assert read("。" * 1999 + " T12 60%").refs == ()


@example("C8T9MHPM")
@example("T488TVFM")
@given(st.text(alphabet="23456789ABCDEFGHJKMNPQRSTUVWXYZ", min_size=8, max_size=8))
def test_every_binding_code_is_read_as_one_whatever_it_looks_like(code: str) -> None:
    found = read(f"绑定 {code}")
    assert found.intent == "bind"
    assert str(found.slots["code"]).upper() == code
