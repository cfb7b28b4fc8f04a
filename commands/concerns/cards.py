"""有异议, 商量时限: how they read to who decides, and the answer to who raised it."""

from dataclasses import dataclass

from connectors.chat import MAX_REMARK, MAX_VALUE, Button, Card, Text, card

_QUOTED = "原话："


@dataclass(frozen=True, slots=True)
class Raised:
    """A matter in words, and what its unit says about it. ``part``: 牵头, or 配合环保局，执法意见."""

    name: str  #: T1
    ref: str  #: T1.2
    unit: str
    by: str
    title: str
    part: str
    limit: str
    words: str
    is_lead: bool


def objection(said: Raised) -> Card:
    """What the office decides on."""
    keep = Button("维持", f"维持 {said.ref} 分工", "primary")
    move = (Button("调整时限", f"调整{said.ref}时限 答复异议"),) if said.limit else ()
    drop = (
        Button("终止", f"终止 {said.ref}")
        if said.is_lead
        else Button("不需配合", f"{said.name} {said.unit}不需配合")
    )
    return card(
        f"{said.name} {said.unit}有异议，请定",
        ("提出", f"{said.unit} {said.by}"),
        ("事项", said.title),
        ("分工", said.part),
        ("时限", said.limit or "未定"),
        ("理由", said.words),
        remark=_verbatim(said.words),
        buttons=(keep, *move, drop),
        tone="warning",
    )


def limit_proposed(said: Raised, *, to: str, day: str, by_office: bool) -> Card:
    """What the one who gave the limit decides on. ``day``: ``to`` as it is typed."""
    buttons = (
        Button("同意", f"同意{said.ref}改到{day}", "primary"),
        Button("维持原定", f"维持 {said.ref} 时限"),
    )
    other = Button("改日期", f"调整{said.ref}时限")
    hint = "" if by_office else f"要另定日子，请说“同意{said.name}改到哪天”。"
    return card(
        f"{said.name} {said.unit}商量时限",
        ("提出", f"{said.unit} {said.by}"),
        ("事项", said.title if said.is_lead else said.part),
        ("现时限", said.limit),
        ("改到", to),
        ("理由", said.words),
        remark=f"{hint}{_verbatim(said.words, MAX_REMARK - len(hint))}",
        buttons=(*buttons, other) if by_office else buttons,
    )


def whole_words(said: Raised) -> Text | None:
    """The words apart, where a card has no room for all of them."""
    if len(_QUOTED) + len(said.words) <= MAX_REMARK:
        return None
    return Text(f"{said.name} {said.unit}{said.by}的{_QUOTED}{said.words}")


def _verbatim(words: str, room: int = MAX_REMARK) -> str:
    """On the card once more when its row cannot show all of it."""
    quoted = f"{_QUOTED}{words}"
    return quoted if len(words) > MAX_VALUE and len(quoted) <= room else ""


def kept(
    name: str, ref: str, *, what: str, by: str, reason: str, limit: str, no: int, unsigned: bool
) -> Card:
    """维持, to who raised it. ``what``: 维持原分工 or 维持原时限."""
    return card(
        f"{name} {what}",
        ("答复", by),
        ("理由", reason),
        ("时限", f"{limit}，不变" if limit else "未定"),
        remark=f"理由：{reason}" if len(reason) > MAX_VALUE else "",
        buttons=_sign(ref) if unsigned else (),
        no=no,
    )


def agreed(name: str, ref: str, *, by: str, limit: str, no: int, unsigned: bool) -> Card:
    """同意, to who proposed it; the old card to sign shows a limit that is no more."""
    return card(
        f"{name} 时限已改",
        ("时限", limit),
        ("答复", f"{by}同意"),
        remark="不算延期。" + ("请签收。" if unsigned else ""),
        buttons=_sign(ref) if unsigned else (),
        tone="good",
        no=no,
    )


def _sign(ref: str) -> tuple[Button, ...]:
    return (Button("签收", f"签收 {ref}", "primary"),)
