"""Units and people as they are called, prepared once so that finding them costs the same for any number."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from commands.understanding.normalise import fold

_N = TypeVar("_N")
_RANKS = (
    "局长",
    "主任",
    "科长",
    "处长",
    "秘书长",
    "书记",
    "部长",
    "院长",
    "校长",
    "经理",
    "总监",
    "队长",
    "站长",
)
_LEVELS = ("市", "区", "县", "省")  #: said or left out before a unit's name: 市水务局, 水务局


@dataclass(frozen=True, slots=True)
class UnitName:
    id: int
    name: str
    short_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonName:
    id: int
    name: str
    unit_id: int | None
    title: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A name found in a text: ``text[start:end]`` may mean any of these (more than one → ask)."""

    start: int
    end: int
    units: tuple[UnitName, ...] = ()
    people: tuple[PersonName, ...] = ()


class Directory:
    """An immutable snapshot; build it once per change of the directory, not per sentence.

    Raises ``ValueError`` when two units or two people have the same id.
    """

    def __init__(self, units: Sequence[UnitName], people: Sequence[PersonName]) -> None:
        self.units: Mapping[int, UnitName] = {unit.id: unit for unit in units}
        self.people: Mapping[int, PersonName] = {person.id: person for person in people}
        if len(self.units) != len(units) or len(self.people) != len(people):
            raise ValueError("two entries of the directory have the same id")
        self._units: dict[str, tuple[UnitName, ...]] = {}
        self._people: dict[str, tuple[PersonName, ...]] = {}
        for unit in units:
            for name in _names_of_unit(unit):
                _add(self._units, name, unit)
        for person in people:
            for name in _names_of_person(person, self.units.get(person.unit_id or 0)):
                _add(self._people, name, person)
        self._keep_full_names_apart()
        self._lengths = _lengths_by_head((*self._units, *self._people))

    def _keep_full_names_apart(self) -> None:
        """A full name means its bearer alone, whatever other unit may shorten to it."""
        for unit in self.units.values():
            name = fold(unit.name)
            bearers = tuple(other for other in self._units.get(name, ()) if fold(other.name) == name)
            if bearers:
                self._units[name] = bearers

    def find(self, text: str) -> Iterator[Found]:
        """Names in the text, leftmost first, the longest at each place, never overlapping."""
        at, lengths_by_head = 0, self._lengths
        while at < len(text) - 1:
            lengths = lengths_by_head.get(text[at : at + 2])
            found = lengths and self._found_at(text, at, lengths)
            if found:
                yield found
                at = found.end
            else:
                at += 1

    def _found_at(self, text: str, at: int, lengths: tuple[int, ...]) -> Found | None:
        for length in lengths:
            if at + length > len(text):
                continue
            name = text[at : at + length]
            units, people = self._units.get(name, ()), self._people.get(name, ())
            if units or people:
                return Found(at, at + length, units, () if units else people)
        return None

    def named(self, name: str) -> tuple[PersonName, ...]:
        return self._people.get(name, ())


def _add(index: dict[str, tuple[_N, ...]], name: str, bearer: _N) -> None:
    name = fold(name)
    if len(name) >= 2 and bearer not in index.get(name, ()):
        index[name] = (*index.get(name, ()), bearer)


def _names_of_unit(unit: UnitName) -> Iterator[str]:
    for name in (unit.name, *unit.short_names):
        yield name
        if len(name) > 3 and name[0] in _LEVELS:
            yield name[1:]
        if (name.endswith("办公室") and len(name) > 4) or (name.endswith("委员会") and len(name) > 5):
            yield name[:-2]


def _names_of_person(person: PersonName, unit: UnitName | None) -> Iterator[str]:
    """By name, by alias, by unit and title, by surname and rank: 城管局副局长, 罗局长, 罗局."""
    yield person.name
    yield from person.aliases
    if person.title and unit:
        yield from (name + person.title for name in _names_of_unit(unit))
    for rank in _RANKS:
        if rank in person.title:
            yield person.name[:1] + rank
            yield person.name + rank
            if rank in ("局长", "处长", "科长", "部长", "院长"):
                yield person.name[:1] + rank[0]
            break


def _lengths_by_head(names: Sequence[str]) -> dict[str, tuple[int, ...]]:
    heads: dict[str, set[int]] = {}
    for name in names:
        heads.setdefault(name[:2], set()).add(len(name))
    return {head: tuple(sorted(lengths, reverse=True)) for head, lengths in heads.items()}
