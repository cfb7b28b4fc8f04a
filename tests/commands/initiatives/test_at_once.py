"""Two of the office send out at the same moment: it is sent once."""

from concurrent.futures import ThreadPoolExecutor

from sqlmodel import Session, col, func, select

from commands.access import rights_of
from commands.calendar import Workdays
from commands.directory import importing as directory_importing
from commands.errors import NotNow
from commands.initiatives import importing
from commands.initiatives.operations import dispatching
from commands.initiatives.operations.choosing import Acting
from commands.notify import Channels, Notices
from storage.clock import Moment
from storage.database import Database
from storage.models import Conversation, Initiative, OutboxEntry, Person
from tests.commands.initiatives.conftest import DEMO
from tests.factories import at

MOMENT = Moment(at(11, 23, 9, 5), at(11, 23, 9, 5))


def prepare(session: Session) -> None:
    plan = directory_importing.plan(session, directory_importing.read(DEMO / "demo_directory.json"))
    directory_importing.apply(session, plan, actor="cli", moment=MOMENT)
    importing.import_file(
        session,
        DEMO / "waste-sorting.md",
        starts_on=MOMENT.business.date(),
        weekly_day=4,
        calendar=Workdays(),
        actor="cli",
        moment=MOMENT,
    )
    for name in ("陈立", "赵敏"):
        session.add(Conversation(binding="dingtalk", kind="direct", platform_id=name))


def dispatch(session: Session, name: str) -> bool:
    """Whether it was this person who sent it out."""
    actor = session.exec(select(Person).where(Person.name == name)).one()
    place = session.exec(select(Conversation).where(Conversation.platform_id == name)).one()
    notices = Notices(session, Channels(b"k" * 32, {}), MOMENT, f"dingtalk:{name}")
    act = Acting(
        session, actor, rights_of(session, actor, MOMENT.business.date()), MOMENT, Workdays(), notices, place
    )
    initiative = session.exec(select(Initiative)).one()
    try:
        dispatching.dispatch(act, initiative, basis=f"{name}的依据")
    except NotNow:
        return False
    notices.flush()
    return True


def test_of_two_at_once_one_sends_and_the_other_is_told(database: Database) -> None:
    database.write_now(prepare)
    with ThreadPoolExecutor(2) as pool:
        names = ("陈立", "赵敏")
        sent = list(pool.map(lambda name: database.write_now(lambda s: dispatch(s, name)), names))
    assert sorted(sent) == [False, True]

    def look(session: Session) -> tuple[int, str]:
        count = session.exec(select(func.count(col(OutboxEntry.id)))).one()
        return count, session.exec(select(Initiative.basis)).one()

    count, basis = database.read_now(look)
    assert count == 8  # four liaisons, four heads; no groups
    assert basis == f"{names[sent.index(True)]}的依据"
