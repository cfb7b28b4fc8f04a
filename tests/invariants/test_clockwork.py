"""Planned work under kills, and the record that nobody can rewrite.

Seen red, each with one edit: 13 with the cursor in a commit of its own; 15 with a sealer that goes on
from the last id; 16 with a link that leaves out one of its fields, or a check that trusts the head.
"""

import multiprocessing.connection
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from storage import audit, job_runs
from storage.audit_chain import KEPT, digest_of, link
from storage.database import Database
from storage.dialects import table
from storage.job_runs import Planned
from storage.models import AuditEntry, JobRun, JobState, OutboxEntry, Unit
from tests.replicas import DAYS, PEOPLE, START, fan_out, running

AT = datetime(2026, 12, 9, 1, 0, tzinfo=UTC)
KILLS = 8
_AUDIT = table("audit")


@pytest.mark.parametrize(("engine", "count"), [("sqlite", 1), ("postgres", 3)])
def test_invariant_13_each_planned_time_runs_once_and_completes_after_kills(
    request: pytest.FixtureRequest, engine: str, count: int
) -> None:
    url: str = request.getfixturevalue(f"{engine}_url")
    database = Database(url)
    database.write_now(lambda session: job_runs.claim(session, "remind", [Planned(START, JobState.SKIPPED)]))
    database.close()
    killed = 0
    give_up = time.monotonic() + 60
    with running(lambda n: fan_out(url, chunks=n % 3 + 1 if n < KILLS else 0), count) as replicas:
        while not replicas.ended():
            assert time.monotonic() < give_up
            multiprocessing.connection.wait(replicas.sentinels(), timeout=1)
            assert {process.exitcode for process in replicas.processes} <= {None, 0, -signal.SIGKILL}
            killed += replicas.replace_dead()
    assert killed >= 3  # some may have found nothing left to do
    database = Database(url, read_only=True)
    told = database.read_now(
        lambda s: Counter(map(tuple, s.execute(sa.select(OutboxEntry.subject, OutboxEntry.person_id))))
    )
    runs = database.read_now(lambda s: s.scalars(sa.select(JobRun).where(JobRun.planned > START)).all())
    database.close()
    assert [(run.state, run.failed) for run in runs] == [(JobState.DONE, 0)] * DAYS
    expected = {(run.planned.isoformat(), person) for run in runs for person in range(1, PEOPLE + 1)}
    assert told == dict.fromkeys(expected, 1)


# -- 15 ------------------------------------------------------------------------------------------


class Refused(Exception):
    """The transaction is rolled back."""


def one_change(session: Session, unit_id: int, *, refuse: bool) -> None:
    """Counts the unit's position up under its lock, with two entries."""
    unit = session.scalars(sa.select(Unit).where(Unit.id == unit_id).with_for_update(key_share=True)).one()
    for _ in range(2):
        unit.position += 1
        session.flush()
        note(session, unit)
    if refuse:
        raise Refused


def note(session: Session, unit: Unit) -> None:
    body = {"after": {"position": unit.position}}
    audit.record(session, at=AT, actor="person:1", action="count", object=f"unit:{unit.id}", body=body)


def make_units(session: Session) -> list[int]:
    units = [Unit(name=f"单位{n}") for n in range(3)]
    session.add_all(units)
    session.flush()
    return [unit.id for unit in units]


