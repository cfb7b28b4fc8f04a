"""A platform without secrets and a handler that does what the message says, to break the inbound path.

An event's effect is a row of the security log, its reply another: no unique key hides a double one.
The text says what happens: ``ok``, ``refuse``, ``raise``, ``raise-once``, ``hang``, ``slow-select``,
``slow-statements``, ``swallow``, ``fetch``, ``decide``, ``die-after-commit``.
"""

import asyncio
import json
import multiprocessing
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
import structlog
from aiohttp import web
from sqlmodel import Session

from bot.clock import Clock
from bot.intake import Intake
from bot.pending import AT_ONCE, PendingWorker
from bot.webhooks import routes
from commands.errors import CommandError, NotYet
from connectors.chat import Account, AccountKey, Conversation, ConversationKind, File, Incoming, IncomingKind
from connectors.connector import Answer, Outcome, Received, WebhookRequest
from connectors.errors import BadSignature
from storage.blobs import fetched_key
from storage.clock import Moment
from storage.database import Database
from storage.dialects import on_postgres, table
from storage.queries import conversations
from storage.security import log_security

BINDING = "plain"
INBOX, LOG = table("inbox"), table("security_log")


def said(key: str, text: str, *, chat: str = "c1", proof: str = "", files: tuple[File, ...] = ()) -> Incoming:
    return Incoming(
        binding=BINDING,
        message_key=key,
        kind=IncomingKind.ACTION if text.startswith("press") else IncomingKind.MESSAGE,
        conversation=Conversation(ConversationKind.GROUP, chat),
        sender=Account((AccountKey("id", "u1"),)),
        at=datetime(2026, 3, 2, 1, tzinfo=UTC),
        text=text,
        files=files,
        proof=proof,
    )


@dataclass
class PlainConnector:
    """Only ``receive`` and what the network part of pending events needs."""

    binding: str = BINDING
    edge_timeout: float = 5.0
    deadly: bool = False  #: dies when it would answer ``die-after-commit``
    files: dict[str, bytes] = field(default_factory=dict)

    def receive(self, request: WebhookRequest, now: datetime) -> Received:
        if request.method == "GET":
            return Received(None, lambda _: Answer(body=b"echo"), "challenge")
        try:
            event = json.loads(request.body)
        except ValueError:
            raise BadSignature("nonsense") from None
        incoming = said(event["key"], event["text"], chat=event["chat"], proof=event.get("proof", ""))

        def answer(outcome: Outcome) -> Answer:
            if self.deadly and incoming.text == "die-after-commit":
                os.kill(os.getpid(), signal.SIGKILL)
            return Answer(body=outcome.toast.encode())

        return Received(incoming, answer)

    async def fetch(self, file: File) -> bytes:
        return self.files[file.handle]

    async def resolve(self, account: Account) -> Account:
        return account


class Script:
    """``dispatch`` and ``refuse``: what the text says. ``seconds``: how long slow things take."""

    def __init__(self, seconds: float = 1.0) -> None:
        self.runs: Counter[str] = Counter()
        self.refused: list[str] = []  #: what the senders were told
        self._seconds = seconds

    def dispatch(self, session: Session, incoming: Incoming, moment: Moment) -> Outcome:
        conversations.enter(session, incoming)
        what = incoming.text.split(" ")[0]
        self.runs[incoming.message_key] += 1
        if what == "decide" and incoming.doubtful:
            what = "code"
        self._write(session, incoming, moment, what if what in ("decide", "code") else "effect")
        try:
            self._misbehave(session, incoming, what)
            self._write(session, incoming, moment, "reply")
        except Exception:
            if what != "swallow":
                raise
        return Outcome(toast=f"done {incoming.text}" if incoming.kind is IncomingKind.ACTION else "")

    def refuse(self, session: Session, incoming: Incoming, refusal: CommandError, moment: Moment) -> Outcome:
        self._write(session, incoming, moment, "refusal")
        self.refused.append(str(refusal.reply))
        return Outcome(toast=str(refusal.reply), ok=False)

    def _write(self, session: Session, incoming: Incoming, moment: Moment, kind: str) -> None:
        log_security(session, at=moment.system, kind=kind, account=incoming.message_key)

    def _misbehave(self, session: Session, incoming: Incoming, what: str) -> None:
        if what == "refuse":
            raise CommandError("不行")
        if what == "raise" or (what == "raise-once" and self.runs[incoming.message_key] == 1):
            raise ZeroDivisionError
        if what == "hang":
            time.sleep(self._seconds)
        elif what in ("slow-select", "swallow"):
            self._slow_select(session)
        elif what == "slow-statements":
            for _ in range(20):
                time.sleep(self._seconds / 20)
                session.execute(sa.text("SELECT 1"))
        elif what == "fetch":
            for file in incoming.files:
                key = {"key": fetched_key(BINDING, file.handle)}
                if not session.scalar(sa.text("SELECT 1 FROM blob WHERE key = :key"), key):
                    raise NotYet("file")

    def _slow_select(self, session: Session) -> None:
        if on_postgres(session):
            session.execute(sa.text("SELECT pg_sleep(:s)"), {"s": self._seconds * 10})
            return
        session.execute(
            sa.text(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)"
                " SELECT count(*) FROM n"
            )
        )


