"""Business time: system time plus the offset by which a demo has moved it."""

from datetime import datetime, timedelta

from sqlmodel import Session

from storage.clock import Moment
from storage.database import Database
from storage.models import Installation


class Clock:
    """One per process. The offset is a property of the installation and survives a restart."""

    def __init__(self, database: Database, offset: float = 0.0) -> None:
        self._database = database
        self._offset = timedelta(seconds=offset)

    @classmethod
    async def load(cls, database: Database) -> "Clock":
        return cls(database, await database.read(_read_offset))

    def now(self) -> datetime:
        """Business time."""
        return self._database.now() + self._offset

    def moment(self, system: datetime | None = None) -> Moment:
        """Both times of ``system``, or of now."""
        system = system or self._database.now()
        return Moment(business=system + self._offset, system=system)

    async def advance(self, by: timedelta) -> None:
        """Move business time on; only the demo does. What machines wait for does not move.

        Raises:
            ValueError: backwards.
        """
        if by < timedelta():
            raise ValueError("business time only moves forward")
        seconds = (self._offset + by).total_seconds()

        def keep(session: Session) -> None:
            session.get_one(Installation, 1).business_offset = seconds

        await self._database.write(keep)
        self._offset += by


def _read_offset(session: Session) -> float:
    return session.get_one(Installation, 1).business_offset
