"""17:00: who said nothing today is asked, privately; at night the office gets the number."""

from datetime import date, datetime, time

from sqlmodel import Session

from commands.calendar import SHANGHAI, Workdays, say_date
from commands.logs import cards
from commands.notify import LANE_REMINDER, Notices
from commands.policy import within
from storage.job_runs import ChunkResult
from storage.models import Role
from storage.queries import digest_notes, people
from storage.queries import logs as queries
from storage.queries.reminders import quiet_hours

BATCH = 100  #: people looked at in one chunk, all of whom may have to be written to


def remind_some(session: Session, notices: Notices, planned: datetime, cursor: str) -> ChunkResult:
    """The people after ``cursor``; those whose own quiet hours run are not disturbed."""
    day = planned.astimezone(SHANGHAI).date()
    window = queries.people_without_log(session, day, int(cursor or 0), BATCH)
    wishes = quiet_hours(session, [one.id for one in window.missing])
    for one in window.missing:
        if one.id in wishes and _quiet(wishes[one.id], planned):
            continue
        notices.to_person(
            one.id,
            cards.reminder(day, one.matter, now=planned),
            key="log",
            subject=f"log:{day.isoformat()}",
            lane=LANE_REMINDER,
            on_unknown="hold",
        )
    return ChunkResult(str(window.after or ""), done=window.after is None)


def _quiet(wish: tuple[str, str], at: datetime) -> bool:
    start, end = (time.fromisoformat(said) for said in wish)
    return within(at.astimezone(SHANGHAI).time(), start, end)


def count_some(
    session: Session, planned: datetime, calendar: Workdays, now: datetime, cursor: str
) -> ChunkResult:
    """Count on; the sum becomes a line of the office's next morning card. ``cursor``: person:sum."""
    after, _, counted = cursor.partition(":")
    day = planned.astimezone(SHANGHAI).date()
    window = queries.people_without_log(session, day, int(after or 0), BATCH)
    total = int(counted or 0) + len(window.missing)
    if window.after is not None:
        return ChunkResult(f"{window.after}:{total}")
    if total:
        note_missing(session, day, total, calendar, now)
    return ChunkResult(f":{total}", done=True)


def note_missing(session: Session, day: date, total: int, calendar: Workdays, now: datetime) -> None:
    """For everybody of the office."""
    office = [person.id for _, person in people.holders(session, [Role.OFFICE])]
    digest_notes.note(
        session,
        office,
        "日报",
        f"{say_date(day, now=now)}{total} 人没交",
        key=f"logs:{day.isoformat()}",
        now=now,
        day=calendar.add(day, 1),
    )
