"""A fresh database for the sandbox, with the demo's people in it and the clock set to its first day."""

import shutil
from datetime import UTC, datetime
from importlib import resources
from io import BytesIO
from pathlib import Path

from openpyxl import Workbook
from sqlmodel import Session, select

from bot.sandbox.stand_ins import GROUPS
from bot.sandbox.world import DemoPerson, demo_people
from commands.calendar import SHANGHAI
from commands.directory import importing
from commands.directory.rows import read
from connectors.chat import ConversationKind
from connectors.sandbox.journal import Upload
from storage.clock import Moment
from storage.database import Database
from storage.installation import migrate
from storage.models import Conversation, Installation

#: Friday, the working day before the story begins.
STARTS_AT = datetime(2026, 11, 20, 9, 0, tzinfo=SHANGHAI)
PLAN_NAME = "任务分工表.xlsx"


def create(folder: Path) -> str:
    """A new database in ``folder``, whose old one is thrown away; returns its URL."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    url = f"sqlite:///{folder / 'demo.sqlite3'}"
    migrate(url, create=True)
    return url


def populate(
    database: Database, directory: Path | None = None, starts_at: datetime = STARTS_AT
) -> list[DemoPerson]:
    """Import ``directory`` (the demo's, if none) and set business time to ``starts_at``."""
    system = datetime.now(UTC)
    moment = Moment(business=starts_at, system=system)

    def write(session: Session) -> list[DemoPerson]:
        with resources.as_file(resources.files("bot.sandbox") / "demo_directory.json") as path:
            plan = importing.plan(session, read(directory or path))
        importing.apply(session, plan, actor="demo", moment=moment)
        session.get_one(Installation, 1).business_offset = (starts_at - system).total_seconds()
        session.flush()
        return demo_people(session)

    return database.write_now(write)


def keep_groups(session: Session, push_address: str) -> None:
    """What is known of the groups from before: Feishu tells a title only when the bot is added, and the
    WeCom group has a message-push address, since the robot there cannot speak first over HTTP."""
    _group(session, "feishu")
    _group(session, "wecom").push_secret = push_address


def _group(session: Session, platform: str) -> Conversation:
    group_id, title = GROUPS[platform]
    known = session.exec(select(Conversation).where(Conversation.platform_id == group_id)).first()
    group = known or Conversation(
        binding=platform, kind=ConversationKind.GROUP.value, platform_id=group_id, title=title
    )
    session.add(group)
    return group


def plan_file() -> Upload:
    """The waste-sorting division of work as the office would keep it: a sheet."""
    text = (resources.files("bot.sandbox") / "waste-sorting.md").read_text("utf-8")
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101 - a new workbook has one
    sheet.title = "任务分工表"
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and not set(line) <= set("|- "):
            sheet.append(cells)
    content = BytesIO()
    book.save(content)
    return Upload(PLAN_NAME, content.getvalue())
