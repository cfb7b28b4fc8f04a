"""Who may do what: one table, and the only ways to get a task.

A function here answers for "it exists *and* this person may see it" in one step; to somebody who may
not see a thing it does not exist. What is decided is decided against the person who acts now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlmodel import Session

from commands.errors import NotAllowed, NotFound
from storage.models import Person, Role, Scope, Task, TaskState
from storage.queries import leave, tasks
from storage.queries.leave import Lent


class Permission(StrEnum):
    MANAGE = "manage"  #: import the directory, grant roles
    PLAN = "plan"  #: 新建专项, import a division of work, 预览
    DISPATCH = "dispatch"  #: 下发, 交办 to other units, 撤回 of it
    CONFIRM_GROUP = "confirm_group"  #: say that a group serves an initiative
    PROPOSE_GROUP = "propose_group"  #: 本群用于…
    ADJUST = "adjust"  #: 调整时限, 牵头, 配合; 暂停, 恢复, 终止
    VERIFY = "verify"  #: 审核: 通过, 退回重办
    SEE_ALL = "see_all"  #: every initiative's matters
    SEE_UNIT = "see_unit"  #: the unit's matters: 部门任务
    ACKNOWLEDGE = "acknowledge"  #: 签收 for the unit
    DELEGATE = "delegate"  #: 分办 inside the unit
    SPECIFY = "specify"  #: 明确配合 for a task the unit leads
    REPORT = "report"  #: 进展, 报结, 转交 of what is one's own
    RELEASE = "release"  #: 同意报出 for the unit
    ACCEPT = "accept"  #: 确认, 请补充 for a task the unit leads
    CHECK_FIGURES = "check_figures"  #: 无异议, 有异议 to the unit's own 协作数据
    ANSWER_OBJECTION = "answer_objection"  #: 不计入, 维持
    PUBLISH = "publish"  #: 同意发布, 发各单位, 暂缓; 同意下发 of a division of work
    RECORD = "record"  #: 代录 what a leader decided
    ISSUE_CODE = "issue_code"  #: 发绑定码, and 确认 of heads who join
    CHECK_PERSON = "check_person"  #: say who is of the own unit
    ASK = "ask"  #: 帮助, 我的, 撤回 of one's own: everybody we know


_UNIT = frozenset({Role.VICE_HEAD, Role.HEAD, Role.LIAISON})
_EVERYBODY = frozenset(Role)

#: The one table role × permission. A unit's roles hold for that unit only (``Rights.may``).
TABLE: Mapping[Permission, frozenset[Role]] = {
    Permission.MANAGE: frozenset({Role.ADMIN}),
    Permission.PLAN: frozenset({Role.OFFICE}),
    Permission.DISPATCH: frozenset({Role.OFFICE}),
    Permission.CONFIRM_GROUP: frozenset({Role.OFFICE}),
    Permission.PROPOSE_GROUP: _UNIT | {Role.OFFICE},
    Permission.ADJUST: frozenset({Role.OFFICE}),
    Permission.VERIFY: frozenset({Role.OFFICE}),
    Permission.SEE_ALL: frozenset({Role.OFFICE, Role.LEADER, Role.ADMIN}),
    Permission.SEE_UNIT: _UNIT | {Role.HANDLER, Role.OFFICE, Role.LEADER},
    Permission.ACKNOWLEDGE: _UNIT | {Role.HANDLER},
    Permission.DELEGATE: _UNIT,
    Permission.SPECIFY: _UNIT | {Role.HANDLER},
    Permission.REPORT: _UNIT | {Role.HANDLER},
    Permission.RELEASE: frozenset({Role.VICE_HEAD, Role.HEAD}),
    Permission.ACCEPT: _UNIT | {Role.HANDLER},
    Permission.CHECK_FIGURES: _UNIT,
    Permission.ANSWER_OBJECTION: frozenset({Role.OFFICE}),
    Permission.PUBLISH: frozenset({Role.LEADER}),
    Permission.RECORD: frozenset({Role.OFFICE}),
    Permission.ISSUE_CODE: frozenset({Role.OFFICE, Role.ADMIN}),
    Permission.CHECK_PERSON: frozenset({Role.LIAISON, Role.OFFICE, Role.ADMIN}),
    Permission.ASK: _EVERYBODY,
}

#: What the person is told who does it instead, where it is not them.
WHO: Mapping[Permission, str] = {
    Permission.MANAGE: "管理员",
    Permission.PLAN: "督查室",
    Permission.DISPATCH: "督查室",
    Permission.CONFIRM_GROUP: "督查室",
    Permission.PROPOSE_GROUP: "单位联络员",
    Permission.ADJUST: "督查室",
    Permission.VERIFY: "督查室",
    Permission.SEE_ALL: "督查室",
    Permission.SEE_UNIT: "本单位人员",
    Permission.ACKNOWLEDGE: "承办单位",
    Permission.DELEGATE: "单位联络员",
    Permission.SPECIFY: "牵头单位",
    Permission.REPORT: "经办人",
    Permission.RELEASE: "单位负责人",
    Permission.ACCEPT: "牵头单位",
    Permission.CHECK_FIGURES: "单位联络员或负责人",
    Permission.ANSWER_OBJECTION: "督查室",
    Permission.PUBLISH: "领导",
    Permission.RECORD: "督查室",
    Permission.ISSUE_CODE: "督查室",
    Permission.CHECK_PERSON: "单位联络员",
    Permission.ASK: "已绑定的人员",
}


@dataclass(frozen=True, slots=True)
class Rights:
    """A person's roles, read once per event. Everybody with a unit is an 经办人 of that unit.

    ``lent``: roles of colleagues who are away today and whom the person stands in for (代办): they
    count like own ones, but not where only an ``own`` role does, and never for what the person did.
    """

    person_id: int
    unit_id: int | None
    grants: tuple[tuple[Role, Scope, int], ...]
    left: bool = False  #: what everybody may (``ASK``) needs no role, but not to have left
    lent: tuple[Lent, ...] = ()
    over: tuple[Lent, ...] = ()  #: lent of late and no more

    def may(
        self,
        permission: Permission,
        *,
        initiative_id: int | None = None,
        unit_id: int | None = None,
        everywhere: bool = False,
        own: bool = False,
    ) -> bool:
        """Whether any role of this person carries ``permission`` there.

        Without ``unit_id`` a unit's role counts for its own unit; without ``initiative_id`` a role
        in any one initiative counts: the operation asks again with the place named. ``everywhere``:
        what belongs to no place; only a role in the whole installation counts. ``own``: what was lent
        does not.
        """
        if permission is Permission.ASK:
            return not self.left
        roles = TABLE[permission]
        mine = any(
            role in roles
            and (scope is Scope.INSTALLATION or not everywhere)
            and self._covers(scope, scope_id, initiative_id, unit_id)
            for role, scope, scope_id in self.grants
        )
        return mine or bool(not own and not everywhere and self._lent(self.lent, permission, unit_id))

    def lenders(self, permission: Permission, *, unit_id: int | None = None) -> tuple[Lent, ...]:
        """For whom the person may do it there: nobody where a role of their own carries it."""
        if self.may(permission, unit_id=unit_id, own=True):
            return ()
        return self._lent(self.lent, permission, unit_id)

    def in_stead_of(self, permission: Permission, *, unit_id: int | None = None) -> int | None:
        """The first of ``lenders``, for the record."""
        lenders = self.lenders(permission, unit_id=unit_id) if self.lent else ()
        return lenders[0].person_id if lenders else None

    @staticmethod
    def _lent(roles: Sequence[Lent], permission: Permission, unit_id: int | None) -> tuple[Lent, ...]:
        return tuple(
            one
            for one in roles
            if one.role in TABLE[permission] and (unit_id is None or one.unit_id == unit_id)
        )

    @staticmethod
    def _covers(scope: Scope, scope_id: int, initiative_id: int | None, unit_id: int | None) -> bool:
        match scope:
            case Scope.INSTALLATION:
                return True
            case Scope.INITIATIVE:
                return initiative_id is None or scope_id == initiative_id
            case Scope.UNIT:
                return unit_id is None or scope_id == unit_id

    def has(self, role: Role, *, unit_id: int | None = None) -> bool:
        """``unit_id``: only the role in this very unit counts. What was lent does not."""
        return any(
            mine is role and (unit_id is None or (scope is Scope.UNIT and scope_id == unit_id))
            for mine, scope, scope_id in self.grants
        )

    def require(
        self,
        permission: Permission,
        *,
        initiative_id: int | None = None,
        unit_id: int | None = None,
        everywhere: bool = False,
    ) -> None:
        """Raises:
        NotAllowed: none of this person's roles carries it there; the answer says whose it is, and
            to who stood in for somebody that this is over.
        """
        if self.may(permission, initiative_id=initiative_id, unit_id=unit_id, everywhere=everywhere):
            return
        raise NotAllowed(f"{self.no_more(permission, unit_id=unit_id)}这件事由{WHO[permission]}办理。")

    def no_more(self, permission: Permission, *, unit_id: int | None = None) -> str:
        """To who stood in for somebody: that this is over; else nothing."""
        names = dict.fromkeys(one.name for one in self._lent(self.over, permission, unit_id))
        return f"您已不再代{'、'.join(names)}办理，" if names else ""


def rights_of(session: Session, person: Person, day: date) -> Rights:
    """The roles ``person`` has now, and on ``day`` those of who left them to them for their leave; none
    at all once they left."""
    if person.left_at is not None:
        return Rights(person.id, person.unit_id, (), left=True)
    held = leave.held(session, person.id, person.unit_id, day)
    grants = held.own
    if person.unit_id is not None:
        grants.append((Role.HANDLER, Scope.UNIT, person.unit_id))
    return Rights(person.id, person.unit_id, tuple(grants), lent=held.lent, over=held.over)


def tasks_for(
    session: Session, rights: Rights, numbers: Sequence[int], *, lock: bool = False
) -> dict[int, Task]:
    """The tasks with these numbers, by number, all of them visible to this person.

    ``lock``: their rows are locked by ascending id in one statement and read again, so that what
    is decided next is decided on what is there now; a task's lock guards its obligations.

    Raises:
        NotFound: one does not exist, is a draft of the office's, or is none of their business.
    """
    found: dict[int, Task] = {}
    for task, member in tasks.by_numbers(session, numbers, unit_id=rights.unit_id, lock=lock):
        if _sees(rights, task, member=member):
            found[task.number] = task
    for number in numbers:
        if number not in found:
            raise NotFound(f"没有找到 T{number}。可以说“我的”看自己的事项。")
    return found


def task_for(session: Session, rights: Rights, number: int, *, lock: bool = False) -> Task:
    """One task; see ``tasks_for``."""
    return tasks_for(session, rights, [number], lock=lock)[number]


def _sees(rights: Rights, task: Task, *, member: bool) -> bool:
    """``member``: the person's unit takes part in the task's initiative."""
    if rights.may(Permission.SEE_ALL, initiative_id=task.initiative_id):
        return True
    return member and task.state is not TaskState.DRAFT
