"""Facts for the pure rule, read for some people at a time: the same few statements for any number."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time

from sqlmodel import Session, col, select

from commands.calendar import SHANGHAI, Workdays
from commands.reminders import rules
from commands.reminders.cards import Item
from commands.reminders.rules import Facts, Kind, Ladder, Round, Told
from commands.tasks import periods
from commands.tasks.rules import CLOCK_RUNS, SPECIFY_WORKDAYS, day_of
from storage.models import Initiative, ObligationState, Part, Role, Scope
from storage.queries import leave
from storage.queries import reminders as queries
from storage.queries.reminders import Listener, Row, UnitPeople

_DOOR = frozenset({Role.LIAISON, Role.VICE_HEAD, Role.HEAD})


@dataclass(slots=True)
class Gathered:
    """What one chunk of people may be told. ``doors``: person → the unit they receive for."""

    rows: dict[int, Row] = field(default_factory=dict)
    offered: dict[int, int] = field(default_factory=dict)
    units: dict[int, UnitPeople] = field(default_factory=dict)
    officers: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    ladders: Mapping[int, Ladder] = field(default_factory=dict)
    acted: Mapping[int, Mapping[int, date]] = field(default_factory=dict)
    snoozed: Mapping[int, Mapping[int, date]] = field(default_factory=dict)
    doors: Mapping[int, int] = field(default_factory=dict)
    people_names: Mapping[int, str] = field(default_factory=dict)
    unit_names: Mapping[int, str] = field(default_factory=dict)
    facts: dict[int, Facts] = field(default_factory=dict)  #: by obligation, each made once

    def add(self, rows: Iterable[Row]) -> None:
        self.rows.update((row.id, row) for row in rows)


def round_of(session: Session, job: str, planned: datetime, calendar: Workdays, *, quiet: bool) -> Round:
    """This run, and the day of the last one that told anybody anything."""
    before = queries.last_round(session, job, planned)
    today = day_of(planned)
    since = rules.last_round(day_of(before) if before else None, today, calendar)
    return Round(planned, since, calendar, quiet)


def gather(session: Session, people: Sequence[Listener], now: Round) -> tuple[Gathered, Round]:
    """Everything ``people`` may be told, and the round with who stands in for whom among them."""
    told = {one.id for one in people}
    concerned = told | leave.stood_in_for(session, told, now.today)
    stand_ins = leave.stand_ins(session, concerned, now.today)
    held = queries.grants_of(session, {*concerned, *stand_ins.values()})
    office = frozenset(person for person, role, _, _ in held if role is Role.OFFICE)
    now = replace(now, stand_ins=stand_ins, office=office)
    of = Gathered()
    grants = [grant for grant in held if grant[0] in concerned]
    units = {place for _, role, scope, place in grants if scope is Scope.UNIT and role in _DOOR}
    evening = datetime.combine(now.today, time.max, SHANGHAI)
    of.add(queries.of_handlers(session, concerned))
    of.add(queries.of_units(session, units, evening))
    of.add(queries.waiting_for_lead(session, concerned, units))
    for row, person in queries.offered(session, concerned):
        of.rows[row.id] = row
        of.offered[row.id] = person
    _gather_office(session, of, grants, concerned, now)
    of.units = queries.unit_people(
        session, units | {unit for row in of.rows.values() for unit in (row.unit_id, row.lead_unit_id)}
    )
    of.doors = {person: unit for unit in sorted(units) for person in of.units[unit].receivers}
    _gather_what_people_did(session, of, now, concerned)
    of.ladders = _ladders(session, {row.initiative_id for row in of.rows.values()})
    named = {row.handler_id for row in of.rows.values() if row.handler_id is not None} | {*now.stand_ins}
    of.people_names, of.unit_names = queries.names(session, named, of.units)
    return of, now


def _gather_office(
    session: Session,
    of: Gathered,
    grants: Iterable[tuple[int, Role, Scope, int]],
    concerned: Collection[int],
    now: Round,
) -> None:
    if not any(role is Role.OFFICE for _, role, _, _ in grants):
        return
    of.officers = queries.officers_by_initiative(session)
    looked_after = {one for one, officers in of.officers.items() if set(officers) & set(concerned)}
    of.add(queries.of_initiatives(session, looked_after, datetime.combine(now.today, time.min, SHANGHAI)))


def _gather_what_people_did(session: Session, of: Gathered, now: Round, concerned: Collection[int]) -> None:
    """Progress, 签收 and 报结 since the working day before, and what they asked to wait with."""
    start = datetime.combine(now.calendar.add(now.today, -1), time.min, SHANGHAI)
    acted: dict[int, dict[int, date]] = defaultdict(dict)
    acts = list(queries.acts_since(session, of.rows, start))
    for row in of.rows.values():
        for person, at in (
            (row.acknowledged_by_id, row.acknowledged_at),
            (row.submitted_by_id, row.submitted_at),
        ):
            if person is not None and at is not None and at >= start:
                acts.append((row.id, person, at))
    for obligation, person, at in acts:
        acted[obligation][person] = max(day_of(at), acted[obligation].get(person, date.min))
    of.acted = acted
    of.snoozed = queries.snoozes(session, concerned, now.since)


def _ladders(session: Session, initiatives: Collection[int]) -> dict[int, Ladder]:
    query = select(Initiative.id, Initiative.rules).where(col(Initiative.id).in_(initiatives))
    return {one: rules.ladder_of(said) for one, said in session.exec(query)}


def facts_of(row: Row, of: Gathered, calendar: Workdays) -> Facts:
    """One row as the rule wants it."""
    if row.id not in of.facts:
        of.facts[row.id] = _facts(row, of, calendar)
    return of.facts[row.id]


def _facts(row: Row, of: Gathered, calendar: Workdays) -> Facts:
    unit, lead_unit = of.units[row.unit_id], of.units[row.lead_unit_id]
    given = day_of(row.dispatched_at) if row.dispatched_at is not None else None
    unclear = given is not None and row.state is ObligationState.UNSPECIFIED
    supplement = row.first_submitted_at is not None and row.supplement_due_at is not None
    return Facts(
        state=row.state,
        part=row.part,
        due_at=row.supplement_due_at if supplement else row.due_at,
        grain=row.due_grain,
        weekly=periods.is_weekly(row.recurrence),
        urgent=row.number in of.ladders[row.initiative_id].urgent,
        sign_by=calendar.add(given, 1) if given and row.state is ObligationState.ASSIGNED else None,
        specify_by=calendar.add(given, SPECIFY_WORKDAYS) if given and unclear else None,
        handler=row.handler_id,
        receivers=unit.receivers,
        vice_heads=unit.vice_heads,
        heads=unit.heads,
        lead=(row.lead_handler_id,) if row.lead_handler_id is not None else lead_unit.receivers,
        officers=of.officers.get(row.initiative_id, ()),
        offered_to=of.offered.get(row.id),
        acted=of.acted.get(row.id, {}),
        snoozed=of.snoozed.get(row.id, {}),
    )


@dataclass(slots=True)
class ForPerson:
    """By obligation: what a person is told of it, and what else of theirs is open."""

    told: dict[int, list[Told]] = field(default_factory=lambda: defaultdict(list))
    mine: set[int] = field(default_factory=set)


def by_person(of: Gathered, people: Sequence[Listener], now: Round) -> dict[int, ForPerson]:
    """The rule, applied to each obligation; only what ``people`` are told is kept."""
    wanted = {one.id for one in people}
    found: dict[int, ForPerson] = defaultdict(ForPerson)
    for row in of.rows.values():
        facts = facts_of(row, of, now.calendar)
        for one in rules.told(facts, of.ladders[row.initiative_id], now):
            if one.person in wanted:
                found[one.person].told[row.id].append(one)
        if facts.state in CLOCK_RUNS and facts.state is not ObligationState.RELEASING:
            for person in rules.doers(facts):
                stand_in = now.stand_ins.get(person, person)
                if stand_in in wanted:
                    found[stand_in].mine.add(row.id)
    return found


def item_of(row: Row, of: Gathered, told: Sequence[Told], *, person: int, mine: bool, now: Round) -> Item:
    """One obligation in words, for ``person``; who stands in for its handler is told so."""
    facts = facts_of(row, of, now.calendar)
    lead = of.unit_names.get(row.lead_unit_id, "")
    cooperates = row.part is Part.COOPERATE
    text = row.title
    if cooperates:
        text = f"配合{lead}，给{row.content}" if row.content else f"配合{lead}"
    if mine and row.handler_id not in (None, person):
        text = f"替{of.people_names.get(row.handler_id or 0, '')} {text}"
    late = max((one.workdays for one in told if one.kind is not Kind.AHEAD), default=0)
    if not late and facts.due_at is not None and day_of(facts.due_at) < now.today:
        late = max(0, now.calendar.between(day_of(facts.due_at), now.today))
    away = next((one.away for one in told if one.kind is Kind.RELEASE), None)
    return Item(
        ref=f"T{row.number}",
        text=text,
        away=of.people_names.get(away or 0, ""),
        unit=of.unit_names.get(row.unit_id, ""),
        handler=of.people_names.get(row.handler_id or 0, ""),
        kinds=frozenset(one.kind for one in told),
        mine=mine,
        cooperates=cooperates,
        due_at=facts.due_at,
        grain=row.due_grain,
        late=late,
        recurrence=row.recurrence,
        sign_by=facts.sign_by,
    )
