"""Runs Alembic: on the connection ``storage.migrate`` hands over, or from Alembic's command line.

Until the first release there is one migration, generated again when the models change:

    rm storage/migrations/versions/0001_*.py && .venv/bin/alembic revision --autogenerate --rev-id 0001 \\
        -m "first tables" && .venv/bin/ruff format storage/migrations/versions

The command line compares the models with an empty database, or with ``alembic -x url=sqlite:///FILE``.
"""

from typing import Any, Literal

import sqlalchemy as sa
import sqlmodel
from alembic import context
from alembic.autogenerate.api import AutogenContext

from storage.models import metadata
from storage.types import BigId, Json, UtcDateTime


def render_item(kind: str, item: Any, around: AutogenContext) -> str | Literal[False]:
    """Our own types by plain SQLAlchemy names: an old migration must not follow later code."""
    if kind != "type":
        return False
    if isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, sqlmodel.AutoString):
        return "sa.String()"
    if item is BigId:
        return 'sa.BigInteger().with_variant(sa.Integer(), "sqlite")'
    if item is Json:
        around.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    if isinstance(item, sa.Enum):
        return f"sa.String(length={item.length})"
    return False


def run(connection: sa.Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        render_item=render_item,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given: sa.Connection | None = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    url = context.get_x_argument(as_dictionary=True).get("url", "sqlite://")
    with sa.create_engine(url).begin() as fresh:
        run(fresh)
