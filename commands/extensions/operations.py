"""申请延期: asked for by who does the work, let out by the unit's head, decided by the office, once."""

from dataclasses import dataclass
from datetime import datetime

from commands.access import Permission
from commands.errors import BadInput, NotAllowed, NotNow, StaleCard
from commands.extensions import cards, rules
from commands.extensions.cards import Said
from commands.tasks import rules as tasks_rules
from commands.tasks.cards.reporting import said_in_stead
from commands.tasks.operations.acting import Acting, Matter, matter_of, require_speaker, said_matter, tell
from commands.tasks.operations.changing import changing
from commands.tasks.operations.describing import office, said_limit
from commands.tasks.operations.drafting import open_draft
from commands.tasks.operations.settling import settle
from commands.tasks.operations.standing_in import Asked, heads, require_release, said_heads, signed
from commands.tasks.rules import day_of, say_moment
from connectors.chat import Card, Text
from storage.models import ConcernKind, Draft, ExtensionRequest, ExtensionState, Grain, UndoStep
from storage.queries import extensions as queries

ASK = "extensions.ask"
State = ExtensionState


@dataclass(frozen=True, slots=True)
class Later:
    """A limit to come."""

    at: datetime
    grain: Grain


def draft(act: Acting, matter: Matter, later: Later, reason: str) -> tuple[Draft, Card]:
    """Shown first to who asks.

    Raises:
        NotAllowed, NotNow, BadInput: see ``check``.
    """
    check(act, matter, later)
    one = matter.obligation
    payload = {"obligation": one.id, "no": one.decision_no, "to": later.at, "grain": later.grain}
    kept = open_draft(act, ASK, one.id, {**payload, "reason": reason})
    asked = _heads(act, matter)
    way = f"{said_heads(asked)}审核，督查室定" if asked else "督查室定"
    nth = queries.asked_before(act.session, one.id) + 1
    return kept, cards.to_check(_said(act, matter, later, reason, nth), way=way)


def check(act: Acting, matter: Matter, later: Later | None = None) -> None:
    """Whether more time may be asked for now; with ``later``, whether that day fits.

    Raises:
        NotAllowed: it is not the actor's.
        NotNow: the limit has passed, one is undecided, or it was asked for too often.
        BadInput: the day is not later than the limit that runs.
    """
    require_speaker(act, matter)
    one = matter.obligation
    if one.due_at is None or one.state not in rules.ASKABLE:
        raise NotNow(f"{said_matter(act, matter)}现在是“{tasks_rules.SAID[one.state]}”，不用延期。")
    limit = said_limit(act, one.due_at, one.due_grain)
    if rules.is_past(one, act.now):
        raise NotNow(
            f"{matter.name} 的时限 {limit} 已经过了，延期要在到时之前提。请尽快报结并说明原因；"
            f"如果是在等别的单位，请说“{matter.name} 受阻，等某单位给什么”。"
        )
    if queries.open_of(act.session, [one.id]):
        raise NotNow(f"{matter.name} 已经申请过一次延期，还没有答复。定了我告诉您。")
    most = rules.most(act.initiative(matter.task).rules)
    if queries.asked_before(act.session, one.id) >= most:
        raise NotNow(f"{matter.name} 的延期最多申请 {most} 次，已经用完。确有困难请直接与督查室商量。")
    if later is not None and later.at <= one.due_at:
        to = said_limit(act, later.at, later.grain)
        raise BadInput(f"{matter.name} 的时限是 {limit}，延到的日子要比它晚，您说的是 {to}。")


def submit(act: Acting, draft: Draft) -> tuple[str, UndoStep]:
    """［提交］: to the unit's head when needed, else to the office. Also: who has it, in words.

    Raises:
        StaleCard: the matter changed since the draft was shown.
        NotAllowed, NotNow, BadInput: see ``check``.
    """
    said = draft.payload
    matter = matter_of(act, int(said["obligation"]))
    one = matter.obligation
    if one.decision_no != said["no"] or one.due_at is None:
        raise StaleCard(f"{matter.name} 在这之后变过，请把延期重新说一遍。")
    later = Later(datetime.fromisoformat(str(said["to"])), Grain(str(said["grain"])))
    check(act, matter, later)
    asked = _heads(act, matter)
    row = ExtensionRequest(
        obligation_id=one.id,
        person_id=act.actor.id,
        from_due_at=one.due_at,
        to_due_at=later.at,
        to_grain=later.grain,
        reason=str(said["reason"]),
        nth=queries.asked_before(act.session, one.id) + 1,
        state=State.RELEASING if asked else State.ASKED,
        asked_at=act.now,
    )
    with changing(act, "ask_extension", matter, words=row.reason) as change:
        change.add(matter.task, row)
    told = _ask_heads(act, matter, row, asked) if asked else _ask_office(act, matter, row)
    taken_back = f"{act.actor.name}撤回了 {matter.name} 的延期申请，不用再看。"
    to = said_heads(asked) if asked else "督查室"
    return to, change.undoable(f"{matter.name} 申请延期", told=[(told, taken_back)])


