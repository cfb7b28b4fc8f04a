"""The directory as understanding needs it: built once per change, not once per sentence."""

import secrets

import sqlalchemy as sa
from sqlmodel import Session, col, select

from commands.directory.rules import called
from commands.understanding.directory import Directory, PersonName, UnitName
from storage.models import Installation, Person, Unit

_KEPT = 4  #: installations whose directory a process keeps; a service has one, tests have many
_STEP = 1000

_built: dict[str, tuple[int, Directory]] = {}


def directory(session: Session) -> Directory:
    """The units and people as of this transaction. One small read when nothing has changed."""
    version = session.exec(
        select(Installation.installation_id, Installation.directory_version).where(Installation.id == 1)
    ).first()
    if version is None:
        return _build(session)
    installation, number = version
    kept = _built.get(installation)
    if kept is not None and kept[0] == number:
        return kept[1]
    built = _build(session)
    if installation not in _built and len(_built) >= _KEPT:
        _built.clear()
    _built[installation] = (number, built)
    return built


def bump(session: Session) -> None:
    """Units, people or their names changed: every process reads them anew.

    The version rises by a random step, so that what was read before a rollback is never taken for
    what another transaction writes later.
    """
    session.exec(
        sa.update(Installation)
        .where(col(Installation.id) == 1)
        .values(directory_version=col(Installation.directory_version) + 1 + secrets.randbelow(_STEP))
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
