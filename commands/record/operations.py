"""The end of the 办理记录 handed out, so that somebody outside the database still has it.

It goes to one group of each connection: whoever rewrote the record would have to change what several
platforms show. Bots can recall their own messages, so people are told that the number may be kept.
"""

from sqlmodel import Session, col, select

from commands.calendar import SHANGHAI, say_date
from commands.notify import LANE_BULK, Channels, Notices
from commands.workdays.snapshot import calendar
from connectors.chat import Text
from storage.audit_chain import Root
from storage.clock import Moment
from storage.models import Conversation, GroupState, InitiativeGroup


def announce(session: Session, root: Root, moment: Moment, *, channels: Channels) -> None:
    """Tell one group per connection how many entries there are and what the last one's hash is."""
    day = moment.business.astimezone(SHANGHAI).date()
    if not calendar(session).is_workday(day):
        return  # the next working day's root covers what was sealed meanwhile
    notices = Notices(session, channels, moment, f"job:audit_root:{day.isoformat()}")
    text = Text(
        f"{say_date(day, now=moment.business)}办理记录 {root.count} 条，已封存。"
        f"校验码 {root.short}，留着可核对记录没被改过。"
    )
    for group in _one_group_of_each(session):
        notices.to_group(group, text, key="root", lane=LANE_BULK, on_unknown="hold")
    notices.flush()


def _one_group_of_each(session: Session) -> list[Conversation]:
    """The oldest confirmed, open group of each connection."""
    query = (
        select(Conversation)
        .join(InitiativeGroup, col(InitiativeGroup.conversation_id) == col(Conversation.id))
        .where(InitiativeGroup.state == GroupState.CONFIRMED, col(Conversation.closed_at).is_(None))
        .order_by(col(InitiativeGroup.id))
    )
    first: dict[str, Conversation] = {}
    for group in session.exec(query):
        first.setdefault(group.binding, group)
    return list(first.values())
