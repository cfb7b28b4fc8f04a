"""有异议 and 商量时限 by the unit that was given a matter. Nothing of the matter changes by it."""

from datetime import datetime

from commands.calendar import SHANGHAI
from commands.concerns import cards, rules
from commands.concerns.cards import Raised
from commands.errors import BadInput, NotNow
from commands.extensions.operations import Later
from commands.tasks import rules as tasks_rules
from commands.tasks.operations.acting import Acting, Matter, require_speaker, tell
from commands.tasks.operations.changing import Change, changing
from commands.tasks.operations.describing import describe, office, said_limit
from commands.tasks.operations.settling import decide, is_leads
from connectors.chat import Card
from storage.models import Concern, ConcernKind, ConcernState, Grain, ObligationState, UndoStep
from storage.queries import concerns as queries
from storage.queries import extensions

OBJECT, PROPOSE = "object_to_matter", "propose_limit"


def subject(row: Concern) -> str:
    return f"concern:{row.id}"


def check_objection(act: Acting, matter: Matter) -> None:
    """Whether the actor may object to it now.

    Raises:
        NotAllowed: it is another unit's, or another colleague's.
        NotNow: it is over, or was not given out yet.
    """
    require_speaker(act, matter)
    one = matter.obligation
    if one.state not in tasks_rules.OPEN:
        raise NotNow(
            f"{matter.name} 现在是“{tasks_rules.SAID[one.state]}”，不用再提异议。"
            "对协作数据有异议，请说“协作数据有异议”。"
        )


def object_to(act: Acting, matter: Matter, words: str) -> UndoStep:
    """To the office, in the unit's own words. An earlier one of the unit that is open is said anew.

    Raises:
        NotAllowed, NotNow: see ``check_objection``.
        BadInput: the reason is too long for anybody to read.
    """
    check_objection(act, matter)
    row, change = _raised(act, matter, _concern(act, matter, ConcernKind.OBJECTION, words), OBJECT)
    said = _said(act, matter, words)
    shown = cards.objection(said)
    told = _tell(act, matter, office(act, matter), said, shown, row)
    back = f"{act.actor.name}撤回了{said.unit}对 {matter.name} 的异议，不用再看。"
    return change.undoable(f"{matter.name} 的异议", told=[(told, back)], guarded=False)


def check_limit(act: Acting, matter: Matter, later: Later | None = None) -> None:
    """Whether the actor may talk over its limit now; with ``later``, whether that day can be proposed.

    Raises:
        NotAllowed: it is another unit's, or another colleague's.
        NotNow: it has no limit yet, was signed for before today, or an extension of it is undecided.
        BadInput: the day is past, the limit itself, or after the lead's own.
    """
    require_speaker(act, matter)
    one = matter.obligation
    if one.due_at is None or one.state is ObligationState.UNSPECIFIED:
        raise NotNow(f"{matter.name} 还没有时限，等牵头单位{act.unit(matter.lead.unit_id)}写明以后再商量。")
    if not rules.negotiable(one, act.now):
        raise NotNow(_too_late(matter))
    if extensions.open_of(act.session, [one.id]):
        raise NotNow(f"{matter.name} 已经申请了延期，还没有答复。定了我告诉您。")
    if later is not None:
        check_day(act, matter, later)


def _too_late(matter: Matter) -> str:
    one = matter.obligation
    if one.state is not ObligationState.IN_PROGRESS:
        return f"{matter.name} 现在是“{tasks_rules.SAID[one.state]}”，时限不能再商量。"
    signed = f"已于{tasks_rules.say_moment(one.acknowledged_at)}签收" if one.acknowledged_at else "已在办理"
    return (
        f"{matter.name} {signed}，签收当天以后不再商量时限。"
        f"需要更多时间，请说“{matter.name} 延到哪天，理由”申请延期。"
    )


