"""催办: 催一下社区办 T1 · 催办 城管局."""

from commands.access import Permission
from commands.command import Context, Reply
from commands.cooperation.operations import urging
from commands.cooperation.operations.urging import Target
from commands.errors import NotAllowed, NotFound
from commands.policy import Policy
from commands.tasks import rules as tasks_rules
from commands.tasks.handlers.meaning import acting, refs
from commands.tasks.operations.acting import Acting, matters, matters_by_id
from connectors.chat import Text
from storage.queries import tasks as queries

_MOST = 10  #: matters of one unit that are urged at once


def urge(ctx: Context) -> Reply:
    """In the office's name; the answer says who, and when it goes out."""
    act = acting(ctx)
    ctx.private = True
    said = refs(ctx)
    if said:
        targets = [t for m in matters(act, said) for t in urging.of_matter(act, m, ctx.said.unit_ids)]
        name = "、".join(dict.fromkeys(f"T{number}" for number, _ in said))
    elif ctx.said.unit_ids:
        targets = _of_unit(act, ctx.said.unit_ids[0])
        name = act.unit(ctx.said.unit_ids[0])
    else:
        raise NotFound("催哪一项？请说编号，例如“催一下 T12”，或说单位，例如“催办 城管局”。")
    done = urging.urge(act, name, targets, Policy())
    what = f"{name}：" if said else ""
    if done.at > act.now:
        when = tasks_rules.say_moment(done.at)
        return Text(f"现在不打扰人。{what}{'、'.join(done.units)}的催办 {when} 发出。")
    return Text(f"已催{what}{'、'.join(done.units)}。")


def _of_unit(act: Acting, unit_id: int) -> list[Target]:
    """What the unit is late with, or near its limit; only the office urges a whole unit."""
    if not act.rights.may(Permission.ADJUST):
        raise NotAllowed("催整个单位由督查室来。您牵头的事项可以说“催一下 T编号”。")
    pressing = [
        one.id
        for _, one in queries.of_unit(act.session, unit_id)
        if tasks_rules.light(one, now=act.now, calendar=act.calendar)
        in (tasks_rules.Light.OVERDUE, tasks_rules.Light.NEAR)
        and one.state in tasks_rules.CLOCK_RUNS
    ]
    if not pressing:
        raise NotFound(f"{act.unit(unit_id)}没有临期或逾期的事项，不用催。")
    return [
        target
        for matter in matters_by_id(act, pressing[:_MOST])
        for target in urging.of_matter(act, matter, [unit_id])
    ]
