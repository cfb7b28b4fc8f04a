"""The security log: what was refused, and wrong codes."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from storage.dialects import table

_INSERT = sa.insert(table("security_log"))


def log_security(
    session: Session,
    *,
    at: datetime,
    kind: str,
    binding: str = "",
    account: str = "",
    person_id: int | None = None,
    detail: str = "",
) -> None:
    """One line; call it outside the savepoint that is rolled back. ``detail`` never holds what was said.

    ``kind``: ``not_allowed``, ``wrong_code``, ``stale_card``, ``doubtful`` …
    """
    session.execute(
        _INSERT,
        {
            "at": at,
            "kind": kind,
            "binding": binding,
            "account": account,
            "person_id": person_id,
            "detail": detail,
        },
    )
