"""From what is stored to a unit's figures, in batches of units."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlmodel import Session

from commands.calendar import SHANGHAI, Workdays
from commands.ranking.rules import periods
from commands.ranking.rules.figures import Figures, Late, matter
from commands.ranking.rules.scoring import SHORTEST
from storage.models import Ranking
from storage.queries import ranking_figures as queries
from storage.queries.ranking_figures import Alike, Asked, Item, Window

EARLY_WORKDAYS = 1  #: an extension counts when it was asked for so many working days before the limit


class Lateness:
    """Working days late and planned, each pair of days counted once."""

    def __init__(self, calendar: Workdays) -> None:
        self._calendar = calendar
        self._known: dict[tuple[date, date], int] = {}

    def between(self, start: date, end: date) -> int:
        if (start, end) not in self._known:
            self._known[start, end] = self._calendar.between(start, end)
        return self._known[start, end]

    def late(self, due: date, reported: date) -> int:
        return max(1, self.between(due, reported))

    def planned(self, begun: date | None, due: date) -> int:
        return self.between(begun, due) if begun is not None and begun < due else 0


def window_of(ranking: Ranking) -> Window:
    """The initiative's matters due in the ranking's period, as they stood when it was counted."""
    span = periods.Period(ranking.number, ranking.first, ranking.last)
    return Window(ranking.initiative_id, span.begins, span.ends, ranking.as_of)


@dataclass(slots=True)
class _Sum:
    """One unit's figures of one weight while they add up."""

    on_time: int = 0
    returned: dict[int | None, int] = field(default_factory=dict)
    late: dict[tuple[int, int], int] = field(default_factory=dict)
    helped: int = 0
    yes: int = 0

    def add(self, alike: Alike, lateness: Lateness) -> None:
        self.returned[alike.returned] = self.returned.get(alike.returned, 0) + alike.count
        self.helped += alike.helped
        self.yes += alike.yes
        if alike.due is None or alike.reported is None:
            self.on_time += alike.count
            return
        planned = lateness.planned(alike.begun, alike.due)
        key = (lateness.late(alike.due, alike.reported), max(SHORTEST, planned))
        self.late[key] = self.late.get(key, 0) + alike.count

    def figures(self) -> Figures:
        late = tuple(Late(days, planned, count) for (days, planned), count in sorted(self.late.items()))
        passed, once, more = (self.returned.get(n, 0) for n in (0, 1, 2))
        return Figures(self.on_time, late, passed, once, more, helped=self.helped, yes=self.yes)


def count(
    session: Session, window: Window, unit_ids: Sequence[int], lateness: Lateness
) -> dict[int, Figures]:
    """Every unit's figures; a unit that had nothing has zeros."""
    sums: dict[tuple[int, int], _Sum] = {}
    for alike in queries.matters(session, window, unit_ids):
        sums.setdefault((alike.unit_id, alike.weight), _Sum()).add(alike, lateness)
    asked = queries.answers(session, window, unit_ids)
    found = {unit_id: Figures(asked=all_, answered=some) for unit_id, (all_, some) in asked.items()}
    for (unit_id, weight), each in sums.items():
        found[unit_id] = found.get(unit_id, Figures()).plus(each.figures().weighing(weight))
    found = {unit_id: found.get(unit_id, Figures()) for unit_id in unit_ids}
    for unit_id, obligation_id, was in _extended_too_late(session, window, unit_ids, lateness):
        for item in queries.items(session, window, unit_id, obligation_id=obligation_id):
            counted = of_item(item, window, lateness)
            found[unit_id] = found[unit_id].minus(counted).plus(of_item(item, window, lateness, was=was))
    return found


def _extended_too_late(
    session: Session, window: Window, unit_ids: Sequence[int], lateness: Lateness
) -> Iterable[tuple[int, int, date]]:
    """(unit, obligation, the limit that counts) where an extension was asked for on its last day."""
    limits: dict[int, tuple[int, int, date]] = {}
    for each in queries.extended(session, window, unit_ids):
        if lateness.between(each.asked, each.was) < EARLY_WORKDAYS:
            limits[each.obligation_id] = (each.unit_id, each.obligation_id, each.was)
    return limits.values()


def counted_limit(
    session: Session, window: Window, item: Item, unit_id: int, lateness: Lateness
) -> date | None:
    """The earlier limit that counts for this matter, if its extension was asked for too late."""
    found = {ob: was for _, ob, was in _extended_too_late(session, window, [unit_id], lateness)}
    return found.get(item.obligation_id)


def of_item(item: Item, window: Window, lateness: Lateness, *, was: date | None = None) -> Figures:
    """One matter's part in its unit's figures. ``was``: the limit before an extension that does not count."""
    days, planned = late_days(item, window, lateness, was=was)
    seen = matter(days, planned, item.returned or 0, item.returned is not None)
    facts = item.facts
    whole = seen if facts is None else seen.plus(Figures(helped=1, yes=sum(facts)))
    return whole.weighing(item.weight)


def late_days(item: Item, window: Window, lateness: Lateness, *, was: date | None = None) -> tuple[int, int]:
    """Working days late (0: on time) and planned."""
    reported = item.reported or window.as_of.astimezone(SHANGHAI).date()
    due = was or item.due
    late = reported > due if was is not None else item.late
    return (lateness.late(due, reported) if late else 0), lateness.planned(item.begun, due)


def of_asked(asked: Asked) -> Figures:
    """One answer's part in its unit's figures."""
    return Figures(asked=1, answered=int(asked.in_time))
