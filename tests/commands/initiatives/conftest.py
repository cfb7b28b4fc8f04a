"""The demo's people on a stage, and the waste-sorting division of work as a file they can send."""

import hashlib
from pathlib import Path

import pytest
from sqlmodel import Session, select

from commands.directory import importing as directory_importing
from commands.initiatives.handlers import SUBJECT
from commands.tasks.handlers import SUBJECT as TASKS
from connectors.chat import as_text
from storage.clock import Moment
from storage.models import Blob, Person
from tests.factories import at, make_conversation
from tests.stage import Sent, Stage

DEMO = Path("bot/sandbox")
SENT = "任务分工表.md"
START = "新建专项垃圾分类，环保局牵头，今天启动"


def labels(sent: Sent) -> list[str]:
    """What can be pressed."""
    return [button.label for button in sent.message.buttons]  # type: ignore[union-attr]


def read(sent: Sent) -> str:
    """The message without what can be pressed."""
    return as_text(sent.message).partition("\n可以回复：")[0]


@pytest.fixture
def moment() -> Moment:
    return Moment(at(11, 23, 8, 40), at(11, 23, 8, 40))


@pytest.fixture
def people(session: Session, moment: Moment) -> dict[str, Person]:
    """The demo's directory, imported."""
    plan = directory_importing.plan(session, directory_importing.read(DEMO / "demo_directory.json"))
    directory_importing.apply(session, plan, actor="cli", moment=moment)
    return {person.name: person for person in session.exec(select(Person))}


@pytest.fixture
def table() -> bytes:
    return (DEMO / "waste-sorting.md").read_bytes()


def fetched(session: Session, name: str, data: bytes) -> None:
    """The file's content as the pending worker leaves it, for a file sent on the stage."""
    digest = hashlib.sha256(f"dingtalkhandle-{name}".encode()).hexdigest()[:40]
    session.add(
        Blob(
            key=f"f:{digest}",
            name=name,
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            data=data,
            created_at=at(11, 23, 8, 40),
        )
    )
    session.flush()


@pytest.fixture
def stage(session: Session, people: dict[str, Person], table: bytes) -> Stage:
    fetched(session, SENT, table)
    titles = {"dingtalk": "垃圾分类·环保", "wecom": "垃圾分类·城管", "feishu": "垃圾分类·社区"}
    groups = {
        binding: make_conversation(session, "group", binding=binding, title=title)
        for binding, title in titles.items()
    }
    return Stage(session, SUBJECT, TASKS, people=people, groups=groups, now=at(11, 23, 8, 40))


@pytest.fixture
def drafted(stage: Stage) -> Stage:
    """1.01 and 1.02 have happened."""
    stage.say("陈立", START, files=[SENT])
    stage.press("陈立", "都按周五")
    return stage


@pytest.fixture
def grouped(drafted: Stage) -> Stage:
    """Every unit has a group that the office confirmed."""
    for name, binding in (("王磊", "wecom"), ("李娜", "dingtalk"), ("许静", "feishu")):
        drafted.say(name, "本群用于垃圾分类", group=binding)
        drafted.press("陈立", "确认")
    drafted.now = at(11, 23, 9, 5)
    return drafted
