"""可以, 有条件, 暂不能: the asked unit's word, told to who asked."""

from commands.access import Permission
from commands.cooperation import rules
from commands.errors import NotAllowed, NotNow
from commands.tasks.operations.acting import Acting, Matter, tell
from commands.tasks.operations.changing import changing
from commands.tasks.operations.describing import office, said_limit
from commands.tasks.rules import say_moment
from connectors.chat import Text
from storage.models import Answer, CooperationRequest, CooperationState, UndoStep

_STATES = {
    Answer.YES: CooperationState.ANSWERED,
    Answer.CONDITIONAL: CooperationState.ANSWERED,
    Answer.NO: CooperationState.REFUSED,
}


def require_asked(act: Acting, matter: Matter, row: CooperationRequest) -> None:
    """Raises ``NotAllowed`` unless the actor may speak for the unit that was asked."""
    unit_id = row.to_unit_id
    if unit_id is None or unit_id != act.actor.unit_id:
        who = act.unit(unit_id) if unit_id is not None else "督查室"
        raise NotAllowed(f"{matter.name} 的商请由{who}答复。")
    if act.rights.may(Permission.DELEGATE, unit_id=unit_id) or not act.doors(unit_id):
        return
    who = "、".join(act.person(n) for n in act.doors(unit_id))
    raise NotAllowed(f"{matter.name} 的商请由本单位{who}答复。")


def answer(act: Acting, matter: Matter, row: CooperationRequest, said: Answer, words: str) -> UndoStep:
    """The first answer's time is the one that counts; a 暂不能 may become a 可以, not the other way.

    Raises:
        NotAllowed: another unit, or not who speaks for it.
        NotNow: answered or given already.
    """
    require_asked(act, matter, row)
    require_open(act, matter, row)
    with changing(act, "answer_unit", matter, words=words) as change:
        change.watch(matter.task, row)
        row.state, row.answer, row.said = _STATES[said], said, words
        row.answered_at = row.answered_at or act.now
        row.answered_by_id = act.actor.id
        row.decision_no += 1
    act.notices.withdraw(act.actor.id, f"cooperation:{row.id}")
    news = Text(f"{act.unit(act.actor.unit_id or 0)}{act.actor.name}答复：{_in_words(act, row)}。")
    key = f"cooperation:{row.id}:answer:{row.decision_no}"
    told = tell(act, [row.person_id, *act.receivers(matter.obligation)], news, key=key)
    if said is Answer.NO:
        unit, asker = act.unit(act.actor.unit_id or 0), act.unit(row.from_unit_id)
        case = Text(f"{matter.name}：{unit}答复{asker}商请，暂不能：{words}。")
        told += tell(act, office(act, matter), case, key=f"{key}:office")
    return change.undoable(
        f"{matter.name} 商请答复“{rules.SAID[said]}”",
        told=[(told, f"{act.actor.name}撤回了 {matter.name} 商请的答复，另行答复。")],
    )


def require_open(act: Acting, matter: Matter, row: CooperationRequest) -> None:
    """Raises ``NotNow`` when there is nothing to answer any more; it says by whom it was, and how."""
    if row.state in (CooperationState.ASKED, CooperationState.REFUSED):
        return
    raise NotNow(how_it_stands(act, matter, row))


def _in_words(act: Acting, row: CooperationRequest) -> str:
    limit = said_limit(act, row.due_at, row.due_grain)
    match row.answer:
        case Answer.YES:
            return f"可以，{limit} 前给" if limit else "可以"
        case Answer.CONDITIONAL:
            return f"有条件：{row.said}"
        case _:
            return f"暂不能：{row.said}"


def how_it_stands(act: Acting, matter: Matter, row: CooperationRequest) -> str:
    match row.state:
        case CooperationState.WITHDRAWN:
            return f"{matter.name} 的商请对方已经撤回，不用再办。"
        case CooperationState.CLOSED:
            return f"{matter.name} 的商请已经办完，不用再答复。"
        case CooperationState.DELIVERED if row.delivered_at is not None:
            return f"{matter.name} 的材料已于{say_moment(row.delivered_at)}提供，等对方确认。"
        case CooperationState.ASKED:
            return f"{matter.name} 的商请还没有答复。"
    when = say_moment(row.answered_at) if row.answered_at else ""
    said = rules.SAID[row.answer] if row.answer else ""
    return f"{matter.name} 的商请已由{act.person(row.answered_by_id)}于{when}答复：{said}。"
