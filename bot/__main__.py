"""The console script ``chengquan``. Exit codes: 0 good, 1 something to mend, 2 cannot be done as asked."""

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from bot import programs, upkeep
from bot.replay import PLATFORMS
from commands.errors import CommandError
from connectors.errors import ConfigurationError
from storage.errors import StorageError

LONGEST_SIMULATION = 12  #: weeks whose days off are entered


def _day(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text}: say the time zone, such as {text}+08:00")
    return at


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 2**63:
        raise argparse.ArgumentTypeError(f"{text}: not a number of the list")
    return int(text)


def _weeks(text: str) -> int:
    weeks = int(text)
    if not 1 <= weeks <= LONGEST_SIMULATION:
        raise argparse.ArgumentTypeError(f"{text}: from 1 to {LONGEST_SIMULATION}")
    return weeks


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="chengquan", description="成拳：钉钉、企业微信、飞书里的跨部门督办助手"
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, help_: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help_, description=help_)
        made.set_defaults(run=run)
        return made

    demo = add("demo", "play with it: three platforms, one city, nothing to configure", programs.demo)
    demo.add_argument("--host", default="127.0.0.1")
    demo.add_argument("--port", type=int, default=8080)
    demo.add_argument("--folder", type=Path, default=Path("var/demo"), help="thrown away at each start")

    simulate = add("simulate", "twelve working weeks with seeded people, and checks", programs.simulate)
    simulate.add_argument("--seed", type=int, default=1, help="the same seed gives the same output")
    simulate.add_argument("--weeks", type=_weeks, default=12, help="1 to 12")

    add("serve", "run the service as the settings say", programs.serve)

    migrate = add("migrate", "bring the database to this version", programs.migrate)
    migrate.add_argument("--create", action="store_true", help="make a new installation if it is empty")

    add("check", "say what is missing, here and on the platforms", programs.check)

    directory = add("directory", "units and people", programs.directory_import)
    _import_action(directory, "XLSX, CSV or JSON")
    directory.add_argument("--yes", action="store_true", help="do not ask")

    initiative = add("initiative", "divisions of work (任务分工表)", programs.initiative_import)
    _import_action(initiative, "XLSX or Markdown")
    initiative.add_argument("--starts-on", help="启动日, YYYY-MM-DD; today if not said")
    initiative.add_argument(
        "--weekly-day", choices="一二三四五", help="the day of matters that only say 每周"
    )

    replay = add("replay", "run recorded webhook requests through the real connector", programs.replay)
    replay.add_argument("file", type=Path)
    replay.add_argument("--platform", choices=PLATFORMS)

    understand = add("understand", "say what sentences on standard input mean", programs.understand)
    understand.add_argument("--now", type=_day, help="ISO time with a zone")
    understand.add_argument("--directory", type=Path, help="JSON: [{department, people}]")
    understand.add_argument("--json", action="store_true", dest="as_json")
    understand.add_argument("--explain", action="store_true", help="which rule read which part")

    inbox = add("inbox", "events that were set aside after five attempts", upkeep.inbox_list)
    actions = inbox.add_subparsers(dest="action", required=True, metavar="ACTION")
    _action(actions, "list", "say which, and why", upkeep.inbox_list)
    rerun = _action(
        actions, "rerun", "try one again; on SQLite the service must be stopped", upkeep.inbox_rerun
    )
    rerun.add_argument("entry", type=_number, metavar="ID", help="its number in the list")

    backup = add("backup", "copy the SQLite database while the service runs", upkeep.backup)
    backup.add_argument("file", type=Path, help="replaced once the copy is whole and checked")

    restore = add(
        "restore", "put a backup where the settings say, or try whether it would work", upkeep.restore
    )
    restore.add_argument(
        "file", type=Path, nargs="?", help="without one: mark a database that was put back by pg_restore"
    )
    restore.add_argument("--check", action="store_true", help="on a copy that is thrown away")
    restore.add_argument("--yes", action="store_true", help="do not ask")

    audit = add("audit", "the record that nobody can rewrite", programs.audit_verify)
    audit.add_argument("action", choices=["verify"])
    audit.add_argument("--root", help="the hash somebody kept, or its first 32 characters")
    return top


def _action(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    help_: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    made = actions.add_parser(name, help=help_, description=help_)
    made.set_defaults(run=run)
    return made


def _import_action(command: argparse.ArgumentParser, kinds: str) -> None:
    command.add_argument("action", choices=["import"])
    command.add_argument("file", type=Path, help=kinds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Every error is one clear line on standard error."""
    given = parser().parse_args(arguments)
    try:
        code: int = given.run(given)
        return code
    except CommandError as refused:
        print(refused.reply, file=sys.stderr)
        return 2
    except (ConfigurationError, StorageError, OSError, ValueError) as wrong:
        print(f"chengquan {given.command}: {wrong}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
