"""催办: the bot urges in the office's name, once per matter and half-day, never in quiet hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from commands.access import Permission
from commands.cooperation import rules
from commands.errors import NotAllowed, NotFound, NotNow
from commands.notify import LANE_REMINDER
from commands.policy import Policy
from commands.tasks import rules as tasks_rules
from commands.tasks.operations.acting import Acting, Matter, speaks_for
from commands.tasks.operations.describing import said_limit
from connectors.chat import Message, Text
from storage import audit
from storage.models import CooperationRequest, CooperationState, ObligationState, Part
from storage.queries import cooperation as queries


@dataclass(frozen=True, slots=True)
class Urged:
    """``units`` in the order urged; ``at``: when it goes out, later than now in quiet hours."""

    units: list[str]
    at: datetime


@dataclass(frozen=True, slots=True)
class Target:
    """What is urged: ``object`` names it, ``people`` are told."""

    object: str
    subject: str
    unit: str
    people: tuple[int, ...]
    message: Message


def of_matter(act: Acting, matter: Matter, unit_ids: Sequence[int]) -> list[Target]:
    """What of a matter the actor may urge: obligations whose clock runs, and what it was asked for.

    Raises:
        NotAllowed: neither the office nor the lead, nor who waits for it.
        NotFound: nothing there is open.
    """
    office = act.rights.may(Permission.ADJUST, initiative_id=matter.task.initiative_id)
    leads = speaks_for(act, matter.lead)
    found = [_waited(act, matter, row) for row in _requests(act, matter, unit_ids, office=office)]
    for one in tasks_rules.current(matter.obligations):
        part = Matter(matter.task, matter.obligations, one)
        may = office or (leads and one.part is Part.COOPERATE)
        wanted = not unit_ids or one.unit_id in unit_ids
        runs = one.state in tasks_rules.CLOCK_RUNS
        if may and wanted and runs and one.unit_id != act.actor.unit_id:
            found.append(_obligation(act, part))
    if found:
        return found
    if not office and not leads:
        raise NotAllowed(f"{matter.name} 由牵头单位{act.unit(matter.lead.unit_id)}或督查室催办。")
    raise NotFound(f"{matter.name} 没有要催的：都已报出、办结，或者在等您自己。")


def _requests(
    act: Acting, matter: Matter, unit_ids: Sequence[int], *, office: bool
) -> list[CooperationRequest]:
    """What other units were asked for and have not given, by the actor or their unit."""
    ids = [one.id for one in tasks_rules.current(matter.obligations)]
    waiting = (CooperationState.ASKED, CooperationState.ANSWERED)
    return [
        row
        for row in queries.of_obligations(act.session, ids, waiting)
        if row.to_unit_id is not None
        and (not unit_ids or row.to_unit_id in unit_ids)
        and (office or row.from_unit_id == act.actor.unit_id)
    ]


def _waited(act: Acting, matter: Matter, row: CooperationRequest) -> Target:
    unit_id = row.to_unit_id or 0
    limit = said_limit(act, row.due_at, row.due_grain)
    asker = act.unit(row.from_unit_id)
    what = "请先答复“可以”“有条件”或“暂不能”" if row.state is CooperationState.ASKED else "请按时给"
    words = f"督查室催办：{matter.name} {asker}商请“{row.what}”"
    words += f"，时限 {limit}。{what}。" if limit else f"。{what}。"
    people = tuple(act.doors(unit_id))
    target = f"cooperation_request:{row.id}"
    return Target(target, f"cooperation:{row.id}", act.unit(unit_id), people, Text(words))


def _obligation(act: Acting, matter: Matter) -> Target:
    one = matter.obligation
    what = matter.task.title if one.part is Part.LEAD else one.content or matter.task.title
    words = f"督查室催办：{matter.name} {what}"
    limit = said_limit(act, one.due_at, one.due_grain)
    late = tasks_rules.workdays_late(one, act.calendar, now=act.now)
    if limit:
        words += f"，时限 {limit}" + (f"，逾期 {late} 个工作日" if late else "")
    tail = "请先签收。" if one.state is ObligationState.ASSIGNED else "请抓紧办理。"
    words += f"。{tail}有困难请说“{matter.name} 受阻，等某单位给什么”。"
    people = tuple(dict.fromkeys([*act.receivers(one), *act.doors(one.unit_id)]))
    return Target(f"obligation:{one.id}", f"obligation:{one.id}", act.unit(one.unit_id), people, Text(words))


def urge(act: Acting, name: str, targets: Sequence[Target], policy: Policy) -> Urged:
    """Tell them, each at most once in a half-day.

    Raises:
        NotNow: all of them were urged in this half-day; it says by whom.
    """
    goes = rules.speaks_at(act.now, act.calendar, policy)
    slot = rules.half_day(goes)
    new = [t for t in sorted(targets, key=lambda t: t.object) if _first(act, t, slot)]
    if not new:
        raise NotNow(_already(act, name, targets[0], slot, goes))
    for target in new:
        others = [person for person in target.people if person != act.actor.id]
        for person in others:
            act.notices.to_person(
                person,
                target.message,
                key=f"urge:{target.object}:{slot}",
                subject=target.subject,
                lane=LANE_REMINDER,
                on_unknown="hold",
                delay=goes - act.now,
            )
        audit.record(
            act.session,
            at=act.now,
            actor=f"person:{act.actor.id}",
            action="urge",
            object=target.object,
            body={"after": {"told": others, "goes": goes.isoformat()}},
        )
    return Urged(list(dict.fromkeys(t.unit for t in new)), goes)


def _first(act: Acting, target: Target, slot: str) -> bool:
    return queries.note_urge(
        act.session, object=target.object, half_day=slot, person_id=act.actor.id, at=act.now
    )


def _already(act: Acting, name: str, target: Target, slot: str, goes: datetime) -> str:
    noted = queries.urge_of(act.session, object=target.object, half_day=slot)
    who = act.person(noted.person_id) if noted else ""
    when = tasks_rules.say_moment(noted.at) if noted else ""
    if goes > act.now:
        return f"{name} 已由{who}于{when}催过，{tasks_rules.say_moment(goes)} 发出，不用再催。"
    half, again = rules.say_half_day(act.now)
    return f"{name} {half}已催过（{when}，{who}），{again}。"
