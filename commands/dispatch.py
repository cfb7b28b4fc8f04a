"""The one door: who is it → what is said → may they → do it → answer.

Called by the intake inside its savepoint; nothing here commits, sends or reads a clock.
"""

import re
from dataclasses import replace

from sqlmodel import Session

from commands import doubt, questions
from commands.access import rights_of
from commands.calendar import SHANGHAI
from commands.command import Arrival, Command, Context, Reply, Stranger, World
from commands.directory.snapshot import directory
from commands.errors import CommandError, NotBound, Silence, StaleCard, WrongCode
from commands.notify import Notices
from commands.understanding.engine import understand
from commands.understanding.invocation import Invocation
from commands.workdays.snapshot import calendar
from connectors import chat
from connectors.chat import Card, ConversationKind, Incoming, IncomingKind, Outcome, Text
from storage.clock import Moment
from storage.models import Address, Conversation, PendingQuestion, Person, Role, SentCard
from storage.queries import conversations, people
from storage.security import log_security

SPOKEN = frozenset({IncomingKind.MESSAGE, IncomingKind.ACTION})
MAX_TOAST = 30
OWN_WORDS = "leader_words"  #: the intent of what a leader says freely
FEWEST_WORDS = 6  #: characters; less is small talk
_QUESTION = re.compile(r"[?？]|吗[。!]*$|呢$|哪|谁|多少|几|怎么|为什么")

_UNKNOWN = Invocation("none")


