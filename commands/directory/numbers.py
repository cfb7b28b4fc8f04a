"""A platform reports a mobile number: a free one is kept; one that is somebody else's here is asked about,
and so is a number of an import.

Nothing is ever merged by itself: until an administrator decides, both people keep number, accounts and
rights. Accounts never move with a number.
"""

from datetime import datetime

from sqlmodel import Session, col, select

from commands.access import Permission
from commands.directory import cards
from commands.directory.rules import mobile_of, number_words
from commands.errors import NotAllowed, NotFound, NotNow
from commands.notify import Notices
from commands.undo.steps import Acting, undoable
from connectors.chat import Text
from storage import audit
from storage.clock import Moment
from storage.models import ClaimState, NumberClaim, NumberKind, Person, Role, Scope, UndoStep, Unit
from storage.queries import people

UNDO = "directory.number"


def report(
    session: Session, person: Person, binding: str, said: str, *, moment: Moment, notices: Notices
) -> None:
    """``said``: the number as the platform writes it; one that is no mobile of the mainland is left."""
    try:
        mobile = mobile_of(said)
    except ValueError:
        return
    if not mobile or mobile == person.mobile:
        return
    query = select(Person).where(Person.mobile == mobile, col(Person.left_at).is_(None))
    holder = session.exec(query.order_by(col(Person.id))).first()
    if holder is None:
        _set(session, person, NumberKind.MOBILE, mobile, actor="platform", now=moment.business)
        return
    claim = NumberClaim(
        person_id=person.id, holder_id=holder.id, number=mobile, binding=binding, at=moment.business
    )
    question(session, claim, actor="platform", notices=notices)


def question(session: Session, claim: NumberClaim, *, actor: str, notices: Notices) -> None:
    """Ask about a new ``claim``, once: platforms repeat themselves every night, files are imported again."""
    same = select(NumberClaim.id).where(
        NumberClaim.person_id == claim.person_id,
        NumberClaim.holder_id == claim.holder_id,
        NumberClaim.kind == claim.kind,
        NumberClaim.number == claim.number,
    )
    if session.exec(same).first() is not None:
        return
    session.add(claim)
    session.flush()
    _record(session, claim, "number.claim", {}, actor=actor, now=claim.at)
    person, holder = (session.get_one(Person, one) for one in (claim.person_id, claim.holder_id))
    _ask(session, claim, person, holder, notices)


def _ask(session: Session, claim: NumberClaim, person: Person, holder: Person, notices: Notices) -> None:
    key, subject = f"number:{claim.id}", f"number:{claim.id}"
    admins = [one.id for _, one in people.holders(session, [Role.ADMIN])]
    to_decide = cards.number_mismatch(
        claim, was=_where(session, holder), now_said=_where(session, person), name=person.name
    )
    notices.to_people(admins, to_decide, key=key, subject=subject)
    told = [one for one in _liaisons(session, person) if one not in admins and one != person.id]
    notices.to_people(told, cards.number_please_confirm(claim, person.name), key=key, subject=subject)


def confirm(act: Acting, claim_id: int | None, *, true: bool) -> Text:
    """属实 · 不是, by the liaison of who reports it; the last word counts, the administrator decides.

    Raises:
        NotFound: nothing waits for this person's word.
        NotAllowed: it is about the actor's own number.
        NotNow: it was decided.
    """
    claim = _claim(act, claim_id)
    person = act.session.get_one(Person, claim.person_id)
    if act.actor.id not in _liaisons(act.session, person):
        raise NotFound("没有等您确认的号码。")
    if person.id == act.actor.id:
        raise NotAllowed("自己的号码不能由自己确认，请管理员核实。")
    _require_open(act, claim)
    claim.confirmed, claim.confirmed_by_id = true, act.actor.id
    act.session.flush()
    _record(act.session, claim, "number.confirm", {"confirmed": true}, actor=act.name, now=act.now)
    admins = [one.id for _, one in people.holders(act.session, [Role.ADMIN])]
    news = cards.number_confirmed(act.actor.name, person.name, claim, true=true)
    act.notices.to_people(admins, news, key=f"number_said:{claim.id}:{act.now.isoformat()}")
    return Text("好，已告诉管理员。" if true else "好，已告诉管理员，号码不会归过来。")


