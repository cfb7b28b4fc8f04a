"""导出台账: asked for in an event, built outside of it, sent into the direct chat."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from commands.access import Permission, rights_of
from commands.command import Context
from commands.errors import NotAllowed
from commands.ledger import rules
from commands.ledger.rules import Line
from commands.notify import Channels, Notices
from commands.tasks.rules import day_of
from connectors.chat import Document, Text
from storage import audit
from storage.clock import Moment
from storage.models import Blob, ExportState, Initiative, LedgerExport, Person, Unit
from storage.queries import ledger as queries


@dataclass(frozen=True, slots=True)
class Gathered:
    """What one file holds."""

    name: str
    lines: tuple[Line, ...]


def scope_of(session: Session, person: Person, initiative_id: int | None, day: date) -> int | None:
    """The unit whose ledger this person may have; None for everybody's (督查室). Who is of the office for
    one initiative only has to name it.

    Raises:
        NotAllowed: neither of the office nor a unit's liaison or head.
    """
    rights = rights_of(session, person, day)
    if rights.may(Permission.VERIFY, initiative_id=initiative_id, everywhere=initiative_id is None):
        return None
    if person.unit_id is None or not rights.may(Permission.DELEGATE, unit_id=person.unit_id):
        raise NotAllowed("台账由督查室或单位联络员导出。")
    return person.unit_id


def ask(ctx: Context, initiative: Initiative | None) -> Text:
    """Queue it; the worker builds it.

    Raises:
        NotAllowed: see ``scope_of``.
    """
    initiative_id = initiative.id if initiative is not None else None
    made = LedgerExport(
        person_id=ctx.actor.id,
        unit_id=scope_of(ctx.session, ctx.actor, initiative_id, day_of(ctx.now)),
        initiative_id=initiative_id,
        asked_at=ctx.now,
    )
    ctx.session.add(made)
    ctx.session.flush()
    audit.record(
        ctx.session,
        at=ctx.now,
        actor=f"person:{ctx.actor.id}",
        action="ledger.export",
        object=f"ledger_export:{made.id}",
        body={"after": {"person_id": made.person_id, "unit_id": made.unit_id}},
    )
    return Text("正在导出台账，好了发到您的私聊。")


def gather(session: Session, export_id: int) -> Gathered:
    """Read what the file holds; nothing is changed.

    Raises:
        NotAllowed: the person may not have it any more.
    """
    export = session.get_one(LedgerExport, export_id)
    person, day = session.get_one(Person, export.person_id), day_of(export.asked_at)
    unit_id = scope_of(session, person, export.initiative_id, day)
    unit_id = export.unit_id if unit_id is None else unit_id
    rows = queries.rows(session, unit_id=unit_id, initiative_id=export.initiative_id)
    progress = queries.latest_progress(session, unit_id=unit_id)
    unit = session.get_one(Unit, unit_id).name if unit_id is not None else ""
    initiative = session.get_one(Initiative, export.initiative_id).title if export.initiative_id else ""
    name = rules.file_name(unit, initiative, export.asked_at)
    return Gathered(name, tuple(rules.lines(rows, progress, unit_id=unit_id)))


def say_progress(session: Session, export_id: int, count: int, *, channels: Channels, moment: Moment) -> None:
    """Once, for a file that takes a while."""
    export = session.get_one(LedgerExport, export_id)
    notices = _notices(session, export_id, channels, moment)
    notices.to_person(export.person_id, Text(f"台账共 {count} 行，正在生成文件，请稍候。"), key="progress")
    notices.flush()


def send(
    session: Session, export_id: int, name: str, data: bytes, *, channels: Channels, moment: Moment
) -> bool:
    """Keep the file and put it into the outbox. False: another worker has done it."""
    export = session.get_one(LedgerExport, export_id, with_for_update={"key_share": True})
    if export.state is not ExportState.QUEUED:
        return False
    blob = Blob(
        key=secrets.token_urlsafe(24),
        name=name,
        content_type=rules.XLSX,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        data=data,
        created_at=moment.system,
    )
    session.add(blob)
    export.state = ExportState.SENT
    notices = _notices(session, export_id, channels, moment)
    notices.to_person(export.person_id, Document(blob.key, name), key="file")
    notices.flush()
    return True


def give_up(session: Session, export_id: int, *, channels: Channels, moment: Moment) -> None:
    """After its last attempt the person is told, not left waiting."""
    export = session.get_one(LedgerExport, export_id)
    export.state = ExportState.FAILED
    notices = _notices(session, export_id, channels, moment)
    notices.to_person(export.person_id, Text("台账暂时没有导出来，请稍后再说一遍“导出台账”。"), key="failed")
    notices.flush()


def _notices(session: Session, export_id: int, channels: Channels, moment: Moment) -> Notices:
    return Notices(session, channels, moment, f"ledger_export:{export_id}")


def claim(session: Session, now: datetime) -> tuple[int, int] | None:
    """(id, attempt) of the next export to build."""
    found = queries.claim(session, now)
    return (found.id, found.attempts) if found is not None else None


def is_waiting(session: Session, now: datetime) -> bool:
    """A plain read, so that an idle worker takes no lock."""
    return queries.waits(session, now)
