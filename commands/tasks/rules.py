"""The life of a matter: which step leads where, when it is late, whose it is. Pure; no session.

The one lifecycle table of the product is ``LIFECYCLE``.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum

from commands.calendar import SHANGHAI, WEEKDAYS, Workdays
from storage.models import Obligation, ObligationState, Part, TaskState

S = ObligationState


class Step(StrEnum):
    """What can happen to an obligation. The value is the action in 办理记录."""

    DISPATCH = "dispatch"  #: 下发, 交办
    SPECIFY = "specify"  #: 明确配合
    WAIVE = "waive"  #: 不需配合
    ACKNOWLEDGE = "acknowledge"  #: 签收
    DELEGATE = "delegate"  #: 分办
    HAND_OVER = "hand_over"  #: 转交
    REPORT = "report"  #: 进展
    SUBMIT = "submit"  #: 报结, at once to whoever looks at it
    SUBMIT_FOR_RELEASE = "submit_for_release"  #: 报结, first to the head of the own unit
    RELEASE = "release"  #: 同意报出
    REVISE = "revise"  #: 退改
    ACCEPT = "accept"  #: 确认
    ASK_FOR_MORE = "ask_for_more"  #: 请补充
    VERIFY = "verify"  #: 通过
    SEND_BACK = "send_back"  #: 退回重办
    SUSPEND = "suspend"  #: 暂停计时
    RESUME = "resume"  #: 恢复
    CANCEL = "cancel"  #: 终止


_OPEN = (S.UNSPECIFIED, S.ASSIGNED, S.IN_PROGRESS, S.RELEASING, S.SUBMITTED, S.SUSPENDED)


def _stays(*states: S) -> dict[S, S]:
    return {state: state for state in states}


def _to(target: S, *states: S) -> dict[S, S]:
    return dict.fromkeys(states, target)


#: Steps that are the same for both parts. Work on what was not signed for signs for it: 签收 is implied.
_BOTH: Mapping[Step, Mapping[S, S]] = {
    Step.ACKNOWLEDGE: _to(S.IN_PROGRESS, S.ASSIGNED),
    Step.DELEGATE: _stays(S.UNSPECIFIED, S.ASSIGNED, S.IN_PROGRESS, S.SUSPENDED),
    Step.HAND_OVER: _stays(S.ASSIGNED, S.IN_PROGRESS, S.SUSPENDED),
    Step.REPORT: {**_to(S.IN_PROGRESS, S.ASSIGNED, S.IN_PROGRESS), **_stays(S.SUSPENDED)},
    Step.SUBMIT: _to(S.SUBMITTED, S.ASSIGNED, S.IN_PROGRESS),
    Step.SUBMIT_FOR_RELEASE: _to(S.RELEASING, S.ASSIGNED, S.IN_PROGRESS),
    Step.RELEASE: _to(S.SUBMITTED, S.RELEASING),
    Step.REVISE: _to(S.IN_PROGRESS, S.RELEASING),
    Step.SUSPEND: _to(S.SUSPENDED, S.ASSIGNED, S.IN_PROGRESS),
    Step.RESUME: _to(S.IN_PROGRESS, S.SUSPENDED),
    Step.CANCEL: _to(S.CANCELLED, S.DRAFT, *_OPEN),
}

#: Part × step × state → state. What is not in it cannot be done.
LIFECYCLE: Mapping[Part, Mapping[Step, Mapping[S, S]]] = {
    Part.LEAD: {
        **_BOTH,
        Step.DISPATCH: _to(S.ASSIGNED, S.DRAFT),
        Step.VERIFY: _to(S.DONE, S.SUBMITTED),
        Step.SEND_BACK: _to(S.IN_PROGRESS, S.SUBMITTED),
    },
    Part.COOPERATE: {
        **_BOTH,
        Step.DISPATCH: _to(S.UNSPECIFIED, S.DRAFT),
        Step.SPECIFY: _to(S.ASSIGNED, S.DRAFT, S.UNSPECIFIED, S.ASSIGNED),
        Step.WAIVE: _to(S.CANCELLED, S.UNSPECIFIED, S.ASSIGNED, S.IN_PROGRESS, S.SUSPENDED),
        Step.ACCEPT: _to(S.DONE, S.SUBMITTED),
        Step.ASK_FOR_MORE: _to(S.IN_PROGRESS, S.SUBMITTED),
    },
}

#: The states as they are said.
SAID: Mapping[S, str] = {
    S.DRAFT: "草稿",
    S.UNSPECIFIED: "待明确",
    S.ASSIGNED: "待签收",
    S.IN_PROGRESS: "办理中",
    S.RELEASING: "待本单位同意报出",
    S.SUBMITTED: "已报结",
    S.DONE: "办结",
    S.SUSPENDED: "暂停计时",
    S.CANCELLED: "终止",
}
SAID_OF_TASK: Mapping[TaskState, str] = {
    TaskState.DRAFT: "草稿",
    TaskState.ACTIVE: "办理中",
    TaskState.DONE: "办结",
    TaskState.CANCELLED: "终止",
}

#: The steps as they are said in a history.
SAID_STEP: Mapping[str, str] = {
    Step.DISPATCH: "下发",
    Step.SPECIFY: "明确配合",
    Step.WAIVE: "不需配合",
    Step.ACKNOWLEDGE: "签收",
    Step.DELEGATE: "分办",
    Step.HAND_OVER: "转交",
    Step.REPORT: "进展",
    Step.SUBMIT: "报结",
    Step.SUBMIT_FOR_RELEASE: "报结，送本单位审核",
    Step.RELEASE: "同意报出",
    Step.REVISE: "退改",
    Step.ACCEPT: "确认",
    Step.ASK_FOR_MORE: "请补充",
    Step.VERIFY: "审核通过",
    Step.SEND_BACK: "退回重办",
    Step.SUSPEND: "暂停计时",
    Step.RESUME: "恢复计时",
    Step.CANCEL: "终止",
}
#: What else changes an obligation, as it is said in a history.
SAID_CHANGE: Mapping[str, str] = {
    "change_limit": "调整时限",
    "agree_limit": "同意商量的时限",
    "grant_extension": "同意延期",
}

#: States in which the clock of a time limit runs. Handing in stops it, the unit's own release does not.
CLOCK_RUNS = frozenset({S.ASSIGNED, S.IN_PROGRESS, S.RELEASING})
OPEN = frozenset(_OPEN)
#: States in which the lead's time limit still moves with what it waits for.
MOVES = frozenset({S.ASSIGNED, S.IN_PROGRESS, S.RELEASING, S.SUSPENDED})
#: States in which a card waits for somebody's decision about the report: a limit that moves meanwhile
#: changes nothing of what is decided, so the card stays good.
DECIDED_ON = frozenset({S.RELEASING, S.SUBMITTED})
CLOSED = frozenset({S.DONE, S.CANCELLED})


def next_state(part: Part, step: Step, state: S) -> S | None:
    """The state after ``step``, or None when it cannot be taken now."""
    return LIFECYCLE[part].get(step, {}).get(state)


# -- time ------------------------------------------------------------------------------------------


class Light(StrEnum):
    """How an obligation stands. Computed, never stored."""

    NORMAL = "正常"
    NEAR = "临期"
    BEHIND = "滞后"
    OVERDUE = "逾期"
    SUSPENDED = "暂停"


TABLE = "table"  #: what the answer to a table sent without a word is about: a sentence makes it needless
NEAR_WORKDAYS = 1  #: 临期 from the working day before; earlier it would cry wolf
BEHIND_POINTS = 20  #: 滞后: percent reported this far behind the time that has passed
SUPPLEMENT_WORKDAYS = 2  #: working days to add what 请补充 asks for
SPECIFY_WORKDAYS = 2  #: working days in which the lead is to say what it wants of others


def day_of(at: datetime) -> date:
    """The day in Shanghai."""
    return at.astimezone(SHANGHAI).date()


def say_moment(at: datetime) -> str:
    """``12月9日（周三）10:55``."""
    local = at.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日（周{WEEKDAYS[local.weekday()]}）{local:%H:%M}"


def is_overdue(obligation: Obligation, now: datetime) -> bool:
    """Its clock runs and its time limit is past; a supplement in work is not late by the limit.

    Once it was reported, the report's own time decides (``workdays_late``).
    """
    if obligation.state not in CLOCK_RUNS:
        return False
    limit = clock_limit(obligation)
    return limit is not None and now > limit


def clock_limit(obligation: Obligation) -> datetime | None:
    """Until when something is expected now: the supplement's limit while one is asked for."""
    if obligation.first_submitted_at is not None and obligation.supplement_due_at is not None:
        return obligation.supplement_due_at
    return obligation.due_at


