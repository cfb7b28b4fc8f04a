"""商请: every other Tuesday one unit cannot go on without another's papers, and asks for them."""

from dataclasses import dataclass, field
from datetime import date

from bot.simulation import days
from bot.simulation.acting import CHIEF, Acting, Open
from bot.simulation.characters import Crew
from storage.models import ObligationState, Part

ROOM = 3  #: working days that the matter must still have
LATE = 3  #: working days after which a slow unit answers


@dataclass(slots=True)
class Asking:
    """``_answers``: who answers which number for whom, and on which day."""

    acting: Acting
    _asked: int = 0
    _numbers: set[int] = field(default_factory=set)
    _answers: list[tuple[date, int, Crew, Crew]] = field(default_factory=list)

    async def at(self, day: date) -> None:
        """After the morning's work."""
        due = [one for one in self._answers if one[0] <= day]
        self._answers = [one for one in self._answers if one[0] > day]
        for _, number, asker, asked in due:
            await self._answer(number, asker, asked)
        week = (day - days.FIRST_MONDAY).days // 7
        if self.acting.giving_out and day.weekday() == 1 and week % 2:
            await self._ask(day)

    async def _ask(self, day: date) -> None:
        """Each unit is asked in turn, by the best of the others that has something to do."""
        asked = self.acting.crews[self._asked % len(self.acting.crews)]
        for asker in self.acting.crews:
            if asker is asked or self.acting.ledger.is_away(asker.handler, day):
                continue
            found = [one for one in await self.acting.look(asker.unit) if self._fits(day, one)]
            if found:
                await self._send(day, found[0].matter.number, asker, asked)
                return

    def _fits(self, day: date, one: Open) -> bool:
        room = days.between(day, one.matter.due) >= ROOM
        new = one.matter.number not in self._numbers
        return room and new and one.part is Part.LEAD and one.state is ObligationState.IN_PROGRESS

    async def _send(self, day: date, number: int, asker: Crew, asked: Crew) -> None:
        self._asked += 1
        self._numbers.add(number)
        await self.acting.say(asker.handler, f"T{number}卡住了，等{asked.unit}给点位名单")
        await self.acting.press(asker.handler, "明天中午")
        await self.acting.press(asker.handler, "发出", title="商请")
        await self.acting.press(CHIEF, "照常计时", title=f"T{number} 受阻")
        self.acting.ledger.asked.add((number, asked.unit))
        at_once = asked.chance(asked.character.answers)
        self._answers.append((days.add(day, 1 if at_once else LATE), number, asker, asked))

    async def _answer(self, number: int, asker: Crew, asked: Crew) -> None:
        """The papers come with the answer."""
        await self.acting.press(asked.liaison, "可以", title="商请")
        self.acting.ledger.asked.discard((number, asked.unit))
        await self.acting.say(asked.liaison, f"给T{number}", file=True)
        await self.acting.press(asker.handler, "够用了", title=f"T{number} ")
