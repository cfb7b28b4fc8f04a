"""The morning card: one a person, everything that concerns them today in at most six rows, else a text."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from commands.calendar import WEEKDAYS, Workdays, say_date, say_due
from commands.policy import Policy
from commands.reminders.rules import Kind
from commands.tasks import periods
from commands.tasks.rules import day_of
from connectors.chat import MAX_KEY, MAX_ROWS, MAX_VALUE, Button, Card, Text, card, shorten
from storage.models import Grain

Row = tuple[str, str]

#: Rows about what waits for the person, in this order.
WAITS = {
    Kind.RELEASE: "等您同意",
    Kind.ACCEPT: "等您确认",
    Kind.VERIFY: "等您审核",
    Kind.TAKE_OVER: "等您接收",
    Kind.SPECIFY: "等您明确",
}
_ESCALATED = frozenset({Kind.ESCALATED_VICE, Kind.ESCALATED_HEAD, Kind.ESCALATED_OFFICE})
_UNIT = frozenset({Kind.UNIT_TODAY, Kind.UNIT_OVERDUE, Kind.SIGN})
_FAR = 180  #: days after which the year is said
_LONG_WEEKEND = 3  #: days off in a row after which a day is 节后


@dataclass(frozen=True, slots=True)
class Item:
    """One obligation on somebody's card. ``mine``: this person does it. ``text``: what, in a few words."""

    ref: str
    text: str
    unit: str
    handler: str
    kinds: frozenset[Kind]
    mine: bool
    cooperates: bool = False
    due_at: datetime | None = None
    grain: Grain = Grain.DAY
    late: int = 0  #: working days past the limit
    recurrence: str = ""
    sign_by: date | None = None
    away: str = ""  #: in whose stead this person lets it out

    @property
    def due(self) -> date:
        assert self.due_at is not None  # noqa: S101 - asked only of items that have one
        return day_of(self.due_at)


@dataclass(frozen=True, slots=True)
class Morning:
    """What one card is made of. ``unit``: the unit whose door this person is; ``home``: the one they
    belong to. ``late``: sent 补发."""

    items: Sequence[Item]
    notes: Sequence[Row]
    now: datetime
    calendar: Workdays
    unit: str = ""
    home: str = ""
    late: bool = False

    @property
    def today(self) -> date:
        return day_of(self.now)


def morning(of: Morning) -> Card | Text:
    """【今日待办 12月9日（周三）】, or for a unit's door 【城管局 12月9日（周三）】."""
    for_unit = bool(of.unit) and any(item.kinds & _UNIT for item in of.items)
    ahead, later = _ahead(of)
    rows = [*_of_today(of, for_unit), *_escalated(of), *_signing(of), *_waits(of), *ahead]
    notes = [(shorten(label, MAX_KEY), text) for label, text in of.notes if not _is_said(label, text, rows)]
    if len(rows) + len(later) + len(notes) > MAX_ROWS and len(later) > 1:
        later = [("以后", joined([(value.split(" ")[0], "") for _, value in later]))]
    return _shown(_title(of, for_unit), [*rows, *later, *notes], _buttons(of, for_unit))


def _is_said(label: str, text: str, rows: Sequence[Row]) -> bool:
    """A note about the same matter as a row of the same key: 顺延 is worked out anew each morning."""
    ref = text.partition(" ")[0]
    return any(key == label and value.partition("，")[0].partition(" ")[0] == ref for key, value in rows)


def _title(of: Morning, for_unit: bool) -> str:
    day = say_date(of.today, now=of.now) + ("补发" if of.late else "")
    if for_unit:
        return f"{shorten(of.unit, 10)} {day}"
    kinds = frozenset[Kind]().union(*(item.kinds for item in of.items))
    if kinds and kinds <= _ESCALATED:
        return f"逾期提醒 {day}"
    return f"今日待办 {day}"


def _buttons(of: Morning, for_unit: bool) -> tuple[Button, ...]:
    if for_unit or (of.unit and not any(item.mine for item in of.items)):
        return (Button("看全部", "部门任务"),)
    if any(item.mine or item.kinds & WAITS.keys() for item in of.items):
        return (Button("看全部", "我的"),)
    return ()


def _shown(title: str, rows: Sequence[Row], buttons: tuple[Button, ...]) -> Card | Text:
    if len(rows) <= MAX_ROWS:
        return card(title, *rows, buttons=buttons)
    return Text("\n".join([f"【{title}】", *(f"{key}：{value}" for key, value in rows)]), buttons=buttons)


