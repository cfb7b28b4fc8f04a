"""Whether the 办理记录 is what was written.

It shows: what was sealed before a root that *somebody still has* was not changed, removed, inserted
or reordered since; and with the root's count, that the end was not cut. It does not show that entries
were true, complete or timely, nor anything about those not sealed yet. State tables are outside the
chain, so the last word of the entries on each object is compared with its row.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from storage.audit_chain import ERASED, KEPT, Root, digest_of, link, plain
from storage.dialects import table
from storage.models import metadata

MAX_PROBLEMS = 50  #: more than these are not listed
_PAGE = 1000

_AUDIT = table("audit")
_HEAD = table("audit_head")


@dataclass(frozen=True, slots=True)
class Verification:
    """``problems`` are in words, without what people wrote."""

    sealed: int
    unsealed: int
    root: Root
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


@dataclass(slots=True)
class _Findings:
    problems: list[str] = field(default_factory=list)
    sealed: int = 0
    unsealed: int = 0
    without_text: set[int] = field(default_factory=set)
    erased: set[int] = field(default_factory=set)  #: named by an entry that says so
    root_seen: bool = False

    def add(self, problem: str) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(problem)


def verify(session: Session, *, root: str | None = None) -> Verification:
    """Check chain, texts and rows, in a read that sees one state (``Database.read``).

    ``root``: the hash somebody kept, or its beginning of at least ``KEPT`` characters; it must be one of
    the chain's, whose end was then not cut.
    """
    found = _Findings()
    wanted = root.strip().lower() if root is not None else None
    head = session.execute(sa.select(_HEAD.c.seal_no, _HEAD.c.hash)).first()
    end = Root(head.seal_no, head.hash) if head else Root(0, "")
    _check_chain(session, found, end, wanted)
    _check_unsealed(session, found)
    for entry in sorted(found.without_text - found.erased):
        found.add(f"entry {entry}: its text is gone and no entry says that it was erased")
    if wanted is not None and not found.root_seen:
        found.add("the given root is not in the chain: something before it was changed, or the end was cut")
    _check_rows(session, found)
    return Verification(found.sealed, found.unsealed, end, tuple(found.problems))


def _check_chain(session: Session, found: _Findings, end: Root, wanted: str | None) -> None:
    last = ""
    for row in _pages(session, _AUDIT.c.seal_no):
        found.sealed += 1
        if row.seal_no != found.sealed:
            found.add(f"seal {found.sealed}: missing; the next one is {row.seal_no}")
            found.sealed = row.seal_no
        expected = link(last, row.seal_no, row.id, row.at, row.actor, row.action, row.object, row.digest)
        if row.hash != expected:
            found.add(f"seal {row.seal_no} (entry {row.id}): changed, or not in its place")
        elif wanted is not None and len(wanted) >= KEPT and expected.startswith(wanted):
            found.root_seen = True
        last = row.hash
        _check_text(row, found)
    if (found.sealed, last) != (end.count, end.hash):
        found.add(f"the chain ends at {found.sealed}, but {end.count} entries had been sealed")


def _check_unsealed(session: Session, found: _Findings) -> None:
    for row in _pages(session, _AUDIT.c.id, _AUDIT.c.seal_no.is_(None)):
        found.unsealed += 1
        _check_text(row, found)


def _check_text(row: sa.Row[Any], found: _Findings) -> None:
    if row.body is None and row.salt is None:
        found.without_text.add(row.id)
    elif row.body is None or row.salt is None or digest_of(row.salt, row.body) != row.digest:
        found.add(f"entry {row.id}: its text was changed")
    elif row.action == ERASED:
        found.erased.update(json.loads(row.body).get("entries", ()))


def _pages(
    session: Session, key: sa.Column[Any], *conditions: sa.ColumnElement[bool]
) -> Iterator[sa.Row[Any]]:
    last: int | None = None
    while True:
        after = key > last if last is not None else key.is_not(None)
        query = sa.select(_AUDIT).where(after, *conditions).order_by(key).limit(_PAGE)
        rows = session.execute(query).all()
        yield from rows
        if len(rows) < _PAGE:
            return
        last = rows[-1]._mapping[key]


# -- rows ----------------------------------------------------------------------------------------

#: What the entries say an object holds now; None: it is gone.
_Said = dict[str, Any] | None


def _check_rows(session: Session, found: _Findings) -> None:
    batch: dict[str, _Said] = {}
    for name, said in _last_words(session):
        batch[name] = said
        if len(batch) >= _PAGE:
            _compare(session, batch, found)
            batch = {}
    _compare(session, batch, found)


def _last_words(session: Session) -> Iterator[tuple[str, _Said]]:
    """Each object with what its entries, taken together, say of it; entries may name a few fields only."""
    name, known = "", False
    said: _Said = {}
    for row in _by_object(session):
        if row.object != name:
            if known:
                yield name, said
            name, said, known = row.object, {}, False
        body = json.loads(row.body) if row.body is not None else None
        if body is None:  # erased: what it said of the row is no longer known
            said, known = {}, False
        elif "after" in body:
            after, known = body["after"], True
            said = {**(said or {}), **after} if isinstance(after, Mapping) else None
    if known:
        yield name, said


def _by_object(session: Session) -> Iterator[sa.Row[str, int, str | None]]:
    place = sa.tuple_(_AUDIT.c.object, _AUDIT.c.id)
    last: tuple[str, int] = ("", 0)
    while True:
        query = sa.select(_AUDIT.c.object, _AUDIT.c.id, _AUDIT.c.body).where(place > sa.tuple_(*last))
        rows = session.execute(query.order_by(_AUDIT.c.object, _AUDIT.c.id).limit(_PAGE)).all()
        yield from rows
        if len(rows) < _PAGE:
            return
        last = (rows[-1].object, rows[-1].id)


def _compare(session: Session, batch: Mapping[str, _Said], found: _Findings) -> None:
    by_table: dict[str, dict[int, _Said]] = {}
    for name, said in batch.items():
        kind, _, key = name.partition(":")
        if kind in metadata.tables and "id" in metadata.tables[kind].c and key.isdigit():
            by_table.setdefault(kind, {})[int(key)] = said
    for kind, objects in sorted(by_table.items()):
        rows_of = metadata.tables[kind]
        query = sa.select(rows_of).where(rows_of.c.id.in_(objects))
        rows = {row.id: dict(row._mapping) for row in session.execute(query)}
        for number, said in sorted(objects.items()):
            _compare_one(f"{kind}:{number}", said, rows.get(number), found)


def _compare_one(name: str, said: _Said, row: Mapping[str, Any] | None, found: _Findings) -> None:
    if said is None or row is None:
        if (said is None) != (row is None):
            found.add(f"{name}: {'is there, though removed' if row else 'its row is gone'}")
        return
    for column, value in said.items():
        if column in row and plain(row[column]) != value:
            found.add(f"{name}: its {column} is not what was last recorded")
