"""Running a planned job by hand on a session, and reading what people were told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from commands.command import Catalogue, Subject, World
from commands.notify import Channels
from commands.policy import Policy
from connectors import chat
from connectors.chat import Card, Message, Text
from storage.clock import Moment
from storage.job_runs import ChunkResult, Job, JobRunState
from storage.models import JobRun, JobState, OutboxEntry, Person

BINDINGS = ("dingtalk", "wecom", "feishu")


@dataclass(frozen=True, slots=True)
class Sent:
    """One message to a person."""

    message: Message

    @property
    def text(self) -> str:
        return chat.as_text(self.message)

    @property
    def title(self) -> str:
        return self.message.title if isinstance(self.message, Card) else ""

    @property
    def rows(self) -> list[tuple[str, str]]:
        return [(r.key, r.value) for r in self.message.rows] if isinstance(self.message, Card) else []

    @property
    def sentences(self) -> list[str]:
        buttons = self.message.buttons if isinstance(self.message, Card | Text) else ()
        return [button.sentence for button in buttons]


def world(*subjects: Subject, policy: Policy | None = None) -> World:
    channels = Channels(key=b"k" * 32, apps={name: name for name in BINDINGS})
    return World(channels, Catalogue(subjects), policy or Policy())


def run(
    session: Session, job: Job, planned: datetime, *, now: datetime | None = None, late: bool = False
) -> ChunkResult:
    """Every chunk of ``job`` for that planned time; its run is left DONE, as the scheduler leaves it."""
    now = now or planned
    moment = Moment(business=now, system=now)
    state = JobRunState(0, job.id, planned, "", 1, late)
    failed = 0
    while True:
        result = job.chunk(session, state, moment)
        session.flush()
        failed += result.failed
        if result.done:
            break
        state = JobRunState(0, job.id, planned, result.cursor, 1, late)
    done = JobRun(
        job=job.id, planned=planned, state=JobState.DONE, cursor=result.cursor, late=late, started_at=now
    )
    session.add(done)
    session.flush()
    return ChunkResult(result.cursor, done=True, failed=failed)


def told(session: Session, people: Sequence[Person]) -> dict[str, list[Sent]]:
    """By name, everything in the outbox for each of them, oldest first."""
    names = {person.id: person.name for person in people}
    found: dict[str, list[Sent]] = {}
    query = select(OutboxEntry).where(col(OutboxEntry.person_id).in_(names)).order_by(col(OutboxEntry.id))
    for row in session.exec(query):
        assert row.person_id is not None
        name = names[row.person_id]
        found.setdefault(name, []).append(Sent(chat.load_message(row.body)))
    return found
