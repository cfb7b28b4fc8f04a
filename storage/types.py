"""Column types that read back what was written, on SQLite and PostgreSQL alike."""

from datetime import UTC, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """Aware in, aware UTC out. SQLite would give back naive local time.

    Raises:
        ValueError: a naive datetime was given.
    """

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime: say the time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


#: A key that counts up by itself; a plain BigInteger does not on SQLite.
BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

#: A JSON document; queried with JSONB on PostgreSQL.
Json = sa.JSON().with_variant(JSONB(), "postgresql")


def enum_type(kind: type[StrEnum]) -> sa.Enum:
    """Stores the member's value; SQLAlchemy's default stores its name."""

    def values(members: type[StrEnum]) -> list[str]:
        return [m.value for m in members]

    return sa.Enum(kind, native_enum=False, length=24, values_callable=values, create_constraint=False)
