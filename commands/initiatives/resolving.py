"""A division of work as read, with its units found and its time limits counted; nothing is written."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath

from rapidfuzz import process
from sqlmodel import Session

from commands.calendar import Workdays
from commands.directory.snapshot import directory
from commands.errors import BadInput
from commands.initiatives.division import WEIGHTS, Division, Matter, names_in, parse
from commands.initiatives.rules import Limit, limit_of
from commands.understanding.directory import Directory
from commands.understanding.normalise import fold
from storage.models import Role
from storage.queries import people

MAX_ERRORS = 12
_NEAR = 3  #: names proposed for one that is not known
_NEAR_ENOUGH = 40  #: of 100


@dataclass(frozen=True, slots=True)
class Said:
    """What was said beside the file; it wins over what the file says.

    ``weekly_day`` (Monday is 0) answers matters that say 每周 and no day.
    """

    starts_on: date
    title: str = ""
    lead_unit_id: int | None = None
    weekly_day: int | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """A division with its units found and its limits counted."""

    title: str
    leader_id: int | None
    lead_unit_id: int | None
    basis: str
    unit_ids: tuple[int, ...]  #: members in their order
    rows: "tuple[ResolvedRow, ...]"


@dataclass(frozen=True, slots=True)
class ResolvedRow:
    title: str
    outcome: str
    lead: int
    cooperate: tuple[int, ...]
    limit: Limit
    weight: int


def resolve(session: Session, name: str, data: bytes, said: Said, *, calendar: Workdays) -> Resolved:
    """Read the file's bytes, find its units and count its time limits; nothing is written.

    Raises:
        BadInput: with the errors, each naming line and column; ``MAX_ERRORS`` at most, more are counted.
    """
    division = parse(name, data)
    resolving = _Resolving(directory(session), said, calendar)
    resolved = resolving.resolve(division, PurePath(name).stem, _leaders(session))
    found = dict.fromkeys([*division.errors, *resolving.errors, *resolving.unknown()])
    errors = sorted(found, key=_line_of)
    if errors:
        more = [f"另有 {len(errors) - MAX_ERRORS} 处"] if len(errors) > MAX_ERRORS else []
        raise BadInput("；".join([*errors[:MAX_ERRORS], *more, "一条也没有写入。"]))
    return resolved


def _leaders(session: Session) -> list[int]:
    return [person.id for _, person in people.holders(session, [Role.LEADER])]


def _line_of(error: str) -> int:
    number = error.removeprefix("第 ").partition(" ")[0]
    return int(number) if number.isdigit() else 0


class _Resolving:
    def __init__(self, names: Directory, said: Said, calendar: Workdays) -> None:
        self._names = names
        self._said = said
        self._calendar = calendar
        self.errors: list[str] = []
        self._unknown: dict[str, list[str]] = {}

    def unknown(self) -> list[str]:
        """A name that is not known is said where it stands first, and how often it comes."""
        firsts = {why: sorted(places, key=_line_of) for why, places in self._unknown.items()}
        return [
            f"{places[0]}{why}" + (f"（共 {len(places)} 处）" if len(places) > 1 else "")
            for why, places in firsts.items()
        ]

    def resolve(self, division: Division, file_name: str, leaders: list[int]) -> Resolved:
        rows = [row for row in map(self._row, division.matters) if row is not None]
        members = [self._fact(division, "members", "成员单位", name) for name in division.members]
        lead = self._fact(division, "lead", "牵头单位", division.lead) if division.lead else None
        if self._said.lead_unit_id is not None and lead not in (None, self._said.lead_unit_id):
            self.errors.append(
                f"第 {division.facts['lead']} 行“牵头单位”写的是“{division.lead}”，和您说的不同"
            )
        lead = self._said.lead_unit_id if self._said.lead_unit_id is not None else lead
        title = (self._said.title or division.title or file_name).strip().removesuffix("专项")
        if not 2 <= len(title) <= 20:
            self.errors.append(f"专项名称“{title[:24]}”要有 2 到 20 个字")
        return Resolved(
            title=title,
            leader_id=self._leader(division.leader, leaders),
            lead_unit_id=lead,
            basis=division.basis,
            unit_ids=self._members(members, lead, rows),
            rows=tuple(rows),
        )

    def _members(
        self, named: Iterable[int | None], lead: int | None, rows: list[ResolvedRow]
    ) -> tuple[int, ...]:
        """Those listed, in that order; whoever has a part and is not listed follows in the directory's."""
        order = {unit_id: n for n, unit_id in enumerate(self._names.units)}
        having = {unit_id for row in rows for unit_id in (row.lead, *row.cooperate)}
        rest = sorted(having, key=lambda unit_id: order[unit_id])
        listed = [unit_id for unit_id in [*named, lead, *rest] if unit_id is not None]
        return tuple(dict.fromkeys(listed))

    def _row(self, matter: Matter) -> ResolvedRow | None:
        leads = names_in(matter.lead)
        lead = self._unit(matter, "lead", leads[0]) if len(leads) == 1 else None
        cooperate = [self._unit(matter, "cooperate", name) for name in matter.cooperate]
        limit = self._limit(matter)
        if lead is None or limit is None or None in cooperate:
            return None
        others = dict.fromkeys(unit_id for unit_id in cooperate if unit_id not in (None, lead))
        cooperating = tuple(unit_id for unit_id in others if unit_id is not None)
        return ResolvedRow(
            matter.title, matter.outcome, lead, cooperating, limit, WEIGHTS.get(matter.weight, 1)
        )

    def _limit(self, matter: Matter) -> Limit | None:
        if not matter.limit:
            return None
        try:
            return limit_of(
                matter.limit,
                starts_on=self._said.starts_on,
                calendar=self._calendar,
                weekly_day=self._said.weekly_day,
            )
        except (ValueError, OverflowError) as error:
            self.errors.append(matter.says("limit", str(error)))
            return None

    def _unit(self, matter: Matter, column: str, name: str) -> int | None:
        found, why = self._find(name)
        if found is None:
            self._unknown.setdefault(why, []).append(matter.says(column, ""))
        return found

    def _fact(self, division: Division, fact: str, word: str, name: str) -> int | None:
        found, why = self._find(name)
        if found is None:
            self._unknown.setdefault(why, []).append(f"第 {division.facts[fact]} 行“{word}”")
        return found

    def _find(self, name: str) -> tuple[int | None, str]:
        """The unit, or why it is not known."""
        text = fold(name)
        whole = next((f for f in self._names.find(text) if (f.start, f.end) == (0, len(text))), None)
        if whole is not None and len(whole.units) == 1:
            return whole.units[0].id, ""
        if whole is not None and whole.units:
            return None, f"写的“{name}”可能是{'、'.join(unit.name for unit in whole.units)}，请写全称"
        known = [unit.name for unit in self._names.units.values()]
        near = [match for match, _, _ in process.extract(text, known, limit=_NEAR, score_cutoff=_NEAR_ENOUGH)]
        hint = f"，相近的有：{'、'.join(near)}" if near else "，请先导入通讯录"
        return None, f"里没有找到“{name}”{hint}"

    def _leader(self, said: str, leaders: list[int]) -> int | None:
        """By name or address; 分管副市长 means the only leader there is."""
        named = [person.id for person in self._names.named(fold(said))] if said else []
        fitting = [person_id for person_id in named if person_id in leaders] or leaders
        return fitting[0] if len(fitting) == 1 else None
