"""How each slot is read out of a sentence once its intent is known."""

import re
from collections.abc import Callable

from commands.understanding.invocation import Due, Ref
from commands.understanding.moments import When
from commands.understanding.reading import Reading, Token
from commands.understanding.rule import Hit

_EDGE = " ,;:。、!?-~\n\"'()."
_TAIL = re.compile(r"(?:吧|哦|啊|呢|哈|嘛|呀|谢谢|麻烦了|辛苦了|拜托|一下|一遍|下)$")
_LEAD = re.compile(
    r"^(?:了(?=[ ,:。!]|$)|(?:原因|理由|事由|说明|备注|因为|由于|缘由|情况)(?:是|为)?[:,]?|"
    r"因(?=[\u4e00-\u9fff])|,|:)"
)
#: What ``_TAIL`` ends with and ``_LEAD`` begins with: nothing else is tried.
_TAIL_ENDS, _LEAD_BEGINS = frozenset("吧哦啊呢哈嘛呀谢了托下遍"), frozenset("了原理事说备因由缘情,:")
_BLANKS = re.compile(" {2,}")
_CJK_BLANK = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")
_REQUESTED = {"R": "request", "C": "collection", "V": "vote", "M": "meeting", "D": "dispute", "T": "task"}
#: Which tokens are already said by a slot, and so left out of free text.
_SAID_BY = {
    "task_id": "T", "request_id": "R", "collection_id": "C", "vote_id": "V", "meeting_id": "M",
    "dispute_id": "D", "dept": "UP", "assignee": "P", "deadline": "W", "percent": "N", "delta": "L",
    "date": "", "period": "WY",
}  # fmt: skip


def tidy(text: str) -> str:
    """Free text without punctuation and particles at its ends."""
    if "  " in text:
        text = _BLANKS.sub(" ", text)
    text = text.strip(_EDGE)
    while text:
        bare = _TAIL.sub("", text) if text[-1] in _TAIL_ENDS else text
        bare = _LEAD.sub("", bare) if bare[:1] in _LEAD_BEGINS else bare
        if bare == text:
            break
        text = bare.strip(_EDGE)
    return balanced(text)


def balanced(text: str) -> str:
    """Gives back a bracket or quotation mark that ``strip`` took from one end only."""
    for left, right in ("()", "[]"):
        if left in text or right in text:
            more = text.count(left) - text.count(right)
            text = text + right if more > 0 else left + text if more < 0 else text
    return text + '"' if '"' in text and text.count('"') % 2 else text


_PAIRS = str.maketrans(",;:?!", "，；：？！")
_MARK = re.compile(r"(?<=[\u3400-\u9fff])[,;:?!]|[,;:?!](?=[\u3400-\u9fff])")
_BRACKETS = re.compile(r"\(([^()]*[\u3400-\u9fff][^()]*)\)|(?<=[\u3400-\u9fff])\(([^()]*)\)")
_QUOTES = re.compile(r'"([^"]*)"')


def written(value: object) -> object:
    """Free text with the punctuation Chinese is written with; everything inside lists and mappings too."""
    if isinstance(value, str):
        text = _MARK.sub(lambda m: m[0].translate(_PAIRS), value)
        if "(" in text:
            text = _BRACKETS.sub(lambda m: f"（{m[1] or m[2] or ''}）", text)
        return _QUOTES.sub(r"“\1”", text) if '"' in text else text
    if isinstance(value, list):
        return [written(item) for item in value]
    if isinstance(value, dict):
        return {name: written(item) for name, item in value.items()}
    return value


def joined(text: str) -> str:
    """A title: blanks between Chinese characters mean nothing."""
    return _CJK_BLANK.sub("", text)


def leftover(reading: Reading, hit: Hit, wants: tuple[str, ...]) -> str:
    """The words the rule and the other slots did not use."""
    kinds = "".join(_SAID_BY.get(slot, "") for slot in wants)
    drop = list(reading.of(*kinds)) if kinds else []
    if "assignee" in wants or "dept" in wants:
        drop = _only_first_assignee(drop)
    return tidy(reading.without(drop, cut=hit.cuts()))


def _only_first_assignee(drop: list[Token]) -> list[Token]:
    """Of several units and people, the first is the slot; later ones are part of the text."""
    kept, seen = [], False
    for token in drop:
        if token.kind in "UP":
            if seen:
                continue
            seen = True
        kept.append(token)
    return kept


def pick_when(reading: Reading) -> When | None:
    """The moment a sentence is about: a limit before a plain day, a day before a time of today."""
    whens = [token.when for token in reading.of("W") if token.when]
    if not whens:
        return None
    return max(whens, key=lambda when: (when.named or bool(when.due and when.limit), when.limit, -when.start))


def due_slots(when: When | None, slots: dict[str, object]) -> str | None:
    """Writes deadline, grain, recurrence and past; returns the slot to ask for."""
    if when is None:
        return "deadline"
    due = when.due
    if due is None:
        if when.period:
            slots["recurrence"] = when.period
        return "deadline"
    slots["deadline"] = due.at.isoformat()
    slots["grain"] = due.grain
    if due.recurrence:
        slots["recurrence"] = due.recurrence
    if due.past:
        slots["past"] = True
        return "deadline"
    return None


