"""What the console script does for who keeps an installation running: events that were set aside, backups.
Heavy parts are imported where they are needed."""

import argparse

from sqlmodel import Session

from bot import settings as configuration
from bot.programs import agreed, moment_now, open_database

MAX_LISTED = 100  #: events that were set aside


def inbox_list(given: argparse.Namespace) -> int:
    from commands.calendar import SHANGHAI
    from storage import inbox

    with open_database(read_only=True) as database:
        found = database.read_now(lambda session: inbox.list_aside(session.connection(), MAX_LISTED + 1))
    for entry, binding, key, at, error in found[:MAX_LISTED]:
        print(
            f"{entry}  {binding}  {at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}  {key}  {' '.join(error.split())}"
        )
    if len(found) > MAX_LISTED:
        print(f"还有更多，先处理这 {MAX_LISTED} 条。")
    print("改好后重新处理：chengquan inbox rerun 编号" if found else "没有搁置的消息。")
    return 0


def inbox_rerun(given: argparse.Namespace) -> int:
    from commands.errors import NotFound
    from storage import audit, inbox

    def rerun(session: Session) -> bool:
        moment = moment_now()
        known = inbox.rerun(session.connection(), given.entry, moment.system)
        if known:
            about = f"inbox:{given.entry}"
            audit.record(
                session, at=moment.business, actor="console", action="inbox.rerun", object=about, body={}
            )
        return known

    with open_database() as database:
        if not database.write_now(rerun):
            raise NotFound(f"没有编号 {given.entry} 的搁置消息。用 chengquan inbox list 看有哪些。")
    print(f"{given.entry} 已重新排队，服务运行时处理；再不成会重新搁置。")
    return 0


def backup(given: argparse.Namespace) -> int:
    from storage.backup import backup as copy

    with open_database(read_only=True):  # refuses another installation's
        copy(configuration.load().database_url, given.file)
    size = given.file.stat().st_size / 1e6
    print(f"已备份到 {given.file}（{size:.1f} MB）。能不能恢复，用 chengquan restore 文件 --check 试。")
    return 0


def restore(given: argparse.Namespace) -> int:
    """Without a file: mark a database that was put back by other means."""
    from storage import restore as restoring

    settings = configuration.load()
    expected = settings.installation_id or None
    if given.file is None:
        return _mark_restored(given)
    if given.check:
        found = restoring.rehearse(given.file, expected)
    else:
        found = restoring.restore(given.file, settings.database_url, expected)
    for problem in found.record.problems:
        print(problem)
    print(f"安装 {found.installation_id}，办理记录 {found.record.sealed} 条，根 {found.record.root.hash}")
    print("记录完好。" if found.record.ok else "记录有改动，见上。")
    held = f"没发完的 {found.marked.held} 条消息"
    if given.check:
        print(f"可以恢复：{held}会留着不发。备份没有动。")
    else:
        print(f"已恢复：{held}留着没发；编号各跳过 {restoring.DISTANCE}；停机期间的定时任务不补。")
    return 0 if found.record.ok else 1


def _mark_restored(given: argparse.Namespace) -> int:
    from commands.errors import BadInput
    from storage import restore as restoring

    if given.check:
        raise BadInput("试恢复要写明备份文件：chengquan restore 文件 --check")
    with open_database() as database:
        if not given.yes and not agreed("这个库是刚恢复的吗？没发完的消息都会留着不发。[y/N] "):
            print("没有动。")
            return 0
        held = database.write_now(restoring.mark).held
    print(f"没发完的 {held} 条消息留着没发；编号各跳过 {restoring.DISTANCE}；停机期间的定时任务不补。")
    return 0
