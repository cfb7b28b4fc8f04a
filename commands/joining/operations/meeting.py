"""What an account we do not know can do: give a code, or say who it is."""

from sqlmodel import Session

from commands.command import Reply, Stranger
from commands.directory.rules import platform_word
from commands.errors import BadInput, CommandError, NotBound, NotNow, WrongCode
from commands.joining import cards, rules
from commands.joining.operations.connecting import connect, role_word, roles_of, unit_name
from commands.notify import Notices, sendable
from commands.tasks.rules import day_of
from connectors.chat import Text
from storage.models import JoinRequest, JoinState, Person, Role
from storage.queries import joining as queries
from storage.queries import leave, people
from storage.queries import tasks as units

_UNRESOLVED = frozenset({"encrypted_userid"})


class WrongBindingCode(WrongCode):
    """Counted by account and hour."""

    security = "wrong_binding_code"


class TooManyCodes(CommandError):
    """No code is read any more this hour; not counted."""

    security = "too_many_codes"


def use_code(of: Stranger, code: str) -> Reply:
    """绑定 4Q7M2K9X, in the direct chat.

    Raises:
        TooManyCodes: five wrong ones from this account, or a hundred in all, this hour.
        WrongBindingCode: unknown, used, replaced or expired: one answer for all.
    """
    target = _target(of)
    now = of.moment.system
    if (
        queries.wrong_tries(of.session, of.incoming.binding, target, now) >= rules.WRONG_BY_ACCOUNT
        or queries.wrong_tries(of.session, "", "", now) >= rules.WRONG_IN_ALL
    ):
        raise TooManyCodes("绑定码不对的次数太多，请一小时后再试，或找督查室。")
    found = queries.code_for(of.session, rules.seal(of.key, code))
    if found is None or found.used_at is not None or found.expires_at <= of.moment.business:
        raise WrongBindingCode("绑定码不对或已过期。请核对后再发，或请督查室重发一个。")
    found.used_at = of.moment.business
    if of.in_group:
        return cards.ONLY_DIRECT
    person = of.session.get_one(Person, found.person_id)
    if person.left_at is not None or queries.has_account(of.session, person.id, of.incoming.binding):
        raise NotNow("这位同事在这个平台已经绑定过账号。换账号请先联系管理员。")
    roles = roles_of(of.session, person)
    if not rules.needs_liaison(roles) and not rules.needs_office(roles, by_code=True):
        for older in queries.requests_of_account(of.session, of.incoming.binding, target, queries.OPEN):
            older.state, older.decided_at = JoinState.REPLACED, of.moment.business
        return connect(
            of.session,
            person.id,
            of.incoming.binding,
            target,
            _keys(of),
            of.incoming.sender.name,
            how="code",
            moment=of.moment,
            notices=of.notices,
        )
    return _ask(of, person, target)


def say_name(of: Stranger, person: Person | None) -> Reply:
    """城管局 丁凯: the unit's liaison is asked.

    Raises:
        BadInput: nobody who could be this account.
    """
    target = _target(of)
    place = of.incoming.binding
    if {kind for kind, _ in _keys(of)} <= _UNRESOLVED:
        raise BadInput("这个账号还认不出来，请用督查室发的绑定码绑定。")
    if queries.requests_since(of.session, place, target, of.moment.business) >= rules.REQUESTS_A_DAY:
        raise NotNow("今天说的次数太多了，请找本单位联络员，或用督查室发的绑定码。")
    if person is None or person.left_at is not None or queries.has_account(of.session, person.id, place):
        raise BadInput(cards.NO_MATCH)
    return _ask(of, person, target)


def count(of: Stranger, refusal: CommandError) -> None:
    """After the refusal was rolled back: guessing is counted though refused."""
    if not isinstance(refusal, WrongBindingCode):
        return
    now = of.moment.system
    queries.count_wrong(of.session, of.incoming.binding, _target(of), now)
    in_all = queries.count_wrong(of.session, "", "", now)
    if in_all == rules.WRONG_IN_ALL:
        told = [person.id for _, person in people.holders(of.session, [Role.ADMIN])]
        of.notices.to_people(told, cards.alarm(in_all), key=f"codes:{now:%Y-%m-%dT%H}")


def _ask(of: Stranger, person: Person, target: str) -> Reply:
    """Ask the liaison, or the office where the unit has none; asking twice tells nobody twice."""
    known = queries.requests_of_account(of.session, of.incoming.binding, target, queries.OPEN)
    same = next((row for row in known if row.person_id == person.id), None)
    if same is not None:
        return Text("已经请人确认，请稍候。急的话请直接找本单位联络员。")
    for older in known:
        older.state, older.decided_at = JoinState.REPLACED, of.moment.business
    doors = [] if person.unit_id is None else units.liaisons(of.session, [person.unit_id])[person.unit_id]
    liaisons = [one for one in doors if one.id != person.id and Role.LIAISON in roles_of(of.session, one)]
    there = leave.who_are_there(of.session, liaisons, day_of(of.moment.business))
    liaisons = [one for one in there if one.id != person.id] or liaisons
    row = JoinRequest(
        person_id=person.id,
        binding=of.incoming.binding,
        target=target,
        keys=[list(key) for key in _keys(of)],
        name=of.incoming.sender.name,
        state=JoinState.ASKED if liaisons else JoinState.CHECKED,
        at=of.moment.business,
    )
    of.session.add(row)
    of.session.flush()
    if not liaisons:
        ask_office(of.session, row, person, of.notices)
        return Text("已请督查室确认。")
    shown = cards.please_check(row.id, person.name, account_words(row))
    of.notices.to_people([one.id for one in liaisons], shown, key=f"join:{row.id}", subject=f"join:{row.id}")
    return Text(f"已请联络员{'、'.join(one.name for one in liaisons)}确认。")


def ask_office(
    session: Session, row: JoinRequest, person: Person, notices: Notices, checked_by: str = ""
) -> None:
    """Everybody of the office; the administrators where it has nobody."""
    held = people.holders(session, [Role.OFFICE]) or people.holders(session, [Role.ADMIN])
    told = [one.id for _, one in held if one.id != person.id]
    shown = cards.please_confirm(
        row.id,
        person.name,
        unit_name(session, person),
        role_word(session, person),
        account_words(row),
        checked_by,
    )
    notices.to_people(told, shown, key=f"join_office:{row.id}", subject=f"join:{row.id}")


def account_words(row: JoinRequest) -> str:
    """``企业微信 dingkai``."""
    return f"{platform_word(row.binding)} {row.target}"


def _keys(of: Stranger) -> list[tuple[str, str]]:
    return [(key.kind, key.value) for key in of.incoming.sender.keys]


def _target(of: Stranger) -> str:
    target = sendable(of.incoming)
    if target is None:
        raise NotBound(cards.HELLO)
    return target
