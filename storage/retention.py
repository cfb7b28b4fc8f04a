"""What is forgotten of messages that went out and of jobs that ran, and when. All times are system time.

Nothing is needed of them any more: a card that can still be pressed or redrawn is a ``SentCard``, what
happened is in 办理记录. They are kept as long as an event that was set aside, which is longer than
anything may be told again: the key of an event lives 72 hours, a departure is told within 14 days.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session

from storage.dialects import table
from storage.inbox import KEEP_ASIDE
from storage.models import JobState, OutboxState
from storage.queries.reminders import NOTHING_SAID

KEEP: timedelta = KEEP_ASIDE

#: Of messages. What is due or under way goes out first; *unknown* and *held* wait for a person.
OVER = (
    OutboxState.DELIVERED,
    OutboxState.REFUSED,
    OutboxState.EXPIRED,
    OutboxState.WITHDRAWN,
    OutboxState.MERGED,
)
_RAN = (JobState.DONE, JobState.SKIPPED)
_OUTBOX, _RUN = table("outbox"), table("job_run")


@dataclass(frozen=True, slots=True)
class Page:
    """``old``: messages to forget. ``last``: where the next page begins; None: all behind it are young."""

    old: tuple[int, ...]
    last: int | None


def old_messages(session: Session, after: int, now: datetime, limit: int) -> Page:
    """Some messages behind the id ``after``, in the order they were written. A plain read by the primary
    key: it ends where the young ones begin, and looks at what is kept of the old ones."""
    columns = (_OUTBOX.c.id, _OUTBOX.c.state, _OUTBOX.c.due_at, _OUTBOX.c.done_at)
    query = sa.select(*columns).where(_OUTBOX.c.id > after).order_by(_OUTBOX.c.id).limit(limit)
    rows = session.execute(query).all()
    until = now - KEEP
    old = tuple(row.id for row in rows if row.state in OVER and row.done_at and row.done_at < until)
    more = len(rows) == limit and any(row.due_at < until for row in rows)
    return Page(old, rows[-1].id if more else None)


def forget_messages(session: Session, ids: Sequence[int]) -> int:
    """How many of them were still there."""
    gone = sa.delete(_OUTBOX).where(_OUTBOX.c.id.in_(ids), _OUTBOX.c.state.in_(OVER))
    return len(session.execute(gone.returning(_OUTBOX.c.id)).all())


def last_rounds(session: Session) -> dict[str, datetime]:
    """By job, the planned time of its last run that is over and did tell: from there on the next one
    counts, and what it has to catch up."""
    told = sa.and_(_RUN.c.state == JobState.DONE, _RUN.c.cursor != NOTHING_SAID)
    query = (
        sa.select(_RUN.c.job, sa.func.max(_RUN.c.planned).label("planned")).where(told).group_by(_RUN.c.job)
    )
    return {row.job: row.planned for row in session.execute(query)}


def forget_runs(session: Session, job: str, before: datetime, now: datetime, limit: int) -> int:
    """Old runs of a job planned before its last round, ``limit`` at most; how many. What was set aside
    stays until somebody runs it again."""
    chosen = (
        sa.select(_RUN.c.id)
        .where(_RUN.c.job == job, _RUN.c.planned < before)
        .where(_RUN.c.state.in_(_RAN), _RUN.c.finished_at < now - KEEP)
        .order_by(_RUN.c.planned)
        .limit(limit)
    )
    ids = session.execute(chosen).scalars().all()
    gone = sa.delete(_RUN).where(_RUN.c.id.in_(ids), _RUN.c.state.in_(_RAN))
    return len(session.execute(gone.returning(_RUN.c.id)).all())
