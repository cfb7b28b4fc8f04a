"""Obligations put into words, for cards."""

from dataclasses import replace
from datetime import datetime

from commands.calendar import say_due
from commands.tasks import rules
from commands.tasks.cards.described import Described, say_recurrence
from commands.tasks.operations.acting import Acting, Matter
from storage.models import Grain, Obligation, Part, Task
from storage.queries import tasks as queries


def described(act: Acting, matter: Matter) -> Described:
    shown = describe(act, matter.task, matter.obligation, matter.lead)
    if matter.task.recurrence and len(rules.open_periods(matter.obligations)) > 1:
        return replace(shown, period=shown.limit)
    return shown


def describe(
    act: Acting, task: Task, one: Obligation, lead: Obligation, *, percent: int | None = None
) -> Described:
    limit = said_limit(act, one.due_at, one.due_grain)
    return Described(
        name=f"T{task.number}",
        title=task.title,
        is_lead=one.part is Part.LEAD,
        unit=act.unit(one.unit_id),
        lead_unit=act.unit(lead.unit_id),
        handler=act.person(one.handler_id),
        lead_handler=act.person(lead.handler_id),
        content=one.content,
        due=say_recurrence(task.recurrence) if task.recurrence else limit,
        limit=f"{limit}（暂定）" if task.provisional and limit else limit,
        state=rules.SAID[one.state],
        light=rules.light(one, now=act.now, calendar=act.calendar, percent=percent).value,
        late=rules.workdays_late(one, act.calendar),
    )


def said_limit(act: Acting, due_at: datetime | None, grain: Grain) -> str:
    return say_due(due_at, grain.value, now=act.now) if due_at is not None else ""


def said_report(act: Acting, one: Obligation) -> str:
    """``12月9日（周三）10:55，按时``: of the first report, which is the one that counts."""
    if one.first_submitted_at is None:
        return ""
    late = rules.workdays_late(one, act.calendar)
    return f"{rules.say_moment(one.first_submitted_at)}，" + (f"晚 {late} 个工作日" if late else "按时")


def waiting_for(act: Acting, matter: Matter) -> list[str]:
    """The units whose co-operation the lead still waits for."""
    return [act.unit(one.unit_id) for one in rules.still_wanted(matter.together)]


def lead_contact(act: Acting, matter: Matter) -> str:
    """``环保局 高宁``: where a co-operating unit's report goes."""
    lead = matter.lead
    people = "、".join(act.person(person_id) for person_id in act.receivers(lead))
    return f"{act.unit(lead.unit_id)} {people}".strip()


def office(act: Acting, matter: Matter) -> list[int]:
    """Who of the office looks after the task."""
    return [person.id for person in queries.officers(act.session, act.initiative(matter.task))]
