"""What people want of their reminders: quiet hours, and 下周一再提醒. Time limits never move by it."""

from datetime import date, time, timedelta

from sqlmodel import select

from commands.calendar import say_date
from commands.errors import BadInput, NotAllowed
from commands.tasks import rules
from commands.tasks.operations.acting import Acting, Matter, speaks_for
from commands.tasks.operations.describing import said_limit
from connectors.chat import Text
from storage.models import ReminderSetting, Snooze

_LONGEST_QUIET = timedelta(hours=16)  #: some hours of the working day stay
_LONGEST_SNOOZE = 30  #: days


def be_quiet(act: Acting, start: time, end: time) -> Text:
    """No reminders from ``start`` to ``end``; what falls into it comes at its end.

    Raises:
        BadInput: it would leave no hour for reminders.
    """
    length = timedelta(hours=end.hour - start.hour, minutes=end.minute - start.minute) % timedelta(days=1)
    if not timedelta(0) < length <= _LONGEST_QUIET:
        raise BadInput("免打扰一天最多 16 小时。请这样说：免打扰 20点到8点。")
    query = select(ReminderSetting).where(ReminderSetting.person_id == act.actor.id)
    row = act.session.exec(query.with_for_update(key_share=True)).first()
    if row is None:
        row = ReminderSetting(person_id=act.actor.id, quiet_from="", quiet_to="", changed_at=act.now)
        act.session.add(row)
    row.quiet_from, row.quiet_to, row.changed_at = f"{start:%H:%M}", f"{end:%H:%M}", act.now
    next_day = "次日 " if end <= start else ""
    return Text(
        f"记下了：{start:%H:%M} 到{next_day}{end:%H:%M} 不给您推提醒，到点再发。特急的和您问我的照常。"
    )


def snooze(act: Acting, matter: Matter, until: date) -> Text:
    """This person's own reminders of it wait until that morning.

    Raises:
        NotAllowed: it is another unit's or another colleague's.
        BadInput: not a day to come, or more than a month away.
    """
    one = matter.obligation
    if not speaks_for(act, one):
        raise NotAllowed(f"{matter.name} 不由您办，没有发给您的提醒。")
    today = rules.day_of(act.now)
    if not today < until <= today + timedelta(days=_LONGEST_SNOOZE):
        raise BadInput(f"请说今天以后、{_LONGEST_SNOOZE} 天以内的日子，例如“{matter.name}下周一再提醒”。")
    query = select(Snooze).where(Snooze.person_id == act.actor.id, Snooze.obligation_id == one.id)
    row = act.session.exec(query.with_for_update(key_share=True)).first()
    if row is None:
        fresh = Snooze(person_id=act.actor.id, obligation_id=one.id, until=until, created_at=act.now)
        act.session.add(fresh)
    else:
        row.until = until
    act.notices.withdraw(act.actor.id, f"obligation:{one.id}")
    day = act.calendar.next_workday(until, include_today=True)
    said = f"{matter.name} {say_date(day, now=act.now)}再提醒您。"
    limit = said_limit(act, one.due_at, one.due_grain)
    if one.due_at is not None and until > rules.day_of(one.due_at):
        return Text(f"{said}注意：时限 {limit} 在那之前，没有改。")
    return Text(f"{said}时限 {limit} 不变。" if limit else said)
