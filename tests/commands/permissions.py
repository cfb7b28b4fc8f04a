"""One of every role, a matter for every permission, and how each permission is used: typed and pressed.

The scene is played inside one transaction; a cell takes it as it is and is rolled back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from secrets import token_hex

import sqlalchemy as sa
from sqlmodel import Session, select

from commands.access import Permission
from commands.catalogue import CATALOGUE
from commands.command import Subject
from commands.decisions.handlers import SUBJECT as DECISIONS
from commands.drafts.handlers import SUBJECT as DRAFTS
from commands.help.handlers import SUBJECT as HELP
from commands.ranking.rules.figures import Figures
from commands.undo.handlers import SUBJECT as UNDO
from connectors import chat
from connectors.chat import Button
from storage.models import (
    Address,
    Conversation,
    GroupState,
    InitiativeGroup,
    InitiativeState,
    JoinRequest,
    JoinState,
    Objection,
    ObligationState,
    Person,
    Ranking,
    RankingLine,
    RankingState,
    Role,
    SentCard,
    TaskState,
    metadata,
)
from storage.queries import tasks as queries
from tests.factories import (
    NOW,
    Case,
    at,
    make_case,
    make_conversation,
    make_group,
    make_initiative,
    make_person,
    make_task,
)
from tests.stage import Held, Stage

S = ObligationState

#: Who stands for a role; the first three are of no unit, the others of 环保局.
ACTORS: Mapping[Role, str] = {
    Role.ADMIN: "钟毅",
    Role.OFFICE: "唐瑞",
    Role.LEADER: "周明",
    Role.VICE_HEAD: "沈洁",
    Role.HEAD: "韩松",
    Role.LIAISON: "冯雪",
    Role.HANDLER: "邓辉",
}
OF_UNIT = (Role.VICE_HEAD, Role.HEAD, Role.LIAISON, Role.HANDLER)

#: Deliveries and what was seen of chats: everything else is business.
_PLUMBING = frozenset({"outbox", "address", "conversation", "sent_card", "security_log"})
#: What a leader said that is no command of theirs is kept, and can be taken back.
OWN_WORDS = frozenset({"leader_words", "undo_step", "audit"})


@dataclass(frozen=True, slots=True)
class Way:
    """How a permission is used. ``does`` names the table that changes; empty: ``answers`` is read.

    ``pressed``: the sentence of the button, ``about`` its card's subject (``{name}``: see ``Scene.seen_by``).
    ``group``: typed there. ``only``: what who may is told when pressing it: a group is named by speaking in
    it, and no card offers that. ``refused``: what is answered instead of 这件事由…办理.
    """

    typed: str
    pressed: str
    about: str = ""
    does: str = ""
    answers: str = ""
    group: str = ""
    only: str = ""
    refused: str = ""


P = Permission
WAYS: Mapping[Permission, Way] = {
    P.MANAGE: Way("2027年1月1日到3日放假，1月4日上班", "2027年1月1日到3日放假，1月4日上班", does="draft"),
    P.PLAN: Way("都按周五", "都按周五", about="initiative:{draft}", does="task"),
    P.DISPATCH: Way(
        "下发 依据市政办发〔2026〕31号",
        "下发 依据市政办发〔2026〕31号",
        about="initiative:{draft}",
        does="initiative",
    ),
    P.CONFIRM_GROUP: Way("确认群", "确认群", about="initiative_group:{group}", does="initiative_group"),
    P.PROPOSE_GROUP: Way(
        "本群用于垃圾分类", "本群用于垃圾分类", does="initiative_group", group="dingtalk", only="在要用的群里"
    ),
    P.ADJUST: Way("终止 T5 政策调整", "终止 T5 政策调整", does="task"),
    P.VERIFY: Way("T4 通过", "通过 T4", does="obligation", refused="督查室"),
    P.SEE_ALL: Way("看签收", "看签收", answers="签收"),
    P.SEE_UNIT: Way("环保局名下在办多少件", "环保局名下在办多少件", answers="环保局"),
    P.ACKNOWLEDGE: Way("签收 T1", "签收 T1", does="obligation"),
    P.DELEGATE: Way("工作交接给高宁", "工作交接给高宁", about="person:{left}", does="draft"),
    P.SPECIFY: Way("T2 社区办12月11号前给小区底数", "T2 社区办12月11号前给小区底数", does="draft"),
    P.REPORT: Way("T3 清了六条巷，还剩北门两条", "T3 清了六条巷，还剩北门两条", does="progress"),
    P.RELEASE: Way("同意报出 T6", "同意报出 T6", does="obligation"),
    P.ACCEPT: Way("确认 T7.2", "确认 T7.2", does="obligation"),
    P.CHECK_FIGURES: Way("协作数据无异议", "协作数据无异议", about="ranking:{ranking}", does="ranking_line"),
    P.ANSWER_OBJECTION: Way("异议不计入", "异议不计入", about="objection:{objection}", does="objection"),
    P.PUBLISH: Way("同意发布第一期", "同意发布第一期", about="ranking:{decide}", does="ranking"),
    P.RECORD: Way("代录 周副市长电话同意发布第一期", "代录 周副市长电话同意发布第一期", does="draft"),
    P.ISSUE_CODE: Way("发绑定码 丁凯", "发绑定码 丁凯", does="binding_code"),
    P.CHECK_PERSON: Way("是本单位人员", "是本单位人员 {waits}", does="join_request"),
    P.ASK: Way("帮助", "帮助", answers="帮助"),
}


@dataclass(frozen=True, slots=True)
class Scene:
    """What stays the same from cell to cell: ids by name, and the people's."""

    ids: Mapping[str, int]
    people: Mapping[str, int]

    def seen_by(self, name: str) -> Mapping[str, int]:
        """``ids``, and whose account ``waits`` for this person's word: a liaison's comes first."""
        office = name in (ACTORS[Role.OFFICE], ACTORS[Role.ADMIN])
        return {**self.ids, "waits": self.ids["checked" if office else "asked"]}


