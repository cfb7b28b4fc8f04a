"""办理记录: what was done, chained so that nobody can rewrite it; and what was refused."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from storage.types import BigId, UtcDateTime


class AuditEntry(SQLModel, table=True):
    """``body`` is the stored text that was hashed; it and ``salt`` go when a person's text is erased."""

    __tablename__ = "audit"
    __table_args__ = (
        sa.Index(
            "ix_audit_unsealed",
            "id",
            sqlite_where=sa.text("seal_no IS NULL"),
            postgresql_where=sa.text("seal_no IS NULL"),
        ),
        sa.Index("ix_audit_object", "object", "id"),
    )

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    at: datetime = Field(sa_type=UtcDateTime)  #: business time
    actor: str  #: ``person:3`` or ``job:remind``
    action: str
    object: str  #: ``task:12``
    body: str | None = Field(default=None, sa_type=sa.Text)  #: JSON: before, after, inverse, words
    salt: str | None = None
    digest: str  #: SHA256(salt ‖ body)
    seal_no: int | None = Field(default=None, unique=True, sa_type=sa.BigInteger)
    hash: str | None = None


class AuditHead(SQLModel, table=True):
    """One row, id 1, locked by the sealer."""

    __tablename__ = "audit_head"

    id: int = Field(default=1, primary_key=True)
    seal_no: int = Field(default=0, sa_type=sa.BigInteger)
    hash: str = ""


class SecurityEntry(SQLModel, table=True):
    """Refused attempts and wrong codes; written outside the refused savepoint."""

    __tablename__ = "security_log"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    kind: str  #: ``not_allowed``, ``wrong_code``, ``forwarded_card``, ``doubtful`` …
    binding: str = ""
    account: str = ""
    person_id: int | None = None
    detail: str = ""  #: never what was said
