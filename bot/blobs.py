"""Files kept in the database: every replica sees them, a backup holds them."""

from sqlmodel import Session

from storage.database import Database
from storage.models import Blob


class DatabaseBlobs:
    """What a ``Picture`` or ``Document`` points to."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, key: str) -> bytes:
        """Raises ``KeyError`` when there is no such blob."""

        def read(session: Session) -> bytes | None:
            blob = session.get(Blob, key)
            return blob.data if blob is not None else None

        data = await self._database.read(read)
        if data is None:
            raise KeyError(key)
        return data
