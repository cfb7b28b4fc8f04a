"""The sandbox put together: a service on a database of its own, three stand-ins around it, people in it.

Everything between them is real HTTP on this machine. It is never part of ``serve``.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import orjson

from bot.app import build_app, listener, served
from bot.pace import Rates
from bot.sandbox import routes, seed
from bot.sandbox.stand_ins import Platforms, platforms
from bot.sandbox.world import UnknownChat, World
from bot.service import Service, opened
from bot.settings import Settings
from commands.calendar import SHANGHAI, say_date
from commands.policy import Policy
from connectors.sandbox.journal import Delivery, Journal, StandIn, Upload
from storage.database import Database
from storage.rates import Limit

#: One visitor on one machine: no platform is protected by going slow.
FAST: Mapping[str, Rates] = {
    name: Rates(app=Limit(1000, 1000), chat=Limit(1000, 1000)) for name in ("feishu", "dingtalk", "wecom")
}
PATIENCE = 5.0  #: seconds a press waits for the card it wants
CLOCK_BUTTONS = (
    {"label": "+10 分钟", "move": {"minutes": 10}},
    {"label": "+1 小时", "move": {"minutes": 60}},
    {"label": "到 17:00", "move": {"next": "17:00"}},
    {"label": "到次日 08:35", "move": {"next": "08:35"}},
)


@dataclass(slots=True)
class Sandbox:
    """What the page calls, and the tests."""

    service: Service
    world: World
    journal: Journal
    sample: Upload
    url: str
    settings: Settings

    def now(self) -> datetime:
        """Business time; while the clock is being moved, the planned time it has come to."""
        return (self.service.scheduler.reached or self.service.clock.now()).astimezone(SHANGHAI)

    async def say(self, person_id: str, where: str, text: str, files: Sequence[Upload] = ()) -> Delivery:
        """``where``: ``direct`` or ``group``. Returns once the answers are delivered.

        Raises:
            UnknownChat: no such person, or not in a group.
        """
        person = self.world.person(person_id)
        place = self.world.group_of(person) if where == "group" else None
        delivery = await self.world.stand_in(person).say(person.key, place, text, files=files)
        await self.settle()
        return delivery

    async def press(self, person_id: str, message_id: str, index: int) -> Delivery:
        """Press a button as this person; where a platform's card has none, type its sentence."""
        person = self.world.person(person_id)
        try:
            delivery = await self.world.stand_in(person).press(person.key, message_id, index)
        except (ValueError, KeyError, IndexError) as wrong:
            raise UnknownChat("这张卡片上已经没有这个按钮了") from wrong
        await self.settle()
        return delivery

    async def press_label(self, person_id: str, label: str, *, title: str = "") -> Delivery:
        """Press ``label`` on the newest card that has it; waits for such a card, but not for long."""
        person = self.world.person(person_id)
        seen = 0
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    entries = self.journal.since()
                    seen = len(entries)
                    try:
                        message_id, index = self.world.card_with(person, label, title=title)
                        break
                    except UnknownChat:
                        await self.journal.wait_for(lambda entry: True, after=seen)
        except TimeoutError:
            raise UnknownChat(f"{person.name}这里没有按钮［{label}］") from None
        return await self.press(person_id, message_id, index)

    async def settle(self) -> None:
        """Until nothing waits to be done or sent; what the service's own workers hold is waited for."""
        downloads, pending = self.service.downloads, self.service.pending
        while (
            await downloads.step()
            or await pending.step()
            or await downloads.in_hand.done()
            or await pending.in_hand.done()
        ):
            pass
        await self.service.delivery.drain()

    async def move_to(self, at: datetime) -> None:
        """Move business time on to ``at``; a time that has passed is left alone."""
        if at.tzinfo is None:
            raise UnknownChat("时间要写明时区")
        by = at - self.service.clock.now()
        if by > timedelta():
            await self.service.move_clock(by)
            await self.settle()

    async def move_by(self, minutes: int) -> None:
        if not 0 < minutes <= 60 * 24 * 31:
            raise UnknownChat("时钟一次往后拨 1 分钟到 31 天")
        await self.move_to(self.service.clock.now() + timedelta(minutes=minutes))

    def next_time(self, wanted: str) -> datetime:
        """The next ``hh:mm`` to come."""
        now = self.service.clock.now().astimezone(SHANGHAI)
        at = datetime.combine(now.date(), time.fromisoformat(wanted), SHANGHAI)
        return at if at > now else at + timedelta(days=1)

    def clock_state(self) -> dict[str, str]:
        now = self.service.clock.now().astimezone(SHANGHAI)
        return {"at": now.isoformat(), "text": f"{now.year}年{say_date(now.date(), now=now)} {now:%H:%M}"}

    def state(self) -> dict[str, Any]:
        """What the page needs once: people, groups, clock, tour."""
        groups = [
            {"platform": name, "id": chat.id, "title": chat.title, "members": chat.members}
            for name in ("dingtalk", "wecom", "feishu")
            for chat in self.world.stand_ins[name].chats.values()
        ]
        return {
            "people": [self._shown(person_id) for person_id in self.world.people],
            "groups": groups,
            "clock": self.clock_state(),
            "presets": CLOCK_BUTTONS,
            "sample": self.sample.name,
            "tour": self._tour(),
        }

    def _shown(self, person_id: str) -> dict[str, str]:
        person = self.world.person(person_id)
        return {
            "id": person.id,
            "name": person.name,
            "unit": person.unit,
            "title": person.title,
            "role": person.role,
            "platform": person.platform,
            "key": person.key,
            "direct": self.world.stand_in(person).direct_id(person.key),
        }

    def _tour(self) -> list[dict[str, Any]]:
        steps = orjson.loads((resources.files("bot.sandbox") / "tour.json").read_bytes())
        return [{**step, "acts": [self._act(act) for act in step["acts"]]} for step in steps]

    def _act(self, act: dict[str, Any]) -> dict[str, Any]:
        return {**act, "person": self.world.named(act["person"]).id}


