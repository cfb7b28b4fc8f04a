"""有异议 and 商量时限: what a unit says about a matter given to it. 有异议, 同意 and 维持, which others
share, are in ``decisions``."""

from commands.access import Permission
from commands.command import Command, Subject
from commands.concerns.handlers import negotiating
from commands.concerns.waiting import for_mornings

SUBJECT = Subject(
    "商量",
    commands=(
        Command(
            "商量时限",
            "negotiate_due",
            negotiating.negotiate,
            Permission.ACKNOWLEDGE,
            "T编号 商量时限，改到哪天，理由",
            ("T7 商量时限，改到12月5日，因为设备没到", "商量时限 T7"),
            settles=False,
        ),
    ),
    waiting=for_mornings,
)
