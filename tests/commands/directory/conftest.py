import io
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import pytest
from openpyxl import Workbook
from sqlalchemy import create_engine
from sqlmodel import Session

from storage.clock import Moment
from storage.models import Installation, metadata

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.fixture
def moment() -> Moment:
    return Moment(NOW, NOW)


@pytest.fixture
def session() -> Iterator[Session]:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with Session(engine) as opened:
        opened.add(Installation(id=1, installation_id=f"test-{id(engine)}", secret="s" * 32, created_at=NOW))
        opened.flush()
        yield opened
    engine.dispose()


@pytest.fixture
def xlsx() -> Callable[[Sequence[Sequence[object]]], bytes]:
    """An XLSX file of these rows."""

    def make(rows: Sequence[Sequence[object]]) -> bytes:
        book = Workbook()
        assert book.active is not None
        for row in rows:
            book.active.append(list(row))
        packed = io.BytesIO()
        book.save(packed)
        return packed.getvalue()

    return make
