"""Who acts, when, and where it is told; which matter is meant, and whether its next step may be taken."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from commands.access import Permission, Rights, tasks_for
from commands.calendar import Workdays
from commands.errors import NotAllowed, NotFound, NotNow
from commands.notify import Notices
from commands.tasks import periods, rules
from commands.tasks.cards.described import in_stead
from commands.tasks.rules import Step
from commands.understanding.directory import Directory
from connectors.chat import Message
from storage.models import AuditEntry, Initiative, Obligation, Part, Person, Task, Unit
from storage.queries import leave
from storage.queries import tasks as queries


@dataclass(frozen=True, slots=True)
class Acting:
    """What every operation here needs. ``now`` is business time."""

    session: Session
    actor: Person
    rights: Rights
    now: datetime
    calendar: Workdays
    notices: Notices
    conversation_id: int | None = None
    directory: Directory | None = None  #: names as of this transaction, where they were read already

    def unit(self, unit_id: int) -> str:
        known = self.directory.units.get(unit_id) if self.directory else None
        return (known or self.session.get_one(Unit, unit_id)).name

    def person(self, person_id: int | None) -> str:
        if person_id is None:
            return ""
        known = self.directory.people.get(person_id) if self.directory else None
        return (known or self.session.get_one(Person, person_id)).name

    def initiative(self, task: Task) -> Initiative:
        return self.session.get_one(Initiative, task.initiative_id)

    def receivers(self, obligation: Obligation) -> list[int]:
        """Who is told about an obligation: its handler, else whoever receives for its unit."""
        if obligation.handler_id is not None:
            handler = self.session.get_one(Person, obligation.handler_id)
            if handler.left_at is None:
                return [handler.id]
        return self.doors(obligation.unit_id)

    def doors(self, unit_id: int) -> list[int]:
        """Whoever receives for a unit; who stands in for them instead of those away."""
        own = queries.liaisons(self.session, [unit_id])[unit_id]
        return [one.id for one in leave.who_are_there(self.session, own, rules.day_of(self.now))]


@dataclass(slots=True)
class Matter:
    """A task with its obligations, locked; and the one of them that is meant."""

    task: Task
    obligations: list[Obligation]
    obligation: Obligation

    @property
    def lead(self) -> Obligation:
        """Of the same period."""
        return rules.lead_of(self.obligations, self.obligation.period)

    @property
    def together(self) -> list[Obligation]:
        """All parts of the same period, by position."""
        return rules.in_period(self.obligations, self.obligation.period)

    @property
    def name(self) -> str:
        return f"T{self.task.number}"

    @property
    def ref(self) -> str:
        """What names exactly this obligation in a sentence: ``T1.2``; the lead's is ``T1``."""
        part = f".{self.obligation.position}" if self.obligation.position != 1 else ""
        return f"{self.name}{part}"


def matters(
    act: Acting, refs: Sequence[tuple[int, int | None]], *, step: Step | None = None, lock: bool = True
) -> list[Matter]:
    """The matters named by (number, part), each once, in the order said; of several periods the one in
    which ``step`` can be taken.

    Raises:
        NotFound: one does not exist or is none of this person's business.
    """
    tasks = tasks_for(act.session, act.rights, [number for number, _ in refs], lock=lock)
    obligations = queries.obligations_of(act.session, [task.id for task in tasks.values()])
    found: dict[int, Matter] = {}
    for number, part in refs:
        task = tasks[number]
        own = obligations[task.id]
        one = rules.meant(own, part, person_id=act.actor.id, unit_id=act.actor.unit_id, step=step)
        if one is None:
            raise NotFound(f"T{number} 没有第 {part} 家。说“T{number}”看都有谁。")
        found.setdefault(one.id, Matter(task, own, one))
    return list(found.values())


def matters_by_id(act: Acting, obligation_ids: Sequence[int], *, lock: bool = True) -> list[Matter]:
    """The matters behind cards, drafts and lists, in the order given.

    Raises:
        NotFound: one is none of this person's business (any more).
    """
    task_ids = {n: _task_id(act, n) for n in obligation_ids}
    numbers = [act.session.get_one(Task, task_id).number for task_id in task_ids.values()]
    tasks = {task.id: task for task in tasks_for(act.session, act.rights, numbers, lock=lock).values()}
    obligations = queries.obligations_of(act.session, tasks)
    return [
        Matter(tasks[task_id], obligations[task_id], next(o for o in obligations[task_id] if o.id == n))
        for n, task_id in task_ids.items()
    ]


def _task_id(act: Acting, obligation_id: int) -> int:
    obligation = act.session.get(Obligation, obligation_id)
    if obligation is None:
        raise NotFound("没有找到这件事项。可以说“我的”看自己的事项。")
    return obligation.task_id


def matter_of(act: Acting, obligation_id: int, *, lock: bool = True) -> Matter:
    """One of ``matters_by_id``."""
    return matters_by_id(act, [obligation_id], lock=lock)[0]


