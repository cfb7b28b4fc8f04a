"""A policy being carried out (专项): members, groups, rules."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from storage.types import BigId, Json, UtcDateTime, enum_type


class InitiativeState(StrEnum):
    DRAFT = "draft"  #: imported or being written; nobody was told
    ACTIVE = "active"  #: 已下发
    CLOSED = "closed"


class Initiative(SQLModel, table=True):
    __tablename__ = "initiative"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    title: str = Field(unique=True)
    lead_unit_id: int | None = Field(default=None, foreign_key="unit.id", sa_type=BigId)
    leader_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BigId)
    basis: str = ""  #: 依据, 文号
    starts_on: date  #: 启动日 in Asia/Shanghai; relative dates count from it
    state: InitiativeState = Field(default=InitiativeState.DRAFT, sa_type=enum_type(InitiativeState))
    ack_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  #: 签收 by then
    rules: dict[str, Any] = Field(default_factory=dict, sa_type=Json)  #: ``release_required`` …
    created_by_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BigId)
    created_at: datetime = Field(sa_type=UtcDateTime)
    dispatched_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    version: int = 0


class InitiativeMember(SQLModel, table=True):
    """``position``: the official order (机构序) within the initiative."""

    __tablename__ = "initiative_member"
    __table_args__ = (sa.UniqueConstraint("initiative_id", "unit_id"),)

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    initiative_id: int = Field(foreign_key="initiative.id", index=True, sa_type=BigId)
    unit_id: int = Field(foreign_key="unit.id", sa_type=BigId)
    position: int = 0


class GroupState(StrEnum):
    PROPOSED = "proposed"  #: somebody said 本群用于…; nothing is sent there yet
    CONFIRMED = "confirmed"
    DECLINED = "declined"


class InitiativeGroup(SQLModel, table=True):
    """A group chat that serves the initiative, and the units that sit in it."""

    __tablename__ = "initiative_group"
    __table_args__ = (sa.UniqueConstraint("initiative_id", "conversation_id"),)

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    initiative_id: int = Field(foreign_key="initiative.id", index=True, sa_type=BigId)
    conversation_id: int = Field(foreign_key="conversation.id", index=True, sa_type=BigId)
    state: GroupState = Field(default=GroupState.PROPOSED, sa_type=enum_type(GroupState))
    proposed_by_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BigId)
    decided_by_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BigId)
    unit_ids: list[int] = Field(default_factory=list, sa_type=Json)