def _of_today(of: Morning, for_unit: bool) -> list[Row]:
    today_kinds, late_kinds = {Kind.TODAY, Kind.UNIT_TODAY}, {Kind.OVERDUE, Kind.UNIT_OVERDUE}
    today = [i for i in of.items if i.kinds & today_kinds or (i.mine and i.due_at and i.due == of.today)]
    late = [i for i in of.items if i.kinds & late_kinds or (i.mine and i.due_at and i.due < of.today)]
    if for_unit:
        people = [(i.ref, i.handler or "待分办") for i in today]
        behind = [(i.ref, i.handler or "待分办") for i in late]
        if not today and not late:
            return []
        return [("今天", joined(people) or "无"), ("逾期", joined(behind) or "无")]
    rows = [("今天", joined([(i.ref, _today_text(i)) for i in today]))] if today else []
    if late:
        behind = [(i.ref, f"{i.text}，{_how_late(i)}") for i, n in _by_matter(late) for _ in range(n)]
        rows.append(("逾期", joined(behind)))
    return rows


def _by_matter(items: Iterable[Item]) -> list[tuple[Item, int]]:
    """The periods of one matter as its longest late one, and how many there are."""
    found: dict[tuple[str, str, str], list[Item]] = {}
    for item in items:
        found.setdefault((item.ref, item.unit, item.text), []).append(item)
    return [(max(of, key=lambda i: i.late), len(of)) for of in found.values()]


def _today_text(item: Item) -> str:
    clock = "" if item.grain is Grain.DAY or item.due_at is None else say_due_clock(item)
    return f"{item.text}{clock}"


def say_due_clock(item: Item) -> str:
    """``，12:00``: only where a clock time was said."""
    assert item.due_at is not None  # noqa: S101 - asked only of items that have one
    return "，" + say_due(item.due_at, "minute", now=item.due_at).rpartition("）")[2]


def _how_late(item: Item) -> str:
    """On a day off no working day may have passed since the limit."""
    return f"{item.late} 个工作日" if item.late else "已过时限"


def _escalated(of: Morning) -> list[Row]:
    found = [i for i in of.items if i.kinds & _ESCALATED and not i.kinds & {Kind.UNIT_OVERDUE, Kind.OVERDUE}]
    matters = _by_matter(found)
    if len(matters) <= 2:
        return [("逾期", _escalated_value(i, n, own=i.unit == of.home)) for i, n in matters]
    return [("逾期", joined([(i.ref, i.unit) for i in found]))]


def _escalated_value(item: Item, periods: int, *, own: bool) -> str:
    end = f"，逾期 {item.late} 个工作日" + (f"（{periods} 期）" if periods > 1 else "")
    whose = f"{item.ref} {item.text}" if own else f"{item.ref} {item.unit} {item.text}"
    return shorten(whose, MAX_VALUE - len(end)) + end


def _signing(of: Morning) -> list[Row]:
    found = [i for i in of.items if Kind.SIGN in i.kinds]
    limits = [i.sign_by for i in found if i.sign_by is not None]
    if limits and len({i.ref for i in found}) == 1:
        end = "到时" if min(limits) >= of.today else "已过"
        return [("待签收", f"{found[0].ref}，{say_date(min(limits), now=of.now)}{end}")]
    return [("待签收", joined([(i.ref, "") for i in found]))] if found else []


def _waits(of: Morning) -> list[Row]:
    rows = []
    for kind, label in WAITS.items():
        found = [i for i in of.items if kind in i.kinds]
        if found:
            rows.append((label, joined([(i.ref, _whom(i, kind)) for i in found])))
    return rows


def _whom(item: Item, kind: Kind) -> str:
    """Whose it is, or in whose stead the reader decides."""
    if kind is Kind.TAKE_OVER:
        return ""
    return f"代{item.away}" if kind is Kind.RELEASE and item.away else item.unit


