"""我的, 部门任务, 逾期, T12: what there is to see, for whoever may see it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

from commands.access import Permission
from commands.calendar import SHANGHAI
from commands.errors import NotAllowed
from commands.tasks import rules
from commands.tasks.cards.described import Described
from commands.tasks.operations.acting import Acting, Matter, who_did
from commands.tasks.operations.describing import describe, said_report
from commands.tasks.operations.settling import raised_lines
from storage.models import AuditEntry, Obligation
from storage.queries import tasks as queries

#: Steps whose words are told privately: other units see that they happened, not why.
_PRIVATE = frozenset({rules.Step.REVISE, rules.Step.SEND_BACK, rules.Step.ASK_FOR_MORE, rules.Step.HAND_OVER})
_ENTRIES = 20  #: lines of a history


def mine(act: Acting) -> list[Described]:
    """What the actor has to do, soonest first."""
    return _described(act, queries.of_person(act.session, act.actor.id))


def unsigned(act: Acting) -> list[Described]:
    """What waits for the actor's 签收: their unit's, where they receive for it."""
    unit_id = act.actor.unit_id
    if unit_id is None:
        return []
    away = [person.id for person in queries.liaisons(act.session, [unit_id])[unit_id]]
    if act.actor.id not in (*act.doors(unit_id), *away):
        return []
    return _described(act, queries.unsigned_of_unit(act.session, unit_id))


def to_accept(act: Acting) -> list[Described]:
    """Co-operation that waits for 确认 by the actor's unit."""
    if act.actor.unit_id is None:
        return []
    return _described(act, queries.submitted_to_lead(act.session, act.actor.unit_id))


def to_release(act: Acting) -> list[Described]:
    """Reports that wait for 同意报出 by the actor."""
    unit_id = act.actor.unit_id
    if unit_id is None or not act.rights.may(Permission.RELEASE, unit_id=unit_id):
        return []
    waiting = queries.waiting_for_release(act.session, unit_id)
    if not act.rights.may(Permission.RELEASE, unit_id=unit_id, own=True):
        mine = act.actor.id
        waiting = [part for part in waiting if mine not in (part[1].submitted_by_id, part[1].handler_id)]
    return _described(act, waiting)


def of_unit(act: Acting, unit_id: int) -> list[Described]:
    """What a unit has to do.

    Raises:
        NotAllowed: another unit's, and the actor does not see all.
    """
    _require_sight(act, unit_id)
    return _described(act, queries.of_unit(act.session, unit_id))


def pressing(act: Acting, unit_id: int | None) -> list[Described]:
    """What is late, due by the next working day or not signed yet, soonest first: of one unit, or (None)
    of all the actor may see.

    Raises:
        NotAllowed: another unit's, and the actor does not see all.
    """
    if unit_id is None and not act.rights.may(Permission.SEE_ALL):
        unit_id = act.actor.unit_id
    _require_sight(act, unit_id)
    day = act.calendar.add(rules.day_of(act.now), rules.NEAR_WORKDAYS)
    until = datetime.combine(day + timedelta(days=1), time.min, SHANGHAI)
    parts = [
        (task, one)
        for task, one in queries.pressing(act.session, until, unit_id)
        if one.unit_id == act.actor.unit_id
        or act.rights.may(Permission.SEE_ALL, initiative_id=task.initiative_id)
    ]
    unsigned = rules.SAID[rules.S.ASSIGNED]
    soon = (rules.Light.OVERDUE, rules.Light.NEAR)
    return [one for one in _described(act, parts) if one.light in soon or one.state == unsigned]


def _require_sight(act: Acting, unit_id: int | None) -> None:
    if unit_id in (None, act.actor.unit_id) or act.rights.may(Permission.SEE_ALL, everywhere=True):
        return
    raise NotAllowed("别的单位的清单请问督查室；本单位的请说“部门任务”。")


def _described(act: Acting, parts: Sequence[queries.Part]) -> list[Described]:
    if not parts:
        return []
    obligations = queries.obligations_of(act.session, [task.id for task, _ in parts])
    percents = queries.last_percents(act.session, [one.id for _, one in parts])
    return [
        describe(
            act, task, one, rules.lead_of(obligations[task.id], one.period), percent=percents.get(one.id)
        )
        for task, one in parts
    ]


def _with_report(
    act: Acting, matter: Matter, one: Obligation, lead: Obligation, percent: int | None
) -> Described:
    described = describe(act, matter.task, one, lead, percent=percent)
    return replace(described, reported=said_report(act, one))


def whole(act: Acting, matter: Matter) -> tuple[list[list[Described]], list[str]]:
    """Every obligation by open period (the running one where none is), the first one first, the lead
    before the others; of several periods without what is 不需配合. And 办理记录 in lines, newest first."""
    percents = queries.last_percents(act.session, [one.id for one in matter.obligations])
    numbers = rules.open_periods(matter.obligations) or [matter.lead.period]
    periods = []
    for number in numbers:
        lead = rules.lead_of(matter.obligations, number)
        shown = [
            one
            for one in rules.in_period(matter.obligations, number)
            if len(numbers) == 1 or one.state is not rules.S.CANCELLED
        ]
        periods.append([_with_report(act, matter, one, lead, percents.get(one.id)) for one in shown])
    return periods, _history(act, matter)


def _history(act: Acting, matter: Matter) -> list[str]:
    """Reasons are shown to the units concerned and to those who see all."""
    units = {one.unit_id for one in matter.obligations}
    concerned = act.actor.unit_id in units
    all_of_it = concerned or act.rights.may(Permission.SEE_ALL, initiative_id=matter.task.initiative_id)
    found: list[tuple[str, str]] = []
    ids = [one.id for one in matter.obligations]
    for entry in queries.history(act.session, matter.task.id, ids):
        line = (entry.at.isoformat(), _line(act, entry, with_reasons=all_of_it))
        if entry.action != rules.Step.REPORT and line not in found:
            found.append(line)
    for noted in queries.progress_of(act.session, ids):
        said = f"{rules.say_moment(noted.at)} {act.person(noted.person_id)} 进展：{noted.note}"
        found.append((noted.at.isoformat(), said))
    found += raised_lines(act, matter)
    return [line for _, line in sorted(found, key=lambda pair: pair[0], reverse=True)[:_ENTRIES]]


def _line(act: Acting, entry: AuditEntry, *, with_reasons: bool) -> str:
    who = who_did(act, entry)
    said = {"undo": "撤回", **rules.SAID_STEP, **rules.SAID_CHANGE}
    what = said.get(entry.action, entry.action)
    words = str(json.loads(entry.body).get("words", "")) if entry.body else ""
    if not words or (entry.action in _PRIVATE and not with_reasons):
        return f"{rules.say_moment(entry.at)} {who} {what}"
    return f"{rules.say_moment(entry.at)} {who} {what}：{words}"
