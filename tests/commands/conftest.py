"""One prepared database for every cell of role × permission: made once, each cell rolled back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from storage.models import SecurityEntry
from tests.commands.permissions import Scene, Way, business, changed, dealt, make_scene, on_stage
from tests.stage import Sent, Stage, to


@dataclass(frozen=True, slots=True)
class Happened:
    read: str  #: what the person reads, privately
    changed: set[str]  #: tables
    denied: list[str]  #: kinds in the security log of this person
    others: list[str]  #: what anybody else reads, and groups


class Cell:
    """One person before one matter; what happens is compared with the whole database before."""

    def __init__(self, stage: Stage, scene: Scene) -> None:
        self.stage = stage
        self.scene = scene

    def type(self, name: str, way: Way) -> Happened:
        return self._seen(name, lambda: self.stage.say(name, way.typed, group=way.group))

    def press(self, name: str, way: Way, *, card_of: str = "") -> Happened:
        ids = self.scene.seen_by(name)
        held = dealt(self.stage, card_of or name, way.pressed.format(**ids), way.about.format(**ids))
        return self._seen(name, lambda: self.stage.press_held(name, held))

    def _seen(self, name: str, act: Callable[[], list[Sent]]) -> Happened:
        session = self.stage.session
        before = business(session)
        sent = act()
        person = self.stage.people[name]
        query = select(SecurityEntry.kind).where(col(SecurityEntry.person_id) == person.id)
        others = [message.text for message in sent if message.to != name and not message.redrawn]
        read = "\n".join(message.text for message in to(sent, name))
        return Happened(read, changed(before, business(session)), list(session.exec(query)), others)


@pytest.fixture(scope="module")
def _prepared(_shared_sqlite: sa.Engine) -> Iterator[tuple[sa.Connection, Scene]]:
    """The scene, made once for all cells, never committed."""
    yield from _scene_in(_shared_sqlite)


@pytest.fixture(scope="module")
def _prepared_on_postgres(_shared_postgres: sa.Engine) -> Iterator[tuple[sa.Connection, Scene]]:
    yield from _scene_in(_shared_postgres)


def _scene_in(engine: sa.Engine) -> Iterator[tuple[sa.Connection, Scene]]:
    with engine.connect() as connection:
        transaction = connection.begin()
        with _session(connection) as session:
            scene = make_scene(session)
            session.commit()
        yield connection, scene
        transaction.rollback()


@pytest.fixture
def cell(_prepared: tuple[sa.Connection, Scene]) -> Iterator[Cell]:
    yield from _cell_in(*_prepared)


@pytest.fixture
def cell_on_postgres(_prepared_on_postgres: tuple[sa.Connection, Scene]) -> Iterator[Cell]:
    yield from _cell_in(*_prepared_on_postgres)


def _cell_in(connection: sa.Connection, scene: Scene) -> Iterator[Cell]:
    with _session(connection) as session:
        yield Cell(on_stage(session, scene), scene)
        session.rollback()


def _session(connection: sa.Connection) -> Session:
    return Session(
        connection,
        expire_on_commit=False,
        join_transaction_mode="create_savepoint",
        info={"system_now": datetime.now(UTC)},
    )
