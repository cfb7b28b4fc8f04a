"""The running service put together: what is opened, in which order, and how it is closed again."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from pydantic import BaseModel
from sqlmodel import Session

from bot.blobs import DatabaseBlobs
from bot.clock import Clock
from bot.delivery import Delivery
from bot.downloads import Downloads
from bot.exports import Exports
from bot.intake import Intake
from bot.pace import RATES, Rates
from bot.pending import PendingWorker
from bot.pruning import Pruner
from bot.scheduler import Scheduler
from bot.sealer import Sealer, root_job
from bot.settings import Settings
from bot.watchdog import watch
from commands.catalogue import CATALOGUE, jobs
from commands.command import World
from commands.dispatch import Dispatcher
from commands.notify import Channels
from commands.policy import Policy
from commands.record.operations import announce
from commands.tasks.operations import receiving
from commands.workdays.snapshot import calendar
from connectors import catalogue
from connectors.connector import Connector
from connectors.errors import ConfigurationError
from connectors.tokens import Token, TokenStore
from storage import installation
from storage.database import Database
from storage.job_runs import Job
from storage.models import Installation
from storage.tokens import DatabaseTokenStore

_log = structlog.get_logger()


@dataclass(slots=True)
class Service:
    """One replica. Everything in it is open while ``opened`` runs."""

    database: Database
    clock: Clock
    connectors: Mapping[str, Connector]
    world: World
    intake: Intake
    delivery: Delivery
    pending: PendingWorker
    downloads: Downloads
    exports: Exports
    scheduler: Scheduler
    sealer: Sealer
    blobs: DatabaseBlobs
    serving: bool = True
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run ``work`` until the service closes; should it end by itself, that is an error in the log."""
        task = asyncio.create_task(work(), name=name)
        task.add_done_callback(_ended)
        self._tasks.append(task)

    async def move_clock(self, by: timedelta) -> None:
        """Move business time on (the sandbox); what falls due on the way happens in its order."""
        target = self.clock.now() + by
        await self.scheduler.run_until(target)
        await self.clock.advance(max(target - self.clock.now(), timedelta()))

    async def close(self) -> None:
        self.serving = False
        await self.scheduler.stop()
        await self.sealer.stop()
        await self.delivery.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.blobs.close()
        for connector in self.connectors.values():
            with contextlib.suppress(Exception):
                await connector.close()
        await asyncio.to_thread(self.database.close)


def _ended(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("a worker ended", worker=task.get_name(), exc_info=error)


def bindings(settings: Settings) -> dict[str, BaseModel]:
    """Every configured connection by its name.

    Raises:
        ConfigurationError: none at all, or two of one name.
    """
    named: dict[str, BaseModel] = {
        name: given
        for name, given in (
            ("feishu", settings.feishu),
            ("dingtalk", settings.dingtalk),
            ("wecom", settings.wecom),
        )
        if given is not None
    }
    for further in settings.bindings:
        if further.name in named:
            raise ConfigurationError(f"bindings: two are named {further.name!r}")
        named[further.name] = further
    if not named:
        raise ConfigurationError(
            "no platform is configured: set CHENGQUAN_FEISHU__…, …DINGTALK__… or …WECOM__…"
        )
    return named


def build_connectors(settings: Settings, database: Database) -> dict[str, Connector]:
    """Raises ``ConfigurationError`` naming the binding and what it lacks."""
    made: dict[str, Connector] = {}
    for name, given in bindings(settings).items():
        secret = given.secret if hasattr(given, "secret") else getattr(given, "app_secret", None)
        tokens: TokenStore = DatabaseTokenStore(
            database, secret=secret.get_secret_value() if secret else "", make=Token
        )
        made[name] = catalogue.build(given, binding=name, tokens=tokens)
    return made


@asynccontextmanager
async def opened(
    settings: Settings,
    *,
    rates: Mapping[str, Rates] = RATES,
    fetching: bool = True,
) -> AsyncIterator[Service]:
    """The service of these settings, working.

    ``fetching`` false: the caller drives ``downloads.step`` and ``pending.step`` itself, to know when
    nothing is left to do.

    Raises:
        ConfigurationError, DatabaseRefused: the service must not start; the text says why.
    """
    database = Database(settings.database_url)
    try:
        found = await database.read(lambda session: _identity(session, settings))
        made = build_connectors(settings, database)
        service = await _assemble(database, found[1], made, rates, settings.policy)
    except BaseException:
        database.close()
        raise
    stop_watching = watch(database.stuck_for)
    try:
        service.start("delivery", service.delivery.run)
        service.start("scheduler", service.scheduler.run)
        service.start("sealer", service.sealer.run)
        service.start("exports", service.exports.run)
        service.start("pruner", Pruner(database).run)
        if fetching:
            service.start("pending", service.pending.run)
            service.start("downloads", service.downloads.run)
        yield service
    finally:
        await service.close()
        stop_watching()


def _identity(session: Session, settings: Settings) -> tuple[str, str]:
    found: Installation = installation.verify(session, settings.installation_id or None)
    return found.installation_id, found.secret


async def _assemble(
    database: Database,
    secret: str,
    connectors: Mapping[str, Connector],
    rates: Mapping[str, Rates],
    policy: Policy,
) -> Service:
    clock = await Clock.load(database)
    world = World(
        channels=Channels(
            key=bytes.fromhex(secret),
            apps={name: connector.app for name, connector in connectors.items()},
            redraws=frozenset(n for n, connector in connectors.items() if connector.platform == "feishu"),
            names={name: connector.bot_name for name, connector in connectors.items()},
        ),
        catalogue=CATALOGUE,
        policy=policy,
    )
    dispatcher = Dispatcher(world)
    blobs = DatabaseBlobs(database)
    delivery = Delivery(database, connectors, blobs, rates=rates)
    pending = PendingWorker(
        database, dispatcher.dispatch, dispatcher.refuse, clock, connectors, on_done=delivery.wake
    )

    def hand_on(session: Session, attachment: int) -> None:
        receiving.hand_on(
            session, attachment, channels=world.channels, calendar=calendar(session), moment=clock.moment()
        )

    def fetched() -> None:
        pending.wake()
        delivery.wake()

    downloads = Downloads(database, connectors, fetched, hand_on)

    exports = Exports(database, clock, world.channels, delivery.wake)

    def done() -> None:
        delivery.wake()
        downloads.wake()
        exports.wake()

    intake = Intake(
        database,
        dispatcher.dispatch,
        dispatcher.refuse,
        clock,
        on_pending=pending.wake,
        on_done=done,
    )
    scheduler = Scheduler(
        database, _jobs(world), clock.moment, wake_delivery=delivery.wake, drain=delivery.drain
    )
    sealer = Sealer(database)
    return Service(
        database,
        clock,
        connectors,
        world,
        intake,
        delivery,
        pending,
        downloads,
        exports,
        scheduler,
        sealer,
        blobs,
    )


def _jobs(world: World) -> tuple[Job, ...]:
    return (*jobs(world), root_job(partial(announce, channels=world.channels)))
