"""催办: 催一下社区办 T1 · 催办 城管局."""

from commands.access import Permission
from commands.command import Context, Reply
from commands.cooperation.operations import urging
from commands.cooperation.operations.urging import Target
from commands.errors import NotAllowed, NotFound, NotNow
from commands.requests.operations import listing, submitting
from commands.requests.operations.deciding import how_it_stands
from commands.requests.operations.routing import Desk
from commands.tasks import rules as tasks_rules
from commands.tasks.handlers.meaning import acting, refs
from commands.tasks.operations.acting import Acting, matters, matters_by_id
from connectors.chat import Text
from storage.models import RequestState
from storage.queries import requests as request_queries
from storage.queries import tasks as queries

_MOST = 10  #: matters of one unit that are urged at once


def urge(ctx: Context) -> Reply:
    """In the office's name; the answer says who, and when it goes out."""
    act = acting(ctx)
    ctx.private = True
    said = refs(ctx)
    numbers = [ref.number for ref in ctx.said.refs if ref.kind == "R"]
    if numbers:
        targets = [_request(ctx, number) for number in numbers]
        name = "、".join(f"R{number}" for number in numbers)
    elif said:
        targets = [t for m in matters(act, said) for t in urging.of_matter(act, m, ctx.said.unit_ids)]
        name = "、".join(dict.fromkeys(f"T{number}" for number, _ in said))
    elif ctx.said.unit_ids:
        targets = _of_unit(act, ctx.said.unit_ids[0])
        name = act.unit(ctx.said.unit_ids[0])
    else:
        raise NotFound("催哪一项？请说编号，例如“催一下 T12”，或说单位，例如“催办 城管局”。")
    done = urging.urge(act, name, targets, ctx.policy)
    what = f"{name}：" if said or numbers else ""
    if done.at > act.now:
        when = tasks_rules.say_moment(done.at)
        return Text(f"现在不打扰人。{what}{'、'.join(done.units)}的催办 {when} 发出。")
    return Text(f"已催{what}{'、'.join(done.units)}。")


def _request(ctx: Context, number: int) -> Target:
    """A 资源申请, urged by who made it or by the office."""
    desk = Desk(ctx.session, ctx.now, ctx.calendar, ctx.notices, ctx.actor.id)
    request = request_queries.by_number(ctx.session, [number]).get(number)
    if request is None or not (request.person_id == ctx.actor.id or ctx.rights.may(Permission.ADJUST)):
        raise NotFound(f"没有找到您提的 R{number}。说“我的申请”看清单。")
    if request.state is not RequestState.OPEN:
        raise NotNow(how_it_stands(desk, request, request_queries.steps_of(ctx.session, request.id)))
    said = submitting.said(desk, request)
    words = f"督查室催办：{said.name} {said.applicant}申请{said.what}。"
    words += f"请审批：同意{said.name}，或 不同意{said.name} 理由。"
    people = listing.asked_now(desk, request)
    units = "、".join(desk.person(p) for p in people)
    return Target(
        f"resource_request:{request.id}", f"request:{request.id}", units, tuple(people), Text(words)
    )


def _of_unit(act: Acting, unit_id: int) -> list[Target]:
    """What the unit is late with, or near its limit; only the office urges a whole unit."""
    if not act.rights.may(Permission.ADJUST):
        raise NotAllowed("催整个单位由督查室来。您牵头的事项可以说“催一下 T编号”。")
    pressing: dict[int, int] = {}  # one period of a matter, the first, stands for all that are open
    for task, one in queries.of_unit(act.session, unit_id):
        light = tasks_rules.light(one, now=act.now, calendar=act.calendar)
        presses = light in (tasks_rules.Light.OVERDUE, tasks_rules.Light.NEAR)
        if presses and one.state in tasks_rules.CLOCK_RUNS:
            pressing.setdefault(task.id, one.id)
    if not pressing:
        raise NotFound(f"{act.unit(unit_id)}没有临期或逾期的事项，不用催。")
    return [
        target
        for matter in matters_by_id(act, list(pressing.values())[:_MOST])
        for target in urging.of_matter(act, matter, [unit_id])
    ]
