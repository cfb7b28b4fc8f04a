"""The leader's own words: kept as said, checked by the office, forwarded by it word for word."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from commands.access import Permission, task_for
from commands.calendar import say_date
from commands.errors import BadInput, NotFound, NotNow
from commands.summaries import cards
from commands.summaries.operations import called
from commands.tasks.rules import day_of
from commands.undo.steps import Acting, undoable
from connectors.chat import Card, Text
from storage import audit
from storage.models import LeaderWords, Person, Role, Scope, UndoStep, Unit
from storage.queries import people, tasks

TAKE_BACK = "summaries.words"
FORWARD = "summaries.forward"


def keep_words(
    act: Acting, words: str, *, units: Sequence[int] = (), due: datetime | None = None
) -> tuple[Card, UndoStep]:
    """Kept as said, word for word; the office checks them before anybody else reads them. ``units`` and
    ``due`` are what the words name."""
    own = {act.session.get_one(Person, person_id).unit_id for person_id in _office(act.session)}
    units = [unit_id for unit_id in units if unit_id not in own]  # 按督查室意见办 names nobody to be told
    row = LeaderWords(person_id=act.actor.id, words=words, unit_ids=units, at=act.now)
    act.session.add(row)
    act.session.flush()
    _record(act, row, "leader_words.keep", {"words": words, "withdrawn_at": None})
    shown = cards.to_check(
        called(act.actor),
        words,
        number=row.id,
        units=_units(act.session, units),
        due=say_date(day_of(due), now=act.now) if due is not None else "",
    )
    act.notices.to_people(_office(act.session), shown, key=f"words:{row.id}", subject=f"words:{row.id}")
    return cards.kept(words), _undoable(act, "您的意见", TAKE_BACK, row)


def take_back(act: Acting, words_id: int) -> Text:
    """撤回 by the leader; units that were told already hear it as well."""
    row = _locked(act.session, words_id)
    row.withdrawn_at = act.now
    act.session.flush()
    _record(act, row, "leader_words.withdraw", {"withdrawn_at": act.now}, {"withdrawn_at": None})
    who, key = called(act.actor), f"no_words:{row.id}"
    units = _units(act.session, row.sent_to)
    act.notices.to_people(_office(act.session), cards.withdrawn(who, row.words, units=units), key=key)
    if row.sent_to:
        told = _people(act.session, row.sent_to)
        act.notices.to_people(told, cards.no_longer(who, row.words), key=f"{key}:units")
        return Text(f"已收回，已告知{units}和督查室。")
    return Text("已收回，督查室不再转达。")


def forward(
    act: Acting, words_id: int | None, *, units: Sequence[int] = (), task_number: int | None = None
) -> tuple[Text, UndoStep]:
    """转发: to who receives for the units, as said. Without ``units`` to those of the matter, else to those
    that the words name.

    Raises:
        NotAllowed: the actor is not of the office.
        NotFound: there are no such words, or no such matter.
        NotNow: they were withdrawn, forwarded or laid aside.
        BadInput: nobody says which unit.
    """
    act.rights.require(Permission.DISPATCH, everywhere=True)
    row = _open(act, words_id)
    leader = act.session.get_one(Person, row.person_id)
    matter = ""
    if task_number is not None:
        task = task_for(act.session, act.rights, task_number)
        matter = f"T{task.number} {task.title}"
        units = units or _of_task(act.session, task.id)
    to = list(dict.fromkeys(units or row.unit_ids))
    if not to:
        raise BadInput("转给哪家单位？请说“转发意见 给某单位”，或“转发意见 T编号”。")
    told = _people(act.session, to)
    if not told:
        raise BadInput(f"{_units(act.session, to)}还没有联络员和负责人，转不到。请先在通讯录里补上。")
    _settle(act, row, to)
    who = called(leader)
    day = say_date(day_of(row.at), now=act.now)
    shown = cards.forwarded(who, day, row.words, matter=matter)
    act.notices.to_people(told, shown, key=f"forward:{row.id}:{act.now.isoformat()}")
    names = _units(act.session, to)
    _tell_others(act, row, cards.settled_by(act.actor.name, who, names))
    return cards.sent(who, names, len(told)), _undoable(act, f"转发{who}意见", FORWARD, row)


def lay_aside(act: Acting, words_id: int | None) -> tuple[Text, UndoStep]:
    """不转发.

    Raises:
        NotAllowed, NotFound, NotNow: as ``forward``.
    """
    act.rights.require(Permission.DISPATCH, everywhere=True)
    row = _open(act, words_id)
    _settle(act, row, [])
    who = called(act.session.get_one(Person, row.person_id))
    _tell_others(act, row, cards.settled_by(act.actor.name, who, ""))
    return cards.not_sent(who), _undoable(act, f"不转发{who}意见", FORWARD, row)


def take_back_forward(act: Acting, words_id: int) -> Text:
    """撤回 of either.

    Raises:
        NotAllowed: the actor is not of the office any more.
        NotNow: the leader withdrew the words meanwhile.
    """
    act.rights.require(Permission.DISPATCH, everywhere=True)
    row = _locked(act.session, words_id)
    if row.withdrawn_at is not None:
        raise NotNow("领导已经收回这条意见，已转给单位的也已告知，不用再撤。")
    who, told = called(act.session.get_one(Person, row.person_id)), _people(act.session, row.sent_to)
    units = _units(act.session, row.sent_to)
    before: dict[str, object] = {
        "sent_to": row.sent_to,
        "settled_at": row.settled_at,
        "settled_by_id": row.settled_by_id,
    }
    row.sent_to, row.settled_at, row.settled_by_id = [], None, None
    act.session.flush()
    after: dict[str, object] = {"sent_to": [], "settled_at": None, "settled_by_id": None}
    _record(act, row, "leader_words.forward_back", after, before)
    key = f"forward_back:{row.id}:{act.now.isoformat()}"
    act.notices.to_people(told, cards.forward_taken_back(who, row.words), key=key)
    rest = f"，已告知{units}" if units else ""
    return Text(f"已撤回{rest}。要再转请说“转发意见”。")


def _open(act: Acting, words_id: int | None) -> LeaderWords:
    """The words on the card or said, else the newest that nobody settled."""
    if words_id is None:
        query = select(LeaderWords.id).where(
            col(LeaderWords.settled_at).is_(None), col(LeaderWords.withdrawn_at).is_(None)
        )
        words_id = act.session.exec(query.order_by(col(LeaderWords.id).desc())).first()
        if words_id is None:
            raise NotFound("没有等您转发的领导意见。")
    row = _locked(act.session, words_id)
    if row.withdrawn_at is not None:
        raise NotNow("领导已经收回这条意见，不用转。")
    if row.settled_at is not None:
        who = act.session.get_one(Person, row.settled_by_id or 0).name
        units = _units(act.session, row.sent_to)
        raise NotNow(f"{who}已经{f'转给{units}' if units else '定为不转发'}，不用再转。")
    return row


def _locked(session: Session, words_id: int) -> LeaderWords:
    query = select(LeaderWords).where(LeaderWords.id == words_id)
    row = session.exec(
        query.with_for_update(key_share=True).execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise NotFound("没有这条意见。")
    return row


def _settle(act: Acting, row: LeaderWords, to: list[int]) -> None:
    row.sent_to, row.settled_at, row.settled_by_id = to, act.now, act.actor.id
    act.session.flush()
    after: dict[str, object] = {"sent_to": to, "settled_at": act.now, "settled_by_id": act.actor.id}
    _record(act, row, "leader_words.forward", after)


def _tell_others(act: Acting, row: LeaderWords, news: Text) -> None:
    others = [person for person in _office(act.session) if person != act.actor.id]
    act.notices.to_people(others, news, key=f"words_settled:{row.id}:{act.now.isoformat()}")


def _of_task(session: Session, task_id: int) -> list[int]:
    """The units that take part, the lead first."""
    return list(dict.fromkeys(one.unit_id for one in tasks.obligations_of(session, [task_id])[task_id]))


def _people(session: Session, units: Sequence[int]) -> list[int]:
    """Of each unit its 联络员 and its 分管负责人, or its head where it has none."""
    found: dict[int, None] = {}
    for unit_id in units:
        for roles in ((Role.VICE_HEAD, Role.HEAD), (Role.LIAISON,)):
            held = (people.holders(session, [r], scope=Scope.UNIT, scope_ids=[unit_id]) for r in roles)
            found |= dict.fromkeys(person.id for _, person in next(filter(None, held), []))
    return list(found)


def _units(session: Session, units: Sequence[int]) -> str:
    return "、".join(session.get_one(Unit, unit_id).name for unit_id in units)


def _office(session: Session) -> list[int]:
    return [person.id for _, person in people.holders(session, [Role.OFFICE])]


def _undoable(act: Acting, what: str, operation: str, row: LeaderWords) -> UndoStep:
    return undoable(act, what, operation, {"words": row.id})


def _record(
    act: Acting,
    row: LeaderWords,
    action: str,
    after: dict[str, object],
    before: dict[str, object] | None = None,
) -> None:
    audit.record(
        act.session,
        at=act.now,
        actor=act.name,
        action=action,
        object=f"leader_words:{row.id}",
        body={**({"before": before} if before is not None else {}), "after": after},
    )
