"""Who is told what when: every cell of the table, and what holds for any of them."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.calendar import SHANGHAI, Workdays
from commands.policy import Policy
from commands.reminders.rules import (
    OVERVIEW,
    Facts,
    Kind,
    Ladder,
    Round,
    Told,
    doers,
    ladder_of,
    last_round,
    told,
)
from storage.models import ObligationState, Part

CALENDAR = Workdays()
DUE = date(2026, 12, 16)  # a Wednesday without a holiday near
HANDLER, LIAISON, VICE, HEAD, LEAD, OFFICER, COLLEAGUE, DEPUTY = range(1, 9)
S = ObligationState


def close(day: date) -> datetime:
    return datetime.combine(day, time(18), SHANGHAI)


def facts(**given: object) -> Facts:
    usual = Facts(
        state=S.IN_PROGRESS,
        part=Part.COOPERATE,
        due_at=close(DUE),
        handler=HANDLER,
        receivers=(LIAISON,),
        vice_heads=(VICE,),
        heads=(HEAD,),
        lead=(LEAD,),
        officers=(OFFICER,),
    )
    return replace(usual, **given)  # type: ignore[arg-type]


def morning(day: date, calendar: Workdays = CALENDAR, **given: object) -> Round:
    at = datetime.combine(day, Policy().digest_at, SHANGHAI)
    return replace(Round(at, calendar.add(day, -1), calendar), **given)  # type: ignore[arg-type]


USUAL = Ladder()


def said(of: Facts, now: Round, ladder: Ladder = USUAL) -> set[tuple[int, Kind]]:
    """Without what is only there for the overview."""
    return {(person, kind) for person, kind in everything(of, now, ladder) if kind not in OVERVIEW}


def everything(of: Facts, now: Round, ladder: Ladder = USUAL) -> set[tuple[int, Kind]]:
    return {(one.person, one.kind) for one in told(of, ladder, now)}


MARKS = {
    "a": (HANDLER, Kind.AHEAD),
    "n": (HANDLER, Kind.SOON),
    "t": (HANDLER, Kind.TODAY),
    "u": (LIAISON, Kind.UNIT_TODAY),
    "w": (LIAISON, Kind.UNIT_OVERDUE),
    "o": (HANDLER, Kind.OVERDUE),
    "v": (VICE, Kind.ESCALATED_VICE),
    "h": (HEAD, Kind.ESCALATED_HEAD),
    "f": (OFFICER, Kind.ESCALATED_OFFICE),
    "s": (LIAISON, Kind.SIGN),
    "p": (LEAD, Kind.SPECIFY),
    "c": (LEAD, Kind.ACCEPT),
    "y": (OFFICER, Kind.VERIFY),
    "r": (VICE, Kind.RELEASE),
    "k": (COLLEAGUE, Kind.TAKE_OVER),
}
DAYS = range(-4, 5)  # working days from the time limit
#: state, what else is so, and who is told from T-4 to T+4.
TABLE = (
    (S.DRAFT, {}, "-  -   -   -   -    -    -    -     -"),
    (S.UNSPECIFIED, {"due_at": None}, "-  -   -   -   -    -    -    -     -"),
    (S.UNSPECIFIED, {"due_at": None, "specify_by": DUE}, "-  -   -   -   p    p    p    p     p"),
    (S.ASSIGNED, {}, "-  a   n   a   tu   ovw  ow   ohfw  ow"),
    (S.ASSIGNED, {"due_at": None, "sign_by": DUE}, "-  -   -   -   s    s    s    s     s"),
    (S.ASSIGNED, {"sign_by": DUE}, "-  a   n   a   tus  ovws ows  ohfws ows"),
    (S.IN_PROGRESS, {}, "-  a   n   a   tu   ovw  ow   ohfw  ow"),
    (S.IN_PROGRESS, {"part": Part.LEAD}, "-  a   n   a   tu   ovw  ow   ohfw  ow"),
    (S.IN_PROGRESS, {"weekly": True}, "-  -   -   -   tu   ovw  ow   ohfw  ow"),
    (S.IN_PROGRESS, {"due_at": None}, "-  -   -   -   -    -    -    -     -"),
    (S.IN_PROGRESS, {"sign_by": DUE, "specify_by": DUE}, "-  a   n   a   tu   ovw  ow   ohfw  ow"),
    (S.IN_PROGRESS, {"offered_to": COLLEAGUE}, "k  ak  nk  ak  tuk  ovwk owk  ohfwk owk"),
    (S.RELEASING, {}, "r  r   r   r   ru   rvw  rw   rhfw  rw"),
    (S.SUBMITTED, {}, "c  c   c   c   c    c    c    c     c"),
    (S.SUBMITTED, {"part": Part.LEAD}, "y  y   y   y   y    y    y    y     y"),
    (S.SUSPENDED, {}, "-  -   -   -   -    -    -    -     -"),
    (S.DONE, {}, "-  -   -   -   -    -    -    -     -"),
    (S.CANCELLED, {}, "-  -   -   -   -    -    -    -     -"),
)
CELLS = [
    pytest.param(state, given, offset, cell, id=f"{state}{'+' * bool(given)}{'+'.join(given)} T{offset:+d}")
    for state, given, row in TABLE
    for offset, cell in zip(DAYS, row.split(), strict=True)
]


@pytest.mark.parametrize(("state", "given", "offset", "cell"), CELLS)
def test_each_cell_of_the_table(
    state: ObligationState, given: dict[str, object], offset: int, cell: str
) -> None:
    day = CALENDAR.add(DUE, offset)
    wanted = {MARKS[mark] for mark in cell if mark != "-"}
    assert everything(facts(state=state, **given), morning(day)) == wanted


def test_the_table_has_every_state() -> None:
    assert {state for state, _, _ in TABLE} == set(ObligationState)


def test_without_a_handler_the_units_door_is_told() -> None:
    assert said(facts(handler=None), morning(DUE)) == {(LIAISON, Kind.TODAY)}
    assert doers(facts(handler=None)) == (LIAISON,)


@pytest.mark.parametrize("offset", [0, 2])
def test_a_liaison_who_handed_in_a_matter_of_their_own_waits_for_the_head_in_peace(offset: int) -> None:
    day = CALENDAR.add(DUE, offset)
    own = facts(state=S.RELEASING, handler=LIAISON, acted={LIAISON: CALENDAR.add(DUE, -1)})
    assert LIAISON not in {person for person, _ in everything(own, morning(day))}


def test_the_other_head_is_told_where_a_unit_has_only_one() -> None:
    day = CALENDAR.add(DUE, 1)
    assert (HEAD, Kind.ESCALATED_VICE) in said(facts(vice_heads=()), morning(day))
    day = CALENDAR.add(DUE, 3)
    assert (VICE, Kind.ESCALATED_HEAD) in said(facts(heads=()), morning(day))
    assert (HEAD, Kind.RELEASE) in said(facts(state=S.RELEASING, vice_heads=()), morning(DUE))


def test_who_stands_in_is_asked_only_for_what_they_may_do() -> None:
    away = {VICE: COLLEAGUE, OFFICER: COLLEAGUE}
    releasing = facts(state=S.RELEASING)
    handed_in = facts(state=S.SUBMITTED, part=Part.LEAD)
    assert said(releasing, morning(DUE, stand_ins=away)) == {(COLLEAGUE, Kind.RELEASE)}
    own = facts(state=S.RELEASING, handler=COLLEAGUE)
    assert said(own, morning(DUE, stand_ins=away)) == {(VICE, Kind.RELEASE)}
    assert said(handed_in, morning(DUE, stand_ins=away)) == {(OFFICER, Kind.VERIFY)}
    office = frozenset({COLLEAGUE})
    assert said(handed_in, morning(DUE, stand_ins=away, office=office)) == {(COLLEAGUE, Kind.VERIFY)}


def test_a_limit_on_a_day_off_is_said_on_the_last_working_day_before_it() -> None:
    saturday = facts(due_at=close(date(2026, 12, 19)))
    assert said(saturday, morning(date(2026, 12, 18))) == {(HANDLER, Kind.TODAY)}
    assert said(saturday, morning(date(2026, 12, 17))) == {(HANDLER, Kind.AHEAD)}
    assert said(saturday, morning(date(2026, 12, 21))) == {
        (HANDLER, Kind.OVERDUE),
        (VICE, Kind.ESCALATED_VICE),
    }


def test_holidays_do_not_count_and_a_worked_saturday_does() -> None:
    after = facts(due_at=close(date(2026, 10, 10)))  # the Saturday that is worked
    assert said(after, morning(date(2026, 9, 30))) == {(HANDLER, Kind.AHEAD)}  # then 10/8, 10/9, 10/10
    assert said(after, morning(date(2026, 10, 3))) == set()
    assert said(after, morning(date(2026, 10, 10))) == {(HANDLER, Kind.TODAY)}
    assert said(after, morning(date(2026, 10, 11))) == set()
    assert said(after, morning(date(2026, 10, 12))) == {
        (HANDLER, Kind.OVERDUE),
        (VICE, Kind.ESCALATED_VICE),
    }


def test_the_office_by_itself_learns_nothing_before_the_third_day() -> None:
    for offset in (1, 2):
        assert OFFICER not in {person for person, _ in said(facts(), morning(CALENDAR.add(DUE, offset)))}


def test_an_initiative_may_have_a_ladder_of_its_own() -> None:
    own = ladder_of({"ladder": {"ahead": [5], "vice_after": 2, "head_after": 4}, "urgent": [7]})
    assert own == Ladder((5,), 2, 4, frozenset({7}))
    assert said(facts(), morning(CALENDAR.add(DUE, -5)), own) == {(HANDLER, Kind.AHEAD)}
    assert said(facts(), morning(CALENDAR.add(DUE, -3)), own) == set()
    assert said(facts(), morning(CALENDAR.add(DUE, 1)), own) == {(HANDLER, Kind.OVERDUE)}
    assert (VICE, Kind.ESCALATED_VICE) in said(facts(), morning(CALENDAR.add(DUE, 2)), own)


@pytest.mark.parametrize("broken", [{}, {"ladder": "x"}, {"ladder": {"ahead": 3, "vice_after": True}}])
def test_a_ladder_that_says_nothing_usable_is_the_usual_one(broken: dict[str, object]) -> None:
    assert ladder_of(broken) == Ladder()


def test_who_acted_since_the_last_morning_is_not_reminded_ahead() -> None:
    day = CALENDAR.add(DUE, -1)
    assert said(facts(acted={HANDLER: CALENDAR.add(day, -1)}), morning(day)) == set()
    assert said(facts(acted={HANDLER: CALENDAR.add(day, -2)}), morning(day)) == {(HANDLER, Kind.AHEAD)}


def test_who_acted_today_is_told_nothing_and_others_are() -> None:
    day = CALENDAR.add(DUE, 1)
    assert said(facts(acted={HANDLER: day}), morning(day)) == {(VICE, Kind.ESCALATED_VICE)}
    assert said(facts(acted={HANDLER: DUE}), morning(day)) >= {(HANDLER, Kind.OVERDUE)}


def test_a_snooze_holds_back_ones_own_reminders_until_its_day() -> None:
    until = CALENDAR.add(DUE, 2)
    asked = facts(snoozed={HANDLER: until})
    assert said(asked, morning(DUE)) == set()
    assert said(asked, morning(CALENDAR.add(DUE, 1))) == {(VICE, Kind.ESCALATED_VICE)}
    assert (HANDLER, Kind.ASKED) in said(asked, morning(until))
    weekend = facts(snoozed={HANDLER: date(2026, 12, 12)})
    assert said(weekend, morning(date(2026, 12, 14))) == {(HANDLER, Kind.ASKED)}


def test_somebody_on_leave_is_stood_in_for() -> None:
    stand_ins = {HANDLER: DEPUTY, OFFICER: COLLEAGUE}
    now = morning(DUE, stand_ins=stand_ins, office=frozenset({COLLEAGUE}))
    assert said(facts(), now) == {(DEPUTY, Kind.TODAY)}
    assert said(facts(acted={DEPUTY: DUE}), now) == set()
    waiting = facts(state=S.SUBMITTED, part=Part.LEAD)
    assert said(waiting, now) == {(COLLEAGUE, Kind.VERIFY)}


def test_a_round_that_was_missed_is_made_up_for_once() -> None:
    day = CALENDAR.add(DUE, 2)
    missed = morning(day, since=CALENDAR.add(DUE, -2))
    assert (VICE, Kind.ESCALATED_VICE) in said(facts(), missed)
    assert (VICE, Kind.ESCALATED_VICE) not in said(facts(), morning(day))
    behind = morning(CALENDAR.add(DUE, -2), since=CALENDAR.add(DUE, -4))
    assert said(facts(), behind) == {(HANDLER, Kind.AHEAD)}


def test_the_last_round_is_looked_for_ten_working_days_back() -> None:
    assert last_round(None, DUE, CALENDAR) == CALENDAR.add(DUE, -1)
    assert last_round(CALENDAR.add(DUE, -3), DUE, CALENDAR) == CALENDAR.add(DUE, -3)
    assert last_round(date(2026, 1, 5), DUE, CALENDAR) == CALENDAR.add(DUE, -10)
    assert last_round(DUE, DUE, CALENDAR) == CALENDAR.add(DUE, -1)


def test_urgent_matters_are_said_on_days_off_and_in_quiet_hours_but_escalate_on_working_days() -> None:
    saturday = date(2026, 12, 19)
    late = facts(due_at=close(date(2026, 12, 18)), urgent=True)
    assert said(late, morning(saturday)) == {(HANDLER, Kind.OVERDUE)}
    assert said(late, morning(date(2026, 12, 21), quiet=True)) >= {(VICE, Kind.ESCALATED_VICE)}


# -- what holds for any obligation -----------------------------------------------------------------

days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
anything = st.builds(
    facts,
    state=st.sampled_from(list(ObligationState)),
    part=st.sampled_from(list(Part)),
    due_at=st.none() | days.map(close),
    weekly=st.booleans(),
    urgent=st.booleans(),
    sign_by=st.none() | days,
    specify_by=st.none() | days,
    handler=st.none() | st.just(HANDLER),
    vice_heads=st.sampled_from([(), (VICE,)]),
    offered_to=st.none() | st.just(COLLEAGUE),
    acted=st.dictionaries(st.integers(1, 8), days, max_size=3),
    snoozed=st.dictionaries(st.integers(1, 8), days, max_size=2),
)


@given(
    anything,
    days,
    st.booleans(),
    st.dictionaries(st.integers(1, 7), st.just(DEPUTY), max_size=3),
    st.sampled_from([frozenset(), frozenset({DEPUTY})]),
)
def test_nobody_is_told_on_a_day_off_in_quiet_hours_or_after_acting(
    of: Facts, day: date, quiet: bool, stand_ins: dict[int, int], office: frozenset[int]
) -> None:
    of = replace(of, acted={**of.acted, HANDLER: day})
    found = told(of, USUAL, morning(day, quiet=quiet, stand_ins=stand_ins, office=office))
    if not of.urgent and (quiet or not CALENDAR.is_workday(day)):
        assert found == ()
    if of.state in (S.DONE, S.CANCELLED, S.DRAFT):
        assert found == ()
    for one in found:
        assert of.acted.get(one.person) != day
        if one.person in stand_ins:  # only with what is not theirs to decide who stands in
            assert one.kind is Kind.VERIFY
            assert DEPUTY not in office
        assert not (one.kind is Kind.AHEAD and of.weekly)
    assert len({(one.person, one.kind) for one in found}) == len(found)


@given(days, st.integers(0, 30))
def test_each_escalation_is_told_once_over_any_run_of_mornings(due: date, longest: int) -> None:
    of = facts(due_at=close(due))
    since, times = CALENDAR.add(due, -1), dict.fromkeys((Kind.ESCALATED_VICE, Kind.ESCALATED_HEAD), 0)
    day = due
    while day < due + timedelta(days=45):
        if CALENDAR.is_workday(day) and (day - due).days % 7 != longest % 7:  # some mornings are missed
            for one in told(of, USUAL, morning(day, since=last_round(since, day, CALENDAR))):
                if one.kind in times:
                    times[one.kind] += 1
            since = day
        day += timedelta(days=1)
    assert set(times.values()) == {1}


def test_the_number_of_working_days_is_said_with_it() -> None:
    assert Told(HANDLER, Kind.AHEAD, 3) in told(facts(), USUAL, morning(CALENDAR.add(DUE, -3)))
    assert Told(HANDLER, Kind.OVERDUE, 2) in told(facts(), USUAL, morning(CALENDAR.add(DUE, 2)))
