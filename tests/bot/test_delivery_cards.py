"""Cards that are redrawn instead of sent anew, on both engines."""

import pytest
from sqlalchemy.orm import Session

from bot.delivery import Delivery
from connectors import chat
from storage import outbox
from storage.database import Database, system_now
from storage.models import SentCard
from tests.loopback import APP, BINDING, FakePlatform
from tests.outgoing import drain, put, states


def card_row(database: Database, *, handle: str) -> None:
    def work(session: Session) -> None:
        there = outbox.address_for(session, binding=BINDING, app=APP, kind="group", target="oc_1")
        now = system_now(session)
        session.add(
            SentCard(
                id="c1",
                subject="task:1",
                address_id=there,
                card="{}",
                handle=handle,
                updatable=bool(handle),
                created_at=now,
            )
        )

    database.write_now(work)


DONE = chat.dump(chat.card("已办结"))


async def test_a_replaced_card_is_redrawn_and_nothing_new_is_sent(
    database: Database, platform: FakePlatform, delivery: Delivery
) -> None:
    card_row(database, handle="om_1")
    put(database, "oc_1", "redraw", body=DONE, replaces="c1")
    await drain(delivery)
    assert (platform.redrawn, platform.shown) == ([("om_1", "已办结")], [])
    assert states(database) == {"redraw": "delivered"}


@pytest.mark.parametrize(("or_send", "state", "shown"), [(False, "refused", 0), (True, "delivered", 1)])
async def test_a_card_that_cannot_be_redrawn_is_sent_only_where_the_row_says_so(
    database: Database, platform: FakePlatform, delivery: Delivery, or_send: bool, state: str, shown: int
) -> None:
    card_row(database, handle="om_1")
    platform.always["om_1"] = "broken"
    put(database, "oc_1", "redraw", body=DONE, replaces="c1", or_send=or_send)
    put(database, "oc_1", "next")
    await drain(delivery)
    assert states(database) == {"redraw": state, "next": "delivered"}
    assert len(platform.words("oc_1")) == shown + 1


async def test_a_card_that_was_never_sent_goes_out_as_it_should_look_now(
    database: Database, platform: FakePlatform, delivery: Delivery
) -> None:
    card_row(database, handle="")
    put(database, "oc_1", "card", body=chat.dump(chat.card("办理中")), card_id="c1", lane=1)
    put(database, "oc_1", "redraw", body=DONE, replaces="c1")
    await drain(delivery)
    assert platform.words("oc_1") == ["【已办结】"]
    handle = database.read_now(lambda s: s.get_one(SentCard, "c1").handle)
    assert handle.startswith("oc_1/")
