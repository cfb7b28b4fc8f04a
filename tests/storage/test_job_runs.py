"""Planned times and their chunks, on both engines."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from storage import job_runs
from storage.clock import Moment
from storage.database import Database, system_now
from storage.dialects import table
from storage.job_runs import ChunkResult, Job, JobRunState, Planned
from storage.models import JobRun, JobState, Unit

NINE = datetime(2026, 12, 9, 1, 0, tzinfo=UTC)
NOW = Moment(business=NINE, system=NINE)


@pytest.fixture(autouse=True)
def _empty(request: pytest.FixtureRequest) -> None:
    if "session" in request.fixturenames:
        request.getfixturevalue("session").execute(sa.delete(table("job_run")))


def claimed(session: Session, job: str = "remind", at: datetime = NINE) -> int:
    assert job_runs.claim(session, job, [Planned(at)]) == 1
    query = sa.select(JobRun.id).where(JobRun.job == job, JobRun.planned == at)
    return session.scalars(query).one()


def run(session: Session, run_id: int) -> JobRun:
    session.expire_all()
    return session.get_one(JobRun, run_id)


def begun(session: Session, run_id: int) -> JobRunState:
    state = job_runs.begin(session, run_id)
    assert state is not None
    return state


def lease_passes(session: Session) -> None:
    past = system_now(session) - timedelta(seconds=1)
    session.execute(sa.update(table("job_run")).values(lease_until=past))


def steps(*results: ChunkResult) -> Callable[[Session, JobRunState, Moment], ChunkResult]:
    left = list(results)
    return lambda session, state, moment: left.pop(0)


def test_a_planned_time_is_claimed_once(session: Session) -> None:
    later = Planned(NINE + timedelta(days=1))
    assert job_runs.claim(session, "remind", [later, Planned(NINE)]) == 2
    assert job_runs.claim(session, "remind", [Planned(NINE), later]) == 0
    assert job_runs.claim(session, "rank", [Planned(NINE)]) == 1
    assert job_runs.last_planned(session, ["remind", "rank", "new"]) == {"remind": later.at, "rank": NINE}


def test_a_skipped_time_is_claimed_and_has_no_work(session: Session) -> None:
    job_runs.claim(session, "digest", [Planned(NINE, JobState.SKIPPED, late=True)])
    assert job_runs.workable(session) == []
    assert job_runs.last_planned(session, ["digest"]) == {"digest": NINE}


def test_work_goes_by_planned_time(session: Session) -> None:
    late = claimed(session, "a", NINE + timedelta(hours=1))
    early = claimed(session, "b")
    assert job_runs.workable(session) == [(early, "b"), (late, "a")]


def test_a_run_goes_chunk_by_chunk_to_its_end(session: Session) -> None:
    chunk = steps(ChunkResult("u2"), ChunkResult("u4", failed=1), ChunkResult("u5", done=True))
    state: JobRunState | None = begun(session, claimed(session))
    cursors = []
    while state is not None:
        cursors.append(state.cursor)
        state = job_runs.advance(session, state, chunk, NOW)
    ended = session.scalars(sa.select(JobRun)).one()
    assert (cursors, ended.state, ended.failed) == (["", "u2", "u4"], JobState.DONE, 1)
    assert ended.finished_at is not None


def test_nobody_begins_what_somebody_is_at(session: Session) -> None:
    run_id = claimed(session)
    begun(session, run_id)
    assert job_runs.begin(session, run_id) is None
    assert job_runs.workable(session) == []
    lease_passes(session)
    assert begun(session, run_id).attempt == 2


def test_a_replica_that_stalled_past_its_lease_changes_nothing(session: Session) -> None:
    run_id = claimed(session)
    stalled = begun(session, run_id)
    lease_passes(session)
    other = begun(session, run_id)
    assert job_runs.advance(session, stalled, steps(ChunkResult("x")), NOW) is None
    assert job_runs.advance(session, other, steps(ChunkResult("y")), NOW) is not None
    # The other's next chunk is a first attempt again, as the stalled one's was: its place is not.
    assert job_runs.advance(session, stalled, steps(ChunkResult("x")), NOW) is None
    assert run(session, run_id).cursor == "y"


def test_a_chunk_that_never_ends_is_set_aside_after_five_attempts(session: Session) -> None:
    run_id = claimed(session)
    for attempt in range(1, 6):
        assert begun(session, run_id).attempt == attempt
        lease_passes(session)
    assert job_runs.begin(session, run_id) is None
    assert run(session, run_id).state == JobState.ASIDE
    assert job_runs.run_again(session, run_id)
    assert begun(session, run_id).attempt == 1


def test_a_chunk_that_fails_waits_longer_each_time_and_is_then_set_aside(session: Session) -> None:
    run_id = claimed(session)
    given_up = []
    for _ in range(5):
        given_up.append(job_runs.failed(session, begun(session, run_id), "ValueError: x"))
        if not given_up[-1]:
            assert job_runs.begin(session, run_id) is None
        lease_passes(session)
    assert given_up == [False] * 4 + [True]
    assert (run(session, run_id).state, run(session, run_id).error) == (JobState.ASIDE, "ValueError: x")


def test_a_run_put_down_is_free_at_once_and_the_attempt_does_not_count(session: Session) -> None:
    run_id = claimed(session)
    job_runs.put_down(session, begun(session, run_id))
    assert begun(session, run_id).attempt == 1


def test_a_gap_is_not_caught_up_after_a_restore(session: Session) -> None:
    job_runs.skip_missed(session, ["remind", "rank"], NINE)
    assert job_runs.last_planned(session, ["remind", "rank"]) == {"remind": NINE, "rank": NINE}
    assert job_runs.workable(session) == []


def add_unit(session: Session, name: str) -> None:
    session.add(Unit(name=name))
    session.flush()
    if "broken" in name:
        raise ValueError(name)


def test_a_broken_person_is_counted_and_the_others_are_done(session: Session) -> None:
    names, place, broken, done = ["1 one", "2 broken", "3 two"], "", 0, False
    while not done:
        left = [name for name in names if name > place]
        handled = job_runs.for_each(session, left, lambda name: add_unit(session, name), cursor=str)
        place, done = handled.chunk.cursor or place, handled.chunk.done
        broken += handled.chunk.failed
    assert (place, broken) == ("3 two", 1)
    added = set(session.scalars(sa.select(Unit.name)))
    assert added >= {"1 one", "3 two"}
    assert "2 broken" not in added


def test_only_those_that_did_not_break_have_a_result(session: Session) -> None:
    def work(number: int) -> int:
        return 12 // (number - 2)

    handled = job_runs.for_each(session, [0, 1, 2, 3], work, cursor=str)
    assert handled.results == [-6, -12]
    assert handled.chunk == ChunkResult(cursor="2", done=False, failed=1)
    assert job_runs.for_each(session, [3], work, cursor=str).results == [12]


def test_a_chunk_ends_after_two_hundred(session: Session) -> None:
    handled = job_runs.for_each(session, range(1000), lambda number: number, cursor=str)
    assert 1 <= len(handled.results) <= 200
    assert handled.chunk == ChunkResult(cursor=str(handled.results[-1]))


def test_nobody_left_is_the_end(session: Session) -> None:
    assert job_runs.for_each(session, [], str, cursor=str).chunk == ChunkResult(done=True)


def test_weekdays_are_names() -> None:
    with pytest.raises(ValueError, match="mon"):
        Job("weekly", {"day_of_week": "0", "hour": 9}, steps())


def test_a_chunk_that_raises_leaves_nothing_behind(database: Database) -> None:
    run_id = database.write_now(claimed)
    state = database.write_now(lambda session: begun(session, run_id))

    def chunk(session: Session, state: JobRunState, moment: Moment) -> ChunkResult:
        add_unit(session, "broken")
        return ChunkResult("far")

    with pytest.raises(ValueError, match="broken"):
        database.write_now(lambda session: job_runs.advance(session, state, chunk, NOW))
    assert database.read_now(lambda session: run(session, run_id).cursor) == ""
    assert database.read_now(lambda session: session.scalars(sa.select(Unit)).all()) == []