def _ids(kind: str) -> Callable[[Reading, dict[str, object]], None]:
    name = _REQUESTED[kind]

    def fill(reading: Reading, slots: dict[str, object]) -> None:
        refs = unique_refs(reading, kind)
        if len(refs) == 1:
            slots[f"{name}_id"] = str(refs[0])
        elif refs:
            slots[f"{name}_ids"] = [str(ref) for ref in refs]

    return fill


def unique_refs(reading: Reading, kinds: str = "TRCVMD") -> list[Ref]:
    return list(dict.fromkeys(ref for token in reading.of(*kinds) for ref in token.refs))


def _assignee(reading: Reading, slots: dict[str, object]) -> None:
    token = reading.first("P", "U", "X")
    if token:
        name_assignee(token, slots)


def name_assignee(token: Token, slots: dict[str, object]) -> str | None:
    """Writes dept and assignee as they were said; returns what is ambiguous."""
    if token.kind == "X":
        slots["unknown"] = [token.text]
        return "assignee"
    if token.kind == "U":
        if len(token.units) > 1:
            slots["candidates"] = [unit.name for unit in token.units]
            return "dept"
        slots["dept"] = token.unit_name
        if token.stranger:
            slots["assignee"] = token.stranger
        return None
    slots["assignee"] = token.people[0].name
    if token.unit:
        slots["dept"] = token.unit.name
        if token.person and token.person.unit_id not in (None, token.unit.id):
            return "assignee"
    return None if token.person else "assignee"


def _dept(reading: Reading, slots: dict[str, object]) -> None:
    token = reading.first("U")
    if token and token.unit:
        slots["dept"] = token.unit.name


#: 从30%推进到55%, 由50%改成45%: the second counts.
_MOVED = re.compile(r"(?!.*[较比,])(?=.*[到至改升提涨变调:]).{1,6}")


#: 还剩10%: what is left, not what is done.
_LEFT = re.compile(r"(?:还|只|就)[差剩欠余](?:下|了|有|余)?(?:约|大概|不到)? ?$|剩[下余](?:约|大概|不到)? ?$")


def _percent(reading: Reading, slots: dict[str, object]) -> None:
    said = reading.of("N")
    left = [token for token in said if _LEFT.search(reading.text, 0, token.start)]
    if left and left[0].percent is not None:
        done = next((token.percent for token in said if token not in left), None)
        slots["percent"] = 100 - left[0].percent if done is None else done
    elif said and said[0].percent is not None:
        moved = len(said) > 1 and _MOVED.fullmatch(reading.text, said[0].end, said[1].start)
        slots["percent"] = said[1 if moved else 0].percent


def _delta(reading: Reading, slots: dict[str, object]) -> None:
    token = reading.first("L")
    if token and token.when and token.when.length:
        length = token.when.length
        if length.unit == "workday":
            slots["delta_workdays"] = length.count
        else:
            slots["delta"] = length.iso()


def _period(reading: Reading, slots: dict[str, object]) -> None:
    token = reading.first("W", "Y")
    if token is None or token.when is None:
        return
    when = token.when
    if when.period:
        slots["period"] = when.period
    elif when.day:
        slots["period_start"] = (when.since or when.day).isoformat()
        if when.since:
            slots["period_end"] = when.day.isoformat()


def _deadline(reading: Reading, slots: dict[str, object]) -> None:
    when = pick_when(reading)
    if when:
        due_slots(when, slots)


def due_of(reading: Reading) -> Due | None:
    when = pick_when(reading)
    return when.due if when else None


#: Slots that are read the same way whatever the intent.
GENERIC: dict[str, Callable[[Reading, dict[str, object]], None]] = {
    "task_id": _ids("T"), "request_id": _ids("R"), "collection_id": _ids("C"), "vote_id": _ids("V"),
    "meeting_id": _ids("M"), "dispute_id": _ids("D"), "assignee": _assignee, "dept": _dept,
    "percent": _percent, "delta": _delta, "period": _period, "deadline": _deadline,
}  # fmt: skip
#: Slots that take the words nothing else used.
FREE = ("note", "reason", "content", "title", "topic", "what")


def fill(reading: Reading, hit: Hit, wants: tuple[str, ...]) -> dict[str, object]:
    slots: dict[str, object] = dict(hit.rule.slots)
    for want in wants:
        if want in GENERIC:
            GENERIC[want](reading, slots)
    groups = hit.match.groupdict() if hit.match and hit.match.re.groups else {}
    for name in groups:
        if not name.startswith("cut") and hit.match and hit.match.start(name) >= 0:
            said = tidy(reading.said(*hit.match.span(name)))
            if said:
                slots[name] = said
    for want in wants:
        if want in FREE and want not in groups and want not in slots:
            text = leftover(reading, hit, wants)
            if text:
                slots[want] = joined(text) if want == "title" else text
            break
    return slots