class Scene:
    """The inbound path around one database, in this process."""

    def __init__(
        self,
        database: Database,
        *,
        work_seconds: float = 0.5,
        capacity: int = 2000,
        connector: PlainConnector | None = None,
    ) -> None:
        self.database = database
        self.script = Script(work_seconds * 2)
        self.connector = connector or PlainConnector()
        clock = Clock(database)
        does = (self.script.dispatch, self.script.refuse)
        connectors: Any = {BINDING: self.connector}
        self.intake = Intake(database, *does, clock, work_seconds=work_seconds, capacity=capacity)
        self.pending = PendingWorker(database, *does, clock, connectors, work_seconds=work_seconds)

    async def take(self, incoming: Incoming) -> Answer:
        received = Received(incoming, lambda outcome: Answer(body=outcome.toast.encode()))
        return await self.intake.take(self.connector, received)  # type: ignore[arg-type]

    async def retry_all(self) -> None:
        """Every pending event runs until it is done or aside; nobody waits for the back-off.

        As many together as two replicas work on.
        """
        async with asyncio.timeout(30):
            while True:
                make_due(self.database)
                if not any(await asyncio.gather(*(self.pending.step() for _ in range(2 * AT_ONCE)))):
                    return


def make_due(database: Database) -> None:
    due = sa.update(INBOX).where(INBOX.c.state == "pending").values(next_at=datetime(2020, 1, 1, tzinfo=UTC))
    database.write_now(lambda session: session.execute(due) and None)


def traces(database: Database) -> dict[str, Counter[str]]:
    """By message key: how often each kind of row was written."""
    found: dict[str, Counter[str]] = {}
    query = sa.select(LOG.c.account, LOG.c.kind).order_by(LOG.c.id)
    for key, kind in database.read_now(lambda session: session.execute(query).all()):
        found.setdefault(key, Counter())[kind] += 1
    return found


def order_of_effects(database: Database) -> list[str]:
    query = sa.select(LOG.c.account).where(LOG.c.kind == "effect").order_by(LOG.c.id)
    return list(database.read_now(lambda session: session.execute(query).scalars().all()))


def states(database: Database) -> dict[str, tuple[str, int]]:
    """By message key: state and attempts."""
    query = sa.select(INBOX.c.message_key, INBOX.c.state, INBOX.c.attempts)
    return {
        key: (str(state), attempts)
        for key, state, attempts in database.read_now(lambda s: s.execute(query).all())
    }


# -- a real process, to be killed ----------------------------------------------------------------

sa.orm.configure_mappers()
_FORKED = multiprocessing.get_context("forkserver")  # children start with everything imported
#: The server that forks is one for all of a test run, and keeps what it was told last.
_FORKED.set_forkserver_preload(["tests.inbound", "tests.replicas"])


@dataclass
class Child:
    """A running service; ``url`` is where its webhook is."""

    process: Any
    url: str

    def kill(self) -> None:
        self.process.kill()
        self.process.join(10)


@contextmanager
def serving(url: str, *, deadly: bool = False) -> Iterator[Child]:
    """The inbound path in a process of its own, on a free port of loopback."""
    ours, theirs = _FORKED.Pipe()
    process = _FORKED.Process(target=_serve, args=(url, theirs, deadly), daemon=True)
    process.start()
    theirs.close()
    child = Child(process, "")
    try:
        if not ours.poll(20):
            raise TimeoutError("the service did not start")
        child.url = f"http://127.0.0.1:{ours.recv()}/webhooks/{BINDING}"
        yield child
    finally:
        child.kill()
        ours.close()


def _serve(url: str, ready: Any, deadly: bool) -> None:
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory(), processors=[_silent])
    asyncio.run(_run(url, ready, deadly))


def _silent(*_: Any) -> str:
    return ""


async def _run(url: str, ready: Any, deadly: bool) -> None:
    database = Database(url, pool=4)
    scene = Scene(database, work_seconds=0.1)
    scene.connector.deadly = deadly
    app = web.Application()
    app.add_routes(routes({BINDING: scene.connector}, scene.intake))  # type: ignore[dict-item]
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    ready.send(runner.addresses[0][1])
    await scene.pending.run()
