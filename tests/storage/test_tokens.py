"""Tokens are shared, sealed, refreshed by one, and forgotten when they were refused."""

import time

import pytest
import sqlalchemy as sa

from connectors.tokens import Token, TokenCache, TokenStore, digest
from storage.database import Database
from storage.dialects import table
from storage.tokens import DatabaseTokenStore

APP = "feishu:cli_1"


@pytest.fixture
def store(database: Database) -> TokenStore:
    return DatabaseTokenStore(database, secret="app-secret", make=Token)


async def test_what_one_replica_saved_another_loads(database: Database, store: TokenStore) -> None:
    token = Token("t-1", 1772413200.0)
    await store.save(APP, token)
    other = DatabaseTokenStore(database, secret="app-secret", make=Token)
    assert await other.load(APP) == token
    assert await other.load("feishu:another") is None


async def test_the_row_does_not_show_the_token(database: Database, store: TokenStore) -> None:
    await store.save(APP, Token("t-very-secret", 1772413200.0))
    row = database.read_now(lambda s: s.execute(sa.select(table("stored_token"))).one())
    assert b"t-very-secret" not in row.sealed
    assert all("t-very-secret" not in str(value) for value in row)


async def test_another_secret_or_a_moved_row_opens_nothing(database: Database, store: TokenStore) -> None:
    await store.save(APP, Token("t-1", 1772413200.0))
    assert await DatabaseTokenStore(database, secret="other", make=Token).load(APP) is None
    database.write_now(lambda s: s.execute(sa.update(table("stored_token")).values(app="x")) and None)
    assert await store.load("x") is None


async def test_only_one_caller_refreshes_and_saving_frees_it(store: TokenStore) -> None:
    assert await store.begin_refresh(APP)
    assert not await store.begin_refresh(APP)
    await store.save(APP, Token("t-1", 1772413200.0))
    assert await store.begin_refresh(APP)
    assert await store.load(APP) == Token("t-1", 1772413200.0)


async def test_a_refused_token_is_forgotten_but_not_its_successor(store: TokenStore) -> None:
    await store.save(APP, Token("new", 1772413200.0))
    await store.evict(APP, digest("old"))
    assert await store.load(APP) is not None
    await store.evict(APP, digest("new"))
    assert await store.load(APP) is None


async def test_two_replicas_ask_the_platform_once(database: Database, store: TokenStore) -> None:
    asked: list[int] = []

    async def fetch() -> tuple[str, float]:
        asked.append(1)
        return "t-1", time.time()

    for _ in range(2):
        assert await TokenCache(APP, store, fetch).get() == "t-1"
    assert len(asked) == 1
