"""The directory as understanding needs it: built once per change, not once per sentence."""

import secrets

import sqlalchemy as sa
from sqlmodel import Session, col, select

from commands.directory.rules import called
from commands.understanding.directory import Directory, PersonName, UnitName
from storage.dialects import core, table
from storage.models import Installation, Person, Unit
from storage.prepared import Prepared

_KEPT = 4  #: installations whose directory a process keeps; a service has one, tests have many
_VERSIONS = 2**31 - 1  #: what fits the column

_built: dict[str, tuple[int, Directory]] = {}

_INSTALLATION = table("installation")
_VERSION = Prepared(
    sa.select(_INSTALLATION.c.installation_id, _INSTALLATION.c.directory_version).where(
        _INSTALLATION.c.id == 1
    )
)


def directory(session: Session) -> Directory:
    """The units and people as of this transaction. One small read when nothing has changed.

    Before the first import (version 0) nothing is kept, as there is nothing worth keeping.
    """
    found = _VERSION.first(core(session), {})
    if found is None or found[1] == 0:
        return _build(session)
    installation, version = found
    kept = _built.get(installation)
    if kept is not None and kept[0] == version:
        return kept[1]
    built = _build(session)
    if installation not in _built and len(_built) >= _KEPT:
        _built.clear()
    _built[installation] = (version, built)
    return built


def bump(session: Session) -> None:
    """Units, people or their names changed: every process reads them anew.

    The new version is random: a counter could reach the same number again after a rollback, and a
    process would go on with names that were never committed.
    """
    session.exec(
        sa.update(Installation)
        .where(col(Installation.id) == 1)
        .values(directory_version=1 + secrets.randbelow(_VERSIONS))
        .execution_options(synchronize_session=False)
    )


def _build(session: Session) -> Directory:
    units = session.exec(
        select(Unit).where(col(Unit.closed_at).is_(None)).order_by(col(Unit.position), col(Unit.id))
    )
    people = session.exec(select(Person).where(col(Person.left_at).is_(None)).order_by(col(Person.id)))
    return Directory(
        [UnitName(u.id, u.name, tuple(u.short_names)) for u in units],
        [
            PersonName(p.id, p.name, p.unit_id, p.title, (*p.aliases, *called(p.name, p.title)))
            for p in people
        ],
    )
