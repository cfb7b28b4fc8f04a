"""One question at a time: what is missing is asked once, and the next words complete the sentence.

A question lives ten minutes of business time, survives a restart (it is a row), and is dropped when
the person says something else.
"""

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, delete

from commands.calendar import Workdays
from commands.command import Context, Reply
from commands.understanding.directory import Directory
from commands.understanding.engine import understand
from commands.understanding.invocation import Invocation
from connectors.chat import Button, Text
from storage import rows
from storage.clock import Moment
from storage.dialects import core, table
from storage.models import Conversation, PendingQuestion, Person
from storage.prepared import Prepared

LIFE = timedelta(minutes=10)

#: Slots whose answer is taken as said, word for word; any other answer is read with the sentence.
VERBATIM = frozenset({"reason", "note", "content", "title", "basis", "what"})
FILE = "file"  #: the slot that is answered by sending a file


def ask(ctx: Context, slot: str, question: str, *, buttons: tuple[Button, ...] = ()) -> Reply:
    """Remember what is missing and return the question as the reply.

    The buttons' sentences are answers, such as ``周五下班``. Asked in a group, the answer is
    awaited from this person in this group.
    """
    _drop(ctx.session, ctx.actor.id, ctx.conversation.id)
    ctx.session.add(
        PendingQuestion(
            person_id=ctx.actor.id,
            conversation_id=ctx.conversation.id,
            command=ctx.said.intent,
            sentence=ctx.said.sentence or _said(ctx),
            slots={"card": ctx.card.id if ctx.card else ""},
            ask=slot,
            expires_at=ctx.now + LIFE,
        )
    )
    ctx.asked = True
    return Text(question, buttons=buttons)


_OPEN = Prepared(
    sa.select(table("pending_question")).where(
        col(PendingQuestion.person_id) == sa.bindparam("person"),
        col(PendingQuestion.conversation_id) == sa.bindparam("conversation"),
        col(PendingQuestion.expires_at) > sa.bindparam("now"),
    )
)


def pending(
    session: Session, person: Person, conversation: Conversation, moment: Moment
) -> PendingQuestion | None:
    """The open question put to ``person`` here, if it has not expired."""
    asked = {"person": person.id, "conversation": conversation.id, "now": moment.business}
    found = _OPEN.first(core(session), asked)
    return None if found is None else rows.loaded(session, PendingQuestion, found)


def complete(
    session: Session,
    question: PendingQuestion,
    text: str,
    *,
    moment: Moment,
    directory: Directory,
    calendar: Workdays,
) -> Invocation | None:
    """The first sentence completed by ``text``, or None when ``text`` does not answer the question.

    The question is gone in either case: what is still missing is asked anew.
    """
    _drop(session, question.person_id, question.conversation_id)
    now = moment.business
    if question.ask in VERBATIM:
        first = understand(question.sentence, now=now, directory=directory, calendar=calendar)
        slots = {**first.slots, question.ask: text.strip()}
        return replace(first, slots=slots, ask=None, sentence=question.sentence)
    sentence = f"{question.sentence} {text}"
    joined = understand(sentence, now=now, directory=directory, calendar=calendar)
    if joined.intent != question.command or joined.ask == question.ask:
        return None
    return replace(joined, sentence=sentence)


def _said(ctx: Context) -> str:
    return ctx.incoming.action.sentence if ctx.incoming.action else ctx.incoming.text


def drop(ctx: Context) -> None:
    """The person said something else."""
    _drop(ctx.session, ctx.actor.id, ctx.conversation.id)


def _drop(session: Session, person_id: int, conversation_id: int) -> None:
    session.exec(
        delete(PendingQuestion).where(
            col(PendingQuestion.person_id) == person_id,
            col(PendingQuestion.conversation_id) == conversation_id,
        )
    )
