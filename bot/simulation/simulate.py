"""``chengquan simulate``: some working weeks, everything the bot reminded of, and whether it was right."""

from collections.abc import Callable, Sequence
from pathlib import Path

from bot.sandbox.sandbox import opened_sandbox
from bot.simulation import checks
from bot.simulation.acting import Stumbled
from bot.simulation.checks import Check
from bot.simulation.weeks import PERIOD_WEEKS, Outcome, Winter
from commands.calendar import SHANGHAI


async def simulate(folder: Path, *, seed: int, weeks: int, show: Callable[[str], None]) -> bool:
    """Whether all checks hold. ``folder`` is thrown away first; the same seed shows the same lines."""
    async with opened_sandbox(folder) as sandbox:
        winter = Winter(sandbox, seed, show)
        try:
            outcome = await winter.run(weeks)
        except Stumbled as stumbled:
            now = sandbox.service.clock.now().astimezone(SHANGHAI)
            show(f"模拟中断：{now:%m-%d %H:%M} {stumbled}")
            return False
    return concluded(outcome, weeks, show)


def checked(outcome: Outcome, weeks: int) -> Sequence[Check]:
    return (
        checks.on_days_off(outcome.told),
        checks.after_acting(outcome.told),
        checks.too_many(outcome.told),
        checks.as_seeded(outcome.published, outcome.best_first, weeks // PERIOD_WEEKS),
    )


def concluded(outcome: Outcome, weeks: int, show: Callable[[str], None]) -> bool:
    """Show the figures and each check; whether all hold."""
    show("—— 结果 ——")
    for number, standings in sorted(outcome.published.items()):
        best = sorted(standings, key=lambda one: -one.index)
        said = "、".join(f"{one.unit} {one.band or '样本不足'} {one.index}" for one in best)
        show(f"第 {number} 期协作情况：{said}")
    show(f"到 {outcome.last_day:%Y-%m-%d}：{outcome.acts} 次操作，{len(outcome.told)} 条主动消息")
    good = True
    for check in checked(outcome, weeks):
        good = good and not check.wrong
        show(f"{'通过' if not check.wrong else '不通过'}  {check.name}")
        for line in check.wrong:
            show(f"        {line}")
    return good
