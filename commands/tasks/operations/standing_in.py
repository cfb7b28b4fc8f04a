"""代办: who is asked instead of a head who is away, for whom it was then done, and what is never lent:
a say over one's own."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from commands.access import Permission
from commands.errors import NotAllowed
from commands.tasks import rules
from commands.tasks.cards.described import called, in_stead
from commands.tasks.operations.acting import Acting
from storage.models import Person, Role, Scope
from storage.queries import leave, people
from storage.queries import tasks as queries


@dataclass(frozen=True, slots=True)
class Asked:
    """``away``: in whose stead."""

    person: Person
    away: Person | None = None

    @property
    def said(self) -> str:
        """``罗局``; of who stands in ``王磊 代 罗建``."""
        if self.away is not None:
            return in_stead(self.person.name, self.away.name)
        return called(self.person.name, self.person.title)


def heads(act: Acting, unit_id: int, own: Collection[int | None]) -> list[Asked]:
    """Who says 同意报出 now: the unit's 分管负责人, else its head; those away are stood in for.

    ``own``: whose work it is. They stand in for nobody here: the head above is asked, and where there is
    none it waits for who is away.
    """
    first = queries.releasers(act.session, unit_id)
    found = _there(act, first, own)
    if found or not first:
        return found
    above = people.holders(act.session, [Role.HEAD], scope=Scope.UNIT, scope_ids=[unit_id])
    others = [person for _, person in above if person not in first and person.id not in own]
    return _there(act, others, own) or [Asked(person) for person in first]


def _there(act: Acting, persons: Sequence[Person], own: Collection[int | None]) -> list[Asked]:
    instead = leave.stand_ins(act.session, [one.id for one in persons], rules.day_of(act.now))
    found = {one.id: Asked(one) for one in persons if one.id not in instead}
    for one in persons:
        stand_in = instead.get(one.id)
        if stand_in is not None and stand_in not in own:
            found.setdefault(stand_in, Asked(act.session.get_one(Person, stand_in), one))
    return list(found.values())


def said_heads(asked: Sequence[Asked]) -> str:
    return "、".join(one.said for one in asked)


def require_release(act: Acting, unit_id: int, name: str, own: Collection[int | None]) -> None:
    """Raises ``NotAllowed`` unless the actor may let ``name`` out of the unit; ``own``: who reported it, or
    asked for it, first, then who does the work."""
    if not act.rights.may(Permission.RELEASE, unit_id=unit_id):
        over = act.rights.no_more(Permission.RELEASE, unit_id=unit_id)
        raise NotAllowed(f"{over}{name} 报出由{act.unit(unit_id)}负责人审核。")
    lenders = act.rights.lenders(Permission.RELEASE, unit_id=unit_id)
    if lenders and (act.actor.id in own or not [one for one in lenders if one.person_id not in own]):
        raise NotAllowed(f"{name} 是您或{lenders[0].name}经办的，不能代为审核，请本单位其他负责人审核。")


def signed(act: Acting, unit_id: int) -> str:
    """How the actor is spoken of who decided as a head: ``罗局``, ``王磊 代 罗建``."""
    lender = act.rights.in_stead_of(Permission.RELEASE, unit_id=unit_id)
    if lender is not None:
        return in_stead(act.actor.name, act.person(lender))
    return called(act.actor.name, act.actor.title)
