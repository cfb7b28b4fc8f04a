"""A change that leaves its record (办理记录) and its way back (撤回)."""

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.attributes import instance_dict
from sqlmodel import SQLModel

from commands.tasks.operations.acting import Acting, Matter
from commands.tasks.operations.permitting import NEEDS, in_whose_stead
from commands.undo.steps import undoable
from storage import audit, rows
from storage.audit_chain import plain
from storage.models import Conversation, Task, UndoStep
from storage.queries import tasks as queries

TAKE_BACK = "tasks.take_back"  #: the undo operation of this subject, see ``undoing``


@dataclass(slots=True)
class Change:
    """Rows that change together: recorded once the block is left, undone together."""

    act: Acting
    action: str
    words: str
    tasks: dict[int, Task] = field(default_factory=dict)
    before: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: dict[str, SQLModel] = field(default_factory=dict)
    about: dict[str, int] = field(default_factory=dict)  #: row → its task's number
    created: list[str] = field(default_factory=list)
    inverse: dict[str, dict[str, Any]] = field(default_factory=dict)

    def watch(self, task: Task, *rows: SQLModel) -> None:
        """Call before changing ``rows``; ``task`` is the one whose lock guards them."""
        self.tasks[task.id] = task
        for row in rows:
            name = row_name(row)
            if name not in self.rows:
                self.rows[name], self.before[name] = row, _held(row)
                self.about[name] = task.number

    def add(self, task: Task, row: SQLModel) -> None:
        """A new row, written already or now; recorded with its values."""
        if row.id is None:  # type: ignore[attr-defined]
            rows.insert(self.act.session, row)
        self.tasks[task.id] = task
        name = row_name(row)
        self.rows[name], self.before[name] = row, {}
        self.about[name] = task.number
        self.created.append(name)

    def conclude(self) -> None:
        """Versions rise, one audit entry a changed row."""
        self.act.session.flush()
        queries.raise_versions(self.act.session, self.tasks.values())
        act = self.act
        stead = in_whose_stead(act, self.action, self.rows, self.before) if act.rights.lent else None
        for name in sorted(self.rows, key=_by_kind_and_id):
            before, after = self.before[name], _held(self.rows[name])
            if before == after:
                continue
            changed = {key: plain(value) for key, value in after.items() if before.get(key, _NEW) != value}
            was = {key: plain(before[key]) for key in changed if key in before}
            self.inverse[name] = was
            self._record(name, was, changed, stead)

    def _record(
        self, name: str, before: Mapping[str, Any], after: Mapping[str, Any], stead: int | None
    ) -> None:
        body: dict[str, object] = {
            "task": self.about[name],
            "before": dict(before) or None,
            "after": dict(after),
            "inverse": dict(before) or None,
        }
        if self.words:
            body["words"] = self.words
        if stead is not None:
            body["in_stead_of"] = stead
        audit.record(
            self.act.session,
            at=self.act.now,
            actor=f"person:{self.act.actor.id}",
            action=self.action,
            object=name,
            body=body,
        )

    def undoable(
        self,
        what: str,
        *,
        told: Sequence[tuple[Iterable[int | None], str]] = (),
        groups: Sequence[tuple[Conversation, str]] = (),
        guarded: bool = True,
    ) -> UndoStep:
        """Let the actor take it back for ten minutes; call after ``conclude``.

        ``told`` and ``groups``: who hears what when that happens. Without ``guarded`` later acts of
        others do not matter (nothing rests on it).

        Raises:
            LookupError: nobody has said whose step it is.
        """
        if self.action not in NEEDS:
            raise LookupError(f"{self.action} has no line in permitting.NEEDS")
        inverse = {
            "action": self.action,
            "rows": {name: was for name, was in self.inverse.items() if name not in self.created},
            "created": self.created,
            "tasks": sorted(task.number for task in self.tasks.values()),
            "told": [[[p for p in people if p is not None], text] for people, text in told],
            "groups": [[group.id, text] for group, text in groups],
        }
        guard = {f"T{t.number}": t.version for t in self.tasks.values()} if guarded else {}
        return undoable(self.act, what, TAKE_BACK, inverse, guard=guard)


_NEW = object()


@contextmanager
def changing(act: Acting, action: str, *matters: Matter, words: str = "") -> Iterator[Change]:
    """Record what the block changes on the obligations meant (and on what it watches or adds)."""
    change = Change(act, action, words)
    for matter in matters:
        change.watch(matter.task, matter.task, matter.obligation)
    yield change
    change.conclude()


def row_name(row: SQLModel) -> str:
    return f"{_columns(type(row))[0]}:{row.id}"  # type: ignore[attr-defined]


def values_of(row: SQLModel) -> dict[str, Any]:
    """The row's columns as the audit keeps them; a secret handle of a file is left out."""
    return {key: plain(value) for key, value in _held(row).items()}


def _held(row: SQLModel) -> dict[str, Any]:
    """The same as the row holds them: looked at for every change, written down for few."""
    held, names = instance_dict(row), _columns(type(row))[1]
    try:
        return {key: held[key] for key in names}
    except KeyError:  # what the database filled in is not read yet
        return {key: getattr(row, key) for key in names}


@functools.cache
def _columns(kind: type[SQLModel]) -> tuple[str, tuple[str, ...]]:
    """The table's name, and the columns an entry holds: a task's version rises with every change."""
    name, columns = sa.inspect(kind).local_table.name, sa.inspect(kind).columns.keys()
    left_out = {"id", "handle"} | ({"version"} if kind is Task else set())
    return name, tuple(key for key in columns if key not in left_out)


def _by_kind_and_id(name: str) -> tuple[str, int]:
    kind, _, number = name.partition(":")
    return kind, int(number)
