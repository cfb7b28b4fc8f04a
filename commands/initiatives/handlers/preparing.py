"""Before 下发: 新建专项, 都按周五, 预览, 看全表."""

from datetime import date, timedelta

from sqlmodel import col, delete, select

from commands import questions
from commands.access import Permission
from commands.calendar import SHANGHAI
from commands.command import Context, Reply
from commands.errors import BadInput, NotFound, NotYet
from commands.initiatives.cards import preparing as cards
from commands.initiatives.handlers.meaning import ACTIVE, DRAFT, OPEN, acting, said, the_initiative
from commands.initiatives.operations import approving
from commands.initiatives.operations import preparing as operations
from commands.initiatives.overview import overview
from commands.tasks.rules import TABLE
from connectors.chat import File
from storage.blobs import fetched_key
from storage.models import Attachment, Blob, TaskState

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_STILL_MEANT = timedelta(hours=1)  #: how long a file that was sent waits for the sentence about it
_TABLES = (".xlsx", ".csv", ".md", ".markdown")


def new_initiative(ctx: Context) -> Reply:
    """新建专项垃圾分类，环保局牵头，今天启动, with the file or after it."""
    ctx.private = True
    ctx.rights.require(Permission.PLAN, everywhere=True)  # before a file is asked for
    title = str(ctx.said.slots.get("title", "")).strip()
    file = _table(ctx)
    if file is None:
        return questions.ask(ctx, questions.FILE, "请把任务分工表（.xlsx 或 .md）发给我。")
    blob = ctx.session.get(Blob, fetched_key(ctx.incoming.binding, file.handle))
    if blob is None:
        raise NotYet("file", files=(file,))
    seen = operations.import_division(
        acting(ctx),
        file.name,
        blob.data,
        title=title,
        lead_unit_id=ctx.said.unit_ids[0] if ctx.said.unit_ids else None,
        starts_on=_start(ctx),
    )
    _used(ctx, file)
    ctx.notices.withdraw(ctx.actor.id, TABLE)
    ctx.subject = f"initiative:{seen.initiative.id}"
    return cards.division_read(seen, now=ctx.now)


def _used(ctx: Context, file: File) -> None:
    """A table that became an initiative is no longer material for a report of its sender's."""
    ctx.session.exec(
        delete(Attachment).where(
            col(Attachment.person_id) == ctx.actor.id,
            col(Attachment.binding) == ctx.incoming.binding,
            col(Attachment.handle) == file.handle,
            col(Attachment.obligation_id).is_(None),
        )
    )


def _start(ctx: Context) -> date:
    said = ctx.said.slots.get("start")
    if isinstance(said, str):
        return date.fromisoformat(said)
    return ctx.now.astimezone(SHANGHAI).date()


def _table(ctx: Context) -> File | None:
    """The file of this message, else the last table this person sent in private within the hour.

    Raises:
        BadInput: it is not a table.
    """
    file = ctx.incoming.files[0] if ctx.incoming.files else _last_sent(ctx)
    if file is not None and not file.name.casefold().endswith(_TABLES):
        raise BadInput(f"“{file.name}”不是任务分工表，请发 .xlsx、.csv 或 .md。")
    return file


def _last_sent(ctx: Context) -> File | None:
    query = (
        select(Attachment)
        .where(
            Attachment.person_id == ctx.actor.id,
            Attachment.binding == ctx.incoming.binding,
            col(Attachment.obligation_id).is_(None),
            col(Attachment.at) > ctx.now - _STILL_MEANT,
        )
        .order_by(col(Attachment.id).desc())
    )
    tables = (sent for sent in ctx.session.exec(query) if sent.name.casefold().endswith(_TABLES))
    last = next(tables, None)
    return File(last.name, last.handle, size=last.size) if last is not None else None


def weekly_day(ctx: Context) -> Reply:
    """都按周五; T6、T7定在每周五."""
    ctx.private = True
    day = str(ctx.said.slots.get("day", ""))
    if day not in _DAYS:
        raise BadInput("没看明白定周几，请说例如“都按周五”。")
    initiative = the_initiative(ctx, DRAFT)
    numbers = [ref.number for ref in ctx.said.refs]
    chosen = operations.set_weekly_day(acting(ctx), initiative, _DAYS.index(day), numbers)
    ctx.subject = f"initiative:{initiative.id}"
    return cards.weekly_day_set(chosen, _DAYS.index(day), now=ctx.now)


def change_weekly_day(ctx: Context) -> Reply:
    ctx.private = True
    initiative = the_initiative(ctx, DRAFT)
    weekly = [t for t in overview(ctx.session, initiative).tasks if t.recurrence.startswith("WEEKLY")]
    if not weekly:
        raise NotFound("没有按周的事项要定日子。")
    ctx.subject = f"initiative:{initiative.id}"
    return cards.ask_weekly_day(weekly)


def send_again(ctx: Context) -> Reply:
    ctx.private = True
    ctx.rights.require(Permission.PLAN)
    return cards.send_again()


def preview(ctx: Context) -> Reply:
    """预览 what 下发 would send; 看全表 for the office and who is asked to approve; 看清单 for a unit."""
    ctx.private = True
    whole = "预览" not in said(ctx)
    if whole and (asked := ctx.card_subject("approval")) is not None:
        return cards.whole_table(approving.waiting(acting(ctx), asked), now=ctx.now)
    if whole and not ctx.rights.may(Permission.PLAN):
        return _own_list(ctx)
    initiative = the_initiative(ctx, OPEN if whole else DRAFT)
    ctx.rights.require(Permission.PLAN, initiative_id=initiative.id)
    seen = overview(ctx.session, initiative)
    ctx.subject = f"initiative:{initiative.id}"
    if whole:
        return cards.whole_table(seen, now=ctx.now)
    told = operations.recipients(acting(ctx), seen)
    groups, liaisons, heads = told.counts
    return cards.preview(
        seen,
        groups=groups,
        liaisons=liaisons,
        heads=heads,
        missing=told.missing,
        basis=initiative.basis,
    )


def _own_list(ctx: Context) -> Reply:
    ctx.rights.require(Permission.SEE_UNIT)
    initiative = the_initiative(ctx, ACTIVE)
    seen = overview(ctx.session, initiative, states=(TaskState.ACTIVE,))
    unit_id = None if ctx.rights.may(Permission.SEE_ALL, initiative_id=initiative.id) else ctx.actor.unit_id
    return cards.whole_table(seen, now=ctx.now, unit_id=unit_id)
