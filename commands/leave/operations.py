"""请假: for some days another person gets one's reminders and approvals; it ends by itself."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from commands.access import TABLE, Permission
from commands.calendar import SHANGHAI
from commands.errors import BadInput, NotNow
from commands.leave import cards
from commands.notify import Notices
from connectors.chat import Card, Text
from storage import audit
from storage.models import Leave, Person
from storage.queries import people, tasks
from storage.queries.leave import leave_of, stands_in_for

_LONGEST = 366  #: days


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts, and when (business time)."""

    session: Session
    actor: Person
    now: datetime
    notices: Notices

    @property
    def today(self) -> date:
        return self.now.astimezone(SHANGHAI).date()


def take(act: Acting, since: date, until: date, deputy_id: int | None) -> Card:
    """Away from ``since`` to ``until``, both included; leave that overlaps is replaced.

    Raises:
        BadInput: days that are over or the wrong way round; a deputy who is of another unit, away
            then, or the person themselves.
    """
    _check_days(act, since, until)
    deputy = _deputy(act, deputy_id)
    act.session.exec(select(Person).where(Person.id == act.actor.id).with_for_update(key_share=True)).one()
    for older in _overlapping(act, since, until):
        _end(act, older)
    made = Leave(
        person_id=act.actor.id,
        deputy_id=deputy.id if deputy else None,
        starts_on=since,
        ends_on=until,
        created_at=act.now,
    )
    act.session.add(made)
    act.session.flush()
    standing = stands_in_for(act.session, act.actor.id, since)
    if deputy is not None and standing == act.actor.id:
        raise BadInput(f"{deputy.name}那几天也请假，由您代。请换一位。")
    _record(act, made, "leave")
    who = act.session.get_one(Person, standing) if standing != act.actor.id else None
    if who is not None:
        waits = _waiting_for(act, who) if since <= act.today else []
        told = cards.to_deputy(act.actor.name, since, until, waits, now=act.now)
        act.notices.to_person(who.id, told, key=f"leave:{made.id}")
    return cards.taken(since, until, deputy=who.name if who else "", standing=deputy is None, now=act.now)


def _waiting_for(act: Acting, deputy: Person) -> list[str]:
    """Reports of the unit that the actor was to let out and ``deputy`` now may."""
    unit_id = act.actor.unit_id
    if unit_id is None or deputy.unit_id != unit_id:
        return []
    roles = {grant.role for grant in people.roles_of(act.session, act.actor.id) if grant.scope_id == unit_id}
    if not roles & TABLE[Permission.RELEASE]:
        return []
    waits = (
        f"T{task.number}"
        for task, one in tasks.waiting_for_release(act.session, unit_id)
        if deputy.id not in (one.submitted_by_id, one.handler_id)
    )
    return list(dict.fromkeys(waits))


def _check_days(act: Acting, since: date, until: date) -> None:
    if until < act.today:
        raise BadInput("这些日子已经过去了。请这样说：请假到周三，由王五代。")
    if until < since:
        raise BadInput("结束的日子早于开始的日子，请再说一遍，例如：周一到周三请假。")
    if (until - since).days >= _LONGEST:
        raise BadInput("一次请假最长一年。长期离岗请联系本单位联络员办交接。")


def _deputy(act: Acting, deputy_id: int | None) -> Person | None:
    if deputy_id is None:
        return None
    deputy = act.session.get(Person, deputy_id)
    if deputy is None or deputy.left_at is not None:
        raise BadInput("没有找到这位同事，请写本单位在岗同事的姓名。")
    if deputy.id == act.actor.id:
        raise BadInput("不能由您自己代，请换一位本单位的同事。")
    if deputy.unit_id is None or deputy.unit_id != act.actor.unit_id:
        raise BadInput(f"{deputy.name}不是本单位的。代办要请本单位的同事。")
    return deputy


def _overlapping(act: Acting, since: date, until: date) -> list[Leave]:
    query = select(Leave).where(
        Leave.person_id == act.actor.id,
        col(Leave.cancelled_at).is_(None),
        col(Leave.starts_on) <= until,
        col(Leave.ends_on) >= since,
    )
    return list(act.session.exec(query.order_by(col(Leave.id)).with_for_update(key_share=True)))


def come_back(act: Acting) -> Text:
    """取消请假: the leave that runs, else the next one.

    Raises:
        NotNow: there is none.
    """
    found = leave_of(act.session, act.actor.id, act.today)
    if found is None:
        raise NotNow("没有记着您的请假。要请假可以说：请假到周三，由王五代。")
    stood_in = stands_in_for(act.session, act.actor.id, max(found.starts_on, act.today))
    _end(act, found)
    if stood_in != act.actor.id:
        act.notices.to_person(stood_in, cards.over(act.actor.name), key=f"leave_over:{found.id}")
    span = cards.say_span(found.starts_on, found.ends_on, now=act.now)
    return Text(f"已取消请假（{span}），提醒和审批从现在起发给您。")


def _end(act: Acting, one: Leave) -> None:
    one.cancelled_at = act.now
    act.session.flush()
    _record(act, one, "leave_cancelled")


def _record(act: Acting, one: Leave, action: str) -> None:
    after: dict[str, object] = {
        "deputy_id": one.deputy_id,
        "starts_on": one.starts_on,
        "ends_on": one.ends_on,
        "cancelled_at": one.cancelled_at,
    }
    audit.record(
        act.session,
        at=act.now,
        actor=f"person:{act.actor.id}",
        action=action,
        object=f"leave:{one.id}",
        body={"after": after},
    )
