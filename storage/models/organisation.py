"""Units, people, their accounts on the platforms, and what they may do."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from storage.types import BigId, Json, UtcDateTime, enum_type


class Role(StrEnum):
    ADMIN = "admin"  #: 管理员
    OFFICE = "office"  #: 督查室
    LEADER = "leader"  #: 领导
    VICE_HEAD = "vice_head"  #: 分管负责人
    HEAD = "head"  #: 主要负责人
    LIAISON = "liaison"  #: 联络员
    HANDLER = "handler"  #: 经办人


class Scope(StrEnum):
    INSTALLATION = "installation"
    INITIATIVE = "initiative"
    UNIT = "unit"


class Unit(SQLModel, table=True):
    """单位. ``position`` is the official order (机构序)."""

    __tablename__ = "unit"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    name: str = Field(unique=True)
    short_names: list[str] = Field(default_factory=list, sa_type=Json)
    position: int = 0
    platform: str = ""  #: the binding its people mostly use; shown in lists only
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Person(SQLModel, table=True):
    __tablename__ = "person"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    name: str = Field(index=True)
    unit_id: int | None = Field(default=None, foreign_key="unit.id", index=True, sa_type=BigId)
    title: str = ""  #: 职务: 副局长, 科员
    aliases: list[str] = Field(default_factory=list, sa_type=Json)
    mobile: str = ""  #: joins an account once and never rebinds; never shown but for its last four digits
    employee_no: str = ""
    deputy_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BigId)  #: B角
    left_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  #: set: no rights at once


class Account(SQLModel, table=True):
    """A person's account in one binding."""

    __tablename__ = "account"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    person_id: int = Field(foreign_key="person.id", index=True, sa_type=BigId)
    binding: str
    direct_target: str  #: what the platform sends to: open_id, staff_id, userid
    name: str = ""
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AccountKey(SQLModel, table=True):
    """One identifier of an account. Unique while open; ids are reused by platforms after that."""

    __tablename__ = "account_key"
    __table_args__ = (
        sa.Index(
            "uq_account_key_open",
            "binding",
            "kind",
            "value",
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        ),
    )

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    account_id: int = Field(foreign_key="account.id", index=True, sa_type=BigId)
    binding: str
    kind: str
    value: str  #: casefolded for WeCom, whose ids ignore case
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RoleGrant(SQLModel, table=True):
    """``scope_id`` is the initiative's or unit's id; 0 for the installation."""

    __tablename__ = "role_grant"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "role", "scope", "scope_id"),
        sa.Index("ix_role_grant_place", "scope", "scope_id", "role"),
    )

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    person_id: int = Field(foreign_key="person.id", index=True, sa_type=BigId)
    role: Role = Field(sa_type=enum_type(Role))
    scope: Scope = Field(sa_type=enum_type(Scope))
    scope_id: int = 0
