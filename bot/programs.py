"""What each command of the console script does. Heavy parts are imported where they are needed:
``understand`` and ``replay`` should start at once."""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

from bot import replay as replaying
from bot import settings as configuration
from storage.clock import Moment
from storage.database import Database
from storage.errors import DatabaseInUse


def demo(given: argparse.Namespace) -> int:
    from bot.logs import configure
    from bot.sandbox.sandbox import opened_sandbox

    configure("ERROR")

    async def run() -> None:
        async with opened_sandbox(given.folder, host=given.host, port=given.port) as sandbox:
            print(f"成拳演练场已就绪： {sandbox.url}\n按 Ctrl+C 结束。", flush=True)
            await _stopped()

    asyncio.run(run())
    return 0


def simulate(given: argparse.Namespace) -> int:
    import os
    import tempfile
    from pathlib import Path

    from bot.logs import configure
    from bot.simulation.simulate import simulate as run

    configure("ERROR")

    def show(line: str) -> None:
        print(line, flush=True)

    # Thrown away afterwards: in memory where the system has such a folder, since a third is waiting for disk.
    memory = Path("/dev/shm")  # noqa: S108
    root = memory if memory.is_dir() and os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="chengquan-", dir=root) as folder:
        good = asyncio.run(run(Path(folder) / "winter", seed=given.seed, weeks=given.weeks, show=show))
    return 0 if good else 1


def serve(given: argparse.Namespace) -> int:
    from bot.app import build_app, listener, served
    from bot.logs import configure
    from bot.memory import settle
    from bot.service import opened

    settings = configuration.load()
    configure()

    async def run() -> None:
        async with opened(settings) as service:
            bound = listener(settings.listen.host, settings.listen.port)
            async with served(build_app(service), bound):
                settle()
                print(f"listening on {settings.listen.host}:{bound.getsockname()[1]}", flush=True)
                await _stopped()
                service.serving = False

    asyncio.run(run())
    return 0


async def _stopped() -> None:
    """Until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    await stop.wait()


def migrate(given: argparse.Namespace) -> int:
    from storage import installation

    settings = configuration.load()
    if given.create and settings.installation_id:
        # A database was configured before: a new empty one in its place would look like a loss of everything.
        return _existing_only(settings)
    installation.migrate(settings.database_url, create=given.create)
    database = Database(settings.database_url, read_only=True)
    found = database.read_now(
        lambda s: installation.verify(s, settings.installation_id or None).installation_id
    )
    database.close()
    print(f"installation {found}")
    if not settings.installation_id:
        print(f"put it into the settings: CHENGQUAN_INSTALLATION_ID={found}")
    return 0


def _existing_only(settings: configuration.Settings) -> int:
    from storage import installation

    installation.migrate(settings.database_url, create=False)
    print(f"installation {settings.installation_id}")
    return 0


def check(given: argparse.Namespace) -> int:
    from bot.check import findings
    from bot.logs import configure

    configure("CRITICAL")
    bad = 0
    for finding in asyncio.run(findings(configuration.load())):
        bad += not finding.good
        print(f"{'正常' if finding.good else '要处理'}  {finding.text}")
    print(f"有 {bad} 处要处理，改好后再运行一次。" if bad else "都正常。")
    return 1 if bad else 0


def directory_import(given: argparse.Namespace) -> int:
    from commands.directory import importing
    from commands.directory.rows import read

    sheet = read(given.file)
    with open_database() as database:
        plan = database.read_now(lambda session: importing.plan(session, sheet))
        print(plan.summary())
        if plan.errors:
            return 1
        if not given.yes and not agreed("写入吗？[y/N] "):
            print("没有写入。")
            return 0
        moment = moment_now()
        apps = asyncio.run(_apps()) if any(step.disputes for step in plan.steps) else {}
        database.write_now(lambda s: importing.apply(s, plan, actor="console", moment=moment, apps=apps))
    print("已写入。")
    return 0


async def _apps() -> dict[str, str]:
    """Binding → app of the settings; none while they are not complete: the first import comes before."""
    from bot.service import bindings
    from connectors import catalogue
    from connectors.errors import ConfigurationError
    from connectors.tokens import MemoryTokenStore

    found = {}
    try:
        for name, given in bindings(configuration.load()).items():
            connector = catalogue.build(given, binding=name, tokens=MemoryTokenStore())
            found[name] = connector.app
            await connector.close()
    except ConfigurationError:
        return {}
    return found


def initiative_import(given: argparse.Namespace) -> int:
    from commands.calendar import SHANGHAI, Workdays
    from commands.initiatives import importing

    starts_on = date.fromisoformat(given.starts_on) if given.starts_on else datetime.now(SHANGHAI).date()
    with open_database() as database:
        moment = moment_now()
        report = database.write_now(
            lambda session: importing.import_file(
                session,
                given.file,
                starts_on=starts_on,
                weekly_day="一二三四五".index(given.weekly_day) if given.weekly_day else None,
                calendar=Workdays(),
                actor="console",
                moment=moment,
            )
        )
    print(report.text)
    return 0


def replay(given: argparse.Namespace) -> int:
    data = json.loads(given.file.read_text("utf-8"))
    for line in replaying.run(data, given.platform):
        print(line)
    return 0


def understand(given: argparse.Namespace) -> int:
    from commands.calendar import SHANGHAI
    from commands.understanding.console import lines

    now = given.now or datetime.now(SHANGHAI)
    directory = json.loads(given.directory.read_text("utf-8")) if given.directory else []
    for line in lines(sys.stdin, now, directory, as_json=given.as_json, explain=given.explain):
        print(line)
    return 0


def audit_verify(given: argparse.Namespace) -> int:
    from storage.audit_check import verify

    with open_database(read_only=True) as database:
        found = database.read_now(lambda session: verify(session, root=given.root))
    for problem in found.problems:
        print(problem)
    print(f"已封存 {found.sealed} 条，待封存 {found.unsealed} 条，根 {found.root.hash}")
    print("完好。" if found.ok else "有改动，见上。")
    return 0 if found.ok else 1


def moment_now() -> Moment:
    now = datetime.now(UTC)
    return Moment(business=now, system=now)


def agreed(question: str) -> bool:
    try:
        return input(question).strip().lower() in ("y", "yes", "是")
    except EOFError:
        return False


@contextmanager
def open_database(*, read_only: bool = False) -> Iterator[Database]:
    from storage import installation

    settings = configuration.load()
    try:
        database = Database(settings.database_url, read_only=read_only)
    except DatabaseInUse as busy:
        raise DatabaseInUse(f"{busy}; stop the service first, then say it again") from None
    try:
        database.read_now(lambda session: installation.verify(session, settings.installation_id or None))
        yield database
    finally:
        database.close()
