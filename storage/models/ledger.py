"""Exports of the ledger (台账) that wait to be built."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from storage.types import BigId, UtcDateTime, enum_type


class ExportState(StrEnum):
    QUEUED = "queued"
    SENT = "sent"  #: the file is in the outbox
    FAILED = "failed"  #: given up after its attempts; the person was told


class LedgerExport(SQLModel, table=True):
    __tablename__ = "ledger_export"
    __table_args__ = (sa.Index("ix_ledger_export_state", "state", "id"),)

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    person_id: int = Field(foreign_key="person.id", sa_type=BigId)
    unit_id: int | None = Field(default=None, foreign_key="unit.id", sa_type=BigId)  #: None: all units
    initiative_id: int | None = Field(default=None, foreign_key="initiative.id", sa_type=BigId)
    state: ExportState = Field(default=ExportState.QUEUED, sa_type=enum_type(ExportState))
    asked_at: datetime = Field(sa_type=UtcDateTime)  #: business time; what the file shows as its date
    attempts: int = 0
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)  #: system time
