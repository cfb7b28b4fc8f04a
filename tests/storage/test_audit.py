"""办理记录: entries, their chain, and what a check finds."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from storage import audit
from storage.audit_chain import plain
from storage.dialects import table
from storage.models import AuditEntry, Unit
from storage.models.organisation import Role

AT = datetime(2026, 12, 9, 1, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _empty(session: Session) -> None:
    for name in ("audit", "audit_head"):
        session.execute(sa.delete(table(name)))


def write(session: Session, count: int = 1, *, object: str = "task:1", **body: object) -> None:
    for n in range(count):
        audit.record(session, at=AT, actor="person:3", action="note", object=object, body={"n": n, **body})


def entries(session: Session) -> list[AuditEntry]:
    session.expire_all()
    return list(session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)))


def problems(session: Session, root: str | None = None) -> tuple[str, ...]:
    return audit.verify(session, root=root).problems


def change(session: Session, entry: AuditEntry, **values: object) -> None:
    session.execute(sa.update(table("audit")).where(table("audit").c.id == entry.id).values(**values))


def test_sealing_links_every_entry_in_chunks(session: Session) -> None:
    write(session, 5)
    assert [audit.seal(session, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert [entry.seal_no for entry in entries(session)] == [1, 2, 3, 4, 5]
    assert audit.root(session) == audit.Root(5, entries(session)[-1].hash or "")
    result = audit.verify(session)
    assert (result.ok, result.sealed, result.unsealed) == (True, 5, 0)


def test_nothing_sealed_is_an_empty_root(session: Session) -> None:
    assert audit.root(session) == audit.Root(0, "")
    assert audit.verify(session).ok


def test_entries_not_sealed_yet_are_counted_and_their_text_checked(session: Session) -> None:
    write(session, 2)
    assert audit.verify(session).unsealed == 2
    change(session, entries(session)[0], body="{}")
    assert len(problems(session)) == 1


def test_the_stored_text_is_what_was_given(session: Session) -> None:
    write(session, 1, words="督办：请于12月9日前报结", when=AT)
    body = entries(session)[0].body
    assert body == '{"n":0,"words":"督办：请于12月9日前报结","when":"2026-12-09T01:00:00.000000+00:00"}'


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (Role.OFFICE, "office"),
        (AT.astimezone(timezone(timedelta(hours=8))), "2026-12-09T01:00:00.000000+00:00"),
        (AT.date(), "2026-12-09"),
        ((1, None, True), [1, None, True]),
        ({2: {"b", "a"}}, {"2": ["a", "b"]}),
    ],
)
def test_values_are_recorded_as_a_row_would_show_them(value: object, kept: object) -> None:
    assert plain(value) == kept


@pytest.mark.parametrize(("value", "error"), [(AT.replace(tzinfo=None), ValueError), (object(), TypeError)])
def test_what_would_read_back_differently_is_not_recorded(value: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        plain(value)


def test_erased_text_leaves_the_chain_whole_and_an_entry(session: Session) -> None:
    write(session, 3, words="某人的话")
    audit.seal(session)
    second = entries(session)[1]
    assert audit.erase(session, [second.id], at=AT, actor="person:1", reason="本人申请") == 1
    assert audit.erase(session, [second.id], at=AT, actor="person:1", reason="本人申请") == 0
    audit.seal(session)
    kept = entries(session)
    assert (kept[1].body, kept[1].salt, len(kept)) == (None, None, 4)
    assert audit.verify(session).ok


def test_text_that_vanished_without_an_entry_is_found(session: Session) -> None:
    write(session, 3)
    audit.seal(session)
    change(session, entries(session)[1], body=None, salt=None)
    assert len(problems(session)) == 1


def make_unit(session: Session, name: str = "环保局") -> Unit:
    unit = Unit(name=name)
    session.add(unit)
    session.flush()
    return unit


def said(session: Session, unit: Unit | int, after: Mapping[str, object] | None) -> None:
    number = unit if isinstance(unit, int) else unit.id
    body = {"before": {}, "after": after}
    audit.record(session, at=AT, actor="person:1", action="change", object=f"unit:{number}", body=body)


def test_a_row_changed_past_the_record_is_found(session: Session) -> None:
    unit = make_unit(session)
    said(session, unit, {"name": "环保局", "position": 0, "words": "不是列"})
    said(session, unit, {"position": 3})
    assert problems(session) == (f"unit:{unit.id}: its position is not what was last recorded",)
    unit.position = 3
    session.flush()
    assert problems(session) == ()


def test_a_row_removed_or_still_there_against_the_record_is_found(session: Session) -> None:
    kept, lost = make_unit(session), make_unit(session, "公安局")
    number = lost.id
    said(session, kept, None)
    said(session, lost, {"name": "公安局"})
    session.delete(lost)
    session.flush()
    assert set(problems(session)) == {
        f"unit:{kept.id}: is there, though removed",
        f"unit:{number}: its row is gone",
    }
    said(session, number, None)
    assert len(problems(session)) == 1


def test_nothing_is_claimed_of_a_row_whose_last_words_were_erased(session: Session) -> None:
    unit = make_unit(session)
    said(session, unit, {"name": "另一个名字"})
    audit.erase(session, [entries(session)[0].id], at=AT, actor="person:1", reason="本人申请")
    assert problems(session) == ()
