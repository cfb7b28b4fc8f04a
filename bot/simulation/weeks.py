"""The weeks themselves: people of seeded character around the sandbox, and the clock that moves.

The real thing throughout: what they say goes over signed HTTP into the service, its jobs run at their
planned times, and what is counted is what the three platforms showed.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from bot.sandbox.sandbox import Sandbox
from bot.simulation import days
from bot.simulation.acting import Acting
from bot.simulation.asking import Asking
from bot.simulation.characters import Crew, crews
from bot.simulation.checks import Standing, Told
from bot.simulation.figures import all_published, published
from bot.simulation.ledger import Ledger
from bot.simulation.watching import read
from commands.calendar import SHANGHAI
from connectors.sandbox.journal import BOT, EntryKind

UNITS = ("环保局", "城管局", "社区办", "物业协会")
#: The clock stops here on a working day: for the morning cards, when people work, and at night.
STOPS = ((8, 35), (10, 0), (15, 30), (16, 40), (23, 59))
ASKING_HOUR = 10
LONGEST_WAIT = timedelta(days=10)  #: after the last week, for its figures to be published
PERIOD_WEEKS = 4


@dataclass(slots=True)
class Outcome:
    """``published``: by period."""

    told: list[Told] = field(default_factory=list)
    published: dict[int, Sequence[Standing]] = field(default_factory=dict)
    best_first: tuple[str, ...] = ()
    acts: int = 0
    last_day: date = days.FIRST_MONDAY


@dataclass(slots=True)
class Winter:
    """``show`` prints a line: each reminder as it is seen, and where the weeks have got to."""

    sandbox: Sandbox
    seed: int
    show: Callable[[str], None]
    ledger: Ledger = field(default_factory=Ledger)
    outcome: Outcome = field(default_factory=Outcome)
    _mark: int = 0

    async def run(self, weeks: int) -> Outcome:
        """So many working weeks, and then until their last figures are out."""
        rng = random.Random(self.seed)  # noqa: S311 - a play, not a secret
        people = [(p.unit, p.name, p.role) for p in self.sandbox.world.people.values()]
        made = crews(people, UNITS, rng)
        self.outcome.best_first = tuple(crew.unit for crew in made)
        self._introduce(made)
        acting = Acting(self.sandbox, self.ledger, made, rng)
        asking = Asking(acting)
        await self.sandbox.move_to(days.at(days.FIRST_MONDAY, 8, 40))
        await acting.begin()
        last = days.FIRST_MONDAY + timedelta(weeks=weeks, days=-1)
        day = days.FIRST_MONDAY
        while day <= last or await self._waits_for_figures(day, last, weeks):
            acting.giving_out = day <= last
            if day.weekday() == 0:
                self.show(f"—— 第 {(day - days.FIRST_MONDAY).days // 7 + 1} 周，{day:%Y-%m-%d} 起 ——")
            await self._day(acting, asking, day)
            self.outcome.last_day, day = day, day + timedelta(days=1)
        self.outcome.acts = acting.acts
        self.outcome.published = await published(self.sandbox)
        return self.outcome

    def _introduce(self, made: Sequence[Crew]) -> None:
        self.show(
            f"种子 {self.seed}，从好到差：" + "、".join(f"{c.unit}（{c.character.name}）" for c in made)
        )

    async def _waits_for_figures(self, day: date, last: date, weeks: int) -> bool:
        wanted = weeks // PERIOD_WEEKS
        if not wanted or day > last + LONGEST_WAIT:
            return False
        return not await all_published(self.sandbox, wanted)

    async def _day(self, acting: Acting, asking: Asking, day: date) -> None:
        """A day off is passed over in one go: whatever comes on it is too much."""
        for hour, minute in STOPS if days.is_workday(day) else STOPS[-1:]:
            await self._pass_to(day, hour, minute)
            if days.is_workday(day):
                await acting.at(day, hour)
                if hour == ASKING_HOUR:
                    await asking.at(day)
                self._mark = len(self.sandbox.journal.since())

    async def _pass_to(self, day: date, hour: int, minute: int) -> None:
        """Move the clock; what is sent meanwhile is of the bot's own accord."""
        self._mark = len(self.sandbox.journal.since())
        before, moment = self.sandbox.service.clock.now(), days.at(day, hour, minute)
        await self.sandbox.move_to(moment)
        grown = self.sandbox.journal.since(self._mark)
        found = []
        for person in self.sandbox.world.people.values():
            chat = self.sandbox.world.stand_in(person).direct_id(person.key)
            wanted = (person.platform, chat, BOT, EntryKind.SENT)
            for entry in grown:
                if (entry.platform, entry.conversation_id, entry.author, entry.kind) == wanted:
                    # The planned time, where the journal has it; the same in every run.
                    at = entry.at if before < entry.at < moment else moment
                    clock = at.astimezone(SHANGHAI).time().replace(second=0, microsecond=0)
                    found.append(read(entry, day, clock, person.name, person.unit))
        for seen in sorted(found, key=lambda one: one.clock):  # stand-ins answer side by side
            self._keep(Told(seen, self.ledger.needless(seen)))

    def _keep(self, told: Told) -> None:
        self.outcome.told.append(told)
        seen = told.reminder
        why = "、".join(self.ledger.said_of(seen, mention) for mention in seen.mentions)
        head = f"{seen.day:%m-%d} {seen.clock:%H:%M} {seen.unit} {seen.person} {seen.occasion}"
        self.show(f"{head}：{why or seen.title}")
