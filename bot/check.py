"""``chengquan check``: what is good and what has to be mended, on this side and on the platforms'."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session, col, func, select

from bot.service import bindings
from bot.settings import Settings
from commands.calendar import SHANGHAI, Workdays
from commands.directory.rules import PLATFORM_WORDS
from commands.workdays import snapshot
from connectors import catalogue
from connectors.errors import ConfigurationError
from connectors.tokens import MemoryTokenStore
from storage import inbox, installation
from storage.database import Database
from storage.errors import DatabaseRefused
from storage.models import OutboxEntry, OutboxState

MAX_CLOCK_ERROR = 5.0  #: seconds between this machine and the database


@dataclass(frozen=True, slots=True)
class Finding:
    text: str
    good: bool


async def findings(settings: Settings) -> list[Finding]:
    """In the order in which they are best mended. Never shows a secret."""
    try:
        database = Database(settings.database_url, read_only=True)
    except DatabaseRefused as refused:
        return [Finding(f"数据库：{refused}", False), _calendar(Workdays())]
    try:
        found = _database(database, settings)
        found += [finding async for finding in _platforms(settings)]
    finally:
        database.close()
    return found


def _database(database: Database, settings: Settings) -> list[Finding]:
    try:
        database.read_now(lambda session: installation.verify(session, settings.installation_id or None))
    except DatabaseRefused as refused:
        return [Finding(f"数据库：{refused}", False), _calendar(Workdays())]
    off = abs((database.now() - datetime.now(UTC)).total_seconds())
    found = [
        Finding("数据库", True),
        Finding(f"时钟（差 {off:.1f} 秒）", off < MAX_CLOCK_ERROR),
        _calendar(database.read_now(snapshot.calendar)),
    ]
    aside = database.read_now(lambda session: inbox.list_aside(session.connection()))
    for entry, binding, key, at, error in aside:
        when = at.astimezone(SHANGHAI)
        found.append(Finding(f"搁置的消息 {entry}：{binding} {key} {when:%m-%d %H:%M} {error}", False))
    unknown = database.read_now(_unknown)
    if unknown:
        found.append(Finding(f"有 {unknown} 条消息不知道是否送达，没有重发", False))
    return found


def _unknown(session: Session) -> int:
    query = select(func.count()).where(col(OutboxEntry.state).in_([OutboxState.UNKNOWN, OutboxState.HELD]))
    return session.exec(query).one()


def _calendar(calendar: Workdays) -> Finding:
    """``calendar``: with the days that were entered here."""
    year = datetime.now(SHANGHAI).year
    if not calendar.is_published(year):
        return Finding(f"日历：{year} 年放假安排还没有，时限都标“暂定”", False)
    following = "有" if calendar.is_published(year + 1) else "没有（尚未公布，12 月起每周一提示）"
    return Finding(f"日历：{year} 年有；{year + 1} 年{following}", True)


async def _platforms(settings: Settings) -> AsyncIterator[Finding]:
    """With tokens of their own: nothing is written, and what is asked for is whether the secrets fit."""
    try:
        connectors = {
            name: catalogue.build(given, binding=name, tokens=MemoryTokenStore())
            for name, given in bindings(settings).items()
        }
    except ConfigurationError as wrong:
        yield Finding(f"平台：{wrong}", False)
        return
    for name, connector in connectors.items():
        try:
            for what, good, advice in await connector.check():
                whose = "" if name in PLATFORM_WORDS else f"{name} "  # lines of the default ones say it
                yield Finding(f"{whose}{what}" + (f"：{advice}" if advice else ""), good)
        finally:
            await connector.close()
