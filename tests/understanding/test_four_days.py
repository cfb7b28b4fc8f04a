"""The sentences of four ordinary days, each said in its place and with its clock."""

from datetime import datetime

import pytest

from commands.calendar import SHANGHAI
from commands.understanding.console import directory_of
from commands.understanding.engine import understand
from commands.understanding.invocation import Invocation

DIRECTORY = directory_of(
    [
        {"department": "环保局", "people": [{"name": "何川", "title": "副局长"}, "李娜", "高宁"]},
        {"department": "城管局", "people": [{"name": "罗建", "title": "副局长"}, "王磊", "丁凯", "马昊"]},
        {"department": "社区办", "people": [{"name": "苏岚", "title": "副主任"}, "许静", "秦月"]},
        {"department": "物业协会", "people": [{"name": "方志", "title": "秘书长"}, "吴桐"]},
        {"department": "督查室", "people": [{"name": "陈立", "title": "副主任"}, "赵敏"]},
    ]
)


def said(text: str, at: str, *, quoted: bool = False) -> Invocation:
    now = datetime.fromisoformat(at).replace(tzinfo=SHANGHAI)
    return understand(text, now=now, directory=DIRECTORY, quoted=quoted)


MONDAY, WEDNESDAY, FRIDAY, YEAR_END = (
    "2026-11-23 09:00",
    "2026-12-09 09:30",
    "2026-12-25 16:42",
    "2026-12-28 10:00",
)