def _heads(act: Acting, matter: Matter) -> list[Asked]:
    """Who has to say 同意报出 first; nobody where the actor may say it by a role of their own."""
    unit_id = matter.obligation.unit_id
    if not tasks_rules.needs_release(act.initiative(matter.task).rules):
        return []
    if act.rights.may(Permission.RELEASE, unit_id=unit_id, own=True):
        return []
    return heads(act, unit_id, (act.actor.id, matter.obligation.handler_id))


def _ask_heads(act: Acting, matter: Matter, row: ExtensionRequest, asked: list[Asked]) -> list[int]:
    told: list[int] = []
    for head in asked:
        remark = said_in_stead(head.away.name) if head.away else ""
        shown = cards.to_release(said_of(act, matter, row), no=row.decision_no, remark=remark)
        key = f"extension:{row.id}:head"
        told += tell(act, [head.person.id], shown, key=key, subject=subject(row))
    return told


def _ask_office(act: Acting, matter: Matter, row: ExtensionRequest) -> list[int]:
    shown = cards.to_decide(said_of(act, matter, row), no=row.decision_no)
    key = f"extension:{row.id}:{row.decision_no}"
    return tell(act, office(act, matter), shown, key=key, subject=subject(row))


def release(act: Acting, matter: Matter, row: ExtensionRequest) -> UndoStep:
    """同意报出 by the head: now the office decides; the asking counts from when it was asked.

    Raises:
        NotAllowed: neither a head of that unit nor in the stead of one, or it is their own.
        NotNow: it was let out, sent back or taken back already.
    """
    _require_head(act, matter, row)
    _require_state(act, matter, row, State.RELEASING)
    with changing(act, "release_extension", matter) as change:
        change.watch(matter.task, row)
        row.state, row.released_at, row.released_by_id = State.ASKED, act.now, act.actor.id
        row.decision_no += 1
    told = _ask_office(act, matter, row)
    head = signed(act, matter.obligation.unit_id)
    news = Text(f"{head}已同意，{matter.name} 延期已送督查室。")
    told += tell(act, [row.person_id], news, key=f"extension:{row.id}:released")
    return change.undoable(
        f"{matter.name} 延期同意报出", told=[(told, f"{head}撤回了 {matter.name} 延期的报出，先不用看。")]
    )


def revise(act: Acting, matter: Matter, row: ExtensionRequest, reason: str) -> UndoStep:
    """退改 by the head: it does not leave the unit, and does not count.

    Raises:
        NotAllowed, NotNow: as ``release``.
    """
    _require_head(act, matter, row)
    _require_state(act, matter, row, State.RELEASING)
    with changing(act, "revise_extension", matter, words=reason) as change:
        change.watch(matter.task, row)
        row.state, row.decided_at, row.decided_by_id = State.WITHDRAWN, act.now, act.actor.id
        row.answer = reason
        row.decision_no += 1
    head = signed(act, matter.obligation.unit_id)
    news = Text(f"{head}没有同意报出 {matter.name} 延期：{reason}。时限不变，改好可以再提。")
    told = tell(act, [row.person_id], news, key=f"extension:{row.id}:revised")
    return change.undoable(
        f"{matter.name} 延期退改", told=[(told, f"{head}撤回了 {matter.name} 延期的退改。")]
    )


def _require_head(act: Acting, matter: Matter, row: ExtensionRequest) -> None:
    one = matter.obligation
    require_release(act, one.unit_id, matter.name, (row.person_id, one.handler_id))
    if row.person_id == act.actor.id:
        raise NotAllowed(f"{matter.name} 延期是您自己提的，请本单位其他负责人审核。")


