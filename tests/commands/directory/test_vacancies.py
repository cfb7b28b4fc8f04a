"""A head or a liaison left: what waited for them goes to their B角, else to the unit's next head."""

from datetime import datetime

import pytest
from sqlmodel import Session, select

from commands.cooperation.handlers import SUBJECT as COOPERATION
from commands.directory import operations
from commands.directory.jobs import jobs
from commands.extensions.handlers import SUBJECT as EXTENSIONS
from commands.joining.handlers import SUBJECT as JOINING
from commands.notify import Channels, Notices
from commands.requests.handlers import SUBJECT as REQUESTS
from commands.tasks.handlers import SUBJECT as TASKS
from storage.audit_check import verify
from storage.clock import Moment
from storage.models import Obligation, ObligationState, OutboxEntry, RequestStep, Role, RoleGrant
from storage.queries import people
from tests.clock import run, world
from tests.factories import Case, at, grant, make_case, make_person, make_task
from tests.stage import Stage, only, to

NOW = at(12, 9, 9, 30)


@pytest.fixture
def case(session: Session) -> Case:
    """罗建 is the head of 城管局; T1 of 丁凯 is to be let out by him. 马昊 is of the unit as well."""
    made = make_case(session, release_required=True)
    unit = made.units["城管局"]
    made.people["马昊"] = make_person(session, "马昊", unit, binding="wecom")
    make_task(
        session,
        made.initiative,
        unit,
        number=1,
        state=ObligationState.IN_PROGRESS,
        due_at=at(12, 11, 18),
        handler=made["丁凯"],
    )
    return made


@pytest.fixture
def stage(session: Session, case: Case) -> Stage:
    subjects = (TASKS, COOPERATION, EXTENSIONS, REQUESTS, JOINING)
    staged = Stage(session, *subjects, people=case.people, groups=case.groups, now=NOW)
    staged.say("丁凯", "T1 报结 清了六条巷")
    staged.press("丁凯", "提交")
    return staged


def leaves(session: Session, case: Case, name: str, when: datetime = NOW) -> dict[int | None, str]:
    """Everything that was sent because of it, by person."""
    last = max((row.id for row in session.exec(select(OutboxEntry))), default=0)
    person = case[name]
    account = people.account_of_person(session, person.id)
    assert account is not None
    moment = Moment(when, when)
    notices = Notices(session, Channels(b"k" * 32, {}), moment, f"left:{name}")
    operations.leave(session, account, person, moment=moment, notices=notices)
    notices.flush()
    return sent_after(session, last)


def sent_after(session: Session, last: int) -> dict[int | None, str]:
    found: dict[int | None, str] = {}
    for row in session.exec(select(OutboxEntry).where(OutboxEntry.id > last)):
        found[row.person_id] = found.get(row.person_id, "") + row.body
    return found


def state(session: Session, case: Case) -> ObligationState:
    return session.exec(select(Obligation).where(Obligation.handler_id == case["丁凯"].id)).one().state


def test_what_waits_for_a_head_goes_to_the_deputy(session: Session, case: Case, stage: Stage) -> None:
    case["罗建"].deputy_id = case["马昊"].id
    assert "单位负责人" in only(stage.say("马昊", "同意报出 T1"), "马昊").text
    assert state(session, case) is ObligationState.RELEASING
    told = leaves(session, case, "罗建")
    assert "罗建离岗，请您审核" in told[case["马昊"].id]
    assert "同意报出 T1" in told[case["马昊"].id]
    assert "由 B 角马昊代行负责人，待审核的 1 件已转过去" in told[case["陈立"].id]
    stage.press("马昊", "同意")
    assert state(session, case) is ObligationState.SUBMITTED
    assert verify(session).problems == ()


def test_without_a_deputy_it_goes_to_the_next_head(session: Session, case: Case, stage: Stage) -> None:
    grant(session, case["马昊"], Role.HEAD, unit=case.units["城管局"])
    told = leaves(session, case, "罗建")
    assert "罗建离岗，请您审核" in told[case["马昊"].id]
    assert "以后由马昊审核，待审核的 1 件已转过去" in told[case["陈立"].id]
    stage.press("马昊", "同意")
    assert state(session, case) is ObligationState.SUBMITTED


