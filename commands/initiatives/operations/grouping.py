"""Group chats: somebody of a unit proposes one for an initiative, the office confirms; chats that end."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col, select

from commands.access import Permission
from commands.directory.rules import platform_word
from commands.errors import NotAllowed, NotFound, NotNow
from commands.initiatives.cards import groups as cards
from commands.initiatives.cards import sending
from commands.initiatives.operations.choosing import Acting, by_title
from commands.initiatives.operations.preparing import units_in
from commands.initiatives.overview import overview
from commands.notify import Notices
from storage import audit
from storage.clock import Moment
from storage.models import (
    Account,
    Address,
    Conversation,
    GroupState,
    Initiative,
    InitiativeGroup,
    InitiativeState,
    Person,
    TaskState,
    Unit,
)
from storage.queries import initiatives as queries
from storage.queries import tasks as task_queries


@dataclass(frozen=True, slots=True)
class Proposed:
    initiative: Initiative
    group: InitiativeGroup


def propose(act: Acting, title: str) -> Proposed:
    """本群用于…: confirmed at once when the office says it, else the office is asked.

    Raises:
        NotFound: no such initiative is this person's business.
        NotAllowed: neither the office nor somebody who speaks for a member unit.
        NotNow: the group serves it already.
    """
    act.rights.require(Permission.PROPOSE_GROUP, unit_id=act.actor.unit_id)
    initiative = by_title(act, title)
    by_office = act.rights.may(Permission.CONFIRM_GROUP, initiative_id=initiative.id)
    members = queries.members(act.session, initiative.id)
    if not by_office and act.actor.unit_id not in {unit.id for unit in members}:
        raise NotAllowed(f"您单位不在“{initiative.title}”里，请由督查室说这句话。")
    queries.locked(act.session, initiative.id)
    group = _row(act, initiative)
    if group.state is GroupState.CONFIRMED and group.decided_by_id is not None:
        raise NotNow(f"本群已经用于“{initiative.title}”，不用再说。")
    group.state = GroupState.CONFIRMED if by_office else GroupState.PROPOSED
    group.proposed_by_id = act.actor.id
    group.decided_by_id = act.actor.id if by_office else None
    group.unit_ids = _units_here(act, initiative, members, by_office)
    act.session.flush()
    _record(act, group, "group.confirm" if by_office else "group.propose")
    if not by_office:
        _ask_office(act, initiative, group, members)
    return Proposed(initiative, group)


def _row(act: Acting, initiative: Initiative) -> InitiativeGroup:
    query = select(InitiativeGroup).where(
        InitiativeGroup.initiative_id == initiative.id,
        InitiativeGroup.conversation_id == act.conversation.id,
    )
    found = act.session.exec(query).first()
    if found is None:
        found = InitiativeGroup(initiative_id=initiative.id, conversation_id=act.conversation.id)
        act.session.add(found)
    return found


def _units_here(act: Acting, initiative: Initiative, members: Sequence[Unit], by_office: bool) -> list[int]:
    """The members whose people use this platform and that have no group yet, and the proposer's own."""
    binding = act.conversation.binding
    using = set(
        act.session.exec(
            select(Person.unit_id)
            .join(Account, col(Account.person_id) == col(Person.id))
            .where(
                Account.binding == binding,
                col(Account.closed_at).is_(None),
                col(Person.left_at).is_(None),
                col(Person.unit_id).in_([unit.id for unit in members]),
            )
            .distinct()
        )
    )
    elsewhere = {
        unit_id
        for group, place in queries.groups(
            act.session, initiative.id, states=(GroupState.PROPOSED, GroupState.CONFIRMED)
        )
        if place.id != act.conversation.id
        for unit_id in group.unit_ids
    }
    own = None if by_office else act.actor.unit_id
    return [
        unit.id
        for unit in members
        if unit.id == own
        or (
            unit.id not in elsewhere
            and (unit.platform == binding or (not unit.platform and unit.id in using))
        )
    ]


def _ask_office(act: Acting, initiative: Initiative, group: InitiativeGroup, members: Sequence[Unit]) -> None:
    unit = act.session.get(Unit, act.actor.unit_id) if act.actor.unit_id is not None else None
    question = cards.please_confirm_group(
        initiative.title,
        group=act.conversation.title,
        platform=platform_word(act.conversation.binding),
        proposed_by=f"{unit.name if unit else ''} {act.actor.name}".strip(),
        units=[member.name for member in members if member.id in group.unit_ids],
    )
    office = [person.id for person in task_queries.officers(act.session, initiative)]
    subject = f"initiative_group:{group.id}"
    act.notices.to_people(office, question, key=f"confirm_group:{group.id}", subject=subject)


