"""What can be taken back (撤回): who acted, and the step that remembers the way back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlmodel import Session

from commands.access import Rights
from commands.command import Context
from commands.notify import Notices
from storage import rows
from storage.models import Person, UndoStep

UNDO_LIFE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts, and when (business time)."""

    session: Session
    actor: Person
    rights: Rights
    now: datetime
    notices: Notices
    conversation_id: int

    @property
    def name(self) -> str:
        """The actor as the record has them."""
        return f"person:{self.actor.id}"


def acting(ctx: Context) -> Acting:
    return Acting(ctx.session, ctx.actor, ctx.rights, ctx.now, ctx.notices, ctx.conversation.id)


class Actor(Protocol):
    """What ``undoable`` needs of who acts; every subject's ``Acting`` has it."""

    @property
    def session(self) -> Session: ...
    @property
    def actor(self) -> Person: ...
    @property
    def now(self) -> datetime: ...
    @property
    def conversation_id(self) -> int | None: ...


def undoable(
    act: Actor,
    what: str,
    operation: str,
    inverse: Mapping[str, Any],
    *,
    guard: Mapping[str, Any] | None = None,
) -> UndoStep:
    """Let the actor take it back for ten minutes.

    ``what`` in words; ``operation`` names who takes it back (``Subject.undos``), with ``inverse`` as plain
    values; ``guard``: versions that must be unchanged then, if the operation asks for any.
    """
    return rows.write(
        act.session,
        UndoStep,
        person_id=act.actor.id,
        conversation_id=act.conversation_id,
        what=what,
        operation=operation,
        inverse=dict(inverse),
        guard=dict(guard or {}),
        at=act.now,
        expires_at=act.now + UNDO_LIFE,
    )
