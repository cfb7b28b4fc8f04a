"""Who is told what when: one pure function (``told``) over an obligation's facts, the calendar and a day.

======================  ==========================================================================
when                    who is told
======================  ==========================================================================
T-3, T-1, between       who does it (its handler, else whoever receives for the unit); not weekly ones
the day                 the same, and the unit's door (联络员); a day off moves it to the working day before
past the limit          the same two, each working day
+1 working day          分管负责人 (where there is none: 主要负责人)
+3 working days         主要负责人 (else 分管负责人), and the office
待签收, its limit there   whoever receives for the unit, each working day
待明确, its limit there   who does the lead's part
待本单位同意报出           who says 同意报出; the handler is left alone
已报结                    配合: who does the lead's part; 牵头: the office
offered (转交)            the colleague who has not answered
======================  ==========================================================================

Nothing to who acted, nothing on days off or in quiet hours (特急 excepted), nothing while 暂停计时.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from commands.calendar import SHANGHAI, Workdays
from commands.tasks.rules import CLOCK_RUNS, OPEN, day_of
from storage.models import Grain, ObligationState, Part

S = ObligationState


class Kind(StrEnum):
    """What a person is told about one obligation."""

    AHEAD = "ahead"  #: T-3, T-1
    SOON = "soon"  #: between those: on the morning card, never said late
    TODAY = "today"
    OVERDUE = "overdue"  #: to who does it
    ASKED = "asked"  #: the day the person wanted to be reminded
    UNIT_TODAY = "unit_today"  #: to the unit's door: a colleague's
    UNIT_OVERDUE = "unit_overdue"
    ESCALATED_VICE = "escalated_vice"  #: +1
    ESCALATED_HEAD = "escalated_head"  #: +3
    ESCALATED_OFFICE = "escalated_office"  #: +3
    SIGN = "sign"
    SPECIFY = "specify"
    ACCEPT = "accept"
    VERIFY = "verify"
    RELEASE = "release"
    TAKE_OVER = "take_over"


#: Words before the time limit: progress since the reminder of the working day before answers them.
_BEFORE = frozenset({Kind.AHEAD, Kind.SOON, Kind.ASKED})
#: What a snooze holds back: one's own reminders, never what others wait for or are told.
_SNOOZED = frozenset({Kind.AHEAD, Kind.SOON, Kind.TODAY, Kind.OVERDUE})
#: What is not made up for when the morning was missed: an overview of a day that has begun.
OVERVIEW = frozenset({Kind.SOON, Kind.UNIT_TODAY, Kind.UNIT_OVERDUE})


@dataclass(frozen=True, slots=True)
class Ladder:
    """Working days before and after the time limit; an initiative may have its own (``ladder_of``)."""

    ahead: tuple[int, ...] = (3, 1)
    vice_after: int = 1
    head_after: int = 3
    urgent: frozenset[int] = frozenset()  #: numbers of the matters that are 特急


@dataclass(frozen=True, slots=True)
class Facts:
    """One obligation as it stands. People by id; ``receivers`` are the unit's door (联络员, else its heads).

    ``due_at`` is what is expected next: the supplement's limit while one is asked for.
    """

    state: ObligationState
    part: Part
    due_at: datetime | None = None
    grain: Grain = Grain.DAY
    weekly: bool = False  #: recurs at least weekly: the day only
    urgent: bool = False
    sign_by: date | None = None
    specify_by: date | None = None
    handler: int | None = None
    receivers: tuple[int, ...] = ()
    vice_heads: tuple[int, ...] = ()
    heads: tuple[int, ...] = ()
    lead: tuple[int, ...] = ()  #: who does the lead's part
    officers: tuple[int, ...] = ()
    offered_to: int | None = None
    acted: Mapping[int, date] = field(default_factory=dict)  #: the day each last did something about it
    snoozed: Mapping[int, date] = field(default_factory=dict)  #: not before that day


@dataclass(frozen=True, slots=True)
class Round:
    """One run of the reminders. ``since``: the day of the last round that was given; what fell on days
    after it and up to today is said today, so that a stop loses nothing."""

    at: datetime
    since: date
    calendar: Workdays
    quiet: bool = False  #: the installation's quiet hours
    stand_ins: Mapping[int, int] = field(default_factory=dict)  #: on leave → who stands in
    office: frozenset[int] = frozenset()  #: of those who stand in, who is of the office themselves

    @property
    def today(self) -> date:
        return self.at.astimezone(SHANGHAI).date()


@dataclass(frozen=True, slots=True)
class Told:
    person: int
    kind: Kind
    workdays: int = 0  #: AHEAD: to go; OVERDUE and escalations: late
    away: int | None = None  #: in whose stead


def ladder_of(rules: Mapping[str, object]) -> Ladder:
    """The ladder in ``Initiative.rules``: ``{"ladder": {"ahead": [3, 1], "vice_after": 1, "head_after": 3},
    "urgent": [12]}``; what is missing or no count is as usual."""
    said = rules.get("ladder")
    given = said if isinstance(said, Mapping) else {}
    usual = Ladder()
    return Ladder(
        ahead=_counts(given.get("ahead"), usual.ahead),
        vice_after=_count(given.get("vice_after"), usual.vice_after),
        head_after=_count(given.get("head_after"), usual.head_after),
        urgent=frozenset(_counts(rules.get("urgent"), ())),
    )


def _counts(said: object, usual: tuple[int, ...]) -> tuple[int, ...]:
    if not isinstance(said, list):
        return usual
    return tuple(n for n in said if isinstance(n, int) and not isinstance(n, bool) and n > 0)


def _count(said: object, usual: int) -> int:
    return said if isinstance(said, int) and not isinstance(said, bool) and said > 0 else usual


def told(facts: Facts, ladder: Ladder, now: Round) -> tuple[Told, ...]:
    """Everybody who is told something about this obligation in this round, and what; each pair once."""
    if not facts.urgent and (now.quiet or not now.calendar.is_workday(now.today)):
        return ()
    if facts.state not in OPEN:
        return ()
    found: dict[tuple[int, Kind], Told] = {}
    for one in (*_of_the_limit(facts, ladder, now), *_of_the_state(facts, now)):
        if _is_held_back(facts, one, now):
            continue
        person = _there(facts, one, now)
        moved = Told(person, one.kind, one.workdays, None if person == one.person else one.person)
        if not _is_held_back(facts, moved, now):
            found.setdefault((person, one.kind), moved)
    return tuple(found.values())


def _there(facts: Facts, one: Told, now: Round) -> int:
    """Who is told: who stands in, if they may do what is asked: nobody lets out their own, and a role
    beyond the unit is not lent."""
    person = now.stand_ins.get(one.person, one.person)
    own = one.kind is Kind.RELEASE and person == facts.handler
    foreign = one.kind is Kind.VERIFY and person not in now.office
    return one.person if own or foreign else person


def doers(facts: Facts) -> tuple[int, ...]:
    """Who does it: the handler, else whoever receives for the unit."""
    return (facts.handler,) if facts.handler is not None else facts.receivers


def _door(facts: Facts) -> tuple[int, ...]:
    """Whoever receives for the unit; not a liaison who has handed in a matter of their own."""
    if facts.state is S.RELEASING:
        return tuple(person for person in facts.receivers if person != facts.handler)
    return facts.receivers


def _is_held_back(facts: Facts, one: Told, now: Round) -> bool:
    """They acted, or asked not to be reminded before a later day."""
    acted = facts.acted.get(one.person)
    if acted is not None:
        answered = now.calendar.add(now.today, -1) if one.kind in _BEFORE else now.today
        if acted >= answered:
            return True
    snoozed = facts.snoozed.get(one.person)
    return one.kind in _SNOOZED and snoozed is not None and snoozed > now.today


def _of_the_limit(facts: Facts, ladder: Ladder, now: Round) -> Iterable[Told]:
    """T-3, T-1, the day, overdue, +1, +3; and the day the person asked for."""
    if facts.state not in CLOCK_RUNS or facts.due_at is None:
        return
    mine = () if facts.state is S.RELEASING else doers(facts)
    for person in mine:
        asked = facts.snoozed.get(person)
        if asked is not None and now.since < asked <= now.today:
            yield Told(person, Kind.ASKED)
    due, today = day_of(facts.due_at), now.today
    if today > due:
        yield from _overdue(facts, ladder, now, mine)
        return
    kind = _step(facts, ladder, now, due)
    if kind is not None:
        to_go = now.calendar.between(today, due)
        yield from (Told(person, kind, to_go) for person in mine)
    if kind is Kind.TODAY and facts.handler is not None:
        yield from (Told(person, Kind.UNIT_TODAY) for person in _door(facts))


def _step(facts: Facts, ladder: Ladder, now: Round, due: date) -> Kind | None:
    """The step that falls on today, or fell on a day since the last round; the nearest to the limit."""
    last = due if now.calendar.is_workday(due) else now.calendar.add(due, -1)
    if now.today == due or now.since < last <= now.today:
        return Kind.TODAY
    if facts.weekly:
        return None
    steps = [now.calendar.add(last, -days) for days in ladder.ahead]
    if any(now.since < step <= now.today for step in steps):
        return Kind.AHEAD
    near = bool(steps) and min(steps) < now.today and now.calendar.is_workday(now.today)
    return Kind.SOON if near else None


def _overdue(facts: Facts, ladder: Ladder, now: Round, mine: tuple[int, ...]) -> Iterable[Told]:
    """The limit's day is past."""
    assert facts.due_at is not None  # noqa: S101 - asked for by the caller
    due = day_of(facts.due_at)
    late = now.calendar.between(due, now.today)  # 0 only on a day off, for 特急: nobody else is told then
    yield from (Told(person, Kind.OVERDUE, late) for person in mine)
    if facts.handler is not None:
        yield from (Told(person, Kind.UNIT_OVERDUE, late) for person in _door(facts))
    before = max(0, now.calendar.between(due, now.since)) if now.since > due else 0
    if before < ladder.vice_after <= late:
        for person in facts.vice_heads or facts.heads:
            yield Told(person, Kind.ESCALATED_VICE, late)
    if before < ladder.head_after <= late:
        for person in facts.heads or facts.vice_heads:
            yield Told(person, Kind.ESCALATED_HEAD, late)
        for person in facts.officers:
            yield Told(person, Kind.ESCALATED_OFFICE, late)


