"""Guessing is counted though refused.

Seen red with one edit: count in ``use_code`` before it refuses, and the savepoint takes the count along.
"""

import pytest
from sqlmodel import Session, col, delete, func, select

from commands.joining import rules
from commands.joining.handlers import SUBJECT
from storage.models import Account, AccountKey, BindingCode, CodeTries, SecurityEntry
from storage.queries import joining as queries
from tests.factories import Case, make_case
from tests.stage import only
from tests.strangers import Door


@pytest.fixture
def case(session: Session) -> Case:
    made = make_case(session)
    own = session.exec(select(Account.id).where(Account.person_id == made["王磊"].id)).all()
    session.exec(delete(AccountKey).where(col(AccountKey.account_id).in_(own)))
    session.exec(delete(Account).where(col(Account.id).in_(own)))
    session.flush()
    return made


@pytest.fixture
def door(session: Session, case: Case) -> Door:
    return Door(session, case, SUBJECT)


def code_for(door: Door, name: str) -> str:
    return only(door.say("陈立", f"发绑定码 {name}"), "陈立").row("绑定码")


def wrong(session: Session, account: str, door: Door) -> int:
    binding = "wecom" if account else ""
    return queries.wrong_tries(session, binding, account, door.now)


def test_the_sixth_try_is_refused_even_with_the_right_code(session: Session, door: Door) -> None:
    code = code_for(door, "王磊")
    for guess in ("22222222", "33333333", "44444444", "55555555", "66666666"):
        assert "不对或已过期" in door.from_account("guesser", f"绑定 {guess}")[0]
    assert wrong(session, "guesser", door) == 5
    assert "一小时后" in door.from_account("guesser", f"绑定 {code}")[0]
    assert door.account_of("王磊") == ""
    assert session.exec(select(BindingCode)).one().used_at is None
    kinds = session.exec(
        select(SecurityEntry.kind).where(SecurityEntry.account == "guesser").order_by(col(SecurityEntry.id))
    ).all()
    assert kinds == ["wrong_binding_code"] * 5 + ["too_many_codes"]
    assert "已绑定" in door.from_account("WangLei", f"绑定 {code}")[0], "another account is not held up"


def test_an_hour_later_the_account_may_try_again(session: Session, door: Door) -> None:
    code = code_for(door, "王磊")
    for _ in range(5):
        door.from_account("guesser", "绑定 22222222")
    door.later(hours=1)
    assert "已绑定" in door.from_account("guesser", f"绑定 {code}")[0]


def test_a_refused_account_does_not_use_up_what_all_may_try(session: Session, door: Door) -> None:
    for _ in range(12):
        door.from_account("guesser", "绑定 22222222")
    assert wrong(session, "guesser", door) == 5
    assert wrong(session, "", door) == 5


def test_a_hundred_wrong_codes_of_all_tell_the_administrator_once(session: Session, door: Door) -> None:
    code = code_for(door, "王磊")
    for n in range(rules.WRONG_IN_ALL + 3):
        door.from_account(f"guesser{n}", "绑定 22222222")
    assert wrong(session, "", door) == rules.WRONG_IN_ALL
    alarms = [text for text in door.read_by("钱坤") if "可能有人在猜" in text]
    assert len(alarms) == 1
    assert "一小时后" in door.from_account("WangLei", f"绑定 {code}")[0]
    counted = select(func.count()).select_from(CodeTries)
    assert session.exec(counted).one() == rules.WRONG_IN_ALL + 1
