"""Which matter a sentence is about, and what to ask when that is not clear."""

from collections import Counter
from collections.abc import Callable, Sequence

from commands.command import Context, Reply
from commands.errors import NotFound, StaleCard
from commands.questions import ask
from commands.tasks import rules
from commands.tasks.operations.acting import (
    Acting,
    Matter,
    how_it_stands,
    matter_of,
    matters,
    matters_by_id,
)
from commands.tasks.rules import Step
from connectors.chat import MAX_LABEL, Button, Card, Text
from storage.models import Draft, Obligation, Person, Task, UndoStep
from storage.queries import tasks as queries

_QUESTIONS = {
    "deadline": "什么时候要？说一个日子就行，例如“周五下班前”。",
    "percent": "完成了百分之几？说个数就行。",
    "reason": "理由是什么？写一句就行。",
    "note": "写一句就行，要说什么？",
    "task_id": "是哪一项？说编号就行，例如“T1”。",
    "assignee": "给哪一位？请说姓名。",
    "dept": "由哪个单位办？",
    "title": "要办什么？写一句就行。",
}
_DEADLINES = (Button("今天下班", "今天下班"), Button("明天下班", "明天下班"), Button("周五下班", "周五下班"))
_CHOICES = 3  #: buttons a text may have

Part = tuple[Task, Obligation]

#: Understood, and somebody else's to do.
LATER = Text("听懂了，不过这件事我还不能办，即将支持。现在能办的请说“帮助”。")


def acting(ctx: Context) -> Acting:
    """Who acts, as the operations want it."""
    return Acting(
        session=ctx.session,
        actor=ctx.actor,
        rights=ctx.rights,
        now=ctx.now,
        calendar=ctx.calendar,
        notices=ctx.notices,
        conversation_id=ctx.conversation.id,
        directory=ctx.directory,
    )


def missing(ctx: Context, slot: str | None = None, question: str = "") -> Reply:
    """Ask for what the sentence leaves open.

    What belongs into the direct chat only is not asked in a group: its answer would be read there.
    """
    slot = slot or ctx.said.ask or "task_id"
    question = question or _QUESTIONS.get(slot, "还差一点，请补充一句。")
    if slot == "deadline" and ctx.said.due is not None and ctx.said.due.past:
        question = "这个时间已经过了，改成什么时候？"
    if ctx.in_group and ctx.private:
        return Text(f"{question}请在这里连同编号一起说。")
    return ask(ctx, slot, question, buttons=_DEADLINES if slot == "deadline" else ())


def text_slot(ctx: Context, *names: str) -> str:
    """The first of these slots that holds words."""
    for name in names:
        value = ctx.said.slots.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def refs(ctx: Context) -> list[tuple[int, int | None]]:
    """The tasks said, each once; of ``T1 T1.2`` the exact one."""
    said = [(ref.number, ref.part) for ref in ctx.said.refs if ref.kind == "T"]
    exact = {number for number, part in said if part is not None}
    return list(dict.fromkeys((n, part) for n, part in said if part is not None or n not in exact))


def on_card(ctx: Context) -> int | None:
    """The obligation the pressed card is about."""
    return ctx.card_subject("obligation")


def number_of(ctx: Context, obligation_id: int) -> int | None:
    """The number people type for what a card is about."""
    return queries.number_of(ctx.session, obligation_id)


def check_card(ctx: Context, act: Acting, matter: Matter, step: Step) -> None:
    """Nothing is decided on a card that shows an older version of it.

    Raises:
        StaleCard: it was decided or changed since; the answer says how it stands.
    """
    if ctx.card is None or on_card(ctx) != matter.obligation.id:
        return
    if ctx.card.no == matter.obligation.decision_no:
        return
    one = matter.obligation
    if rules.next_state(one.part, step, one.state) is None:
        raise StaleCard(how_it_stands(act, matter, step))
    raise StaleCard(f"{matter.name} 在这张卡片之后变过，请看最新的一张，或直接说要办什么。")


def one_of(
    ctx: Context,
    act: Acting,
    candidates: Callable[[], Sequence[Part]],
    *,
    step: Step,
    nothing: str,
    say: str,
) -> Matter | Reply:
    """The matter said, on the card, or the only one it can be; else the question which.

    ``step`` tells periods apart; ``say`` is the sentence for one of them, with ``T`` where its number goes.

    Raises:
        NotFound: with ``nothing``, when there is none it could be.
    """
    said = refs(ctx)
    shown = on_card(ctx)
    if shown is not None and (not said or number_of(ctx, shown) == said[0][0]):
        return matter_of(act, shown)
    if said:
        return matters(act, said[:1], step=step)[0]
    found = one_a_matter(_by_title(list(candidates()), text_slot(ctx, "title_ref", "title")), step)
    if not found:
        raise NotFound(nothing)
    if len(found) == 1:
        return matter_of(act, found[0][1].id)
    return _which(found, say)


