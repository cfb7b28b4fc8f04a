"""What the simulated units are like, drawn from the seed.

Shares are dealt like cards, not thrown like dice: of every four matters of a unit exactly as many are on
time as its character says, in an order the seed decides. So the ranking has something to find in as few as
eight matters.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Character:
    """``on_time`` and ``first_pass``: of four matters so many. The rest are chances from 0 to 1."""

    name: str
    on_time: int
    first_pass: int
    late_by: tuple[int, int]  #: working days, from and to
    signs_at_once: float
    progress: float  #: a matter and day
    log: float  #: the handler, a day
    answers: float  #: 商请, in time


#: Best first: this is the order that the published figures must show.
BY_QUALITY = (
    Character("可靠", 4, 4, (1, 1), 1.0, 0.30, 0.8, 1.0),
    Character("较好", 2, 4, (1, 2), 0.8, 0.20, 0.6, 1.0),
    Character("一般", 1, 3, (2, 4), 0.5, 0.12, 0.4, 0.5),
    Character("拖拉", 0, 2, (3, 4), 0.2, 0.05, 0.2, 0.0),
)


@dataclass(slots=True)
class Hand:
    """Four cards at a time, so many of them good."""

    rng: random.Random
    good: int
    _cards: list[bool] = field(default_factory=list)

    def draw(self) -> bool:
        if not self._cards:
            self._cards = [n < self.good for n in range(4)]
            self.rng.shuffle(self._cards)
        return self._cards.pop()


@dataclass(slots=True)
class Crew:
    """One unit: who speaks for it, and what it is like."""

    unit: str
    head: str
    liaison: str
    handler: str  #: the liaison, where the unit has nobody else
    character: Character
    rng: random.Random
    on_time: Hand = field(init=False)
    first_pass: Hand = field(init=False)

    def __post_init__(self) -> None:
        self.on_time = Hand(self.rng, self.character.on_time)
        self.first_pass = Hand(self.rng, self.character.first_pass)

    def chance(self, of: float) -> bool:
        return self.rng.random() < of


def crews(people: Iterable[tuple[str, str, str]], units: Sequence[str], rng: random.Random) -> list[Crew]:
    """``people``: unit, name, role. Which unit is which is drawn from the seed; the best is first."""
    of_unit: dict[str, dict[str, str]] = {unit: {} for unit in units}
    for unit, name, role in people:
        if unit in of_unit:
            of_unit[unit].setdefault(role, name)
    drawn = list(units)
    rng.shuffle(drawn)
    made = []
    for unit, character in zip(drawn, BY_QUALITY, strict=True):
        roles = of_unit[unit]
        head, liaison = roles["分管负责人"], roles["联络员"]
        own = random.Random(rng.getrandbits(64))  # noqa: S311 - a play, not a secret
        made.append(Crew(unit, head, liaison, roles.get("经办人", liaison), character, own))
    return made