@asynccontextmanager
async def opened_sandbox(
    folder: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    publish: Literal["leader", "auto"] = "auto",
    directory: Path | None = None,
    starts_at: datetime = seed.STARTS_AT,
) -> AsyncIterator[Sandbox]:
    """Everything running: the page is served at ``Sandbox.url``. ``port`` 0: any free one.

    ``publish``: whether the leader lets 部门协作情况 out; the demo asks nobody. ``directory``: other people
    than the demo's. ``starts_at``: the business time it opens at.

    Raises:
        OSError: the port is taken.
    """
    async with AsyncExitStack() as stack:
        bound = listener(host, port)
        stack.callback(bound.close)
        own_port = bound.getsockname()[1]
        url = await asyncio.to_thread(seed.create, folder)
        database = Database(url)
        people = await asyncio.to_thread(seed.populate, database, directory, starts_at)
        database.close()
        sandbox_box: list[Sandbox] = []
        journal = Journal(clock=lambda: sandbox_box[0].now())
        made = platforms(people, journal, f"http://127.0.0.1:{own_port}/webhooks")
        urls = {name: await _serve_stand_in(stack, stand_in) for name, stand_in in made.by_name().items()}
        made.wecom.base_url = urls["wecom"]
        made.dingtalk.public_url = urls["dingtalk"]
        settings = Settings.model_validate(
            {"database_url": url, "policy": Policy(publish=publish), **made.settings(urls)}
        )
        service = await stack.enter_async_context(opened(settings, rates=FAST, fetching=False))
        await service.database.write(lambda s: seed.keep_groups(s, _push_address(made)))
        world = World(people, made.by_name())
        page = f"http://localhost:{own_port}/sandbox"
        sandbox = Sandbox(service, world, journal, seed.plan_file(), page, settings)
        sandbox_box.append(sandbox)
        await _serve_page(stack, sandbox, bound)
        stack.callback(journal.end)  # first of all: an open page reads until then
        yield sandbox


def _push_address(made: Platforms) -> str:
    return made.wecom.push_address(next(iter(made.wecom.chats)))


async def _serve_stand_in(stack: AsyncExitStack, stand_in: StandIn) -> str:
    bound = listener("127.0.0.1", 0)
    await stack.enter_async_context(served(stand_in.app(), bound))
    stack.push_async_callback(stand_in.close)
    return f"http://127.0.0.1:{bound.getsockname()[1]}"


async def _serve_page(stack: AsyncExitStack, sandbox: Sandbox, bound: socket.socket) -> None:
    app = build_app(sandbox.service, routes=routes.routes(), middlewares=[routes.same_site])
    app[routes.SANDBOX] = sandbox
    await stack.enter_async_context(served(app, bound))
