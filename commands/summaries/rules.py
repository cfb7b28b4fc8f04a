"""What a leader reads: at most 300 characters, no numbers of matters. Pure, no session."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from commands.calendar import SHANGHAI, say_date
from connectors.chat import Button, Text, shorten

LONGEST = 300  #: characters of the whole text
_TITLE = 22  #: characters of one matter's name
_SHOWN = (4, 3, 2, 1)  #: matters named on a line, fewer when the text would be too long


@dataclass(frozen=True, slots=True)
class Late:
    """``periods``: how many of a recurring matter's are late; the rest is said of the oldest."""

    title: str
    workdays: int
    due: str  #: ``12月23日（周三）``
    unit: str
    periods: int = 1

    @property
    def words(self) -> str:
        late = f"逾期 {self.workdays} 个工作日" if self.workdays else "今天已过时限"
        due = f"时限 {self.due}" if self.periods == 1 else f"{self.periods} 期，最早时限 {self.due}"
        return f"{shorten(self.title, _TITLE)}{late}（{due}，{self.unit}）"


@dataclass(frozen=True, slots=True)
class Week:
    """One leader's week. ``decisions``: what waits for them, in words."""

    called: str  #: 周副市长
    initiatives: Sequence[str]
    done: Sequence[str]
    late: Sequence[Late]
    decisions: Sequence[str]
    since: date
    until: date
    buttons: tuple[Button, ...] = field(default=())


def span(since: date, until: date) -> str:
    """``12月21日至25日``, ``11月30日至12月4日``."""
    last = f"{until.day}日" if since.month == until.month else f"{until.month}月{until.day}日"
    return f"{since.month}月{since.day}日至{last}"


def weekly(week: Week) -> str:
    """The Friday text."""
    for most in _SHOWN:
        text = _weekly(week, most)
        if len(text) <= LONGEST:
            return text
    return text[: LONGEST - 1] + "…"


def _weekly(week: Week, most: int) -> str:
    about = week.initiatives[0] if len(week.initiatives) == 1 else f"{len(week.initiatives)} 个专项"
    lines = [f"{week.called}：{about}本周情况（{span(week.since, week.until)}）。"]
    done = [f"{shorten(title, _TITLE)}办结" for title in week.done[:most]]
    lines.append(f"完成：{_several(done, len(week.done)) if done else '本周没有到办结的事项'}。")
    late = [one.words for one in week.late[:most]]
    lines.append(f"需关注：{_several(late, len(week.late))}。" if late else "需关注：没有逾期。")
    if week.decisions:
        lines.append(_decisions(week.decisions, most))
    return "\n".join(lines)


def only_decisions(called: str, decisions: Sequence[str]) -> str:
    """On another day, when something waits."""
    return f"{called}：\n{_decisions(decisions, _SHOWN[0])}"


def _decisions(decisions: Sequence[str], most: int) -> str:
    return f"请您定 {len(decisions)} 件：{_several(list(decisions[:most]), len(decisions))}。"


def _several(shown: Sequence[str], count: int) -> str:
    more = f"；另有 {count - len(shown)} 件" if count > len(shown) else ""
    return "；".join(shown) + more


def for_leader(text: str, *, publishing: bool) -> Text:
    look = (Button("看发布", "看发布"),) if publishing else ()
    return Text(text, buttons=(*look, Button("已阅", "已阅")))


def for_secretary(text: str) -> Text:
    """The same words; no button: a secretary reads and does not decide."""
    return Text(text)


def say_day(at: datetime, *, now: datetime) -> str:
    return say_date(at.astimezone(SHANGHAI).date(), now=now)
