from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine
from sqlmodel import Session

from storage.models import metadata


@pytest.fixture
def session() -> Iterator[Session]:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with Session(engine) as opened:
        yield opened
    engine.dispose()
