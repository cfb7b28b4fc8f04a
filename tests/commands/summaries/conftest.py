"""The tables of this subject, on both engines."""

from tests.fresh_tables import _new_postgres, _new_sqlite, session

__all__ = ["_new_postgres", "_new_sqlite", "session"]