def _of_the_state(facts: Facts, now: Round) -> Iterable[Told]:
    """What waits for somebody, each working day until they act."""
    waits: list[tuple[Kind, tuple[int, ...]]] = []
    if facts.state is S.ASSIGNED and facts.sign_by is not None and now.today >= facts.sign_by:
        waits.append((Kind.SIGN, facts.receivers))
    if facts.state is S.UNSPECIFIED and facts.specify_by is not None and now.today >= facts.specify_by:
        waits.append((Kind.SPECIFY, facts.lead))
    if facts.state is S.RELEASING:
        waits.append((Kind.RELEASE, facts.vice_heads or facts.heads))
    if facts.state is S.SUBMITTED:
        to = (Kind.VERIFY, facts.officers) if facts.part is Part.LEAD else (Kind.ACCEPT, facts.lead)
        waits.append(to)
    if facts.offered_to is not None:
        waits.append((Kind.TAKE_OVER, (facts.offered_to,)))
    for kind, people in waits:
        yield from (Told(person, kind) for person in people)


def last_round(before: date | None, today: date, calendar: Workdays) -> date:
    """``since`` of a round: the day of the last one given, at most ten working days back; without one,
    the working day before."""
    usual = calendar.add(today, -1)
    if before is None or before >= today:
        return usual
    return max(min(before, today - timedelta(days=1)), calendar.add(today, -10))
