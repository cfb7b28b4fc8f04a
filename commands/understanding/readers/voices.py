"""Slots of praise, objections, opinions and reminders."""

import re
from datetime import datetime, time, timedelta

from commands.calendar import SHANGHAI
from commands.understanding.moments import When
from commands.understanding.numbers import INTEGER, read_integer
from commands.understanding.reading import Reading
from commands.understanding.rule import NOT_THIS, Hit
from commands.understanding.slots import tidy

_DAYS = {"day": 1, "week": 7}  #: lengths a reminder may wait
_EXCLUDE = re.compile(r"剔除|不(?:该|应|应该|应当|能)(?:算|计|列入)")


def appeal(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    if _EXCLUDE.search(reading.flat):
        slots["kind"] = "exclude"
    reason = tidy(re.sub(r"^申诉", "", tidy(reading.without(reading.of("T", "D")))))
    if reason and not _ONLY_OBJECTS.fullmatch(reason):
        slots["reason"] = reason
    return None if "reason" in slots else "reason"


_ONLY_OBJECTS = re.compile(r"(?:我们?|我局|本局|对|的|有|提出|提|异议|申诉|申请|不服)+")


def award(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    if not {"dept", "assignee", "unknown"} & slots.keys():
        return "dept"
    return _unclear(reading)


def _unclear(reading: Reading) -> str | None:
    """Whose name several people have."""
    named = reading.first("P", "U", "X")
    return "assignee" if named and named.kind == "P" and named.person is None else None


def urge(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    """A number says who is meant; a name that several people have does not."""
    return None if reading.first("T", "R", "C") else _unclear(reading)


def feedback(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    for other in ("content2", "content3", "content4"):
        if other in slots:
            slots["content"] = slots.pop(other)
    if "匿名" in reading.flat[:6]:
        slots["anonymous"] = True
    if "kind" not in slots and reading.flat.startswith(("建议", "提")):
        slots["kind"] = "suggestion"
    return None


def _hour(when: When | None) -> str | None:
    return f"{when.due.at:%H:%M}" if when and when.due else None


def remind(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    whens = [token.when for token in reading.of("W") if token.when]
    kind = slots["kind"]
    if kind == "quiet":
        return _quiet(reading, whens, slots)
    if kind == "advance":
        length = reading.first("L")
        if length is None or length.when is None or length.when.length is None:
            return "delta" if reading.has("T") else NOT_THIS
        slots["delta"] = length.when.length.iso()
        return None
    if kind == "off":
        return None
    when = whens[0] if whens else None
    if kind == "digest":
        if when is None or when.due is None or when.due.recurrence is None:
            return NOT_THIS
        slots["recurrence"] = (
            when.due.recurrence.rsplit(" ", 1)[0] if ":" in when.due.recurrence[-3:] else when.due.recurrence
        )
        slots["at"] = f"{when.due.at:%H:%M}" if when.due.grain != "day" else "08:30"
        return None
    length = reading.first("L")
    if when is None and length and length.when and length.when.length and length.when.length.unit in _DAYS:
        days = round(length.when.length.count * _DAYS[length.when.length.unit])
        slots["until"] = datetime.combine(reading.today + timedelta(days=days), time(9), SHANGHAI).isoformat()
        return None
    if when is None or when.due is None:
        return "until"
    at = when.due.at.replace(hour=9, minute=0) if when.due.grain == "day" else when.due.at
    slots["until"] = at.isoformat()
    if when.due.past:
        slots["past"] = True
        return "until"
    return None


_HALF = "凌晨|早上|早晨|早|上午|中午|午间|下午|傍晚|晚上|晚间|晚|夜里|夜间|深夜"
_RANGE = re.compile(
    rf"(?P<ah>{_HALF})?(?P<a>{INTEGER})(?::(?P<am>\d{{2}})|[点时](?P<a30>半)?)?[到至~-](?:次日|第二天|明天|次)?"
    rf"(?P<bh>{_HALF}|晨)?(?P<b>{INTEGER})(?::(?P<bm>\d{{2}})|[点时](?P<b30>半)?)"
)


def _range(text: str) -> tuple[str, str] | None:
    """From and to of 20点到8点, 晚上十点到早上七点, 中午12点到2点."""
    span = _RANGE.search(text)
    begin, end = (read_integer(span["a"]), read_integer(span["b"])) if span else (None, None)
    if span is None or begin is None or end is None or begin > 24 or end > 24:
        return None
    begin, end = _on_the_clock(begin, span["ah"]), _on_the_clock(end, span["bh"])
    if not span["bh"] and 12 <= begin < 18 and 0 < end + 12 - begin <= 4:
        end += 12
    minutes = [span["am"] or ("30" if span["a30"] else "00"), span["bm"] or ("30" if span["b30"] else "00")]
    return f"{begin % 24:02}:{minutes[0]}", f"{end % 24:02}:{minutes[1]}"


def _on_the_clock(hour: int, half: str | None) -> int:
    later = half in ("下午", "傍晚", "晚上", "晚间", "晚", "夜里", "夜间", "深夜") and 4 <= hour < 12
    return hour + 12 if later or (half in ("中午", "午间", "下午") and hour <= 3) else hour


def _quiet(reading: Reading, whens: list[When], slots: dict[str, object]) -> str | None:
    span = _range(reading.text.replace(" ", ""))
    if span:
        slots["from"], slots["to"] = span
    elif whens and whens[0].due and whens[0].due.grain == "minute":
        until = whens[0].text.endswith(("前", "内")) or (whens[0].limit and not whens[0].due.recurrence)
        slots["to" if until else "from"] = _hour(whens[0])
        if len(whens) > 1 and whens[1].due:
            slots["to"] = _hour(whens[1])
    elif re.search("晚上|夜里|夜间|下班", reading.flat + "".join(w.text for w in whens)):
        slots["from"] = "18:00" if "下班" in reading.text else "20:00"
    elif re.search("周末|休息日|节假日", reading.text):
        slots["days"] = "weekend"
    elif whens and whens[0].due and whens[0].named:
        slots["until" if whens[0].limit else "on"] = whens[0].due.at.isoformat()
    return None