@pytest.mark.parametrize(
    ("at", "text", "intent", "slots"),
    [
        (
            MONDAY,
            "新建专项垃圾分类，环保局牵头，今天启动",
            "new_initiative",
            {"title": "垃圾分类", "dept": "环保局", "start": "2026-11-23"},
        ),
        (MONDAY, "都按周五", "weekly_day", {"day": "FR"}),
        (MONDAY, "@督办助手 本群用于垃圾分类", "bind_group", {"title": "垃圾分类"}),
        (MONDAY, "预览", "preview", {}),
        (MONDAY, "下发 依据市政办发〔2026〕31号", "dispatch", {"basis": "市政办发〔2026〕31号"}),
        (MONDAY, "部门任务", "query_dept", {}),
        (MONDAY, "全部签收", "accept", {"all": True}),
        (MONDAY, "T1给高宁", "delegate", {"task_id": "T1", "assignee": "高宁"}),
        (MONDAY, "T1T2给高宁", "delegate", {"task_ids": ["T1", "T2"], "assignee": "高宁"}),
        (
            MONDAY,
            "T1、T7 城管局签收，都给丁凯",
            "accept",
            {"task_ids": ["T1", "T7"], "dept": "城管局", "assignee": "丁凯"},
        ),
        (MONDAY, "收到，马上办", "none", {}),
        (
            MONDAY,
            "T5不归我们，点位该社区办划",
            "return",
            {"task_id": "T5", "kind": "refuse", "suggest": "社区办"},
        ),
        (MONDAY, "同意提出", "release", {"answer": "release"}),
        (
            MONDAY,
            "T5维持物业协会牵头，社区办12月4日前先划好点位",
            "adjust",
            {"task_id": "T5", "kind": "keep", "dept": "物业协会"},
        ),
        (
            MONDAY,
            "T2转给李娜，我下周脱产学习",
            "transfer",
            {"task_id": "T2", "assignee": "李娜", "reason": "我下周脱产学习"},
        ),
        (MONDAY, "接收", "transfer", {"answer": "accept"}),
        (
            MONDAY,
            "@督办助手 请社区办牵头、物业协会配合，周四前报12个试点小区名单",
            "assign",
            {
                "dept": "社区办",
                "co_depts": ["物业协会"],
                "title": "报12个试点小区名单",
                "deadline": "2026-11-26T18:00:00+08:00",
            },
        ),
        (
            WEDNESDAY,
            "T21 清了六条巷，还剩北门两条",
            "progress",
            {"task_id": "T21", "note": "清了六条巷，还剩北门两条"},
        ),
        (
            WEDNESDAY,
            "T21卡住了，等社区办给北门两条巷的住户名单",
            "blocked",
            {"waits_for": "社区办", "note": "北门两条巷的住户名单"},
        ),
        (WEDNESDAY, "T1 办好了", "complete", {"task_id": "T1"}),
        (WEDNESDAY, "提交", "send", {}),
        (WEDNESDAY, "同意报出 T1", "release", {"task_id": "T1", "answer": "release"}),
        (WEDNESDAY, "请补充", "ask_for_more", {}),
        (WEDNESDAY, "缺沿街商户部分", "none", {}),
        (WEDNESDAY, "T1补好了", "supplement", {"task_id": "T1"}),
        (WEDNESDAY, "确认", "confirm", {}),
        (
            WEDNESDAY,
            "T33延到下周三，专家没定下来",
            "extend",
            {"deadline": "2026-12-16T18:00:00+08:00", "reason": "专家没定下来"},
        ),
        (
            WEDNESDAY,
            "日报：上午T7查了12处、劝导9起；下午补T1材料；明天去北门",
            "daily_log",
            {"date": "2026-12-09", "plan": ["去北门"], "tasks": ["T7", "T1"]},
        ),
        (WEDNESDAY, "刚才那条不算", "undo", {}),
        (WEDNESDAY, "T7 通过", "approve", {"task_id": "T7", "of": "complete"}),
        (WEDNESDAY, "T7 报结", "complete", {"task_id": "T7"}),
        (WEDNESDAY, "听说环保局那个标准早弄完了", "none", {"hearsay": True}),
        (FRIDAY, "T35 提请周副市长明确", "ruling_request", {"task_id": "T35", "to": "周副市长"}),
        (FRIDAY, "按督查室意见办，城管抓紧，下周三前清完", "none", {}),
        (FRIDAY, "T7第2期不该算我们晚，城管局当天才给点位", "appeal", {"task_id": "T7", "kind": "exclude"}),
        (FRIDAY, "代录 周副市长电话同意发布第一期", "record", {"content": "周副市长电话同意发布第一期"}),
        (FRIDAY, "为什么我们是B", "ranking", {"scope": "own", "explain": True}),
        (FRIDAY, "哪家最慢", "slowest", {}),
        (YEAR_END, "绑定 4Q7M2K", "bind", {"code": "4Q7M2K"}),
        (YEAR_END, "城管局 丁凯", "bind", {"dept": "城管局", "assignee": "丁凯"}),
        (YEAR_END, "你好", "none", {}),
        (
            YEAR_END,
            "2027年1月1日到3日放假，1月4日上班（演示数据，以正式通知为准）",
            "holiday",
            {"off": ["2027-01-01", "2027-01-02", "2027-01-03"], "on": ["2027-01-04"]},
        ),
        (YEAR_END, "都给马昊", "delegate", {"all": True, "assignee": "马昊"}),
        (YEAR_END, "T4 已入户1180户", "progress", {"task_id": "T4", "note": "已入户1180户"}),
        (
            "2026-09-30 15:00",
            "请城管局三个工作日内报占道点位",
            "assign",
            {"dept": "城管局", "deadline": "2026-10-10T18:00:00+08:00"},
        ),
    ],
)
def test_a_sentence_in_its_place_means_what_the_story_says(
    at: str, text: str, intent: str, slots: dict[str, object]
) -> None:
    found = said(text, at)
    assert (found.intent, found.ask) == (intent, None)
    assert {name: found.slots.get(name) for name in slots} == slots


def test_keeping_the_lead_may_carry_a_demand_on_another_unit() -> None:
    (demand,) = said("T5维持物业协会牵头，社区办12月4日前先划好点位", MONDAY).demands
    assert demand.due is not None
    assert (demand.unit_id, f"{demand.due.at:%m-%d}", demand.what) == (3, "12-04", "划好点位")


def test_an_answer_to_a_pending_question_is_left_whole() -> None:
    assert said("缺沿街商户部分", WEDNESDAY).rest == "缺沿街商户部分"