def grant(act: Acting, matter: Matter, row: ExtensionRequest, later: Later | None = None) -> UndoStep:
    """同意, or 改日期 with another day: the limit moves, the original one is kept.

    Raises:
        NotAllowed: not the office, or it is their own.
        NotNow: decided already; the answer says by whom.
        BadInput: the day is not later than the running limit, which may have moved meanwhile.
    """
    require_office(act, matter, row)
    _require_state(act, matter, row, State.ASKED)
    one = matter.obligation
    to_at = later.at if later is not None else row.to_due_at
    if one.due_at is not None and to_at <= one.due_at:
        limit = said_limit(act, one.due_at, one.due_grain)
        raise BadInput(f"{matter.name} 的时限现在是 {limit}，延到的日子要比它晚。可以改日期，或者不同意。")
    with changing(act, "grant_extension", matter) as change:
        change.watch(matter.task, row)
        if later is not None:
            row.to_due_at, row.to_grain = later.at, later.grain
        _decide(act, row, State.GRANTED)
        one.original_due_at = one.original_due_at or one.due_at
        one.due_at, one.due_grain = row.to_due_at, row.to_grain
        if one.state not in tasks_rules.DECIDED_ON:
            one.decision_no += 1
        settle(act, change, matter, "同意延期", (ConcernKind.LIMIT,))
    to = said_limit(act, one.due_at, one.due_grain)
    original = said_limit(act, one.original_due_at, one.due_grain)
    news = Text(f"{matter.name} 延期已同意：{to}，原 {original}。")
    told = tell(act, _askers(act, matter, row), news, key=f"extension:{row.id}:granted")
    taken_back = f"督查室撤回了 {matter.name} 的延期答复，定了再告诉您。"
    return change.undoable(f"{matter.name} 延期同意", told=[(told, taken_back)])


def deny(act: Acting, matter: Matter, row: ExtensionRequest, reason: str) -> UndoStep:
    """不同意, with the reason, told privately.

    Raises:
        NotAllowed, NotNow: as ``grant``.
    """
    require_office(act, matter, row)
    _require_state(act, matter, row, State.ASKED)
    one = matter.obligation
    with changing(act, "deny_extension", matter, words=reason) as change:
        change.watch(matter.task, row)
        _decide(act, row, State.DENIED)
        row.answer = reason
    limit = said_limit(act, one.due_at, one.due_grain)
    news = Text(f"{matter.name} 延期没有同意：{reason}。时限 {limit}，不变。")
    told = tell(act, _askers(act, matter, row), news, key=f"extension:{row.id}:denied")
    taken_back = f"督查室撤回了 {matter.name} 的延期答复，定了再告诉您。"
    return change.undoable(f"{matter.name} 延期不同意", told=[(told, taken_back)])


def _decide(act: Acting, row: ExtensionRequest, state: State) -> None:
    row.state, row.decided_at, row.decided_by_id = state, act.now, act.actor.id
    row.decision_no += 1


def require_office(act: Acting, matter: Matter, row: ExtensionRequest) -> None:
    """Raises ``NotAllowed`` unless the actor may decide it; nobody decides their own."""
    if not act.rights.may(Permission.ADJUST, initiative_id=matter.task.initiative_id):
        raise NotAllowed(f"{matter.name} 延期由督查室定。")
    own = tasks_rules.is_own(matter.obligation, person_id=act.actor.id, unit_id=act.actor.unit_id)
    if own or row.person_id == act.actor.id:
        raise NotAllowed(f"{matter.name} 是您单位的，延期由督查室其他同志或领导定。")


def _require_state(act: Acting, matter: Matter, row: ExtensionRequest, state: State) -> None:
    if row.state is not state:
        raise NotNow(how_it_stands(act, matter, row))


def how_it_stands(act: Acting, matter: Matter, row: ExtensionRequest) -> str:
    """Who decided it, when and how; or where it is."""
    match row.state:
        case State.RELEASING:
            return f"{matter.name} 延期还在本单位审核，没有报到督查室。"
        case State.ASKED:
            return f"{matter.name} 延期已报督查室，等答复。"
        case State.WITHDRAWN:
            return f"{matter.name} 的延期申请已经撤回。"
    when = say_moment(row.decided_at) if row.decided_at else ""
    said = "同意" if row.state is State.GRANTED else "不同意"
    return f"{matter.name} 延期已由{act.person(row.decided_by_id)}于{when}答复：{said}。"


def _askers(act: Acting, matter: Matter, row: ExtensionRequest) -> list[int | None]:
    """Who asked, who does the work, and the unit's door."""
    one = matter.obligation
    return [row.person_id, *act.receivers(one), *act.doors(one.unit_id)]


def subject(row: ExtensionRequest) -> str:
    return f"extension:{row.id}"


def said_of(act: Acting, matter: Matter, row: ExtensionRequest) -> Said:
    return _said(act, matter, Later(row.to_due_at, row.to_grain), row.reason, row.nth)


def _said(act: Acting, matter: Matter, later: Later, reason: str, nth: int) -> Said:
    one = matter.obligation
    original = one.original_due_at or one.due_at
    moved = one.due_at is not None and one.due_at != original
    due = one.due_at or later.at
    return Said(
        name=matter.name,
        ref=matter.ref,
        unit=act.unit(one.unit_id),
        handler=act.person(one.handler_id) or act.actor.name,
        original=said_limit(act, original, one.due_grain),
        now=said_limit(act, one.due_at, one.due_grain) if moved else "",
        to=said_limit(act, later.at, later.grain),
        workdays=act.calendar.between(day_of(due), day_of(later.at)),
        reason=reason,
        nth=nth,
    )
