"""What the platforms report about people, and whose a number is that two of them seem to have."""

from commands.access import Permission
from commands.command import Arrival, Command, Context, Reply, Subject, Undo
from commands.directory import numbers, operations
from commands.undo.steps import acting
from connectors.chat import IncomingKind
from storage.models import Account, Person, UndoStep
from storage.queries import people


def _person_left(arrival: Arrival) -> None:
    found = _account(arrival)
    if found is not None:
        operations.leave(arrival.session, *found, moment=arrival.moment, notices=arrival.notices)


def _person_changed(arrival: Arrival) -> None:
    found = _account(arrival)
    if found is not None:
        sender = arrival.incoming.sender
        keys = [(key.kind, key.value) for key in sender.keys]
        operations.change(arrival.session, found[0], keys, sender.name, moment=arrival.moment)
        if sender.mobile:
            numbers.report(
                arrival.session,
                found[1],
                arrival.incoming.binding,
                sender.mobile,
                moment=arrival.moment,
                notices=arrival.notices,
            )


def _account(arrival: Arrival) -> tuple[Account, Person] | None:
    """The account the event is about. An account of another tenant is none of ours."""
    sender = arrival.incoming.sender
    if sender.foreign:
        return None
    keys = [(key.kind, key.value) for key in sender.keys]
    account = people.account_of(arrival.session, arrival.incoming.binding, keys)
    return (account, arrival.session.get_one(Person, account.person_id)) if account is not None else None


def _claim(ctx: Context) -> int | None:
    said = str(ctx.said.slots.get("number", ""))
    return int(said) if said else ctx.card_subject("number")


def decide_number(ctx: Context) -> Reply:
    """［归秦月］［都不动］."""
    reply, step = numbers.decide(acting(ctx), _claim(ctx), give=ctx.said.slots.get("answer") == "give")
    ctx.subject = f"undo:{step.id}"
    return reply


def confirm_number(ctx: Context) -> Reply:
    """［属实］［不是］."""
    return numbers.confirm(acting(ctx), _claim(ctx), true=ctx.said.slots.get("answer") == "yes")


def _take_back(ctx: Context, step: UndoStep) -> Reply:
    return numbers.take_back(acting(ctx), step)


SUBJECT = Subject(
    "通讯录",
    commands=(
        Command(
            "核实号码",
            "number_claim",
            decide_number,
            Permission.MANAGE,
            "号码归 姓名，或 号码都不动",
            ("号码归秦月", "号码都不动"),
            decides=True,
            private=True,
        ),
        Command(
            "确认号码",
            "number_confirm",
            confirm_number,
            Permission.CHECK_PERSON,
            "号码属实，或 号码不属实",
            ("号码属实", "号码不属实"),
            private=True,
        ),
    ),
    undos={numbers.UNDO: Undo(_take_back, Permission.MANAGE)},
    arrivals={
        IncomingKind.PERSON_LEFT: _person_left,
        IncomingKind.PERSON_CHANGED: _person_changed,
    },
)