def _ahead(of: Morning) -> tuple[list[Row], list[Row]]:
    """Rows by day of this week, after a holiday, put off by one; and what comes later, a row each."""
    coming = [i for i in of.items if i.mine and i.due_at is not None and i.due > of.today]
    coming.sort(key=lambda i: i.due)
    near: list[Row] = []
    put_off: list[Row] = []
    later: list[Row] = []
    for due, same_day in groupby(coming, key=lambda i: i.due):
        group = list(same_day)
        moved = [i for i in group if _was_put_off(i, of)]
        put_off += [("顺延", f"{i.ref}{_part(i)}，本期到 {_day(due, of)}") for i in moved]
        rest = [i for i in group if i not in moved]
        if not rest:
            continue
        if _holiday_before(due, of):
            nth = of.calendar.between(of.today, due)
            near += [("节后", f"{i.ref} {_day(due, of)}，第 {nth} 个工作日") for i in rest]
        elif due - timedelta(days=due.weekday()) <= of.today:
            near.append((f"周{WEEKDAYS[due.weekday()]}", joined([(i.ref, i.text) for i in rest])))
        else:
            later += [("以后", f"{i.ref} {_day(due, of)}") for i in rest]
    return [*near, *put_off], later


def _day(day: date, of: Morning) -> str:
    """The year is said only of a day so far away that it could be mistaken."""
    near = day - of.today < timedelta(days=_FAR)
    return say_date(day, now=datetime.combine(day, of.now.timetz()) if near else of.now)


def _part(item: Item) -> str:
    return " 配合" if item.cooperates else ""


def _was_put_off(item: Item, of: Morning) -> bool:
    """Its rule's own day is off, and this working day takes its place."""
    if not item.recurrence:
        return False
    own = periods.nominal(item.recurrence, item.due, of.calendar)
    return own is not None and own < item.due and not of.calendar.is_workday(own)


def _holiday_before(due: date, of: Morning) -> bool:
    run = 0
    for n in range(1, min((due - of.today).days, 30)):
        run = 0 if of.calendar.is_workday(of.today + timedelta(days=n)) else run + 1
        if run >= _LONG_WEEKEND:
            return True
    return False


def joined(parts: Iterable[Row], limit: int = MAX_VALUE) -> str:
    """``T7 检查周报、T33 招牌评估`` where it fits, else the numbers alone, else how many there are.

    The periods of one recurring matter are one: ``T7 丁凯（2 期）``.
    """
    pairs = list(parts)
    if not pairs:
        return ""
    counted = Counter(pairs)
    ways: list[Callable[[], str]] = [
        lambda: "、".join(
            f"{ref} {text}".strip() + (f"（{n} 期）" if n > 1 else "") for (ref, text), n in counted.items()
        ),
        lambda: "、".join(dict.fromkeys(ref for ref, _ in pairs)),
    ]
    for way in ways:
        if len(said := way()) <= limit:
            return said
    refs = list(dict.fromkeys(ref for ref, _ in pairs))
    if len(refs) == 1:
        return shorten(ways[0](), limit)
    end = f" 等 {len(refs)} 项"
    while len("、".join(refs)) + len(end) > limit:
        refs.pop()
    return "、".join(refs) + end


@dataclass(frozen=True, slots=True)
class FirstDay:
    """How far an initiative has been signed for. ``unsigned``: number and unit of each lead's part."""

    title: str
    leads: int
    unsigned: Sequence[Row]
    sign_by: date | None
    cooperate: int
    unclear: int
    objections: Mapping[str, bool]  #: number → whether all to it is answered


def first_day(of: FirstDay, *, now: datetime, policy: Policy) -> Card:
    """【垃圾分类：首日签收】."""
    rows: list[Row] = [("牵头", f"{of.leads} 项，已签收 {of.leads - len(of.unsigned)} 项")]
    remark = ""
    if of.sign_by is not None:
        day = say_date(of.sign_by, now=now)
        end = f"，{day}到时"
        units = list(dict.fromkeys(unit for _, unit in of.unsigned))
        rows.append(("未签收", joined(of.unsigned, MAX_VALUE - len(end)) + end))
        remark = f"{day}{policy.digest_at:%H:%M} 由我提醒{joined([(unit, '') for unit in units])}，不用您催。"
    if of.cooperate:
        clear = of.cooperate - of.unclear
        rows.append(("配合", f"{of.cooperate} 项，已明确 {clear}，待明确 {of.unclear}"))
    rows += [("异议", said) for said in _objections(of.objections)]
    return card(f"{of.title}：首日签收", *rows, remark=remark, buttons=(Button("看明细", "看签收"),))


def _objections(of: Mapping[str, bool]) -> list[str]:
    """``T5，已答复``; those that wait first, in a row of their own."""
    said = []
    for answered, then in ((False, "，等您答复"), (True, "，已答复")):
        numbers = [(number, "") for number, done in of.items() if done is answered]
        if numbers:
            said.append(joined(numbers, MAX_VALUE - len(then)) + then)
    return said