def decide(act: Acting, group_id: int | None, *, confirmed: bool) -> tuple[Initiative, Conversation]:
    """确认 or 不是. Without a card: the only group that waits.

    Raises:
        NotFound: none waits for a decision, or several do and none was named.
        NotNow: it was decided already.
    """
    group = _waiting(act, group_id)
    act.rights.require(Permission.CONFIRM_GROUP, initiative_id=group.initiative_id)
    initiative = queries.locked(act.session, group.initiative_id)
    act.session.refresh(group)
    place = act.session.get_one(Conversation, group.conversation_id)
    if initiative is None or group.state is not GroupState.PROPOSED:
        done = "确认" if group.state is GroupState.CONFIRMED else "否定"
        raise NotNow(f"群“{called(place)}”已经{done}过了。")
    group.state = GroupState.CONFIRMED if confirmed else GroupState.DECLINED
    group.decided_by_id = act.actor.id
    act.session.flush()
    _record(act, group, "group.confirm" if confirmed else "group.decline")
    if confirmed:
        _welcome(act, initiative, group, place)
    else:
        news = cards.group_declined(initiative.title, called(place))
        act.notices.to_person(group.proposed_by_id, news, key=f"group_declined:{group.id}")
    return initiative, place


def called(place: Conversation) -> str:
    """The group's title, where the platform tells it (Feishu's messages do not)."""
    return place.title or f"{platform_word(place.binding)}群"


def _waiting(act: Acting, group_id: int | None) -> InitiativeGroup:
    if group_id is not None:
        found = act.session.get(InitiativeGroup, group_id)
        if found is None:
            raise NotFound("没有找到这个群，请让对方重新说一遍“本群用于…”。")
        return found
    query = select(InitiativeGroup).where(InitiativeGroup.state == GroupState.PROPOSED)
    waiting = act.session.exec(query.order_by(col(InitiativeGroup.id))).all()
    if len(waiting) != 1:
        raise NotFound("没有等您确认的群。" if not waiting else "有几个群等您确认，请点各自卡片上的按钮。")
    return waiting[0]


def _welcome(act: Acting, initiative: Initiative, group: InitiativeGroup, place: Conversation) -> None:
    """1.04; a group that comes after 下发 hears at once what its units have."""
    key = f"group_serves:{group.id}:{initiative.version}"
    bot_name = act.notices.bot_name(place.binding)
    act.notices.to_group(place, cards.group_serves(initiative.title, bot_name), key=key)
    if initiative.state is not InitiativeState.ACTIVE:
        return
    seen = overview(act.session, initiative, states=(TaskState.ACTIVE,))
    shares = {share.unit_id: share for share in seen.shares}
    mine = [(unit, shares[unit.id]) for unit in units_in(group, seen) if unit.id in shares]
    if mine:
        receivers = task_queries.liaisons(act.session, [unit.id for unit, _ in mine])
        names = [person.name for people in receivers.values() for person in people]
        shown = sending.dispatched_to_group(seen, mine, receivers=names, bot_name=bot_name, now=act.now)
        act.notices.to_group(place, shown, key=f"{key}:tasks", subject=f"initiative:{initiative.id}")


def _record(act: Acting, group: InitiativeGroup, action: str) -> None:
    audit.record(
        act.session,
        at=act.now,
        actor=act.name,
        action=action,
        object=f"initiative_group:{group.id}",
        body={"after": {"state": group.state, "unit_ids": group.unit_ids}},
    )


def bot_left(session: Session, place: Conversation, *, moment: Moment, notices: Notices) -> None:
    """The bot is no longer in the chat: nothing is sent there, and the office hears of it."""
    place.closed_at = moment.business
    session.exec(
        sa.update(Address)
        .where(col(Address.conversation_id) == place.id, col(Address.dead_reason).is_(None))
        .values(dead_reason="bot removed")
        .execution_options(synchronize_session=False)
    )
    query = (
        select(Initiative)
        .join(InitiativeGroup, col(InitiativeGroup.initiative_id) == col(Initiative.id))
        .where(
            InitiativeGroup.conversation_id == place.id,
            InitiativeGroup.state == GroupState.CONFIRMED,
            Initiative.state != InitiativeState.CLOSED,
        )
    )
    for initiative in session.exec(query.order_by(col(Initiative.id))):
        office = [person.id for person in task_queries.officers(session, initiative)]
        news = cards.left_group(initiative.title, called(place))
        notices.to_people(office, news, key=f"left_group:{place.id}:{initiative.id}")
    session.flush()