class Dispatcher:
    """``dispatch`` and ``refuse`` are what the intake is given; both run in its transaction."""

    def __init__(self, world: World) -> None:
        self._world = world

    def dispatch(self, session: Session, incoming: Incoming, moment: Moment) -> Outcome:
        """Do what was said and put the answers into the outbox.

        Raises:
            CommandError: a refusal; the caller rolls back and calls ``refuse``.
            NotYet: something must be fetched first; the caller keeps the event pending.
        """
        conversation = conversations.enter(session, incoming) if incoming.conversation else None
        person = _who(session, incoming)
        if incoming.kind not in SPOKEN:
            self._arrive(session, incoming, conversation, person, moment)
            return Outcome()
        if conversation is None:
            return Outcome()
        if person is None:
            return self._meet(session, incoming, conversation, moment)
        ctx = self._context(session, incoming, conversation, person, moment)
        command, reply = self._answer(ctx)
        outcome = self._conclude(ctx, command, reply)
        ctx.notices.flush()
        return outcome

    def refuse(self, session: Session, incoming: Incoming, refusal: CommandError, moment: Moment) -> Outcome:
        """Keep the answer to a refused event: always private, never in the group."""
        if isinstance(refusal, Silence):
            return Outcome()
        conversation = conversations.enter(session, incoming) if incoming.conversation else None
        person = _who(session, incoming)
        if refusal.security:
            log_security(
                session,
                at=moment.system,
                kind=refusal.security,
                binding=incoming.binding,
                account=next((k.value for k in incoming.sender.keys), ""),
                person_id=person.id if person else None,
            )
        notices = self._notices(session, incoming, moment)
        if conversation is not None and person is not None and isinstance(refusal, WrongCode):
            doubt.count_wrong(self._context(session, incoming, conversation, person, moment))
        strangers = self._world.catalogue.strangers
        if conversation is not None and person is None and strangers is not None:
            strangers.refused(self._stranger(session, incoming, conversation, notices, moment), refusal)
        message = refusal.reply
        if isinstance(message, str):
            message = Text(message, buttons=refusal.buttons)
        if person is not None:
            notices.to_person(person.id, message, key="refused")
        elif not incoming.sender.foreign:
            notices.to_sender(incoming, message, key="refused")
        notices.flush()
        told = person is not None or not incoming.sender.foreign
        return Outcome(toast=_toast(message), ok=False, told=told)

    def _meet(
        self, session: Session, incoming: Incoming, conversation: Conversation, moment: Moment
    ) -> Outcome:
        """Somebody we do not know: answered in their direct chat, never in the group."""
        strangers = self._world.catalogue.strangers
        if strangers is None or incoming.sender.foreign:
            raise NotBound("还不知道您是哪位。请联系本单位联络员或督查室，把您登记到通讯录里。")
        notices = self._notices(session, incoming, moment)
        reply = strangers.meet(self._stranger(session, incoming, conversation, notices, moment))
        if reply is not None:
            notices.to_sender(incoming, reply, key="reply")
        notices.flush()
        return Outcome(toast=_toast(reply), told=reply is not None)

    def _stranger(
        self,
        session: Session,
        incoming: Incoming,
        conversation: Conversation,
        notices: Notices,
        moment: Moment,
    ) -> Stranger:
        said = incoming.action.sentence if incoming.action else incoming.text
        understood = understand(
            said[: chat.MAX_SENTENCE],
            now=moment.business,
            directory=directory(session),
            calendar=calendar(session),
        )
        key = self._world.channels.key
        return Stranger(session, incoming, conversation, notices, moment, understood, key)

    def _context(
        self, session: Session, incoming: Incoming, conversation: Conversation, person: Person, moment: Moment
    ) -> Context:
        return Context(
            session=session,
            actor=person,
            rights=rights_of(session, person, moment.business.astimezone(SHANGHAI).date()),
            conversation=conversation,
            incoming=incoming,
            said=_UNKNOWN,
            moment=moment,
            directory=directory(session),
            calendar=calendar(session),
            notices=self._notices(session, incoming, moment),
            catalogue=self._world.catalogue,
            policy=self._world.policy,
            private=incoming.doubtful,
        )

    def _notices(self, session: Session, incoming: Incoming, moment: Moment) -> Notices:
        origin = f"{incoming.binding}:{incoming.message_key}"
        return Notices(session, self._world.channels, moment, origin)

    def _arrive(
        self,
        session: Session,
        incoming: Incoming,
        conversation: Conversation | None,
        person: Person | None,
        moment: Moment,
    ) -> None:
        happens = self._world.catalogue.arrivals.get(incoming.kind)
        if happens is None:
            return
        notices = self._notices(session, incoming, moment)
        happens(Arrival(session, incoming, conversation, person, notices, moment))
        notices.flush()

    def _answer(self, ctx: Context) -> tuple[Command | None, Reply]:
        sentence, code = _sentence(ctx)
        ctx.card = _pressed_card(ctx) if ctx.pressed else _quoted_card(ctx)
        ctx.said = self._understand(ctx, sentence)
        command = self._world.catalogue.by_intent.get(ctx.said.intent)
        if command is None or not ctx.rights.may(command.permission):
            command = self._own_words(ctx, sentence) or command
        if command is None:
            return None, _not_a_command(ctx)
        ctx.rights.require(command.permission)
        ctx.private = ctx.private or command.private
        if code:
            doubt.spend(ctx, sentence, code, key=self._world.channels.key)
        elif ctx.incoming.doubtful and command.decides:
            return command, doubt.ask_for_code(ctx, sentence, key=self._world.channels.key)
        return command, command.handle(ctx)

    def _own_words(self, ctx: Context, sentence: str) -> Command | None:
        """A leader's sentence in the direct chat that is no command of theirs, no question and no small
        talk is kept as said: an order that the office carries out reads like the office's command."""
        command = self._world.catalogue.by_intent.get(OWN_WORDS)
        unread = ctx.said.intent == "none" and not (ctx.said.trace or ctx.said.suggestions)
        free = unread or ctx.said.intent in self._world.catalogue.by_intent
        if command is None or not free or ctx.in_group or ctx.pressed:
            return None
        enough = len(sentence) >= FEWEST_WORDS and not _QUESTION.search(sentence)
        return command if enough and ctx.rights.has(Role.LEADER) else None

    def _understand(self, ctx: Context, sentence: str) -> Invocation:
        """A question that is open is answered by what was said, unless it is a command of its own."""
        now, names = ctx.now, ctx.directory
        question = questions.pending(ctx.session, ctx.actor, ctx.conversation, ctx.moment)
        wants_file = question is not None and question.ask == questions.FILE
        if not sentence and ctx.incoming.files and not wants_file:
            return Invocation("files")
        replies = ctx.card is not None and not ctx.pressed
        said = understand(sentence, now=now, directory=names, calendar=ctx.calendar, quoted=replies)
        if question is None:
            return said
        if self._is_something_else(ctx, question, sentence, said):
            questions.drop(ctx)
            return said
        if card_id := str(question.slots.get("card", "")):
            ctx.card = ctx.session.get(SentCard, card_id)
        completed = questions.complete(
            ctx.session,
            question,
            sentence,
            moment=ctx.moment,
            directory=names,
            calendar=ctx.calendar,
        )
        return completed or said

    def _is_something_else(
        self, ctx: Context, question: PendingQuestion, sentence: str, said: Invocation
    ) -> bool:
        """Free text that happens to read like a command is still the answer, unless it names a number."""
        command = self._world.catalogue.by_intent.get(said.intent)
        if command is None or said.ask not in (None, "reason"):
            return False
        asked = self._world.catalogue.by_intent.get(question.command)
        is_reason = question.ask == "reason" and asked is not None and said.intent in asked.reasons
        named = bool(said.refs) and not is_reason
        named = named or ctx.pressed or sentence.strip() == command.name
        return named or question.ask not in questions.VERBATIM

    def _conclude(self, ctx: Context, command: Command | None, reply: Reply) -> Outcome:
        if reply is not None:
            if ctx.in_group and not ctx.private:
                ctx.notices.to_group(
                    ctx.conversation,
                    reply,
                    key="reply",
                    subject=ctx.subject,
                    reply=ctx.incoming.reply_handle,
                )
            else:
                ctx.notices.to_person(ctx.actor.id, reply, key="reply", subject=ctx.subject)
        redrawn = None
        if ctx.pressed and ctx.card is not None and command is not None and command.settles and not ctx.asked:
            redrawn = _settled(ctx, command)
            answered = ctx.incoming.binding in self._world.channels.redraws
            ctx.notices.redraw(ctx.card, redrawn, answered=answered)
        return Outcome(toast=_toast(reply), card=redrawn, told=reply is not None)


