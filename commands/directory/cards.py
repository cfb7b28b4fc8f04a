"""How changes of the directory read."""

from collections.abc import Sequence
from datetime import datetime

from commands.calendar import say_due
from commands.directory.rules import number_words, platform_word
from connectors.chat import MAX_LABEL, Button, Card, Text, card
from storage.models import NumberClaim, NumberKind, Obligation, Person, Task, Unit

REPORT, EXTENSION, REQUEST = "报出", "延期报出", "资源申请"  #: what may wait for a unit's head
_SAID = {REPORT: "同意报出 {}", EXTENSION: "同意报出 {} 延期", REQUEST: "同意{}"}


def departure(person: Person, open_: Sequence[tuple[Task, Obligation]], *, now: datetime) -> Card:
    """To the liaison: what somebody who left had in hand."""
    periods: dict[int, list[tuple[Task, Obligation]]] = {}
    for task, part in open_:
        periods.setdefault(task.number, []).append((task, part))
    rows = [(f"T{number}", _when(of, now=now)) for number, of in periods.items()]
    return card(
        f"{person.name}离岗，{len(rows)} 项待交接",
        *rows,
        remark="交接前由您负责，提醒也发给您。定了接手的人，请说“都给”加姓名。",
        buttons=(Button("我来办", "我来办", "primary"), Button("看清单", "部门任务")),
    )


def _when(of: Sequence[tuple[Task, Obligation]], *, now: datetime) -> str:
    """Of one matter; the open periods of one that comes back are counted, with the first limit."""
    task, part = of[0]
    if part.due_at is None:
        return task.title
    first = say_due(part.due_at, part.due_grain, now=now)
    return f"{len(of)} 期，最早 {first}" if len(of) > 1 else first


def no_liaison(unit: Unit) -> Card:
    """To the unit's head: nobody answers for the unit now."""
    return card(
        f"{unit.name}暂无联络员，请指定",
        remark="指定前，本单位的事项发给您。请把新联络员的姓名告诉督查室。",
        tone="warning",
    )


def please_decide(person: Person, waiting: Sequence[tuple[str, str]]) -> Card:
    """To whoever decides from now on. ``waiting``: what it is called, and its kind in words."""
    return card(
        f"{person.name}离岗，请您审核",
        *waiting,
        remark=f"说“{waiting[0][0]}”就看详情。同意请说{_how(waiting)}。",
        buttons=_only(waiting[0]) if len(waiting) == 1 else (),
    )


def _how(waiting: Sequence[tuple[str, str]]) -> str:
    """One sentence of each kind there is."""
    first = {what: name for name, what in reversed(waiting)}
    return "".join(
        f"“{_SAID[what].format(name)}”" for what in _SAID if what in first for name in [first[what]]
    )


def _only(waiting: tuple[str, str]) -> tuple[Button, ...]:
    name, what = waiting
    no = "退改" if what in (REPORT, EXTENSION) else "不同意"
    back = f"{no} {name}" + (" 延期" if what == EXTENSION else "")
    return (Button("同意", _SAID[what].format(name), "primary"), Button(no, back))


def head_left(
    unit: Unit, person: Person, deputy: Person | None, next_ones: Sequence[Person], waiting: int
) -> Text:
    """To the office."""
    said = f"{unit.name}负责人{person.name}离岗"
    kept = f"，待审核的 {waiting} 件已转过去" if waiting else ""
    if deputy is not None:
        back = f"新负责人到任后，请管理员更新通讯录，{deputy.name}的角色也要改回来。"
        return Text(f"{said}，由 B 角{deputy.name}代行负责人{kept}。{back}")
    if next_ones:
        return Text(f"{said}，以后由{'、'.join(one.name for one in next_ones)}审核{kept}。")
    stuck = f"，有 {waiting} 件待审核" if waiting else ""
    return Text(f"{said}，单位暂无其他负责人{stuck}。请定好新负责人，由管理员更新通讯录。")


def number_mismatch(claim: NumberClaim, *, was: str, now_said: str, name: str) -> Card:
    """To the administrators."""
    label = f"归{name}"
    return card(
        "号码对应不上，请核实",
        ("号码", number_words(claim.kind, claim.number)),
        ("原属", was),
        ("现报", f"{now_said}（{platform_word(claim.binding) or '导入'}）"),
        remark="没有自动合并，两人的账号和权限都没动。",
        buttons=(
            Button(label if len(label) <= MAX_LABEL else "归新报人", f"号码归{name} {claim.id}", "primary"),
            Button("都不动", f"号码都不动 {claim.id}"),
        ),
    )


def number_please_confirm(claim: NumberClaim, name: str) -> Card:
    """To the liaison of who reports it."""
    return card(
        "请确认",
        (name, _new_number(claim)),
        buttons=(
            Button("属实", f"号码属实 {claim.id}", "primary"),
            Button("不是", f"号码不属实 {claim.id}"),
        ),
    )


def number_confirmed(by: str, name: str, claim: NumberClaim, *, true: bool) -> Text:
    """To the administrators, who decide."""
    said = "属实" if true else "不是本人的"
    return Text(f"{by}答复：{name}{_new_number(claim)}，{said}。")


def _new_number(claim: NumberClaim) -> str:
    words = number_words(claim.kind, claim.number)
    return f"新号{words}" if claim.kind is NumberKind.MOBILE else f"新{words}"
