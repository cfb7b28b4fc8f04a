"""The step that remembers the way back, the same for every subject."""

from datetime import timedelta

from sqlmodel import Session

from commands.access import rights_of
from commands.notify import Channels, Notices
from commands.undo.steps import UNDO_LIFE, Acting, undoable
from storage.clock import Moment
from storage.models import UndoStep
from tests.factories import at, make_case, make_conversation

NOW = at(12, 9, 10)


def test_a_step_names_who_what_and_how_and_lasts_ten_minutes(session: Session) -> None:
    case = make_case(session)
    actor, place = case["陈立"], make_conversation(session, "direct")
    moment = Moment(NOW, NOW)
    notices = Notices(session, Channels(b"k" * 32, {}), moment, "test")
    act = Acting(session, actor, rights_of(session, actor, NOW.date()), NOW, notices, place.id)
    way_back = {"words": 7}
    made = undoable(act, "您的意见", "summaries.words", way_back, guard={"T1": 3})
    way_back["words"] = 8
    session.expire_all()
    step = session.get_one(UndoStep, made.id)
    assert (step.person_id, step.conversation_id, step.what) == (actor.id, place.id, "您的意见")
    assert (step.operation, step.inverse, step.guard) == ("summaries.words", {"words": 7}, {"T1": 3})
    assert (step.at, step.expires_at) == (NOW, NOW + timedelta(minutes=10))
    assert timedelta(minutes=10) == UNDO_LIFE
    assert step.undone_at is None
    assert act.name == f"person:{actor.id}"