def test_without_anybody_the_office_is_told(session: Session, case: Case, stage: Stage) -> None:
    told = leaves(session, case, "罗建")
    assert "单位暂无其他负责人，有 1 件待审核" in told[case["陈立"].id]
    assert set(told) == {person.id for _, person in people.holders(session, [Role.OFFICE])}
    assert state(session, case) is ObligationState.RELEASING


def test_a_deputy_who_left_or_is_of_another_unit_does_not_act(
    session: Session, case: Case, stage: Stage
) -> None:
    case["罗建"].deputy_id = case["高宁"].id
    assert "单位暂无其他负责人" in leaves(session, case, "罗建")[case["陈立"].id]
    grants = session.exec(select(RoleGrant).where(RoleGrant.person_id == case["高宁"].id)).all()
    assert grants == []


def test_a_request_and_an_extension_wait_for_the_deputy(session: Session, case: Case, stage: Stage) -> None:
    case["罗建"].deputy_id = case["马昊"].id
    stage.say("丁凯", "申请环保局的洒水车2台，12月11日用，清运用")
    stage.press("丁凯", "提交")
    told = leaves(session, case, "罗建")[case["马昊"].id]
    assert "R1" in told
    assert "同意R1" in told
    assert to(stage.say("马昊", "同意R1"), "李娜")


def test_a_step_handed_to_who_left_goes_to_their_deputy(session: Session, case: Case, stage: Stage) -> None:
    stage.say("丁凯", "申请环保局的洒水车2台，12月11日用，清运用")
    stage.press("丁凯", "提交")
    stage.say("罗建", "R1转交给王磊")
    case["王磊"].deputy_id = case["马昊"].id
    told = leaves(session, case, "王磊")
    assert "R1" in told[case["马昊"].id]
    step = session.exec(select(RequestStep).order_by(RequestStep.position)).first()  # type: ignore[arg-type]
    assert step is not None
    assert step.person_id == case["马昊"].id
    stage.say("马昊", "同意R1")
    session.refresh(step)
    assert step.decided_by_id == case["马昊"].id


def test_when_the_liaison_left_the_head_answers_for_the_unit(
    session: Session, case: Case, stage: Stage
) -> None:
    make_task(
        session,
        case.initiative,
        case.units["城管局"],
        number=7,
        state=ObligationState.IN_PROGRESS,
        due_at=at(12, 11, 18),
        handler=case["王磊"],
    )
    told = leaves(session, case, "王磊")[case["罗建"].id]
    assert "城管局暂无联络员，请指定" in told
    assert "王磊离岗，1 项待交接" in told
    stage.say("罗建", "都给马昊")
    stage.press("罗建", "发出")
    stage.press("马昊", "接收")
    taken = session.exec(select(Obligation).where(Obligation.handler_id == case["马昊"].id)).all()
    assert len(taken) == 1


def test_new_matters_go_to_the_head_until_there_is_a_liaison(
    session: Session, case: Case, stage: Stage
) -> None:
    leaves(session, case, "王磊")
    stage.say("陈立", "请城管局12月16日前清运楼道大件垃圾")
    sent = stage.press("陈立", "发出")
    assert to(sent, "罗建")[0].title.endswith("请城管局牵头")


def test_who_leaves_at_night_or_on_a_day_off_is_told_of_on_the_next_working_morning_once(
    session: Session, case: Case, stage: Stage
) -> None:
    case["罗建"].deputy_id = case["马昊"].id
    assert leaves(session, case, "罗建", at(12, 9, 0, 20)) == {}
    assert leaves(session, case, "丁凯", at(12, 12, 10)) == {}  # a Saturday
    (job,) = jobs(world())
    last = max(row.id for row in session.exec(select(OutboxEntry)))
    run(session, job, at(12, 12, 8, 35))
    assert sent_after(session, last) == {}
    run(session, job, at(12, 14, 8, 35))
    told = sent_after(session, last)
    assert "丁凯离岗，1 项待交接" in told[case["王磊"].id]
    assert "罗建离岗，请您审核" in told[case["马昊"].id]
    assert "由 B 角马昊代行负责人" in told[case["陈立"].id]
    last = max(row.id for row in session.exec(select(OutboxEntry)))
    run(session, job, at(12, 15, 8, 35))
    assert sent_after(session, last) == {}
    assert verify(session).problems == ()