def workdays_late(obligation: Obligation, calendar: Workdays, *, now: datetime | None = None) -> int:
    """Working days between the time limit and the first report (原报出时间), at least 1 when late.

    ``now`` counts a report that has not been made yet as made now. 0: on time, or no limit.
    """
    reported = obligation.first_submitted_at or now
    if reported is None or obligation.due_at is None or reported <= obligation.due_at:
        return 0
    return max(1, calendar.between(day_of(obligation.due_at), day_of(reported)))


def light(obligation: Obligation, *, now: datetime, calendar: Workdays, percent: int | None = None) -> Light:
    """``percent``: the last one reported, if any."""
    if obligation.state is S.SUSPENDED:
        return Light.SUSPENDED
    if is_overdue(obligation, now):
        return Light.OVERDUE
    limit = clock_limit(obligation)
    if obligation.state not in CLOCK_RUNS or limit is None:
        return Light.NORMAL
    if calendar.between(day_of(now), day_of(limit)) <= NEAR_WORKDAYS:
        return Light.NEAR
    if percent is not None and obligation.dispatched_at is not None:
        whole = (limit - obligation.dispatched_at).total_seconds()
        passed = 100 * (now - obligation.dispatched_at).total_seconds() / whole if whole > 0 else 0
        if passed - percent >= BEHIND_POINTS:
            return Light.BEHIND
    return Light.NORMAL