def check_day(act: Acting, matter: Matter, later: Later) -> None:
    """Raises ``BadInput``: the day is past, the limit itself, or after the lead's own limit."""
    one, to = matter.obligation, said_limit(act, later.at, later.grain)
    if later.at <= act.now:
        raise BadInput(f"{to} 已经过了，请换一个日子。")
    if later.at == one.due_at:
        raise BadInput(f"{matter.name} 的时限本来就是 {to}，请换一个日子。")
    own = matter.lead.due_at
    if one is not matter.lead and own is not None and later.at > own:
        limit = said_limit(act, own, matter.lead.due_grain)
        raise BadInput(
            f"{to} 晚于 {matter.name} 牵头单位自己的时限 {limit}，请换一个早些的日子；"
            f"办不到请说“{matter.name} 有异议，理由”，由督查室定。"
        )


def propose(act: Acting, matter: Matter, later: Later, words: str) -> UndoStep:
    """To who gave the limit: the lead of a co-operation, else the office. The limit stays meanwhile; an
    earlier proposal that is open is replaced.

    Raises:
        NotAllowed, NotNow, BadInput: see ``check_limit``.
    """
    check_limit(act, matter, later)
    made = _concern(act, matter, ConcernKind.LIMIT, words, later)
    row, change = _raised(act, matter, made, PROPOSE)
    leads = act.receivers(matter.lead) if is_leads(matter, row.kind) else []
    said = _said(act, matter, words)
    to = said_limit(act, later.at, later.grain)
    shown = cards.limit_proposed(said, to=to, day=_typed(later, act.now), by_office=not leads)
    told = _tell(act, matter, leads or office(act, matter), said, shown, row)
    back = f"{act.actor.name}撤回了 {matter.name} 改到 {to} 的提议，不用再看。"
    return change.undoable(f"{matter.name} 商量时限", told=[(told, back)], guarded=False)


def _typed(later: Later, now: datetime) -> str:
    """``12月5日``, as it is typed; with its clock time where one was said."""
    at = later.at.astimezone(SHANGHAI)
    year = f"{at.year}年" if at.year != now.astimezone(SHANGHAI).year else ""
    return f"{year}{at.month}月{at.day}日" + ("" if later.grain is Grain.DAY else f"{at:%H:%M}")


def _concern(
    act: Acting, matter: Matter, kind: ConcernKind, words: str, later: Later | None = None
) -> Concern:
    if len(words) > rules.MOST_WORDS:
        raise BadInput(f"理由请写在 {rules.MOST_WORDS} 字以内，材料可以另外发给督查室。什么也没有送出。")
    return Concern(
        obligation_id=matter.obligation.id,
        kind=kind,
        person_id=act.actor.id,
        words=words,
        to_due_at=later.at if later else None,
        to_grain=later.grain if later else Grain.DAY,
        at=act.now,
    )


def _raised(act: Acting, matter: Matter, row: Concern, action: str) -> tuple[Concern, Change]:
    """Written; an open one of its kind on the same obligation is void, and stays so if this is taken back."""
    older = [one for one in queries.open_of(act.session, [matter.obligation.id]) if one.kind is row.kind]
    if older:
        with changing(act, "replace_concern", matter) as replaced:
            replaced.watch(matter.task, *older)
            for one in older:
                decide(act, one, ConcernState.WITHDRAWN)
    with changing(act, action, matter, words=row.words) as change:
        change.add(matter.task, row)
    return row, change


def _tell(
    act: Acting, matter: Matter, people: list[int], said: Raised, shown: Card, row: Concern
) -> list[int]:
    """Each their card, and before it the words apart when it has no room for them."""
    words = cards.whole_words(said)
    if words is not None:
        tell(act, people, words, key=f"concern:{row.id}:words")
    return tell(act, people, shown, key=f"concern:{row.id}", subject=subject(row))


def _said(act: Acting, matter: Matter, words: str) -> Raised:
    one = matter.obligation
    part = describe(act, matter.task, one, matter.lead)
    helps = f"配合{part.lead_unit}，{part.content or '待明确'}"
    return Raised(
        name=matter.name,
        ref=matter.ref,
        unit=part.unit,
        by=act.actor.name,
        title=part.title,
        part="牵头" if part.is_lead else helps,
        limit=said_limit(act, one.due_at, one.due_grain),
        words=words,
        is_lead=part.is_lead,
    )
