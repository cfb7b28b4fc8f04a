"""How an account becomes a person's: one-time codes, requests to be confirmed, wrong tries."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from storage.types import BigId, Json, UtcDateTime, enum_type


class BindingCode(SQLModel, table=True):
    """A code for one person, once, for 24 hours. Only its HMAC is kept."""

    __tablename__ = "binding_code"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    sealed: str = Field(unique=True)
    person_id: int = Field(foreign_key="person.id", index=True, sa_type=BigId)
    issued_by_id: int = Field(foreign_key="person.id", sa_type=BigId)
    issued_at: datetime = Field(sa_type=UtcDateTime)  #: business time
    expires_at: datetime = Field(sa_type=UtcDateTime)  #: business time
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  #: used, replaced, or said in a group


class CodeTries(SQLModel, table=True):
    """Wrong codes in one hour of system time: of one account, or of all (both names empty)."""

    __tablename__ = "code_tries"

    binding: str = Field(primary_key=True)
    account: str = Field(primary_key=True)
    hour: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    wrong: int = 0


class JoinState(StrEnum):
    ASKED = "asked"  #: the liaison is asked
    CHECKED = "checked"  #: the liaison said yes; the office is asked
    JOINED = "joined"
    DECLINED = "declined"
    REPLACED = "replaced"  #: the account said another name, or somebody else was joined


class JoinRequest(SQLModel, table=True):
    """An account that says whose it is."""

    __tablename__ = "join_request"
    __table_args__ = (sa.Index("ix_join_request_account", "binding", "target"),)

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    person_id: int = Field(foreign_key="person.id", index=True, sa_type=BigId)
    binding: str
    target: str  #: what the platform sends to
    keys: list[list[str]] = Field(default_factory=list, sa_type=Json)  #: kind, value
    name: str = ""  #: shown by the platform; proves nothing
    state: JoinState = Field(default=JoinState.ASKED, sa_type=enum_type(JoinState))
    at: datetime = Field(sa_type=UtcDateTime)  #: business time
    checked_by_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BigId)
    decided_by_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BigId)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ClaimState(StrEnum):
    OPEN = "open"
    GIVEN = "given"  #: the number is the one's who reports it now
    LEFT = "left"  #: 都不动


class NumberKind(StrEnum):
    """Each is the name of the field of ``Person``."""

    MOBILE = "mobile"
    EMPLOYEE_NO = "employee_no"  #: one's own within a unit; units count their people each for itself


class NumberClaim(SQLModel, table=True):
    """A platform or an import says that somebody has a number that is somebody else's here. Nothing of
    either changes until an administrator decides."""

    __tablename__ = "number_claim"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    person_id: int = Field(foreign_key="person.id", index=True, sa_type=BigId)  #: who has it now, it says
    holder_id: int = Field(foreign_key="person.id", sa_type=BigId)  #: whose it is here
    kind: NumberKind = Field(default=NumberKind.MOBILE, sa_type=enum_type(NumberKind))
    number: str  #: a mobile is shown only by its last four digits
    binding: str  #: the platform that says so; empty: an import
    state: ClaimState = Field(default=ClaimState.OPEN, sa_type=enum_type(ClaimState))
    confirmed: bool | None = None  #: what the liaison says
    confirmed_by_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BigId)
    at: datetime = Field(sa_type=UtcDateTime)  #: business time
    decided_by_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BigId)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
