"""Numbers of a file that are somebody else's here: they are asked about, never taken. Pure, no session."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from commands.directory.known import Known
from commands.directory.rows import Row
from commands.directory.rules import number_words
from storage.models import NumberKind, Person


@dataclass(frozen=True, slots=True)
class Dispute:
    """``holder`` has had the number until now, and keeps it."""

    kind: NumberKind
    number: str
    holder: Person
    whose: str  #: the holder's unit and name

    @property
    def words(self) -> str:
        return f"{number_words(self.kind, self.number)}现属{self.whose}"


_Numbers = Mapping[NumberKind, Mapping[tuple[str, str], Person]]


def disputes(matched: Sequence[tuple[Row, Person | None]], known: Known) -> dict[int, tuple[Dispute, ...]]:
    """By line. A number is free once its owner gets another one in the same file, if that one is not
    disputed itself."""
    rows = {person.id: row for row, person in matched if person is not None}
    holders = _holders(known)
    found: dict[int, tuple[Dispute, ...]] = {}
    while True:
        more = {
            row.no: now
            for row, person in matched
            if (now := tuple(_of(row, person, known, holders, rows, found))) and now != found.get(row.no)
        }
        if not more:
            return found
        found |= more


def _of(
    row: Row,
    person: Person | None,
    known: Known,
    holders: _Numbers,
    rows: Mapping[int, Row],
    found: Mapping[int, tuple[Dispute, ...]],
) -> Iterator[Dispute]:
    for kind in NumberKind:
        number = place(row, kind)
        holder = holders[kind].get(number) if number is not None else None
        if number is None or holder is None or holder is person or _has(person, kind, number, holders):
            continue
        theirs = rows.get(holder.id)
        kept = theirs is None or place(theirs, kind) in (None, number)
        if kept or any(one.kind is kind for one in found.get(theirs.no if theirs else 0, ())):
            yield Dispute(kind, number[1], holder, known.where(holder))


def place(row: Row, kind: NumberKind) -> tuple[str, str] | None:
    """Where a number of the row must be the only one, and the number; None: the row says none."""
    if kind is NumberKind.MOBILE:
        return ("", row.mobile) if row.mobile else None
    return (row.unit, row.employee_no) if row.employee_no else None


def _has(person: Person | None, kind: NumberKind, number: tuple[str, str], holders: _Numbers) -> bool:
    """It is the person's on record as well: nothing would change."""
    if person is None:
        return False
    held = person.mobile if kind is NumberKind.MOBILE else person.employee_no
    return held == number[1] and (
        kind is NumberKind.MOBILE or holders[kind][number].unit_id == person.unit_id
    )


def _holders(known: Known) -> _Numbers:
    own = {(known.unit_name(one), one.employee_no): one for one in known.people.values() if one.employee_no}
    return {
        NumberKind.MOBILE: {("", mobile): one for mobile, one in known.by_mobile.items()},
        NumberKind.EMPLOYEE_NO: own,
    }
