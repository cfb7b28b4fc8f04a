"""What was kept for a person without an account goes out once the directory brings one."""

from sqlmodel import Session, select

from commands.directory import importing
from commands.notify import Channels, Notices
from connectors.chat import Button, Text
from storage.clock import Moment
from storage.models import Address, OutboxEntry, Person, SentCard
from tests.factories import NOW

MOMENT = Moment(business=NOW, system=NOW)
_HEADING = "单位,姓名,角色,平台,账号\n督查室,钱坤,管理员,钉钉,0105\n"


def bring(session: Session, rows: str) -> None:
    plan = importing.plan(session, importing.parse("人员.csv", (_HEADING + rows).encode()))
    assert plan.errors == ()
    importing.apply(session, plan, actor="console", moment=MOMENT)


def test_an_import_brings_the_account_that_messages_waited_for(session: Session) -> None:
    bring(session, "城管局,王磊,联络员,企微,\n")
    wang = session.exec(select(Person).where(Person.name == "王磊")).one()
    notices = Notices(session, Channels(b"k", {}), MOMENT, "test")
    notices.to_person(wang.id, Text("请签收", buttons=(Button("签收", "签收 T1"),)), key="sign")
    notices.flush()
    bring(session, "城管局,王磊,联络员,企微,wanglei\n")
    entry = session.exec(select(OutboxEntry)).one()
    session.refresh(entry)
    home = session.get_one(Address, entry.address_id)
    assert (home.binding, home.target) == ("wecom", "wanglei")
    card = session.exec(select(SentCard)).one()
    session.refresh(card)
    assert card.address_id == home.id
