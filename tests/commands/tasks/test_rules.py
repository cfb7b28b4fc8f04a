"""The lifecycle by table (every part × step × state), the lights, the clocks, and whose an obligation is."""

from datetime import datetime
from itertools import product

import pytest

from commands.calendar import Workdays
from commands.tasks import rules
from commands.tasks.cards.described import called, say_recurrence, with_due
from commands.tasks.rules import Light, Step
from storage.models import Obligation, ObligationState, Part
from tests.factories import at

CALENDAR = Workdays()
S = ObligationState
_LETTERS = {
    "D": S.DRAFT,
    "U": S.UNSPECIFIED,
    "A": S.ASSIGNED,
    "W": S.IN_PROGRESS,
    "R": S.RELEASING,
    "H": S.SUBMITTED,
    "F": S.DONE,
    "P": S.SUSPENDED,
    "C": S.CANCELLED,
}
#: What may happen: from+to pairs by step; everything else may not. Letters as above.
ALLOWED = {
    Part.LEAD: {
        Step.DISPATCH: "DA",
        Step.ACKNOWLEDGE: "AW",
        Step.DELEGATE: "UU AA WW PP",
        Step.HAND_OVER: "AA WW PP",
        Step.REPORT: "AW WW PP",
        Step.SUBMIT: "AH WH",
        Step.SUBMIT_FOR_RELEASE: "AR WR",
        Step.RELEASE: "RH",
        Step.REVISE: "RW",
        Step.VERIFY: "HF",
        Step.SEND_BACK: "HW",
        Step.SUSPEND: "AP WP",
        Step.RESUME: "PW",
        Step.CANCEL: "DC UC AC WC RC HC PC",
    },
    Part.COOPERATE: {
        Step.DISPATCH: "DU",
        Step.SPECIFY: "DA UA AA",
        Step.WAIVE: "UC AC WC PC",
        Step.ACKNOWLEDGE: "AW",
        Step.DELEGATE: "UU AA WW PP",
        Step.HAND_OVER: "AA WW PP",
        Step.REPORT: "AW WW PP",
        Step.SUBMIT: "AH WH",
        Step.SUBMIT_FOR_RELEASE: "AR WR",
        Step.RELEASE: "RH",
        Step.REVISE: "RW",
        Step.ACCEPT: "HF",
        Step.ASK_FOR_MORE: "HW",
        Step.SUSPEND: "AP WP",
        Step.RESUME: "PW",
        Step.CANCEL: "DC UC AC WC RC HC PC",
    },
}


@pytest.mark.parametrize(("part", "step", "state"), [*product(Part, Step, ObligationState)])
def test_the_lifecycle_allows_exactly_what_is_listed(part: Part, step: Step, state: ObligationState) -> None:
    pairs = {_LETTERS[a]: _LETTERS[b] for a, b in ALLOWED[part].get(step, "").split()}
    assert rules.next_state(part, step, state) is pairs.get(state)


def test_nothing_happens_to_what_is_over() -> None:
    for part, step, state in product(Part, Step, rules.CLOSED):
        assert rules.next_state(part, step, state) is None


def test_every_step_and_state_can_be_said() -> None:
    assert set(rules.SAID) == set(ObligationState)
    assert set(rules.SAID_STEP) == set(Step)


def obligation(
    state: ObligationState = S.IN_PROGRESS,
    due: datetime | None = None,
    *,
    part: Part = Part.LEAD,
    position: int = 1,
    unit_id: int = 1,
    handler_id: int | None = None,
    submitted: datetime | None = None,
    period: int = 1,
    supplement: datetime | None = None,
) -> Obligation:
    return Obligation(
        task_id=1,
        part=part,
        position=position,
        period=period,
        unit_id=unit_id,
        handler_id=handler_id,
        state=state,
        due_at=due,
        dispatched_at=at(11, 23),
        first_submitted_at=submitted,
        supplement_due_at=supplement,
    )


@pytest.mark.parametrize(
    ("state", "now", "late"),
    [
        (S.IN_PROGRESS, at(12, 9, 18), False),
        (S.IN_PROGRESS, at(12, 9, 18, 1), True),
        (S.ASSIGNED, at(12, 9, 18, 1), True),
        (S.RELEASING, at(12, 9, 18, 1), True),  # waiting inside the own unit is the unit's time
        (S.SUBMITTED, at(12, 20), False),
        (S.SUSPENDED, at(12, 20), False),
        (S.UNSPECIFIED, at(12, 20), False),
        (S.DONE, at(12, 20), False),
    ],
)
def test_overdue_is_when_the_clock_runs_past_the_limit(
    state: ObligationState, now: datetime, late: bool
) -> None:
    assert rules.is_overdue(obligation(state, at(12, 9, 18)), now) is late


def test_a_supplement_is_late_by_its_own_limit() -> None:
    one = obligation(
        due=at(12, 9, 18), submitted=at(12, 9, 10), part=Part.COOPERATE, supplement=at(12, 11, 18)
    )
    assert not rules.is_overdue(one, at(12, 10))
    assert rules.is_overdue(one, at(12, 12))


@pytest.mark.parametrize(
    ("state", "now", "percent", "shown"),
    [
        (S.IN_PROGRESS, at(12, 1), None, Light.NORMAL),
        (S.IN_PROGRESS, at(12, 16), None, Light.NORMAL),
        (S.IN_PROGRESS, at(12, 17), None, Light.NEAR),
        (S.IN_PROGRESS, at(12, 18, 9), None, Light.NEAR),
        (S.IN_PROGRESS, at(12, 18, 19), None, Light.OVERDUE),
        (S.IN_PROGRESS, at(12, 14), 30, Light.BEHIND),
        (S.IN_PROGRESS, at(12, 14), 80, Light.NORMAL),
        (S.SUSPENDED, at(12, 30), None, Light.SUSPENDED),
        (S.SUBMITTED, at(12, 30), None, Light.NORMAL),
    ],
)
def test_the_light(state: ObligationState, now: datetime, percent: int | None, shown: Light) -> None:
    one = obligation(state, at(12, 18, 18))
    assert rules.light(one, now=now, calendar=CALENDAR, percent=percent) is shown