def speaks_for(act: Acting, obligation: Obligation) -> bool:
    """Whether the actor acts for this obligation: its handler, the unit's liaison or a head of it.

    Where a unit has named nobody at all, anybody of the unit does.
    """
    if obligation.unit_id != act.actor.unit_id:
        return False
    if obligation.handler_id == act.actor.id:
        return True
    if act.rights.may(Permission.DELEGATE, unit_id=obligation.unit_id):
        return True
    return obligation.handler_id is None and not act.doors(obligation.unit_id)


def require_speaker(act: Acting, matter: Matter) -> None:
    """Raises:
    NotAllowed: the obligation is another unit's or another colleague's; the answer says whose.
    """
    one = matter.obligation
    if speaks_for(act, one):
        return
    if one.unit_id != act.actor.unit_id:
        part = "" if one.part is Part.LEAD else "配合"
        raise NotAllowed(f"{matter.name} {part}由{act.unit(one.unit_id)}办理。")
    who = "、".join(act.person(person_id) for person_id in act.receivers(one))
    raise NotAllowed(f"{matter.name} 由本单位{who}办理。")


def said_matter(act: Acting, matter: Matter) -> str:
    """Which one is meant, with a blank where words follow: ``T1 ``; ``T1（城管局配合）`` of a co-operating
    unit's part; ``T7（本周）`` while several periods are open."""
    one, which = matter.obligation, []
    if one.due_at is not None and len(rules.open_periods(matter.obligations)) > 1:
        due, today = rules.day_of(one.due_at), rules.day_of(act.now)
        which.append(periods.say_period(matter.task.recurrence, due, today))
    if one.part is Part.COOPERATE:
        which.append(f"{act.unit(one.unit_id)}配合")
    return f"{matter.name}（{'，'.join(which)}）" if which else f"{matter.name} "


def step(act: Acting, matter: Matter, what: Step) -> None:
    """Move the obligation on.

    Raises:
        NotNow: the lifecycle does not allow it; the answer says how it stands, and who decided when.
    """
    one = matter.obligation
    target = rules.next_state(one.part, what, one.state)
    if target is None:
        raise NotNow(how_it_stands(act, matter, what))
    if one.state is not target:  # what only seems changed is looked through when rows are written
        one.state = target


def how_it_stands(act: Acting, matter: Matter, what: Step) -> str:
    """Why ``what`` cannot be done now, politely."""
    one = matter.obligation
    entry = queries.last_entry(act.session, one.id, _DECIDED_BY.get(what, ()))
    if entry is not None and entry.actor.startswith("person:"):
        who = who_did(act, entry)
        when = rules.say_moment(entry.at)
        done = rules.SAID_STEP.get(entry.action, entry.action)
        return f"{said_matter(act, matter)}已由{who}于{when}办理：{done}。"
    later = _NEXT.get(one.state)
    verb = f"{'先不' if later else '不用'}{rules.SAID_STEP[what]}"
    return f"{said_matter(act, matter)}现在是“{rules.SAID[one.state]}”，{verb}。{later or ''}"


def who_did(act: Acting, entry: AuditEntry) -> str:
    """``罗建``; ``王磊 代 罗建`` of what was done in somebody's stead; ``系统``."""
    kind, _, number = entry.actor.partition(":")
    if kind != "person":
        return "系统"
    away = json.loads(entry.body).get("in_stead_of") if entry.body else None
    who = act.person(int(number))
    return in_stead(who, act.person(int(away))) if away is not None else who


#: Steps that decide the same question: whichever came first is what the later one is told.
_DECIDED_BY: Mapping[Step, tuple[Step, ...]] = {
    Step.ACKNOWLEDGE: (Step.ACKNOWLEDGE,),
    Step.WAIVE: (Step.WAIVE,),
    Step.ACCEPT: (Step.ACCEPT, Step.ASK_FOR_MORE),
    Step.ASK_FOR_MORE: (Step.ACCEPT, Step.ASK_FOR_MORE),
    Step.VERIFY: (Step.VERIFY, Step.SEND_BACK),
    Step.SEND_BACK: (Step.VERIFY, Step.SEND_BACK),
    Step.RELEASE: (Step.RELEASE, Step.REVISE),
    Step.REVISE: (Step.RELEASE, Step.REVISE),
    Step.SUBMIT: (Step.SUBMIT, Step.SUBMIT_FOR_RELEASE, Step.RELEASE),
    Step.SUBMIT_FOR_RELEASE: (Step.SUBMIT, Step.SUBMIT_FOR_RELEASE, Step.RELEASE),
}
_NEXT = {
    rules.S.UNSPECIFIED: "等牵头单位明确要什么以后再办。",
    rules.S.ASSIGNED: "请先签收。",
    rules.S.IN_PROGRESS: "报结以后再办。",
    rules.S.SUSPENDED: "恢复计时以后再办。",
}


def tell(
    act: Acting, people: Iterable[int | None], message: Message, *, key: str, subject: str = ""
) -> list[int]:
    """Everybody but the actor, each once; who was told."""
    others = list(dict.fromkeys(p for p in people if p is not None and p != act.actor.id))
    act.notices.to_people(others, message, key=key, subject=subject)
    return others
