"""Slots of questions: which filter, which period, about what."""

import re

from commands.understanding.reading import Reading
from commands.understanding.rule import NOT_THIS, OWN, Hit

_OPEN = re.compile(r"没办|未办|在办|未完成|没完成|待办|还有|没做|没交|剩|没结|未结|欠|没完")
_OVERDUE = re.compile(r"逾期|超期|过期|红灯")
_LEAD = re.compile(r"牵头|主办")
_COOPERATE = re.compile(r"配合|协办")
_SOON = re.compile(r"快到期|临期|即将到期")
_OURS = re.compile(f"我们|咱|[我本]{OWN}|本所")


def _filter(flat: str) -> str | None:
    for pattern, name in (
        (_OVERDUE, "overdue"),
        (_SOON, "due_soon"),
        (_LEAD, "lead"),
        (_COOPERATE, "cooperate"),
    ):
        if pattern.search(flat):
            return name
    return None


def _due_filter(reading: Reading) -> str | None:
    for token in reading.of("W", "Y"):
        if token.text.startswith(("今", "当天")):
            return "due_today"
        if token.text.startswith("明"):
            return "due_tomorrow"
        if token.text in ("本周", "这周", "本周内", "这周内", "这个周"):
            return "due_week"
        if token.text in ("本月", "这个月", "月内", "本月内"):
            return "due_month"
    return None


def mine(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    if "申请" in reading.flat:
        slots["about"] = "requests"
    found = _filter(reading.flat) or _due_filter(reading) or ("open" if _OPEN.search(reading.flat) else None)
    if found:
        slots["filter"] = found
    return None


def dept(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    if "dept" not in slots and _OURS.search(reading.flat):
        slots["scope"] = "own"
    period = next((t.when.period for t in reading.of("Y") if t.when), None)
    if period:
        slots["period"] = period
    if "about" not in slots:
        found = _filter(reading.flat) or ("done" if re.search("办结|完成了", reading.flat) else None)
        if _OPEN.search(reading.flat) and found in (None, "done"):
            found = "open"
        if found:
            slots["filter"] = found
    return None


_ABOUT = (
    ("history", re.compile(r"流转|历史|轨迹|来龙去脉|前因后果|来历|时间线|记录|经过|过程")),
    ("due", re.compile(r"什么时候|啥时|几号|哪天|时限|何时|到期|[几少]天")),
    ("handler", re.compile(r"谁|哪位")),
)


def task(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    for name, pattern in _ABOUT:
        if pattern.search(reading.flat):
            slots["about"] = name
            break
    return None


def overdue(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    flat = reading.flat
    if re.search(
        r"(?:哪些|哪个|哪几个?|什么)(?:部门|单位|局|科室)|[哪几]几?家|谁|各单位|各部门|(?:单位|部门)(?:都|还)?(?:有|是)(?:哪些|谁|几)",
        flat,
    ):
        slots["group_by"] = "dept"
    unit = reading.first("U")
    if unit and unit.unit:
        slots["dept"] = unit.unit.name
    if _SOON.search(flat):
        slots["filter"] = "due_soon"
    elif "签收" in flat:
        slots["filter"] = "unacknowledged"
    return None


def ranking(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    if _OURS.search(reading.flat):
        slots["scope"] = "own"
    if re.search(r"为啥|为什么|凭什么|凭啥|怎么|咋|扣|丢分|失分|算法", reading.flat):
        slots["explain"] = True
    period = next((t.when.period for t in reading.of("Y") if t.when), None)
    if period:
        slots["period"] = period
    return None


def indicator_query(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    flat = reading.flat
    match = re.search(r"(?P<name>[一-鿿]{0,4}(?:率|指数|度|次数|量))", flat)
    if match:
        slots["name"] = match["name"]
    if re.search("最低|最差", flat):
        slots["order"] = "lowest"
    elif re.search("最高|最好", flat):
        slots["order"] = "highest"
    return None


def glossary(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    for name in ("topic2", "topic3", "topic4"):
        if name in slots:
            slots["topic"] = slots.pop(name)
    if len(str(slots.get("topic", ""))) < 2:
        return NOT_THIS
    return None
