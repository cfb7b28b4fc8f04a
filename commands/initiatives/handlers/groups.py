"""本群用于…, its confirmation, and what chats report: the bot was added, or removed."""

from sqlmodel import select

from commands.command import Arrival, Context, Reply
from commands.errors import BadInput
from commands.initiatives.cards import groups as cards
from commands.initiatives.handlers.meaning import acting
from commands.initiatives.operations import grouping
from connectors.chat import ConversationKind
from storage import outbox
from storage.models import Address


def bind_group(ctx: Context) -> Reply:
    """本群用于垃圾分类."""
    bot_name = ctx.notices.bot_name(ctx.conversation.binding)
    title = str(ctx.said.slots.get("title", "")).strip()
    if not ctx.in_group:
        raise BadInput(f"这句话请在要用的群里 @{bot_name} 说。")
    if not title:
        raise BadInput("请写上专项名称，例如“本群用于垃圾分类”。")
    proposed = grouping.propose(acting(ctx), title)
    if proposed.group.decided_by_id is not None:
        return cards.group_serves(proposed.initiative.title, bot_name)
    return cards.group_proposed(proposed.initiative.title)


def confirm_group(ctx: Context) -> Reply:
    """［确认］［不是］ of the office."""
    ctx.private = True
    confirmed = ctx.said.slots.get("answer") == "accept"
    initiative, place = grouping.decide(
        acting(ctx), ctx.card_subject("initiative_group"), confirmed=confirmed
    )
    return cards.group_decided(initiative.title, grouping.called(place), confirmed=confirmed)


def bot_joined(arrival: Arrival) -> None:
    """Greets once in a direct chat, and whenever it is added to a group; an address that was dead lives."""
    place = arrival.conversation
    if place is None:
        return
    bot_name = arrival.notices.bot_name(place.binding)
    query = select(Address.id).where(Address.conversation_id == place.id)
    for address_id in arrival.session.exec(query).all():
        outbox.revive(arrival.session, address_id)
    if place.kind == ConversationKind.GROUP:
        arrival.notices.to_group(place, cards.greeting_group(bot_name), key="greeting")
    elif place.last_no == 1 and not arrival.incoming.sender.foreign:
        known = arrival.person is not None
        arrival.notices.to_sender(arrival.incoming, cards.greeting(known, bot_name), key="greeting")


def bot_left(arrival: Arrival) -> None:
    if arrival.conversation is not None:
        grouping.bot_left(
            arrival.session, arrival.conversation, moment=arrival.moment, notices=arrival.notices
        )
