"""Which initiative is meant, and what every operation here needs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from commands.access import Permission, Rights
from commands.calendar import Workdays
from commands.errors import BadInput, NotFound, NotNow
from commands.notify import Notices
from commands.understanding.normalise import fold
from storage.clock import Moment
from storage.models import Conversation, Initiative, InitiativeState, Person
from storage.queries import initiatives as queries

_TITLES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts, when, and where."""

    session: Session
    actor: Person
    rights: Rights
    moment: Moment
    calendar: Workdays
    notices: Notices
    conversation: Conversation

    @property
    def now(self) -> datetime:
        """Business time."""
        return self.moment.business

    @property
    def conversation_id(self) -> int:
        return self.conversation.id

    @property
    def name(self) -> str:
        """The actor as the record has them."""
        return f"person:{self.actor.id}"


def meant(
    act: Acting, said: str, *, states: Collection[InitiativeState], shown: int | None = None
) -> Initiative:
    """The initiative on the card, else the one named in the sentence, else the group's, else the
    person's only one. A draft is the office's alone.

    Raises:
        NotFound: there is none, or none that is this person's business.
        NotNow: the one that is meant was sent out already, or not yet.
        BadInput: there are several; they are named.
    """
    visible = [one for one in _visible(act) if one.state is not InitiativeState.DRAFT or _plans(act, one)]
    if shown is not None:
        found = [one for one in visible if one.id == shown]
    else:
        found = _named(visible, said) or _fitting(act, visible, states) or visible
    if not found:
        raise NotFound("没有找到这样的专项。新建请把任务分工表发给我，再说“新建专项（名称）”。")
    if len(found) > 1:
        titles = "、".join(f"“{one.title}”" for one in found[:_TITLES_SHOWN])
        raise BadInput(f"有 {len(found)} 个专项：{titles}。请写上是哪一个，例如“预览 {found[0].title}”。")
    if found[0].state not in states:
        sent_out = found[0].state is InitiativeState.ACTIVE
        raise NotNow(f"“{found[0].title}”{'已经下发' if sent_out else '还没有下发'}。")
    return found[0]


def _plans(act: Acting, initiative: Initiative) -> bool:
    return act.rights.may(Permission.PLAN, initiative_id=initiative.id)


def _fitting(
    act: Acting, visible: Sequence[Initiative], states: Collection[InitiativeState]
) -> list[Initiative]:
    """Those in the right state; of them the group's, if it serves any."""
    fitting = [one for one in visible if one.state in states]
    if len(fitting) < 2:
        return fitting
    here = {one.id for one in queries.initiatives_of_group(act.session, act.conversation.id)}
    return [one for one in fitting if one.id in here] or fitting


def by_title(act: Acting, title: str) -> Initiative:
    """The initiative a group is to serve; a draft too, whose name the person must know.

    Raises:
        NotFound: there is none of that name that is this person's business.
        BadInput: the name fits several.
    """
    wanted = _plain(title)
    visible = _visible(act)
    found = [one for one in visible if _plain(one.title) == wanted]
    found = found or [one for one in visible if wanted and wanted in _plain(one.title)]
    if not found:
        raise NotFound(f"没有找到专项“{title}”，请核对名称，或者问督查室。")
    if len(found) > 1:
        raise BadInput(f"“{title}”可能是{'、'.join(one.title for one in found)}，请写全称。")
    return found[0]


def _visible(act: Acting) -> Sequence[Initiative]:
    every = queries.open_initiatives(act.session)
    seen = [one for one in every if act.rights.may(Permission.SEE_ALL, initiative_id=one.id)]
    if len(seen) == len(every) or act.actor.unit_id is None:
        return seen
    known = {one.id for one in seen}
    mine = queries.initiatives_of_unit(act.session, act.actor.unit_id)
    return [*seen, *(one for one in mine if one.id not in known)]


def _named(visible: Sequence[Initiative], said: str) -> list[Initiative]:
    """Those whose title is in the sentence; the longest only where one title contains another."""
    text = _plain(said)
    found = [one for one in visible if _plain(one.title) in text]
    return [one for one in found if not any(_within(one, other) for other in found)]


def _within(one: Initiative, other: Initiative) -> bool:
    return one.id != other.id and _plain(one.title) in _plain(other.title)


def _plain(text: str) -> str:
    return "".join(fold(text).split()).casefold()
