"""Statements of every event, compiled once and run by the driver itself.

SQLite finds a row by its key in 2 µs; asked through SQLAlchemy's Connection the same takes 20, with an
object loaded 60, and an event asks some fifteen times. So what every event runs is compiled once a
dialect, together with its columns' converters, and handed to the driver's cursor. Everything else goes
the usual way. Errors are SQLAlchemy's, and the unit of work's time limit is watched, either way.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from storage import deadline

Row = tuple[Any, ...]
_Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """For one dialect. ``binds``: as the driver wants the values, ``by_position`` or by name."""

    sql: str
    binds: tuple[tuple[str, _Convert | None], ...]
    by_position: bool
    fixed: Mapping[str, Any]
    results: tuple[tuple[int, _Convert], ...]
    reads: bool

    def values(self, given: Mapping[str, Any]) -> Any:
        held = {**self.fixed, **given} if self.fixed else given
        if self.by_position:
            return [convert(held[name]) if convert else held[name] for name, convert in self.binds]
        return {name: convert(held[name]) if convert else held[name] for name, convert in self.binds}

    def row(self, raw: Row) -> Row:
        if not self.results:
            return raw
        read = list(raw)
        for at, convert in self.results:
            read[at] = convert(read[at])
        return tuple(read)


def given(table: sa.Table, names: Iterable[str] | None = None) -> dict[str, sa.BindParameter[Any]]:
    """For ``values``: each of the columns (all of them) from a parameter of its name."""
    return {name: sa.bindparam(name, type_=table.c[name].type) for name in names or table.c.keys()}


class Prepared:
    """``build``: the statement, or what makes it for PostgreSQL (True) or SQLite (False).

    Its parameters are named ``bindparam`` without IN lists.
    """

    def __init__(self, build: sa.Executable | Callable[[bool], sa.Executable]) -> None:
        self._build = build
        self._compiled: dict[str, _Compiled] = {}

    def all(self, conn: sa.Connection, values: Mapping[str, Any]) -> list[Row]:
        """The rows it reads or returns; none for a statement without any.

        Raises:
            KeyError: a parameter was not given.
            sqlalchemy.exc.DBAPIError, WorkTooLong, TransactionGone: as any statement does.
        """
        known = self._compiled.get(conn.dialect.name) or self._compile(conn.dialect)
        cursor = conn.connection.cursor()
        try:
            deadline.check(cursor, reads=known.reads)
            cursor.execute(known.sql, known.values(values))
            rows = cursor.fetchall() if cursor.description is not None else ()
        except conn.dialect.loaded_dbapi.Error as error:
            raise _as_usual(conn, cursor, known.sql, error) from error
        finally:
            cursor.close()
        return [known.row(raw) for raw in rows]

    def first(self, conn: sa.Connection, values: Mapping[str, Any]) -> Row | None:
        """The first of ``all``."""
        rows = self.all(conn, values)
        return rows[0] if rows else None

    def each(self, conn: sa.Connection, many: Iterable[Mapping[str, Any]]) -> list[Row]:
        """``all`` for a few, one after the other."""
        return [row for values in many for row in self.all(conn, values)]

    def _compile(self, dialect: sa.Dialect) -> _Compiled:
        statement = self._build(dialect.name == "postgresql") if callable(self._build) else self._build
        compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        named = {name: bind for bind, name in compiled.bind_names.items()}
        binds = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in named.items()
        }
        returned = [column[3].dialect_impl(dialect) for column in compiled._result_columns]
        made = _Compiled(
            sql=compiled.string,
            binds=tuple((name, binds[name]) for name in compiled.positiontup or named),
            by_position=compiled.positional,
            fixed={name: bind.value for name, bind in named.items() if not bind.required},
            results=tuple((n, p) for n, t in enumerate(returned) if (p := t.result_processor(dialect, None))),
            reads=deadline.is_reading(compiled.string),
        )
        self._compiled[dialect.name] = made
        return made


def _as_usual(conn: sa.Connection, cursor: Any, sql: str, error: Exception) -> Exception:
    """The error as SQLAlchemy raises it, without what people said."""
    dialect = conn.dialect
    gone = dialect.is_disconnect(error, conn.connection, cursor)  # type: ignore[arg-type]
    if gone:
        conn.invalidate(error)
    base = dialect.loaded_dbapi.Error
    usual = sa.exc.DBAPIError.instance(
        sql, None, error, base, hide_parameters=True, connection_invalidated=gone, dialect=dialect
    )
    assert isinstance(usual, Exception)  # noqa: S101 - what instance makes of a driver's error
    return usual
