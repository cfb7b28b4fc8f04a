"""The demo's people and groups, as the page and the tests see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from connectors.sandbox.journal import BOT, Entry, EntryKind, StandIn
from storage.models import Account, AccountKey, Person, RoleGrant, Unit

#: What the roles are called where somebody has no title of their own.
ROLE_NAMES = {
    "admin": "管理员",
    "office": "督查室",
    "leader": "领导",
    "vice_head": "分管负责人",
    "head": "主要负责人",
    "liaison": "联络员",
    "handler": "经办人",
}


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """``keys``: kind → value of the account's keys; ``key`` is the one the platform names them by."""

    id: str
    name: str
    unit: str
    title: str
    role: str
    platform: str
    key: str
    keys: Mapping[str, str]


def demo_people(session: Session) -> list[DemoPerson]:
    """Everybody with an account, in the order of the directory."""
    keys: dict[int, dict[str, str]] = {}
    for key in session.exec(select(AccountKey).where(col(AccountKey.closed_at).is_(None))):
        keys.setdefault(key.account_id, {})[key.kind] = key.value
    roles = {grant.person_id: grant.role.value for grant in session.exec(select(RoleGrant))}
    rows = session.exec(
        select(Person, Account, Unit)
        .join(Account, col(Account.person_id) == col(Person.id))
        .join(Unit, col(Unit.id) == col(Person.unit_id), isouter=True)
        .order_by(col(Unit.position), col(Person.id))
    ).all()
    return [
        DemoPerson(
            id=str(person.id),
            name=person.name,
            unit=unit.name if unit else "市政府",
            title=person.title,
            role=ROLE_NAMES[roles.get(person.id, "handler")],
            platform=account.binding,
            key=account.direct_target,
            keys=keys.get(account.id, {}),
        )
        for person, account, unit in rows
    ]


class UnknownChat(Exception):
    """The page asked for a person, a card or a button that is not there; the text says what."""


class World:
    """Speaks and presses for the demo's people through the stand-ins."""

    def __init__(self, people: Sequence[DemoPerson], stand_ins: Mapping[str, StandIn]) -> None:
        self.people = {person.id: person for person in people}
        self.stand_ins = stand_ins

    def person(self, person_id: str) -> DemoPerson:
        """Raises ``UnknownChat``."""
        try:
            return self.people[person_id]
        except KeyError:
            raise UnknownChat("没有这个人") from None

    def named(self, name: str) -> DemoPerson:
        """By name, for the tour and the tests. Raises ``UnknownChat``."""
        for person in self.people.values():
            if person.name == name:
                return person
        raise UnknownChat(f"没有{name}这个人")

    def stand_in(self, person: DemoPerson) -> StandIn:
        return self.stand_ins[person.platform]

    def group_of(self, person: DemoPerson) -> str:
        """The id of the one group this person sits in. Raises ``UnknownChat``."""
        for chat in self.stand_in(person).chats.values():
            if person.key in chat.members:
                return chat.id
        raise UnknownChat(f"{person.name}不在群里")

    def card_with(self, person: DemoPerson, label: str, *, title: str = "") -> tuple[str, int]:
        """The newest card in this person's direct chat, or else in their group, with a button
        ``label`` and ``title`` in its title: its message id and the button's index.

        Raises:
            UnknownChat: there is none.
        """
        stand_in = self.stand_in(person)
        places = [stand_in.direct_id(person.key)]
        places += [chat.id for chat in stand_in.chats.values() if person.key in chat.members]
        for place in places:
            for entry in reversed(self._as_they_look(stand_in, place)):
                if entry.card is None or title not in entry.card["title"]:
                    continue
                labels = [button["label"] for button in entry.card["buttons"]]
                if label in labels:
                    return entry.message_id, labels.index(label)
        raise UnknownChat(f"{person.name}这里没有按钮［{label}］")

    @staticmethod
    def _as_they_look(stand_in: StandIn, place: str) -> list[Entry]:
        latest: dict[str, Entry] = {}
        for entry in stand_in.journal.since():
            if (
                entry.platform == stand_in.platform
                and entry.conversation_id == place
                and entry.author == BOT
                and entry.kind in (EntryKind.SENT, EntryKind.UPDATED)
            ):
                latest[entry.message_id] = entry
        return list(latest.values())
