import io
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from openpyxl import Workbook

from storage.clock import Moment

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.fixture
def moment() -> Moment:
    return Moment(NOW, NOW)


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