def decide(act: Acting, claim_id: int | None, *, give: bool) -> tuple[Text, UndoStep]:
    """归秦月 · 都不动, by an administrator. Giving leaves the other one without a number, both with
    their accounts.

    Raises:
        NotAllowed: the actor is no administrator.
        NotFound: there is nothing to decide.
        NotNow: it was decided, the numbers changed since, or the liaison says that it is not true.
    """
    act.rights.require(Permission.MANAGE)
    claim = _claim(act, claim_id)
    _require_open(act, claim)
    person, holder = (act.session.get_one(Person, one) for one in (claim.person_id, claim.holder_id))
    before = {"person": _held(person, claim.kind), "holder": _held(holder, claim.kind)}
    if give:
        if claim.confirmed is False:
            who = act.session.get_one(Person, claim.confirmed_by_id or 0)
            raise NotNow(f"{who.name}说这不是{person.name}的号码，没有动。请先核实，或选“都不动”。")
        if before["holder"] != claim.number or person.left_at is not None:
            raise NotNow("这之后通讯录变过，这件不用再定。")
        _set(act.session, holder, claim.kind, "", actor=act.name, now=act.now)
        _set(act.session, person, claim.kind, claim.number, actor=act.name, now=act.now)
    claim.state = ClaimState.GIVEN if give else ClaimState.LEFT
    claim.decided_by_id, claim.decided_at = act.actor.id, act.now
    act.session.flush()
    _record(act.session, claim, "number.decide", {"state": claim.state}, actor=act.name, now=act.now)
    step = undoable(act, f"{_words(claim)}的核实", UNDO, {"claim": claim.id, **before})
    if not give:
        return Text(f"好，都没有动：{_words(claim)}仍是{_where(act.session, holder)}的。"), step
    what = "号码" if claim.kind is NumberKind.MOBILE else "工号"
    return Text(
        f"{_words(claim)}已归{_where(act.session, person)}；{holder.name}的{what}已空出，"
        "两人的账号和权限都没动。"
    ), step


def take_back(act: Acting, step: UndoStep) -> Text:
    """撤回 of a decision.

    Raises:
        NotAllowed: the actor is no administrator any more.
        NotNow: a number changed since.
    """
    act.rights.require(Permission.MANAGE)
    claim = _claim(act, int(step.inverse["claim"]))
    person, holder = (act.session.get_one(Person, one) for one in (claim.person_id, claim.holder_id))
    if claim.state is ClaimState.GIVEN:
        if _held(person, claim.kind) != claim.number or _held(holder, claim.kind):
            raise NotNow("这之后号码又变过，不能撤回。请在通讯录里改。")
        _set(act.session, person, claim.kind, str(step.inverse["person"]), actor=act.name, now=act.now)
        _set(act.session, holder, claim.kind, str(step.inverse["holder"]), actor=act.name, now=act.now)
    claim.state, claim.decided_by_id, claim.decided_at = ClaimState.OPEN, None, None
    act.session.flush()
    _record(act.session, claim, "number.undo", {"state": claim.state}, actor=act.name, now=act.now)
    return Text(f"已撤回，{_words(claim)}回到待核实。要定请说“号码归{person.name}”或“号码都不动”。")


def _claim(act: Acting, claim_id: int | None) -> NumberClaim:
    """The one on the card or said, else the only open one; locked and read again."""
    query = select(NumberClaim)
    if claim_id is not None:
        query = query.where(NumberClaim.id == claim_id)
    else:
        query = query.where(NumberClaim.state == ClaimState.OPEN)
    locked = query.order_by(col(NumberClaim.id)).with_for_update(key_share=True)
    found = act.session.exec(locked.execution_options(populate_existing=True)).all()
    if not found:
        raise NotFound("没有等您核实的号码。")
    if len(found) > 1:
        raise NotFound("有几个号码等着核实，请点卡片上的按钮。")
    return found[0]


def _require_open(act: Acting, claim: NumberClaim) -> None:
    if claim.state is ClaimState.OPEN:
        return
    who = act.session.get_one(Person, claim.decided_by_id or 0)
    said = "归了新报的人" if claim.state is ClaimState.GIVEN else "都没有动"
    raise NotNow(f"{_words(claim)}已由{who.name}定过：{said}。")


def _liaisons(session: Session, person: Person) -> list[int]:
    if person.unit_id is None:
        return []
    held = people.holders(session, [Role.LIAISON], scope=Scope.UNIT, scope_ids=[person.unit_id])
    return [one.id for _, one in held]


def _where(session: Session, person: Person) -> str:
    unit = session.get(Unit, person.unit_id) if person.unit_id is not None else None
    return f"{unit.name} {person.name}" if unit is not None else person.name


def _words(claim: NumberClaim) -> str:
    return number_words(claim.kind, claim.number)


def _held(person: Person, kind: NumberKind) -> str:
    return person.mobile if kind is NumberKind.MOBILE else person.employee_no


def _set(
    session: Session, person: Person, kind: NumberKind, number: str, *, actor: str, now: datetime
) -> None:
    """The record has the last four digits only."""
    body: dict[str, object] = {"tail": {"before": _held(person, kind)[-4:], "after": number[-4:]}}
    setattr(person, kind.value, number)
    session.flush()
    action, row = f"person.{kind.value}", f"person:{person.id}"
    audit.record(session, at=now, actor=actor, action=action, object=row, body=body)


def _record(
    session: Session,
    claim: NumberClaim,
    action: str,
    after: dict[str, object],
    *,
    actor: str,
    now: datetime,
) -> None:
    body: dict[str, object] = {"person_id": claim.person_id, "holder_id": claim.holder_id, "after": after}
    audit.record(session, at=now, actor=actor, action=action, object=f"number_claim:{claim.id}", body=body)
