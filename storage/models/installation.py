"""The installation itself, its counters, its locks between replicas."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from storage.types import UtcDateTime


class Installation(SQLModel, table=True):
    """One row, id 1: which installation this database belongs to."""

    __tablename__ = "installation"

    id: int = Field(default=1, primary_key=True)
    installation_id: str  #: random; `serve` refuses a database of another installation
    secret: str  #: random hex: key of idempotency keys and one-time codes; never shown
    created_at: datetime = Field(sa_type=UtcDateTime)
    directory_version: int = 0  #: another one with each change of units, people, names
    business_offset: float = 0  #: seconds the demo has moved business time ahead of system time


class NumberCounter(SQLModel, table=True):
    """The next short number of a kind: T12, R7, D1."""

    __tablename__ = "number_counter"

    kind: str = Field(primary_key=True)
    next_value: int = 1


class Lease(SQLModel, table=True):
    """Who alone may act on ``name``; see ``storage/leases.py``."""

    __tablename__ = "lease"

    name: str = Field(primary_key=True)
    holder: str
    until: datetime = Field(sa_type=UtcDateTime)  #: system time
    term: int = 1


class StoredToken(SQLModel, table=True):
    """An app's access token, sealed with AES-GCM under a key from the app's secret."""

    __tablename__ = "stored_token"

    app: str = Field(primary_key=True)
    sealed: bytes | None = None
    value_hash: str = ""
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)  #: system time
    refresh_until: datetime | None = Field(default=None, sa_type=UtcDateTime)  #: system time


class Blob(SQLModel, table=True):
    """A file's bytes: what people sent, what we send. ``key`` is opaque and not guessable."""

    __tablename__ = "blob"

    key: str = Field(primary_key=True)
    name: str
    content_type: str = "application/octet-stream"
    size: int
    sha256: str
    data: bytes = Field(sa_type=sa.LargeBinary)
    created_at: datetime = Field(sa_type=UtcDateTime)  #: system time
