"""The life of a matter, message by message, as in the days of the waste-sorting case."""

from sqlmodel import Session, select

from storage.models import DigestNote, Obligation, ObligationState, Task, TaskState
from storage.queries import tasks as queries
from tests.factories import Case, at, make_task
from tests.stage import Stage, only, to


def obligations(session: Session, task: Task) -> list[Obligation]:
    session.flush()
    return queries.obligations_of(session, [task.id])[task.id]


def dispatched(session: Session, case: Case) -> dict[int, Task]:
    """T1 T2 T3 led by 环保局; T7 by 城管局."""
    epa, urban, street, property_ = (case.units[n] for n in ("环保局", "城管局", "社区办", "物业协会"))
    return {
        1: make_task(session, case.initiative, epa, urban, street, number=1, title="分类标准"),
        2: make_task(
            session, case.initiative, epa, street, number=2, title="宣传材料", due_at=at(12, 21, 18)
        ),
        3: make_task(
            session, case.initiative, epa, street, number=3, title="社区培训", due_at=at(12, 28, 18)
        ),
        7: make_task(
            session,
            case.initiative,
            urban,
            property_,
            number=7,
            title="违规投放执法检查",
            due_at=at(11, 27, 18),
            recurrence="WEEKLY:FR",
        ),
    }


def test_a_liaison_signs_for_everything_and_gives_two_to_a_colleague(
    stage: Stage, session: Session, case: Case
) -> None:
    tasks = dispatched(session, case)

    echo = only(stage.say("李娜", "全部签收"), "李娜")
    assert echo.title == "已签收 3 项"
    assert echo.row("事项") == "T1、T2、T3"
    assert "请定经办人，不定就由您办。" in echo.text
    assert obligations(session, tasks[1])[0].handler_id == case["李娜"].id

    sent = stage.say("李娜", "T1T2给高宁")
    assert only(sent, "李娜").row("高宁") == "T1、T2"
    assert only(sent, "李娜").row("李娜") == "T3"
    given = only(sent, "高宁")
    assert given.title == "李娜分给您 2 项"
    assert given.row("T1") == "分类标准，12月14日（周一）"
    assert given.row("先做") == "写明 T1 要两家配合什么"
    assert "请在 11月25日（周三）前写明。" in given.text
    assert obligations(session, tasks[1])[0].handler_id == case["高宁"].id


def test_one_sentence_in_the_group_signs_and_names_the_handler(
    stage: Stage, session: Session, case: Case
) -> None:
    tasks = dispatched(session, case)
    one = obligations(session, tasks[1])[1]
    one.state, one.due_at = ObligationState.ASSIGNED, at(12, 9, 18)

    sent = stage.say("王磊", "T1、T7 城管局签收，都给丁凯", group="wecom")

    echo = only(sent, "wecom#")
    assert echo.title == "城管局已签收 2 项"
    assert echo.row("T7") == "牵头，每周五"
    assert echo.row("T1") == "配合，12月9日（周三）"
    assert echo.row("经办") == "丁凯"
    given = only(sent, "丁凯")
    assert given.title == "王磊分给您 2 项"
    assert given.row("T1") == "配合环保局，12月9日（周三）"
    assert stage.say("王磊", "收到，马上办", group="wecom") == []


def test_the_lead_says_what_it_wants_checks_it_and_sends_it(
    stage: Stage, session: Session, case: Case
) -> None:
    tasks = dispatched(session, case)
    stage.say("李娜", "T1 签收，给高宁")

    shown = only(stage.say("高宁", "T1 城管局12月9号前给执法意见，社区办12月9号前给小区底数"), "高宁")
    assert shown.title == "T1 配合事项，请核对"
    assert shown.row("城管局") == "执法意见，12月9日（周三）"
    assert "您的时限是 12月14日（周一），收齐后还有 3 个工作日。" in shown.text
    assert obligations(session, tasks[1])[1].state is ObligationState.UNSPECIFIED

    sent = stage.press("高宁", "发出")
    asked = only(sent, "王磊")
    assert asked.title == "T1 请城管局配合"
    assert asked.row("牵头") == "环保局 高宁"
    assert asked.row("要什么") == "执法意见"
    assert asked.row("时限") == "12月9日（周三）"
    assert only(sent, "许静").title == "T1 请社区办配合"
    _, urban, street = obligations(session, tasks[1])
    assert (urban.state, street.state) == (ObligationState.ASSIGNED, ObligationState.ASSIGNED)
    assert urban.content == "执法意见"

    stage.press("王磊", "签收")
    session.refresh(urban)
    assert urban.state is ObligationState.IN_PROGRESS
    assert urban.handler_id == case["王磊"].id


