"""What must be true of the whole run. Pure: each check gives a line for each thing that is wrong."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.simulation import days
from bot.simulation.watching import Occasion, Reminder

MOST = 2  #: messages a person and day
#: What counts for it: one card in the morning, one word in the afternoon. The others are papers that come
#: once in weeks with a decision of their own: figures to check, the leader's week, the year's calendar.
COUNTED = frozenset({Occasion.MORNING, Occasion.LOG, Occasion.FIRST_DAY})
_BANDS = "ABC"


@dataclass(frozen=True, slots=True)
class Told:
    """A reminder, and what of it was needless when it came."""

    reminder: Reminder
    needless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """A unit in one published period. ``band`` as printed in the groups; empty: 样本不足."""

    unit: str
    index: float
    band: str


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    wrong: tuple[str, ...]


def on_days_off(told: Sequence[Told]) -> Check:
    wrong = tuple(_who(one.reminder) for one in told if not days.is_workday(one.reminder.day))
    return Check("休息日没有提醒", wrong)


def after_acting(told: Sequence[Told]) -> Check:
    wrong = tuple(f"{_who(one.reminder)}：{'；'.join(one.needless)}" for one in told if one.needless)
    return Check("办了的不再提醒", wrong)


def too_many(told: Sequence[Told]) -> Check:
    counted = Counter(
        (one.reminder.day, one.reminder.person) for one in told if one.reminder.occasion in COUNTED
    )
    wrong = tuple(f"{day:%m-%d} {person} {n} 条" for (day, person), n in sorted(counted.items()) if n > MOST)
    return Check(f"每人每天最多 {MOST} 条（早间摘要、日报提醒、首日签收）", wrong)


def as_seeded(published: Mapping[int, Sequence[Standing]], best_first: Sequence[str], wanted: int) -> Check:
    """In every published period the index falls in the seeded order, and no unit stands in a lower band
    than a worse one. ``wanted``: periods that must have been published."""
    wrong = []
    if len(published) < wanted:
        wrong.append(f"应公布 {wanted} 期，只有 {len(published)} 期")
    for number, standings in sorted(published.items()):
        ranked = sorted((one for one in standings if one.band), key=lambda one: best_first.index(one.unit))
        if len(ranked) < len(best_first):
            wrong.append(f"第 {number} 期只排了 {len(ranked)} 家")
        for better, worse in pairwise(ranked):
            if better.index <= worse.index or _BANDS.index(better.band) > _BANDS.index(worse.band):
                wrong.append(
                    f"第 {number} 期 {better.unit}（{better.band} {better.index}）"
                    f"不在 {worse.unit}（{worse.band} {worse.index}）之前"
                )
    return Check("公布的协作情况与设定的优劣一致", tuple(wrong))


def _who(reminder: Reminder) -> str:
    return (
        f"{reminder.day:%m-%d} {reminder.clock:%H:%M} {reminder.unit} {reminder.person} {reminder.occasion}"
    )
