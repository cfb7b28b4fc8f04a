"""是本单位人员 / 不是: the liaison, and for weighty roles the office, say whose an account is."""

from datetime import datetime

from sqlmodel import Session

from commands.access import Permission, Rights
from commands.errors import NotAllowed, NotFound, NotNow
from commands.joining import cards, rules
from commands.joining.operations.connecting import connect, roles_of, unit_name
from commands.joining.operations.meeting import account_words, ask_office
from commands.notify import Notices
from connectors.chat import Text
from storage.clock import Moment
from storage.models import JoinRequest, JoinState, Person, Role
from storage.queries import joining as queries
from storage.queries import people

_SAID = {
    JoinState.JOINED: "已经绑定",
    JoinState.DECLINED: "已答复不是本人",
    JoinState.REPLACED: "已经作废",
    JoinState.CHECKED: "已由联络员确认，等督查室确认",
}


def answer(
    session: Session,
    actor: Person,
    rights: Rights,
    request_id: int | None,
    *,
    yes: bool,
    moment: Moment,
    notices: Notices,
) -> Text:
    """Raises:
    NotFound: nothing waits for this person's word.
    NotAllowed: it is another unit's person, or the actor's own account.
    NotNow: it was answered.
    """
    row = _request(session, actor, rights, request_id)
    person = session.get_one(Person, row.person_id)
    _require(row, person, actor, rights)
    who = f"{unit_name(session, person)}{person.name}"
    if not yes:
        return _decline(session, row, person, actor, notices, now=moment.business)
    if row.state is JoinState.ASKED:
        row.checked_by_id = actor.id
        if rules.needs_office(roles_of(session, person), by_code=False):
            row.state = JoinState.CHECKED
            ask_office(session, row, person, notices, actor.name)
            return Text(f"{who}是单位负责人或有专门职责，已请督查室再确认。")
    row.state, row.decided_by_id, row.decided_at = JoinState.JOINED, actor.id, moment.business
    shown = connect(
        session,
        person.id,
        row.binding,
        row.target,
        [(kind, value) for kind, value in row.keys],
        row.name,
        how=f"request:{row.id}",
        moment=moment,
        notices=notices,
    )
    notices.to_person(person.id, shown, key=f"joined:{row.id}")
    return Text(f"{who}已绑定。")


def _request(session: Session, actor: Person, rights: Rights, request_id: int | None) -> JoinRequest:
    nothing = "没有等您确认的人员。"
    if request_id is None:
        mine: list[JoinRequest] = []
        if rights.may(Permission.ISSUE_CODE, everywhere=True):
            mine += queries.open_requests(session, None, JoinState.CHECKED)
        if actor.unit_id is not None and rights.may(Permission.CHECK_PERSON, unit_id=actor.unit_id):
            mine += queries.open_requests(session, actor.unit_id, JoinState.ASKED)
        if len(mine) != 1:
            raise NotFound(nothing if not mine else "有几位等您确认，请点卡片上的按钮。")
        request_id = mine[0].id
    row = queries.request_locked(session, request_id)
    if row is None:
        raise NotFound(nothing)
    return row


def _require(row: JoinRequest, person: Person, actor: Person, rights: Rights) -> None:
    office = rights.may(Permission.ISSUE_CODE, everywhere=True)
    unit_id = person.unit_id
    liaison = rights.has(Role.LIAISON, unit_id=unit_id) or any(
        one.role is Role.LIAISON for one in rights.lent
    )
    ours = unit_id is not None and unit_id == actor.unit_id and liaison
    if not office and not ours:
        raise NotFound("没有等您确认的人员。")
    if row.state not in queries.OPEN or (row.state is JoinState.CHECKED and not office):
        raise NotNow(f"{person.name}{_SAID[row.state]}，不用再答。")
    if person.id == actor.id:
        raise NotAllowed("自己的账号不能由自己确认。")
    if row.state is JoinState.ASKED and not ours:
        raise NotAllowed("这一步由本单位联络员确认。")


def _decline(
    session: Session, row: JoinRequest, person: Person, actor: Person, notices: Notices, *, now: datetime
) -> Text:
    row.state, row.decided_by_id, row.decided_at = JoinState.DECLINED, actor.id, now
    notices.to_account(row.binding, row.target, Text(cards.NO_MATCH), key=f"no_match:{row.id}")
    told = [one.id for _, one in people.holders(session, [Role.ADMIN])]
    news = cards.declined(person.name, unit_name(session, person), account_words(row), actor.name)
    notices.to_people(told, news, key=f"join_declined:{row.id}")
    return Text("好，没有绑定，已告诉管理员。")