def make_scene(session: Session) -> Scene:
    """The waste-sorting case and a draft, with one matter for every permission."""
    case = make_case(session)
    lead = case.units["环保局"]
    for role, name in ACTORS.items():
        if name not in case.people:
            case.people[name] = make_person(session, name, lead if role in OF_UNIT else None, role)
    ids = {
        **_work(session, case),
        **_draft(session, case),
        **_figures(session, case),
        **_people_and_groups(session, case),
    }
    session.flush()
    return Scene(ids, {name: person.id for name, person in case.people.items()})


def _work(session: Session, case: Case) -> dict[str, int]:
    """T1 to T8, each where the permission's next step can be taken."""
    case.initiative.rules = {"release_required": True}
    of, ours, other = case.initiative, case.units["环保局"], case.units["社区办"]
    handler = case["邓辉"]
    make_task(session, of, ours, number=1, handler=handler)
    make_task(session, of, ours, other, number=2, state=S.IN_PROGRESS, handler=handler)
    make_task(session, of, ours, number=3, state=S.IN_PROGRESS, handler=handler)
    make_task(session, of, ours, number=4, state=S.SUBMITTED, handler=handler)
    make_task(session, of, ours, number=5, state=S.IN_PROGRESS, handler=handler)
    leaving = make_task(session, of, ours, number=6, state=S.RELEASING, handler=handler)
    made = make_task(session, of, ours, other, number=7, state=S.IN_PROGRESS, handler=handler)
    helping = queries.obligations_of(session, [made.id])[made.id][1]
    helping.state, helping.due_at, helping.submitted_at = S.SUBMITTED, at(12, 10, 18), NOW
    waiting = queries.obligations_of(session, [leaving.id])[leaving.id][0]
    waiting.submitted_by_id = handler.id
    gone = make_person(session, "贺平", ours)
    gone.left_at = at(12, 8)
    make_task(session, of, ours, number=8, state=S.IN_PROGRESS, handler=gone)
    return {"left": gone.id}


def _draft(session: Session, case: Case) -> dict[str, int]:
    """河道治理 is not sent out yet; its weekly matter has a day."""
    ours = case.units["环保局"]
    made = make_initiative(
        session, "河道治理", units=[ours], created_by=case["陈立"], state=InitiativeState.DRAFT
    )
    weekly = make_task(session, made, ours, number=9, title="巡河", state=S.DRAFT, recurrence="WEEKLY:TH")
    weekly.state = TaskState.DRAFT
    return {"draft": made.id}