def test_two_working_days_before_new_year_is_not_near() -> None:
    """1月2日（周六）, due 1月5日（周二）: 正常."""
    one = obligation(due=at(1, 5, 18, year=2027))
    assert rules.light(one, now=at(1, 2, 20, 10, year=2027), calendar=CALENDAR) is Light.NORMAL


@pytest.mark.parametrize(
    ("reported", "days"),
    [(at(12, 9, 18), 0), (at(12, 9, 18, 1), 1), (at(12, 10), 1), (at(12, 14), 3), (at(12, 12), 2)],
)
def test_lateness_counts_working_days_from_the_first_report(reported: datetime, days: int) -> None:
    assert rules.workdays_late(obligation(due=at(12, 9, 18), submitted=reported), CALENDAR) == days


def test_the_lead_moves_by_the_latest_unit_not_by_the_sum() -> None:
    first = obligation(due=at(12, 9, 18), submitted=at(12, 11), part=Part.COOPERATE, position=2)
    second = obligation(due=at(12, 9, 18), submitted=at(12, 14), part=Part.COOPERATE, position=3)
    on_time = obligation(due=at(12, 9, 18), submitted=at(12, 9), part=Part.COOPERATE, position=4)
    open_ = obligation(due=at(12, 9, 18), part=Part.COOPERATE, position=5)
    assert rules.lead_shift(first, [first, open_], CALENDAR) == 2
    assert rules.lead_shift(second, [first, second, on_time], CALENDAR) == 1
    assert rules.lead_shift(on_time, [first, second, on_time], CALENDAR) == 0


def test_a_limit_moves_by_working_days_and_keeps_its_time() -> None:
    assert rules.moved_due(at(12, 11, 12), 1, CALENDAR) == at(12, 14, 12)
    assert rules.moved_due(at(9, 30, 18), 1, CALENDAR) == at(10, 8, 18)  # 国庆


def three() -> list[Obligation]:
    return [
        obligation(unit_id=1, handler_id=11),
        obligation(unit_id=2, handler_id=21, part=Part.COOPERATE, position=2),
        obligation(unit_id=3, part=Part.COOPERATE, position=3),
    ]


@pytest.mark.parametrize(
    ("part", "person", "unit", "position"),
    [
        (None, 11, 1, 1),
        (None, 21, 2, 2),
        (None, 22, 2, 2),  # a colleague of the same unit
        (None, 31, 3, 3),
        (None, 99, 9, 1),  # the office, or a unit that is not in it
        (None, 99, None, 1),
        (2, 11, 1, 2),
        (1, 21, 2, 1),
        (4, 11, 1, None),
    ],
)
def test_which_obligation_a_number_means(
    part: int | None, person: int, unit: int | None, position: int | None
) -> None:
    found = rules.meant(three(), part, person_id=person, unit_id=unit)
    assert (found.position if found else None) == position


def test_somebody_who_moved_no_longer_means_their_old_unit_s_part() -> None:
    found = rules.meant(three(), None, person_id=21, unit_id=3)
    assert found is not None
    assert found.position == 3


def test_the_running_period_is_the_first_that_is_not_over() -> None:
    rows = [
        obligation(S.DONE, period=1),
        obligation(S.CANCELLED, period=1, part=Part.COOPERATE, position=2),
        obligation(S.IN_PROGRESS, period=2),
        obligation(S.DRAFT, period=3),
    ]
    assert [o.period for o in rules.current(rows)] == [2]
    assert [o.period for o in rules.current(rows[:2])] == [1, 1]
    assert rules.current([]) == []


@pytest.mark.parametrize(
    ("person", "unit", "own"),
    [(21, 2, True), (22, 2, True), (21, 9, True), (11, 1, False), (99, None, False), (55, 1, True)],
)
def test_nobody_accepts_their_own(person: int, unit: int | None, own: bool) -> None:
    one = obligation(unit_id=2, handler_id=21, part=Part.COOPERATE, position=2)
    one.submitted_by_id = 55
    assert rules.is_own(one, person_id=person, unit_id=unit) is own


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("WEEKLY:FR", "每周五"),
        ("WEEKLY:FR 18:00", "每周五"),
        ("WEEKLY:MO,TH", "每周一、四"),
        ("DAILY", "每天"),
        ("WORKDAY", "每个工作日"),
        ("MONTHLY:25", "每月25日"),
        ("MONTHLY:-1", "每月底"),
        ("QUARTERLY:3-25", "每季度"),
        ("YEARLY:12-25", "每年12月25日"),
    ],
)
def test_a_recurrence_is_said_in_words(rule: str, said: str) -> None:
    assert say_recurrence(rule) == said


@pytest.mark.parametrize(
    ("name", "title", "said"),
    [
        ("罗建", "分管副局长", "罗局"),
        ("苏岚", "分管副主任", "苏主任"),
        ("方志", "秘书长", "方秘书长"),
        ("高宁", "科员", "高宁"),
    ],
)
def test_how_a_head_is_called(name: str, title: str, said: str) -> None:
    assert called(name, title) == said


def test_a_long_title_never_hides_the_day() -> None:
    shown = with_due("关于进一步规范生活垃圾分类投放收集运输处置全过程管理的工作方案", "12月14日（周一）")
    assert shown.endswith("…，12月14日（周一）")
    assert len(shown) <= 26
