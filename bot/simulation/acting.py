"""What the simulated people do, at their hours: everything as a sentence or a button of theirs."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from http import HTTPStatus

from sqlmodel import Session, col, select

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.world import UnknownChat
from bot.simulation import days
from bot.simulation.characters import Crew
from bot.simulation.ledger import OFFICE, Ledger, Matter
from commands.calendar import SHANGHAI
from storage.models import Obligation, ObligationState, Part, Task, Unit

CHIEF, ADMINISTRATOR = "陈立", "钱坤"
LEAD = "环保局"  #: of the only matter in which others co-operate
EXTRA = ("背街小巷清理情况", "点位巡查情况", "宣传海报张贴情况", "垃圾桶更换情况", "问题小区整改情况")
DONE_TODAY = ("上午跑了三个小区，下午整理台账", "检查了五处投放点，明天复查", "入户二十户，发了折页")
STEPS = ("已完成一半", "还差两个小区", "正在汇总")
STALE = "在这张卡片之后变过"
LEAVE_WEEK = 3  #: counted from 0


class Stumbled(Exception):
    """Somebody could not do what they meant to; the text says who and what."""


@dataclass(frozen=True, slots=True)
class Open:
    """A matter as it stands."""

    matter: Matter
    state: ObligationState
    part: Part


@dataclass(slots=True)
class Acting:
    """``giving_out``: the office still gives out new matters."""

    sandbox: Sandbox
    ledger: Ledger
    crews: Sequence[Crew]
    rng: random.Random
    giving_out: bool = True
    acts: int = 0
    _report_on: dict[int, date] = field(default_factory=dict)
    _sign_on: dict[tuple[int, str], date] = field(default_factory=dict)
    _overnight: set[int] = field(default_factory=set)
    _sent_back: set[int] = field(default_factory=set)
    _ready: list[tuple[Crew, Open]] = field(default_factory=list)  #: handed in, not yet decided

    # -- the first morning -------------------------------------------------------------------------

    async def begin(self) -> None:
        """The case's division of work is dispatched; the year's days off are entered."""
        await self.say(CHIEF, "新建专项垃圾分类，环保局牵头，今天启动", file=True)
        await self.press(CHIEF, "都按周五")
        for name in ("王磊", "李娜", "许静"):
            await self.say(name, "本群用于垃圾分类", group=True)
            await self.press(CHIEF, "确认")
        await self.say(CHIEF, "下发 依据市政办发〔2026〕31号")
        for words in days.NOTICES:
            await self.say(ADMINISTRATOR, words)
            await self.press(ADMINISTRATOR, "写入")

    async def _name_what_is_wanted(self) -> None:
        """T1 is co-operation; of the others the leads want nothing."""
        await self.say("李娜", "T1 城管局12月9号前给执法意见，社区办12月9号前给小区底数")
        await self.press("李娜", "发出")
        for who, words in (
            ("李娜", "T2 社区办不需配合"),
            ("李娜", "T3 社区办不需配合"),
            ("许静", "T4 物业协会、环保局不需配合"),
            ("吴桐", "T5 社区办不需配合"),
            ("吴桐", "T6 社区办不需配合"),
            ("王磊", "T7 社区办、物业协会不需配合"),
            ("李娜", "T8 城管局、社区办、物业协会不需配合"),
        ):
            await self.say(who, words)

    # -- the hours of a working day ----------------------------------------------------------------

    async def at(self, day: date, hour: int) -> None:
        if hour == 10:
            await self._morning(day)
        elif hour == 15:
            await self._decide(day)
        elif hour == 16:
            await self._evening(day)

    async def _morning(self, day: date) -> None:
        if self.giving_out and not days.is_workday(day - timedelta(days=1)):
            await self._give_out(day)
        await self._release_what_lay_overnight()
        found = await self.look()
        for crew in self.crews:
            await self._sign(crew, day, [one for one in found if one.matter.unit == crew.unit])
        if day == days.FIRST_MONDAY:
            await self._name_what_is_wanted()
        for crew in self.crews:
            for one in await self.look(crew.unit):
                await self._work(crew, day, one)

    async def _give_out(self, day: date) -> None:
        """One more matter each, two for who leads few; its limit is within the week or just after."""
        for crew in self.crews:
            for _ in range(2 if crew.unit == "社区办" else 1):
                due = days.add(day, self.rng.randint(3, 5))
                what = self.rng.choice(EXTRA)
                await self.say(CHIEF, f"请{crew.unit}{due.month}月{due.day}日前上报{what}")
                await self.press(CHIEF, "发出")

    async def _sign(self, crew: Crew, day: date, found: Sequence[Open]) -> None:
        numbers = []
        for one in found:
            if one.state is not ObligationState.ASSIGNED:
                continue
            key = (one.matter.number, crew.unit)
            if key not in self._sign_on:
                at_once = crew.chance(crew.character.signs_at_once)
                self._sign_on[key] = day if at_once else days.add(day, crew.rng.randint(1, 2))
            if self._sign_on[key] <= day:
                numbers.append(one.matter.number)
        if not numbers:
            return
        given = "" if crew.handler == crew.liaison else f"，都给{crew.handler}"
        await self.say(crew.liaison, "、".join(f"T{n}" for n in sorted(numbers)) + f"签收{given}")
        self.ledger.signed |= {(number, crew.unit) for number in numbers}

    async def _work(self, crew: Crew, day: date, one: Open) -> None:
        if one.state is not ObligationState.IN_PROGRESS or self.ledger.is_away(crew.handler, day):
            return
        if self._planned(crew, one.matter) <= day:
            await self._report(crew, day, one)
        elif crew.chance(crew.character.progress):
            await self.say(crew.handler, f"T{one.matter.number} {crew.rng.choice(STEPS)}")
            self.ledger.tell_progress(crew.handler, one.matter.number, day)

    def _planned(self, crew: Crew, matter: Matter) -> date:
        if matter.id not in self._report_on:
            due = matter.due if days.is_workday(matter.due) else days.add(matter.due, -1)
            if crew.on_time.draw():
                when = days.add(due, -1) if crew.chance(0.4) else due
            else:
                when = days.add(due, crew.rng.randint(*crew.character.late_by))
            self._report_on[matter.id] = when
        return self._report_on[matter.id]

    async def _report(self, crew: Crew, day: date, one: Open) -> None:
        ref = f"T{one.matter.number}"
        await self.say(crew.handler, f"{ref} 报结")
        await self.press(crew.handler, "提交", title=f"{ref} ")
        self.ledger.hand_in(crew.handler, one.matter, crew.head)
        if day < one.matter.due and crew.chance(0.3):
            self._overnight.add(one.matter.id)
            self._ready.append((crew, one))
            return
        self._ready.append((crew, one))
        await self._release(crew, one)

    async def _release(self, crew: Crew, one: Open) -> None:
        ref = f"T{one.matter.number}"
        await self.press(crew.head, "同意报出", title=f"{ref} ", or_say=f"同意报出 {ref}")
        self.ledger.release(one.matter, OFFICE if one.part is Part.LEAD else LEAD)

    async def _release_what_lay_overnight(self) -> None:
        for crew, one in self._ready:
            if one.matter.id in self._overnight:
                self._overnight.discard(one.matter.id)
                await self._release(crew, one)

    async def _decide(self, day: date) -> None:
        """In the afternoon the office and the lead look at what came; now and then a day later."""
        kept = []
        for crew, one in self._ready:
            if one.matter.id in self._overnight or self.rng.random() < 0.1:
                kept.append((crew, one))
            elif one.part is Part.COOPERATE:
                await self.press(self._lead_of_t1().handler, "确认", title=crew.unit)
                self.ledger.decide(one.matter, again=False)
            else:
                await self._verify(crew, day, one)
        self._ready = kept

    def _lead_of_t1(self) -> Crew:
        return next(crew for crew in self.crews if crew.unit == LEAD)

    async def _verify(self, crew: Crew, day: date, one: Open) -> None:
        title = f"{crew.unit} T{one.matter.number} "
        good = crew.first_pass.draw() or one.matter.id in self._sent_back
        if good:
            await self.press(CHIEF, "通过", title=title, or_say=f"通过 T{one.matter.number}")
        else:
            await self.press(CHIEF, "退回重办", title=title)
            await self.say(CHIEF, "缺现场照片，请补上")
            self._sent_back.add(one.matter.id)
            self._report_on[one.matter.id] = days.add(day, 1)
        self.ledger.decide(one.matter, again=not good)

    async def _evening(self, day: date) -> None:
        for crew in self.crews:
            if not self.ledger.is_away(crew.handler, day) and crew.chance(crew.character.log):
                await self.say(crew.handler, f"日报：{crew.rng.choice(DONE_TODAY)}")
                self.ledger.logged.add((crew.handler, day))
        await self._ask_for_leave(day)
        await self.look()  # limits that moved today are known tomorrow morning

    async def _ask_for_leave(self, day: date) -> None:
        """In one week a handler is away from Monday to Wednesday, and the liaison stands in."""
        if (day - days.FIRST_MONDAY).days != LEAVE_WEEK * 7 - 3:
            return
        crew = next(crew for crew in self.crews if crew.handler != crew.liaison)
        await self.say(crew.handler, f"下周一到下周三请假，由{crew.liaison}代")
        monday = day + timedelta(days=3)
        self.ledger.away[crew.handler] = frozenset(monday + timedelta(days=n) for n in range(3))

    # -- how it is done ----------------------------------------------------------------------------

    async def look(self, unit: str = "") -> list[Open]:
        """The open matters that have a time limit, in order of that."""

        def read(session: Session) -> list[Open]:
            rows = session.exec(
                select(Obligation, Task.number, Unit.name)
                .join(Task, col(Task.id) == col(Obligation.task_id))
                .join(Unit, col(Unit.id) == col(Obligation.unit_id))
                .where(col(Obligation.due_at).is_not(None))
                .where(col(Obligation.state).in_([ObligationState.ASSIGNED, ObligationState.IN_PROGRESS]))
                .order_by(col(Obligation.due_at), col(Obligation.id))
            )
            return [
                Open(Matter(o.id, number, name, o.due_at.astimezone(SHANGHAI).date()), o.state, o.part)
                for o, number, name in rows
                if o.due_at is not None and unit in ("", name)
            ]

        found = await self.sandbox.service.database.read(read)
        self.ledger.matters |= {one.matter.id: one.matter for one in found}
        return found

    async def say(self, name: str, text: str, *, group: bool = False, file: bool = False) -> None:
        person = self.sandbox.world.named(name).id
        files = [self.sandbox.sample] if file else []
        delivery = await self.sandbox.say(person, "group" if group else "direct", text, files)
        if delivery.status != HTTPStatus.OK:
            raise Stumbled(f"{name}说的“{text}”没有收到：HTTP {delivery.status}")
        self.acts += 1

    async def press(self, name: str, label: str, *, title: str = "", or_say: str = "") -> None:
        """``or_say``: what to type, as the toast asks, where the matter has changed since its card."""
        try:
            delivery = await self.sandbox.press_label(self.sandbox.world.named(name).id, label, title=title)
        except UnknownChat as missing:
            raise Stumbled(f"{missing}（{title.strip() or '最新的卡片'}）") from missing
        if delivery.status != HTTPStatus.OK:
            raise Stumbled(f"{name}按的［{label}］没有收到：HTTP {delivery.status}")
        if or_say and STALE in delivery.toast:
            await self.say(name, or_say)
        self.acts += 1