def _figures(session: Session, case: Case) -> dict[str, int]:
    """第一期 waits for the leader, 第二期 for the units and, in one objection, for the office."""
    spans = (
        (1, date(2026, 10, 1), date(2026, 10, 28), RankingState.DECIDING),
        (2, date(2026, 10, 29), date(2026, 11, 25), RankingState.CHECKING),
    )
    found = {}
    for number, first, last, state in spans:
        row = Ranking(
            initiative_id=case.initiative.id,
            number=number,
            first=first,
            last=last,
            as_of=NOW,
            state=state,
            check_until=at(12, 11, 18),
        )
        session.add(row)
        session.flush()
        found[number] = row.id
        for position, name in enumerate(("环保局", "城管局", "社区办", "物业协会"), start=1):
            figures = Figures(on_time=10, passed=10, asked=5, answered=5, helped=5, yes=15).dump()
            session.add(
                RankingLine(
                    ranking_id=row.id,
                    unit_id=case.units[name].id,
                    position=position,
                    figures=figures,
                    band="A",
                    index="90.0",
                )
            )
    objection = Objection(
        ranking_id=found[2],
        unit_id=case.units["社区办"].id,
        person_id=case["许静"].id,
        item="obligation:1",
        said="T7",
        words="城管局当天才给点位",
        figures=Figures(on_time=1).dump(),
        at=NOW,
        answer_until=date(2026, 12, 11),
    )
    session.add(objection)
    session.flush()
    return {"decide": found[1], "ranking": found[2], "objection": objection.id}


def _people_and_groups(session: Session, case: Case) -> dict[str, int]:
    """Two accounts say whose they are: 高宁's waits for the liaison, 何川's, a head's, for the office. One
    group waits for the office, another for anybody's word."""
    asked = {
        name: JoinRequest(
            person_id=case[name].id, binding="wecom", target=key, keys=[["userid", key]], name=name, at=NOW
        )
        for name, key in (("高宁", "gaoning"), ("何川", "hechuan"))
    }
    asked["何川"].state, asked["何川"].checked_by_id = JoinState.CHECKED, case["李娜"].id
    session.add_all(asked.values())
    proposed = make_group(session, case.initiative, title="新群", state=GroupState.PROPOSED)
    query = select(InitiativeGroup).where(InitiativeGroup.conversation_id == proposed.id)
    group = session.exec(query).one()
    group.proposed_by_id = case["李娜"].id
    session.flush()
    return {
        "asked": asked["高宁"].id,
        "checked": asked["何川"].id,
        "group": group.id,
        "new": make_conversation(session, "group", title="工作群").id,
    }


def on_stage(
    session: Session, scene: Scene, *, door: Callable[[Subject], Subject] = lambda own: own
) -> Stage:
    """The whole catalogue; ``new`` is a group that serves nothing yet. ``door``: what is changed of it."""
    subjects = [
        door(subject) for subject in CATALOGUE.subjects if subject not in (DECISIONS, DRAFTS, UNDO, HELP)
    ]
    by_id = {person.id: person for person in session.exec(select(Person))}
    people = {name: by_id[person] for name, person in scene.people.items()}
    groups = {"dingtalk": session.get_one(Conversation, scene.ids["new"])}
    return Stage(session, *subjects, people=people, groups=groups)


def dealt(stage: Stage, name: str, sentence: str, about: str) -> Held:
    """A card with one button that was sent to ``name`` earlier, whatever they may do now."""
    person = stage.people[name]
    row = Address(binding="dingtalk", app="dingtalk", kind="direct", target=f"card-{person.id}")
    stage.session.add(row)
    stage.session.flush()
    button = Button("办理", sentence)
    shown = chat.card("等您办理", buttons=(button,))
    card = SentCard(
        id=token_hex(8),
        subject=about,
        person_id=person.id,
        address_id=row.id,
        card=chat.dump(shown),
        created_at=NOW,
    )
    stage.session.add(card)
    stage.session.flush()
    return card, button


def business(session: Session) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table that is business, by table."""
    session.flush()
    connection = session.connection()
    return {name: [tuple(row) for row in connection.execute(query)] for name, query in _BUSINESS.items()}


def _name(column: sa.ColumnElement[object]) -> sa.TextClause:
    return sa.text(column.key or "")


#: As text: a thousand cells read every table twice, and no column's type matters for that.
_BUSINESS: Mapping[str, sa.Select[tuple[object, ...]]] = {
    table.name: sa.select(sa.text("*"))
    .select_from(sa.text(table.name))
    .order_by(*map(_name, table.primary_key))
    for table in metadata.sorted_tables
    if table.name not in _PLUMBING
}


def changed(before: Mapping[str, object], after: Mapping[str, object]) -> set[str]:
    """The tables in which anything is different."""
    return {name for name in after if before[name] != after[name]}
