"""部门协作情况: a period's figures, what units object to, and the facts that only people know."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from storage.types import BigId, Json, UtcDateTime, enum_type


class RankingState(StrEnum):
    COUNTING = "counting"  #: figures are being collected, unit by unit
    CHECKING = "checking"  #: the units check their figures
    DECIDING = "deciding"  #: objections are settled; a leader decides
    APPROVED = "approved"  #: 同意发布: goes out on ``publish_on``
    UNITS_ONLY = "units_only"  #: 发各单位: every unit has its own, nothing is published
    HELD = "held"  #: 暂缓
    PUBLISHED = "published"
    EMPTY = "empty"  #: nothing was due: there is nothing to check or to decide


class Ranking(SQLModel, table=True):
    """One period of one initiative. Its row lock guards its lines and objections."""

    __tablename__ = "ranking"
    __table_args__ = (sa.UniqueConstraint("initiative_id", "number"),)

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    initiative_id: int = Field(foreign_key="initiative.id", index=True, sa_type=BigId)
    number: int  #: the 1 of 第一期
    first: date  #: both days belong to it
    last: date
    as_of: datetime = Field(sa_type=UtcDateTime)  #: what was reported later is not in the figures
    state: RankingState = Field(default=RankingState.COUNTING, sa_type=enum_type(RankingState))
    formula: dict[str, Any] = Field(default_factory=dict, sa_type=Json)  #: weights and constants used
    averages: dict[str, str] = Field(default_factory=dict, sa_type=Json)  #: of the group, by part
    check_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    publish_on: date | None = None
    object_until: date | None = None  #: after publication
    decided_by_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BigId)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    recorded_by_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BigId)  #: 代录
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    version: int = 0


class RankingLine(SQLModel, table=True):
    """One unit's figures. ``index`` and the rest follow from them and ``Ranking.averages``."""

    __tablename__ = "ranking_line"
    __table_args__ = (sa.UniqueConstraint("ranking_id", "unit_id"),)

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    ranking_id: int = Field(foreign_key="ranking.id", sa_type=BigId)
    unit_id: int = Field(foreign_key="unit.id", index=True, sa_type=BigId)
    position: int  #: official order (机构序) in the initiative
    figures: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    band: str = ""  #: A, B, C, or ``few`` (样本不足)
    index: str = ""  #: ``90.0``; empty when nothing was counted
    checked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  #: 无异议
    checked_by_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BigId)


class ObjectionState(StrEnum):
    OPEN = "open"  #: 先不计
    EXCLUDED = "excluded"  #: 不计入
    KEPT = "kept"  #: 维持


class Objection(SQLModel, table=True):
    """有异议: a unit says that one matter, or one answer, must not count."""

    __tablename__ = "objection"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    ranking_id: int = Field(foreign_key="ranking.id", index=True, sa_type=BigId)
    unit_id: int = Field(foreign_key="unit.id", sa_type=BigId)
    person_id: int = Field(foreign_key="person.id", sa_type=BigId)
    item: str  #: ``obligation:12`` or ``cooperation_request:7``
    said: str  #: the item as people say it: ``T7 第 2 期``
    words: str
    figures: dict[str, Any] = Field(
        default_factory=dict, sa_type=Json
    )  #: the item's part, left out meanwhile
    state: ObjectionState = Field(default=ObjectionState.OPEN, sa_type=enum_type(ObjectionState))
    at: datetime = Field(sa_type=UtcDateTime)
    answer_until: date
    decided_by_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BigId)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class HelpFact(SQLModel, table=True):
    """What the lead says of a co-operation it has confirmed: facts, no marks."""

    __tablename__ = "help_fact"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    obligation_id: int = Field(foreign_key="obligation.id", unique=True, sa_type=BigId)
    in_time: bool  #: 按时
    usable: bool  #: 可用
    asked_once: bool  #: 没有反复要
    person_id: int = Field(foreign_key="person.id", sa_type=BigId)
    at: datetime = Field(sa_type=UtcDateTime)
