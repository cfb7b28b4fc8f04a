"""The morning round, some people at a time: who is told, one merged card each, into the outbox."""

import math
import time as stopwatch
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import structlog
from sqlmodel import Session

from commands.calendar import SHANGHAI, Workdays
from commands.command import Waiting
from commands.notify import LANE_REMINDER, Notices
from commands.policy import Policy, within
from commands.reminders import cards
from commands.reminders.cards import Item, Morning
from commands.reminders.operations.gathering import ForPerson, Gathered, by_person, gather, item_of
from commands.reminders.rules import OVERVIEW, Round
from storage.job_runs import ChunkResult
from storage.models import DigestNote
from storage.queries import digest_notes
from storage.queries import reminders as queries
from storage.queries.reminders import Listener

BATCH = 30  #: people read together; more is faster in all, but held the writer over 50 ms (73 at 100)
CHUNK_PEOPLE = 200
CHUNK_SECONDS = 0.012  #: of reading and making; writing the cards takes about as long again

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Run:
    """One chunk's surroundings. ``late``: caught up after a stop: reminders only, marked 补发."""

    session: Session
    notices: Notices
    now: Round
    policy: Policy
    waiting: Sequence[Waiting] = ()  #: what other subjects have waiting for people
    late: bool = False


def is_over(planned: datetime, now: datetime, policy: Policy) -> bool:
    """A round that is made up for another day, or into the quiet hours, tells nobody anything: the next
    round says what still counts."""
    same_day = planned.astimezone(SHANGHAI).date() == now.astimezone(SHANGHAI).date()
    return not same_day or policy.is_quiet(now)


def tell_some(run: Run, cursor: str) -> ChunkResult:
    """The people after ``cursor``, until the chunk is full."""
    began = stopwatch.monotonic()
    after, failed, done = int(cursor or 0), 0, 0
    while True:
        people = queries.listeners(run.session, after, BATCH)
        if people:
            failed += _tell(run, people)
            after, done = people[-1].id, done + len(people)
        if len(people) < BATCH:
            return ChunkResult(str(after), done=True, failed=failed)
        another = (stopwatch.monotonic() - began) * (done + BATCH) / done
        if done >= CHUNK_PEOPLE or another >= CHUNK_SECONDS:
            return ChunkResult(str(after), failed=failed)


def _tell(run: Run, people: Sequence[Listener]) -> int:
    """One batch; how many were left out because something about them broke."""
    of, now = gather(run.session, people, run.now)
    ids = [one.id for one in people]
    notes = {} if run.late else digest_notes.waiting_notes(run.session, ids, now.today)
    wishes = queries.quiet_hours(run.session, ids)
    found = by_person(of, people, now)
    waits = [own(run.session, ids, now.at) for own in run.waiting]
    told: list[DigestNote] = []
    failed = 0
    for one in people:
        person = one.id
        own, noted = found.get(person, ForPerson()), notes.get(person, ())
        lines = [row for rows in waits for row in rows.get(person, ())]
        lines += [(note.label, note.text) for note in noted]
        try:
            if _tell_one(run, now, one, own, of, lines, wishes.get(person)):
                told += noted
        except Exception:
            failed += 1
            _log.exception("reminders.person_left_out", person=person)
    digest_notes.mark_told(run.session, told, now.at)
    return failed


def _tell_one(
    run: Run,
    now: Round,
    person: Listener,
    own: ForPerson,
    of: Gathered,
    lines: Sequence[tuple[str, str]],
    wish: tuple[str, str] | None,
) -> bool:
    """Whether what was noted for this person is told now. A day off hears of what is 特急, nothing else."""
    off = not now.calendar.is_workday(now.today)
    if run.late:
        own.told = {
            n: kept
            for n, all_of in own.told.items()
            if (kept := [t for t in all_of if t.kind not in OVERVIEW])
        }
    lines = () if off else lines
    if not own.told and not lines:
        return False
    shown = sorted({*own.told, *(() if run.late or off else own.mine)})
    items = [
        item_of(of.rows[n], of, own.told.get(n, ()), person=person.id, mine=n in own.mine, now=now)
        for n in shown
    ]
    unit, home = (of.unit_names.get(n or 0, "") for n in (of.doors.get(person.id), person.unit_id))
    card = cards.morning(Morning(_sorted(items), lines, now.at, now.calendar, unit, home, run.late))
    run.notices.to_person(
        person.id,
        card,
        key="morning",
        subject=f"obligation:{shown[0]}" if len(shown) == 1 and not lines else "morning",
        lane=LANE_REMINDER,
        on_unknown="hold",
        delay=_wait(now.at, wish),
    )
    return not off


def _sorted(items: Sequence[Item]) -> list[Item]:
    return sorted(items, key=lambda i: (i.due_at.timestamp() if i.due_at else math.inf, int(i.ref[1:])))


def _wait(at: datetime, wish: tuple[str, str] | None) -> timedelta:
    """Until this person's own quiet hours end."""
    if wish is None:
        return timedelta(0)
    start, end = (time.fromisoformat(said) for said in wish)
    local = at.astimezone(SHANGHAI)
    if not within(local.time(), start, end):
        return timedelta(0)
    over = datetime.combine(local.date(), end, SHANGHAI)
    return (over if over > local else over + timedelta(days=1)) - local


def says_nothing_today(session: Session, calendar: Workdays, now: Round) -> bool:
    """A day off without a matter that is 特急 anywhere."""
    return not calendar.is_workday(now.today) and not queries.any_urgent(session)
