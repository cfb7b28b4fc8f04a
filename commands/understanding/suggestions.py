"""Near misses: what somebody may have meant, as sentences that would be understood."""

from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from rapidfuzz import fuzz, process

from commands.calendar import SHANGHAI, Workdays
from commands.understanding.directory import Directory, PersonName, UnitName
from commands.understanding.intents.table import INTENTS
from commands.understanding.invocation import Invocation
from commands.understanding.moments import Clock
from commands.understanding.reading import Reading, read

_MOST = 3
_NEAR = 70  #: of 100
_LONGEST = 30  #: a longer sentence was not meant as a command
_SHORTEST = 3
#: The names the examples of the intents speak of.
_UNITS = ("环保局", "城管局", "社区办", "物业协会", "财政局", "交通局")
_PEOPLE = ("李娜", "高宁", "丁凯", "许强")


@lru_cache(maxsize=1)
def _examples() -> dict[str, str]:
    """Example → its shape: every number, name and time as the letter of its kind."""
    directory = Directory(
        [UnitName(n, name) for n, name in enumerate(_UNITS, 1)],
        [PersonName(n, name, None) for n, name in enumerate(_PEOPLE, 1)],
    )
    clock = Clock(datetime(2026, 11, 23, 9, tzinfo=SHANGHAI), Workdays())
    said = [example for intent in INTENTS if intent.name != "none" for example in intent.examples]
    return {example: read(example, clock, directory).shape() for example in said}


def added(found: Invocation, reading: Reading) -> Invocation:
    """The same silence, with at most three sentences near to what was said."""
    if not _SHORTEST <= len(reading.flat) <= _LONGEST:
        return found
    near = process.extract(reading.shape(), _examples(), scorer=fuzz.ratio, score_cutoff=_NEAR, limit=_MOST)
    return replace(found, suggestions=tuple(example for _, _, example in near))