def in_work(stage: Stage, session: Session, case: Case) -> Obligation:
    """城管局's part of T1, asked for and given to 丁凯."""
    dispatched(session, case)
    stage.say("李娜", "T1 签收，给高宁")
    stage.say("高宁", "T1 城管局12月9号前给执法意见，社区办12月9号前给小区底数")
    stage.press("高宁", "发出")
    stage.say("王磊", "T1 城管局签收，给丁凯")
    task = session.get_one(Task, queries.of_person(session, case["丁凯"].id)[0][0].id)
    return obligations(session, task)[1]


def test_a_report_passes_the_head_then_the_lead_and_can_be_supplemented(
    stage: Stage, session: Session, case: Case
) -> None:
    one = in_work(stage, session, case)
    stage.now = at(12, 9, 10, 40)

    shown = only(stage.say("丁凯", "T1 办好了", files=["执法意见.docx"]), "丁凯")
    assert shown.title == "T1 报结，请核对"
    assert shown.row("材料") == "执法意见.docx"
    assert shown.row("先送") == "罗局 审核"
    assert shown.row("再送") == "环保局 高宁 确认"

    sent = stage.press("丁凯", "提交")
    asked = only(sent, "罗建")
    assert asked.title == "请您审核：T1 报出"
    assert asked.row("材料") == "执法意见.docx"
    assert to(sent, "高宁") == []

    stage.now = at(12, 9, 10, 55)
    sent = stage.press("罗建", "同意报出")
    reported = only(sent, "高宁")
    assert reported.title == "城管局已报 T1 配合"
    assert reported.row("报出") == "12月9日（周三）10:55，按时"
    assert only(sent, "丁凯").text == "罗局已同意，T1 已送环保局。"

    stage.now = at(12, 9, 11, 30)
    assert only(stage.press("高宁", "请补充"), "高宁").text == "缺什么？写一句就行。"
    sent = stage.say("高宁", "缺沿街商户部分")
    for name in ("丁凯", "王磊"):
        more = only(sent, name)
        assert more.title == "T1 请补充"
        assert more.row("环保局") == "缺沿街商户部分"
        assert more.row("时限") == "12月11日（周五）"
        assert "原报出时间 12月9日（周三）10:55 保留。" in more.text

    stage.now = at(12, 9, 15, 10)
    sent = stage.say("丁凯", "T1补好了", files=["执法意见2.docx"])
    assert only(sent, "丁凯").text.startswith("已送环保局高宁。")
    assert only(sent, "高宁").row("材料") == "执法意见2.docx"

    stage.now = at(12, 9, 16, 5)
    sent = stage.press("高宁", "确认")
    assert only(sent, "丁凯").text == "T1 配合已由环保局确认，按时，补充 1 次。"
    session.refresh(one)
    assert one.state is ObligationState.DONE
    assert one.first_submitted_at == at(12, 9, 10, 55)


def test_the_office_passes_the_lead_and_the_groups_read_it(
    stage: Stage, session: Session, case: Case
) -> None:
    task = make_task(
        session, case.initiative, case.units["环保局"], number=3, title="社区培训", handler=case["高宁"]
    )
    stage.say("高宁", "T3 报结")
    stage.press("高宁", "提交")
    sent = stage.press("何川", "同意报出")
    asked = only(sent, "陈立")
    assert asked.title == "环保局 T3 报结，请审核"

    sent = stage.press("陈立", "通过")
    assert only(sent, "dingtalk#").text == "T3 已办结：环保局 社区培训。"
    assert only(sent, "wecom#").text == "T3 已办结：环保局 社区培训。"
    assert only(sent, "高宁").text == "T3 已由督查室审核通过，办结。"
    session.refresh(task)
    assert task.state is TaskState.DONE


def test_sending_back_asks_why_and_tells_it_privately(stage: Stage, session: Session, case: Case) -> None:
    task = make_task(
        session,
        case.initiative,
        case.units["环保局"],
        number=3,
        state=ObligationState.SUBMITTED,
        handler=case["高宁"],
    )
    question = stage.say("陈立", "退回重办 T3", group="dingtalk")
    assert [message.to for message in question] == ["陈立"]
    sent = stage.say("陈立", "T3 退回 照片是去年的", group="dingtalk")
    assert to(sent, "dingtalk#") == []
    assert only(sent, "高宁").row("督查室") == "照片是去年的"
    assert obligations(session, task)[0].state is ObligationState.IN_PROGRESS


def test_progress_is_echoed_and_told_to_nobody(stage: Stage, session: Session, case: Case) -> None:
    make_task(
        session,
        case.initiative,
        case.units["城管局"],
        number=21,
        state=ObligationState.IN_PROGRESS,
        handler=case["丁凯"],
        due_at=at(12, 18, 18),
    )
    stage.now = at(12, 9, 9, 20)
    sent = stage.say("丁凯", "T21 清了六条巷，还剩北门两条", group="wecom")
    assert [message.to for message in sent] == ["wecom#"]
    assert sent[0].title == "T21 进展已记"
    assert sent[0].row("时限") == "12月18日（周五），正常"


