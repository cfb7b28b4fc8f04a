"""Settings of the installation: when the bot speaks by itself, and how far it goes."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Literal

from commands.calendar import SHANGHAI


@dataclass(frozen=True, slots=True)
class Policy:
    """All times are Asia/Shanghai. Ladders (T-3 …) belong to the initiative: ``Initiative.rules``."""

    digest_at: time = time(8, 35)  #: the morning card, on working days
    log_reminder: bool = True  #: who filed neither a log nor progress is reminded
    log_reminder_at: time = time(17)
    first_day_at: time = time(17)  #: 首日签收, to the office on the day of a 下发
    leader_summary_day: Literal["mon", "tue", "wed", "thu", "fri"] = "fri"
    leader_summary_at: time = time(16, 30)
    calendar_warning_at: time = time(9)  #: the year to come has no 放假安排 yet
    quiet_from: time = time(20)  #: no reminders from here …
    quiet_to: time = time(8)  #: … to here, 特急 excepted
    publish: Literal["leader", "auto"] = "leader"  #: who lets 部门协作情况 out: a leader, or nobody has to
    light_burden: bool = True  #: 减负模式

    def is_quiet(self, at: datetime) -> bool:
        """Whether ``at`` lies in the installation's quiet hours."""
        return within(at.astimezone(SHANGHAI).time(), self.quiet_from, self.quiet_to)


def within(clock: time, start: time, end: time) -> bool:
    """Whether ``clock`` is in [start, end), which may pass midnight; nothing is when both are the same."""
    if start <= end:
        return start <= clock < end
    return clock >= start or clock < end
