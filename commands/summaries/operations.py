"""The leader's summary."""

from datetime import datetime, time, timedelta

from sqlmodel import Session

from commands.calendar import SHANGHAI, Workdays
from commands.directory.rules import called as forms_of_address
from commands.directory.rules import surname
from commands.notify import LANE_REMINDER, Channels, Notices
from commands.ranking.rules.explaining import numeral
from commands.summaries import rules
from commands.summaries.rules import Late, Week
from commands.tasks.rules import day_of
from storage.clock import Moment
from storage.models import Person, Ranking, RankingState, Task, Unit
from storage.queries import summaries as queries


def called(person: Person) -> str:
    """周副市长; the name where no title says how."""
    forms = forms_of_address(person.name, person.title)
    exact = surname(person.name) + person.title
    return exact if exact in forms else next(iter(forms), person.name)


def tell(
    session: Session,
    leader: Person,
    planned: datetime,
    calendar: Workdays,
    *,
    weekly: bool,
    channels: Channels,
    moment: Moment,
) -> None:
    """The weekly text; on another day what waits for a decision and has not been told before."""
    initiatives = queries.initiatives_of(session, leader.id)
    if not initiatives:
        return
    waiting = queries.to_decide(session, [one.id for one in initiatives], RankingState.DECIDING)
    decisions = [f"{_period(one)}协作情况是否发布" for one in waiting]
    if weekly:
        monday = day_of(planned) - timedelta(days=day_of(planned).weekday())
        since = datetime.combine(monday, time(), SHANGHAI)
        done = [t.title for i in initiatives for t in queries.done_between(session, i.id, since, planned)]
        late = [
            _late(row, planned, calendar)
            for i in initiatives
            for row in queries.overdue(session, i.id, planned)
        ]
        text = rules.weekly(
            Week(
                called(leader),
                [one.title for one in initiatives],
                done,
                sorted(late, key=lambda one: -one.workdays),
                decisions,
                monday,
                day_of(planned),
            )
        )
        origin = f"summary:{leader.id}:{day_of(planned).isoformat()}"
    elif decisions:
        text = rules.only_decisions(called(leader), decisions)
        origin = f"summary:{leader.id}:" + ",".join(f"{one.id}.{one.version}" for one in waiting)
    else:
        return
    notices = Notices(session, channels, moment, origin)
    shown = rules.for_leader(text, publishing=bool(waiting))
    notices.to_person(leader.id, shown, key="summary", subject=f"summary:{leader.id}", lane=LANE_REMINDER)
    for secretary in queries.secretaries(session, leader):
        notices.to_person(secretary.id, rules.for_secretary(text), key="copy", lane=LANE_REMINDER)
    notices.flush()


def _period(ranking: Ranking) -> str:
    return f"第{numeral(ranking.number)}期"


def _late(row: tuple[Task, datetime, Unit, int], now: datetime, calendar: Workdays) -> Late:
    task, due, unit, periods = row
    workdays = max(0, calendar.between(day_of(due), day_of(now)))
    return Late(task.title, workdays, rules.say_day(due, now=now), unit.name, periods)