def lead_shift(late: Obligation, others: Iterable[Obligation], calendar: Workdays) -> int:
    """By how many working days the lead's time limit moves because ``late`` was just reported late.

    The units wait in parallel: what an earlier late report of another unit has moved counts once.
    """
    moved = max((workdays_late(other, calendar) for other in others if other is not late), default=0)
    return max(0, workdays_late(late, calendar) - moved)


def moved_due(due_at: datetime, workdays: int, calendar: Workdays) -> datetime:
    """``due_at`` that many working days later, at the same time of day."""
    local = due_at.astimezone(SHANGHAI)
    return datetime.combine(calendar.add(local.date(), workdays), local.timetz())


# -- whose -----------------------------------------------------------------------------------------


def in_period(obligations: Sequence[Obligation], period: int) -> list[Obligation]:
    """Those of one period, by position."""
    return sorted((o for o in obligations if o.period == period), key=lambda o: o.position)


def open_periods(obligations: Iterable[Obligation]) -> list[int]:
    """Those that are not over, the first one first."""
    return sorted({o.period for o in obligations if o.part is Part.LEAD and o.state not in CLOSED})


def current(obligations: Sequence[Obligation]) -> list[Obligation]:
    """Those of the running period, by position: the first period that is not over, else the last."""
    periods = sorted({o.period for o in obligations})
    for period in periods:
        now = in_period(obligations, period)
        lead = next((o for o in now if o.part is Part.LEAD), None)
        if period == periods[-1] or lead is None or lead.state not in CLOSED:
            return now
    return []


def of_open_periods(obligations: Sequence[Obligation]) -> list[Obligation]:
    """Those of every open period, else of the running one."""
    numbers = open_periods(obligations)
    return [o for o in obligations if o.period in numbers] or current(obligations)


def lead_of(obligations: Sequence[Obligation], period: int | None = None) -> Obligation:
    """The lead's obligation of that period, else of the running one."""
    rows = current(obligations) if period is None else in_period(obligations, period)
    return next(o for o in rows if o.part is Part.LEAD)


def meant(
    obligations: Sequence[Obligation],
    part: int | None,
    *,
    person_id: int,
    unit_id: int | None,
    step: Step | None = None,
) -> Obligation | None:
    """Which obligation ``T12`` or ``T12.2`` is when this person says it; None for a part there is not.

    Theirs as handler, else their unit's, else the lead's; of the first period in which ``step`` can be
    taken (last week's report waits while this week's work goes on), else of the running one.
    """
    if step is not None:
        for period in sorted({o.period for o in obligations}):
            one = _pick(in_period(obligations, period), part, person_id, unit_id)
            if one is not None and next_state(one.part, step, one.state) is not None:
                return one
    return _pick(current(obligations), part, person_id, unit_id)


def _pick(
    rows: Sequence[Obligation], part: int | None, person_id: int, unit_id: int | None
) -> Obligation | None:
    if part is not None:
        return next((o for o in rows if o.position == part), None)
    mine = [o for o in rows if o.handler_id == person_id and o.unit_id == unit_id]
    ours = [o for o in rows if o.unit_id == unit_id]
    return next(iter([*mine, *ours, *rows]), None)


def first_period(obligations: Sequence[Obligation], step: Step, part: Part) -> int:
    """The first period in which an obligation of that part can take ``step``, else the running one."""
    fitting = (o.period for o in obligations if o.part is part and next_state(part, step, o.state))
    return min(fitting, default=current(obligations)[0].period)


def period_to_specify(obligations: Sequence[Obligation], now: datetime) -> int:
    """The period whose co-operation is to be specified: the first whose lead's limit is still ahead, as
    nothing can be wanted for one that is past; else the first in which it can be said at all."""
    waiting = {
        o.period
        for o in obligations
        if o.part is Part.COOPERATE and next_state(o.part, Step.SPECIFY, o.state) is not None
    }
    leads = [lead_of(obligations, period) for period in sorted(waiting)]
    ahead = (lead.period for lead in leads if lead.due_at is None or lead.due_at > now)
    return next(ahead, first_period(obligations, Step.SPECIFY, Part.COOPERATE))


def is_own(obligation: Obligation, *, person_id: int, unit_id: int | None) -> bool:
    """Nobody accepts their own: neither the person who did or reported it, nor anybody of its unit.

    Compared by person, whatever account they use.
    """
    if person_id in (obligation.handler_id, obligation.submitted_by_id):
        return True
    return unit_id is not None and unit_id == obligation.unit_id


def needs_release(rules: Mapping[str, object]) -> bool:
    """Whether the unit's word waits for its head's 同意报出; an initiative may switch it off."""
    return bool(rules.get("release_required", True))


def still_wanted(obligations: Sequence[Obligation], period: int | None = None) -> list[Obligation]:
    """Co-operation of that period (else the running one) that is neither 确认 nor 不需配合: the lead
    waits for it."""
    rows = current(obligations) if period is None else in_period(obligations, period)
    return [o for o in rows if o.part is Part.COOPERATE and o.state not in CLOSED]