def one_a_matter(found: Sequence[Part], step: Step) -> list[Part]:
    """Of each matter's open periods the first in which ``step`` can be taken, else the first."""
    chosen: dict[tuple[int, int], int] = {}
    for can in (True, False):
        for task, one in found:
            if (rules.next_state(one.part, step, one.state) is not None) is can:
                chosen.setdefault((task.id, one.position), one.id)
    return [part for part in found if part[1].id in chosen.values()]


def _which(found: Sequence[Part], say: str) -> Reply:
    """Ask which one. Each proposal is a whole sentence: a bare number is a command of its own."""
    numbers = Counter(task.number for task, _ in found)
    names = [f"T{part[0].number}" if numbers[part[0].number] == 1 else ref_of(part) for part in found]
    lines = [f"· {name} {task.title}" for name, (task, _) in zip(names[:8], found, strict=False)]
    buttons = [Button(name, say.replace("T", name, 1)) for name in names[:_CHOICES]]
    fitting = tuple(button for button in buttons if len(button.label) <= MAX_LABEL)
    first = say.replace("T", names[0], 1)
    return Text("\n".join(["是哪一项？", *lines, f"请连编号一起说，例如“{first}”。"]), buttons=fitting)


def ref_of(part: Part) -> str:
    task, one = part
    return f"T{task.number}" if one.position == 1 else f"T{task.number}.{one.position}"


def _by_title(found: list[Part], title: str) -> list[Part]:
    """Those whose title shares most characters with what was said; all when nothing was said."""
    if not title:
        return found
    near = [part for part in found if _shared(part[0].title, title) >= 0.6]
    return near or found


def _shared(title: str, said: str) -> float:
    wanted = [c for c in said if not c.isspace()]
    return sum(c in title for c in wanted) / len(wanted) if wanted else 0.0


def several(ctx: Context, act: Acting, default: Callable[[], Sequence[Part]], *, step: Step) -> list[Matter]:
    """The matters said, the one on the card, else all of ``default``; locked together."""
    said, shown = refs(ctx), on_card(ctx)
    if shown is not None and (not said or [number for number, _ in said] == [number_of(ctx, shown)]):
        return [matter_of(act, shown)]
    if said:
        return matters(act, said, step=step)
    return matters_by_id(act, [one.id for _, one in default()])


def in_every_period(asked: Sequence[Matter], step: Step) -> list[Matter]:
    """Of each matter the part that was meant in every period in which ``step`` can be taken; where there is
    none, the one that was meant."""
    found: dict[int, Matter] = {}
    for matter in asked:
        meant = matter.obligation
        ready = [
            one
            for one in matter.obligations
            if (one.position, one.unit_id) == (meant.position, meant.unit_id)
            and rules.next_state(one.part, step, one.state) is not None
        ]
        for one in ready or [meant]:
            found.setdefault(one.id, Matter(matter.task, matter.obligations, one))
    return list(found.values())


def colleague(ctx: Context) -> Person | None:
    """The person named; of several who are called so the one of the actor's unit.

    Raises:
        NotFound: a name was said, and nobody or more than one of the unit is called so.
    """
    if ctx.said.person_ids:
        return ctx.session.get(Person, ctx.said.person_ids[0])
    name = text_slot(ctx, "assignee")
    if not name:
        return None
    named = [p for p in ctx.directory.named(name) if p.unit_id == ctx.actor.unit_id]
    if len(named) != 1:
        many = f"有 {len(named)} 位{name}" if named else f"没有找到{name}"
        raise NotFound(f"本单位{many}，什么也没改。请写清姓名，或联系管理员。")
    return ctx.session.get(Person, named[0].id)


def undoable(ctx: Context, undo: UndoStep) -> None:
    """The reply's ［撤回］ takes back exactly this."""
    ctx.subject = f"undo:{undo.id}"


def show_draft(ctx: Context, draft: Draft, shown: Card) -> Reply:
    """To its author alone; in a group only that there is something to check."""
    subject = f"draft:{draft.id}"
    if not ctx.in_group:
        ctx.subject = subject
        return shown
    ctx.notices.to_person(ctx.actor.id, shown, key=subject, subject=subject)
    return Text(f"请{ctx.actor.name}在私聊里核对。")
