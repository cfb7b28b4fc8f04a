"""What the platforms report about people, and nothing that anybody says."""

from commands.command import Arrival, Subject
from commands.directory import operations
from connectors.chat import IncomingKind
from storage.models import Account, Person
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


def _account(arrival: Arrival) -> tuple[Account, Person] | None:
    """The account the event is about. An account of another tenant is none of ours."""
    sender = arrival.incoming.sender
    if sender.foreign:
        return None
    keys = [(key.kind, key.value) for key in sender.keys]
    account = people.account_of(arrival.session, arrival.incoming.binding, keys)
    return (account, arrival.session.get_one(Person, account.person_id)) if account is not None else None


SUBJECT = Subject(
    "通讯录",
    arrivals={
        IncomingKind.PERSON_LEFT: _person_left,
        IncomingKind.PERSON_CHANGED: _person_changed,
    },
)
