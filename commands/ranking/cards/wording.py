"""Words that several cards share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from commands.calendar import SHANGHAI, say_date
from commands.ranking.rules.bands import Band
from commands.ranking.rules.explaining import numeral

SAID: dict[Band, str] = {Band.A: "A 档", Band.B: "B 档", Band.C: "C 档", Band.FEW: "样本不足"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A period as people read it. ``bands``: unit names in the official order, bands nobody is in left
    out."""

    title: str  #: of the initiative
    number: int
    span: str
    bands: Sequence[tuple[Band, Sequence[str]]]
    no: int  #: the ranking's version

    @property
    def nth(self) -> str:
        return f"第{numeral(self.number)}期"

    def rows(self) -> list[tuple[str, str]]:
        """One row a band; the names that do not fit are in the text and the picture."""
        return [(SAID[band][:5], "、".join(names)) for band, names in self.bands]

    def lines(self) -> list[str]:
        """All the names, a line a band."""
        return [f"{SAID[band]}：{'、'.join(names)}" for band, names in self.bands]


def say_until(at: datetime, *, now: datetime) -> str:
    """``12月23日（周三）18:00``."""
    local = at.astimezone(SHANGHAI)
    return f"{say_date(local.date(), now=now)}{local:%H:%M}"


def say_day(day: date | None, *, now: datetime) -> str:
    return say_date(day, now=now) if day is not None else "未定"