def test_invariant_15_every_committed_entry_is_sealed_once_in_its_objects_order(database: Database) -> None:
    units = database.write_now(make_units)
    writing = threading.Event()
    writing.set()

    def write(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(25):
            unit, refuse = dice.choice(units), dice.random() < 0.3
            try:
                database.write_now(lambda s, unit=unit, refuse=refuse: one_change(s, unit, refuse=refuse))
            except Refused:
                continue

    def seal() -> None:
        while writing.is_set() or database.write_now(lambda session: audit.seal(session, 7)):
            database.write_now(lambda session: audit.seal(session, 7))

    writers = [threading.Thread(target=write, args=(seed,)) for seed in range(4)]
    sealers = [threading.Thread(target=seal) for _ in range(2)]
    for thread in (*writers, *sealers):
        thread.start()
    for thread in writers:
        thread.join()
    writing.clear()
    for thread in sealers:
        thread.join()
    check_sealed(database, units)


def check_sealed(database: Database, units: list[int]) -> None:
    query = sa.select(AuditEntry).order_by(AuditEntry.seal_no)
    entries = database.read_now(lambda session: list(session.scalars(query)))
    assert [entry.seal_no for entry in entries] == list(range(1, len(entries) + 1))
    for unit in units:
        of_unit = [entry.body for entry in entries if entry.object == f"unit:{unit}"]
        assert of_unit == [f'{{"after":{{"position":{n}}}}}' for n in range(1, len(of_unit) + 1)]
    result = database.read_now(audit.verify)
    assert (result.problems, result.sealed, result.unsealed) == ((), len(entries), 0)
    assert len(entries) > 50


def test_invariant_15_an_entry_that_commits_late_is_sealed_all_the_same(postgres_url: str) -> None:
    database = Database(postgres_url)
    units = database.write_now(make_units)
    with Session(database.engine) as slow:
        one_change(slow, units[0], refuse=False)  # has its ids, is not committed
        database.write_now(lambda session: one_change(session, units[1], refuse=False))
        assert database.write_now(audit.seal) == 2
        slow.commit()
    assert database.write_now(audit.seal) == 2
    result = database.read_now(audit.verify)
    assert (result.problems, result.sealed, result.unsealed) == ((), 4, 0)
    database.close()


# -- 16 ------------------------------------------------------------------------------------------


def change(session: Session, seal_no: int, /, **values: object) -> None:
    session.execute(sa.update(_AUDIT).where(_AUDIT.c.seal_no == seal_no).values(**values))


def edit_text(session: Session) -> None:
    change(session, 3, body='{"n":"别的"}')


def edit_text_and_its_digest(session: Session) -> None:
    change(session, 3, body='{"n":"别的"}', salt="s", digest=digest_of("s", '{"n":"别的"}'))


def edit_actor(session: Session) -> None:
    change(session, 3, actor="person:9")


def edit_time(session: Session) -> None:
    change(session, 3, at=AT.replace(year=2025))


def edit_action(session: Session) -> None:
    change(session, 3, action="别的")


def edit_object(session: Session) -> None:
    change(session, 3, object="task:99")


def delete(session: Session) -> None:
    session.execute(sa.delete(_AUDIT).where(_AUDIT.c.seal_no == 3))
    for seal_no in (4, 5):
        change(session, seal_no, seal_no=seal_no - 1)


def cut_the_end(session: Session) -> None:
    session.execute(sa.delete(_AUDIT).where(_AUDIT.c.seal_no >= 4))


def insert(session: Session) -> None:
    for seal_no in (5, 4, 3):
        change(session, seal_no, seal_no=seal_no + 1)
    values = {"at": AT, "actor": "person:1", "action": "note", "object": "task:1", "body": "{}"}
    forged = sa.insert(_AUDIT).values(**values, salt="s", digest=digest_of("s", "{}"), seal_no=3, hash="0")
    session.execute(forged)


def swap(session: Session) -> None:
    for old, new in ((2, 99), (3, 2), (99, 3)):
        change(session, old, seal_no=new)


def link_again(session: Session) -> None:
    """What somebody with the whole database in his hands would do."""
    last, count = "", 0
    for row in session.execute(sa.select(_AUDIT).order_by(_AUDIT.c.seal_no)).all():
        count += 1
        digest = digest_of(row.salt, row.body)
        last = link(last, count, row.id, row.at, row.actor, row.action, row.object, digest)
        change(session, row.seal_no, hash=last, digest=digest)
    session.execute(sa.update(table("audit_head")).values(seal_no=count, hash=last))


@pytest.fixture
def kept_root(session: Session) -> str:
    """Five sealed entries; the root somebody wrote down."""
    for name in ("audit", "audit_head"):
        session.execute(sa.delete(table(name)))
    for n in range(5):
        audit.record(session, at=AT, actor="person:3", action="note", object=f"task:{n}", body={"n": n})
    audit.seal(session)
    assert audit.verify(session, root=audit.root(session).hash).ok
    return audit.root(session).hash


MUTATIONS = [
    edit_text,
    edit_text_and_its_digest,
    edit_actor,
    edit_time,
    edit_action,
    edit_object,
    delete,
    cut_the_end,
    insert,
    swap,
]


@pytest.mark.parametrize("mutate", MUTATIONS)
def test_invariant_16_the_chain_finds_every_change(
    session: Session, kept_root: str, mutate: Callable[[Session], None]
) -> None:
    mutate(session)
    assert audit.verify(session).problems


@pytest.mark.parametrize("mutate", MUTATIONS)
def test_invariant_16_a_kept_root_finds_what_was_linked_again(
    session: Session, kept_root: str, mutate: Callable[[Session], None]
) -> None:
    mutate(session)
    link_again(session)
    assert audit.verify(session).ok
    assert not audit.verify(session, root=kept_root).ok


def test_invariant_16_a_root_of_yesterday_stays_good_while_the_chain_grows(
    session: Session, kept_root: str
) -> None:
    audit.record(session, at=AT, actor="person:3", action="note", object="task:9", body={})
    audit.seal(session)
    assert audit.verify(session, root=f" {kept_root.upper()} ").ok
    assert audit.verify(session, root=kept_root[:KEPT]).ok
    assert not audit.verify(session, root=kept_root[: KEPT - 1]).ok, "too little to tell entries apart"
    assert not audit.verify(session, root="0" * 64).ok