def _who(session: Session, incoming: Incoming) -> Person | None:
    """The person behind the account; nobody when it is foreign, unknown, or of somebody who left."""
    if incoming.sender.foreign:
        return None
    keys = [(key.kind, key.value) for key in incoming.sender.keys]
    person = people.person_of(session, incoming.binding, keys)
    return None if person is None or person.left_at is not None else person


def _sentence(ctx: Context) -> tuple[str, str]:
    """What was said, and the one-time code behind it where one was asked for of late."""
    said = ctx.incoming.action.sentence if ctx.incoming.action else ctx.incoming.text
    said = said[: chat.MAX_SENTENCE]
    sentence, code = doubt.split(said)
    return (sentence, code) if code and doubt.is_expected(ctx) else (said, "")


def _pressed_card(ctx: Context) -> SentCard | None:
    """The card that was pressed, if this person may press it here.

    Raises:
        StaleCard: unknown, another person's, or forwarded into another chat; without a word of what
            it is about.
    """
    action = ctx.incoming.action
    if action is None or not action.card:
        return None
    sent = ctx.session.get(SentCard, action.card)
    if sent is None:
        raise StaleCard("这张卡片已经失效，请直接说要办什么。")
    if sent.person_id is not None and sent.person_id != ctx.actor.id:
        raise StaleCard("这张卡片是发给别人的，不能代点。")
    if not _is_at_home(ctx, sent):
        raise StaleCard("这张卡片是别处转来的，请到原来的群里办理。")
    return sent


def _quoted_card(ctx: Context) -> SentCard | None:
    """The card this message replies to, if it is this person's to answer here: then a bare 收到 or 同意
    says something. Any other message that is replied to says nothing about what is meant."""
    quoted = ctx.incoming.quoted
    sent = conversations.card_named(ctx.session, ctx.incoming.binding, quoted.message_id) if quoted else None
    if sent is None or sent.person_id not in (None, ctx.actor.id) or not _is_at_home(ctx, sent):
        return None
    return sent


def _is_at_home(ctx: Context, sent: SentCard) -> bool:
    """A group's card counts in that group only; a person's follows them."""
    if sent.person_id is not None:
        return True
    home = ctx.session.get_one(Address, sent.address_id)
    return home.kind != ConversationKind.GROUP or home.conversation_id == ctx.conversation.id


def _not_a_command(ctx: Context) -> Reply:
    """Small talk is met with silence in groups; a near miss gets at most three proposals, privately."""
    ctx.private = True
    said = ctx.said
    if said.intent != "none":
        return Text("听懂了，不过这件事我还不能办，即将支持。现在能办的请说“帮助”。")
    if said.suggestions:
        proposals = "\n".join(f"· {s}" for s in said.suggestions[:3])
        return Text(f"没看明白这一句，什么也没改。您是不是想说：\n{proposals}")
    if ctx.in_group or said.slots:
        return None
    return Text("没看明白这一句，什么也没改。说“帮助”看看我能办什么。")


def _settled(ctx: Context, command: Command) -> Card:
    """The pressed card without its buttons, saying who pressed what."""
    assert ctx.card is not None  # noqa: S101 - asked for by the caller
    shown = chat.load_message(ctx.card.card)
    done = f"{ctx.actor.name} 已点［{_label(ctx, shown)}］"
    if isinstance(shown, Card):
        return replace(shown, buttons=(), remark=chat.shorten(done, chat.MAX_REMARK))
    return chat.card(command.name, remark=done)


def _label(ctx: Context, shown: chat.Message) -> str:
    said = ctx.incoming.action.sentence if ctx.incoming.action else ""
    buttons = shown.buttons if isinstance(shown, Card | Text) else ()
    return next((b.label for b in buttons if b.sentence == said), said)


def _toast(reply: chat.Message | None) -> str:
    match reply:
        case Card():
            return chat.shorten(reply.title, MAX_TOAST)
        case Text():
            return chat.shorten(reply.body, MAX_TOAST)
        case _:
            return ""