def test_a_hand_over_leaves_the_old_handler_responsible_until_it_is_taken(
    stage: Stage, session: Session, case: Case
) -> None:
    task = make_task(
        session,
        case.initiative,
        case.units["环保局"],
        number=2,
        title="编印宣传材料",
        state=ObligationState.IN_PROGRESS,
        handler=case["高宁"],
        due_at=at(12, 21, 18),
    )
    sent = stage.say("高宁", "T2转给李娜，我下周脱产学习")
    assert only(sent, "高宁").title == "T2 等李娜接收"
    assert only(sent, "高宁").row("时限") == "12月21日（周一），不变"
    assert only(sent, "李娜").title == "高宁转给您 T2"
    assert only(sent, "李娜").row("说明") == "下周脱产学习"
    assert not session.exec(select(DigestNote)).all()
    assert obligations(session, task)[0].handler_id == case["高宁"].id

    sent = stage.press("李娜", "接收")
    assert only(sent, "高宁").text == "T2 已由李娜接收。"
    assert obligations(session, task)[0].handler_id == case["李娜"].id
    notes = [(n.person_id, n.label, n.text) for n in session.exec(select(DigestNote))]
    assert notes == [(case["何川"].id, "转交", "T2 高宁转给李娜")]


def test_the_office_assigns_from_a_group_and_checks_privately(
    stage: Stage, session: Session, case: Case
) -> None:
    stage.now = at(11, 23, 15)
    sent = stage.say("陈立", "请社区办牵头、物业协会配合，周四前报12个试点小区名单", group="dingtalk")
    assert only(sent, "dingtalk#").text == "请陈立在私聊里核对。"
    shown = only(sent, "陈立")
    number = int(shown.title.removeprefix("新事项 T").removesuffix("，请核对"))
    assert shown.row("牵头") == "社区办"
    assert shown.row("配合") == "物业协会，要什么由社区办明确"
    assert shown.row("时限") == "11月26日（周四）18:00"

    sent = stage.press("陈立", "发出")
    asked = only(sent, "许静")
    assert asked.title == f"T{number} 请社区办牵头"
    assert asked.row("配合") == "物业协会，请写明要什么"
    for group in ("dingtalk#", "feishu#"):
        assert only(sent, group).text.startswith(f"T{number} 已交办社区办：11月26日（周四）前")
    assert to(sent, "wecom#") == []


def test_whoever_may_not_pass_is_told_privately_how_it_stands(
    stage: Stage, session: Session, case: Case
) -> None:
    dispatched(session, case)
    stage.say("王磊", "T7 签收，给丁凯")
    sent = stage.say("丁凯", "T7 通过", group="wecom")
    assert to(sent, "wecom#") == []
    answer = only(sent, "丁凯")
    assert answer.title == "T7 由督查室审核"
    assert answer.row("现状") == "本期还没报结，11月27日（周五）到时"
    assert "本单位报的，不由本单位审核。" in answer.text


def test_whoever_may_not_pass_is_not_asked_for_a_report_that_is_made_already(
    stage: Stage, session: Session, case: Case
) -> None:
    make_task(session, case.initiative, case.units["环保局"], number=8, handler=case["高宁"])
    stage.say("高宁", "T8 报结")
    stage.press("高宁", "提交")
    waiting = only(stage.say("李娜", "T8 通过"), "李娜")
    assert waiting.row("现状") == "已报结，等本单位同意报出"
    assert "报结请说" not in waiting.text

    stage.press("何川", "同意报出")
    assert only(stage.say("李娜", "T8 通过"), "李娜").row("现状") == "已报结，等督查室审核"
    stage.press("陈立", "通过")
    assert only(stage.say("李娜", "T8 通过"), "李娜").row("现状") == "已审核通过"


def test_what_comes_back_every_period_is_done_for_this_one(
    stage: Stage, session: Session, case: Case
) -> None:
    make_task(
        session,
        case.initiative,
        case.units["环保局"],
        number=8,
        title="汇总参与率",
        handler=case["高宁"],
        recurrence="WEEKLY:FR 18:00",
    )
    stage.say("高宁", "T8 报结")
    stage.press("高宁", "提交")
    stage.press("何川", "同意报出")
    sent = stage.press("陈立", "通过")
    assert only(sent, "高宁").text == "T8 本期已由督查室审核通过，办结。"
    assert only(sent, "dingtalk#").text == "T8 本期已办结：环保局 汇总参与率。"
