"""Slots of setting work going: adjustments, new initiatives, groups, holidays, bindings."""

import re
from datetime import timedelta

from commands.understanding.readers.demands import as_slot, demands_of
from commands.understanding.reading import CODE, Reading
from commands.understanding.rule import NOT_THIS, Hit
from commands.understanding.slots import tidy


def adjust(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    """维持/改 the lead, add or drop co-operating units, move the due time; demands on others beside it."""
    units = [token for token in reading.of("U") if token.unit]
    kind = slots["kind"]
    if kind in ("keep", "lead") and units:
        lead = re.search(f"{CODE['U']}(?=牵头|主办)|(?:为|成|到|由|维持){CODE['U']}", reading.flat)
        token = reading.token(lead.end() - 1) if lead else units[0]
        slots["dept"] = token.unit_name
        units = [unit for unit in units if unit is not token]
    if kind in ("cooperate", "waive") and units:
        slots["co_depts"] = [unit.unit.name for unit in units if unit.unit]
        slots["remove"] = bool(re.search("去掉|取消|减少|删除|不用|不需|无需", reading.flat))
    if kind == "keep":
        slots.pop("deadline", None)
        slots.pop("grain", None)
        demands = [demand for demand in demands_of(reading) if demand.due]
        if demands:
            slots["demands"] = as_slot(demands)
        return None
    if kind == "due":
        return "deadline" if "deadline" not in slots or slots.get("past") else None
    return None if units or "dept" in slots or kind == "waive" else "dept"


def edit(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    if not reading.has("T"):
        slots.pop("title", None)
        return None
    if "deadline" in slots:
        slots.pop("title", None)
        return "deadline" if slots.get("past") else None
    match = re.search(
        r"(?:标题|名称|内容|事项名)(?:改|变更|调)[^:为成到]{0,2}(?:为|成|到)?[:,]?(?P<title>.+)$",
        reading.flat,
    )
    if match:
        slots["title"] = tidy(reading.said(*match.span("title")))
        return None
    slots.pop("title", None)
    return "deadline"


def new_initiative(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    unit = reading.first("U")
    if unit and unit.unit:
        slots["dept"] = unit.unit.name
    when = reading.first("W")
    if when and when.when and when.when.day:
        slots["start"] = when.when.day.isoformat()
    if not slots.get("title"):
        return "title"
    return None if "dept" in slots else "dept"


def bind_group(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    title = tidy(str(slots.get("title", ""))).strip('"《》 ')
    if len(title) > 4 and title.endswith("专项"):
        title = title[:-2]
    slots["title"] = title
    return None if title else "title"


def weekly_day(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    token = reading.first("W")
    when = token.when if token else None
    if token is None or when is None or when.day is None or not re.search("周|星期|礼拜", token.text):
        return NOT_THIS
    slots["day"] = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")[when.day.weekday()]
    return None


_OFF = re.compile(
    f"{CODE['W']}(?:[(][^)]*[)])?(?:、{CODE['W']})*(?:起|共)?(?:[^,;。]{{0,3}})(?:放假|调休|休息)"
)
_ON = re.compile(
    f"{CODE['W']}(?:[(][^)]*[)])?(?:、{CODE['W']})*(?:[^,;。]{{0,3}})(?:上班|补班|工作|正常上班)"
)


def holiday(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    """放假 days and 上班 days, each day written out; a year says it is an arrangement, not a remark."""
    slots["off"] = _days(reading, _OFF)
    slots["on"] = _days(reading, _ON)
    dated = any(re.search(r"\d月|年|[-/]", token.text) for token in reading.of("W"))
    return None if slots["off"] and dated else NOT_THIS


def _days(reading: Reading, pattern: re.Pattern[str]) -> list[str]:
    days: list[str] = []
    for match in pattern.finditer(reading.flat):
        for token in reading.tokens_in(*match.span()):
            when = token.when
            if token.kind == "W" and when and when.day:
                first = when.since or when.day
                days += [(first + timedelta(days=n)).isoformat() for n in range((when.day - first).days + 1)]
    return days


def bind(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    if "code" in slots:
        slots["code"] = str(slots["code"]).upper()
        return None
    person = reading.first("P")
    if person is None or person.unit is None or person.mentioned:
        return NOT_THIS
    slots["dept"], slots["assignee"] = person.unit.name, person.people[0].name
    return None
