"""The outbox's statements, on both engines."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from storage import outbox, outbox_claims, outbox_sending
from storage.database import Database, system_now
from storage.dialects import table
from storage.models import Address, Conversation, OutboxEntry, OutboxState, SentCard
from storage.outbox import Outgoing
from storage.outbox_claims import Claim, Head

APP, KEY = "feishu:cli_1", b"installation"


def address(session: Session, target: str = "oc_1", *, app: str = APP) -> int:
    return outbox.address_for(session, binding="feishu", app=app, kind="group", target=target)


def put(
    session: Session, address_id: int, *keys: str, lane: int = 0, on_unknown: str = "again", **more: object
) -> None:
    now = system_now(session)
    items = [
        Outgoing(
            address_id=address_id,
            body="{}",
            dedup_key=key,
            lane=lane,
            on_unknown=on_unknown,
            **{"due_at": now, **more},  # type: ignore[arg-type]
        )
        for key in keys
    ]
    assert outbox.enqueue(session, items, key=KEY) == len(keys)


def first(session: Session, lane: int = 0) -> Head:
    return outbox_claims.heads(session, app=APP, lane=lane)[0]


def claim_first(session: Session, lane: int = 0, *, key_life: float = 0.0) -> Claim:
    claimed = outbox_claims.claim(session, first(session, lane), key_life=key_life)
    assert claimed is not None
    return claimed


def row(session: Session, key: str) -> OutboxEntry:
    session.expire_all()
    return session.scalars(sa.select(OutboxEntry).where(OutboxEntry.dedup_key == key)).one()


def change(session: Session, name: str, **values: object) -> None:
    session.execute(sa.update(table(name)).values(**values))


def heads_of(session: Session, lane: int = 0) -> list[str]:
    ids = [head.id for head in outbox_claims.heads(session, app=APP, lane=lane)]
    keys = dict(session.execute(sa.select(OutboxEntry.id, OutboxEntry.dedup_key)).all())
    return [keys[each] for each in ids]


def test_an_address_is_made_once_and_keeps_its_conversation(session: Session) -> None:
    chat = Conversation(binding="feishu", kind="group", platform_id="oc_1")
    session.add(chat)
    session.flush()
    made = outbox.address_for(
        session, binding="feishu", app="", kind="group", target="oc_1", conversation_id=chat.id
    )
    assert address(session) == made
    kept = session.get_one(Address, made)
    assert (kept.app, kept.conversation_id) == (APP, chat.id)


def test_many_addresses_are_found_or_made_at_once(session: Session) -> None:
    known = address(session, "oc_7")
    places = [outbox.Place("feishu", APP, "group", f"oc_{n}") for n in range(600)]
    made = outbox.addresses_for(session, places)
    assert made == outbox.addresses_for(session, [*places, places[0]])
    assert made[places[7]] == known
    assert len(set(made.values())) == 600


def test_messages_are_written_in_the_order_people_count(session: Session) -> None:
    put(session, address(session), "m:2:x:10", "m:2:x:9", "m:10:x:1", "m:2:x:9:p3", "m:2")
    written = session.scalars(sa.select(OutboxEntry.dedup_key).order_by(OutboxEntry.id)).all()
    assert written == ["m:2", "m:2:x:9", "m:2:x:9:p3", "m:2:x:10", "m:10:x:1"]


def test_the_same_message_is_written_once(session: Session) -> None:
    there = address(session)
    put(session, there, "b", "a")
    now = system_now(session)
    again = [Outgoing(address_id=there, body="{}", dedup_key=key, due_at=now) for key in ("c", "b", "a")]
    assert outbox.enqueue(session, again, key=KEY) == 1
    assert outbox.enqueue(session, [], key=KEY) == 0


def test_idempotency_keys_depend_on_the_installation_and_not_on_the_row(session: Session) -> None:
    put(session, address(session), "a")
    assert row(session, "a").idem_key == outbox.idem_key(KEY, "a") != outbox.idem_key(b"another", "a")


def test_only_the_head_of_an_address_is_offered_and_answers_come_first(session: Session) -> None:
    one, two = address(session), address(session, "oc_2")
    put(session, one, "a2", lane=1)
    put(session, one, "a0", "a1")
    put(session, two, "b0", lane=1)
    assert (heads_of(session), heads_of(session, 1)) == (["a0"], ["b0"])
    claimed = claim_first(session)
    assert heads_of(session) == []  # one in flight
    assert outbox_sending.delivered(session, claimed, handle="m1", updatable=False)
    assert heads_of(session) == ["a1"]


def test_what_is_due_later_or_for_another_app_is_not_offered(session: Session) -> None:
    put(session, address(session), "later", due_at=system_now(session) + timedelta(hours=1))
    put(session, address(session, "oc_2", app="feishu:other"), "other")
    assert heads_of(session) == []


def test_a_row_is_claimed_once(session: Session) -> None:
    put(session, address(session), "a")
    head = first(session)
    assert outbox_claims.claim(session, head, key_life=0) is not None
    assert outbox_claims.claim(session, head, key_life=0) is None


def test_two_rows_of_one_address_are_never_in_flight_together(session: Session) -> None:
    there = address(session)
    put(session, there, "a", "b")
    claim_first(session)
    stale = Head(id=row(session, "b").id, address_id=there, app=APP, lane=0)
    assert outbox_claims.claim(session, stale, key_life=0) is None
    with pytest.raises(sa.exc.IntegrityError), session.begin_nested():
        change(session, "outbox", state=OutboxState.SENDING)


def test_a_claim_brings_what_the_sender_needs(session: Session) -> None:
    chat = Conversation(binding="feishu", kind="group", platform_id="oc_1", push_secret="https://push")
    session.add(chat)
    session.flush()
    there = outbox.address_for(
        session, binding="feishu", app=APP, kind="group", target="oc_1", conversation_id=chat.id
    )
    put(session, there, "a")
    claimed = claim_first(session)
    assert (claimed.binding, claimed.kind, claimed.target) == ("feishu", "group", "oc_1")
    assert (claimed.push_secret, claimed.handle, claimed.attempt) == ("https://push", "", 1)
    assert "https://push" not in repr(claimed)


def test_the_keys_life_counts_from_the_first_claim(session: Session) -> None:
    put(session, address(session), "a")
    claimed = claim_first(session, key_life=600)
    until = row(session, "a").key_until
    assert outbox_sending.deferred(session, claimed, reason="busy", wait=0)
    claim_first(session, key_life=6000)
    assert row(session, "a").key_until == until


@pytest.mark.parametrize(
    ("key_life", "on_unknown", "states"),
    [
        (600.0, "hold", ["due", "due", "due"]),  # sending again cannot show it twice
        (0.0, "again", ["due", "unknown"]),  # once more, and marked
        (0.0, "hold", ["unknown"]),
    ],
)
def test_no_clear_answer_is_sent_again_only_where_it_may_be(
    session: Session, key_life: float, on_unknown: str, states: list[str]
) -> None:
    put(session, address(session), "a", on_unknown=on_unknown)
    for state in states:
        change(session, "address", not_before=None)
        claimed = claim_first(session, key_life=key_life)
        assert outbox_sending.unclear(session, claimed, reason="reset") == 1
        assert row(session, "a").state == state
    assert row(session, "a").maybe_twice is (key_life == 0 and on_unknown == "again")
    assert (row(session, "a").done_at is None) is (states[-1] == "due")


def test_after_no_clear_answer_the_address_waits_and_its_order_stays(session: Session) -> None:
    put(session, address(session), "a", "b")
    outbox_sending.unclear(session, claim_first(session, key_life=600), reason="reset")
    assert heads_of(session) == []
    change(session, "address", not_before=None)
    assert heads_of(session) == ["a"]


def test_an_expired_lease_means_unknown(session: Session) -> None:
    put(session, address(session), "a", on_unknown="hold")
    claim_first(session)
    assert outbox_sending.unclear(session) == 0
    change(session, "outbox", lease_until=system_now(session) - timedelta(seconds=1))
    assert outbox_sending.unclear(session) == 1
    assert row(session, "a").state == OutboxState.UNKNOWN


def test_a_late_truth_replaces_unknown_but_not_a_later_attempt(session: Session) -> None:
    put(session, address(session), "a")
    early = claim_first(session)
    outbox_sending.unclear(session, early)
    change(session, "address", not_before=None)
    later = claim_first(session)
    assert not outbox_sending.delivered(session, early, handle="m", updatable=False)
    outbox_sending.unclear(session, later)
    assert row(session, "a").state == OutboxState.UNKNOWN
    assert outbox_sending.delivered(session, later, handle="m", updatable=False)
    assert row(session, "a").state == OutboxState.DELIVERED


def test_a_deferred_row_keeps_its_place_and_only_its_address_waits(session: Session) -> None:
    put(session, address(session), "a1", "a2")
    put(session, address(session, "oc_2"), "b")
    assert outbox_sending.deferred(session, claim_first(session), reason="busy", wait=60)
    assert heads_of(session) == ["b"]


def test_an_app_that_is_stopped_stops_all_its_addresses_and_no_other(session: Session) -> None:
    put(session, address(session), "a")
    put(session, address(session, "oc_2"), "b")
    put(session, address(session, "oc_3", app="feishu:other"), "c")
    outbox_sending.deferred(session, claim_first(session), reason="quota", wait=60, whole_app=True)
    assert heads_of(session) == []
    assert len(outbox_claims.heads(session, app="feishu:other", lane=0)) == 1
    change(session, "app_state", not_before=None)
    assert heads_of(session) == ["a", "b"]


def test_what_waits_behind_a_dead_address_is_refused_in_chunks(session: Session) -> None:
    there = address(session)
    put(session, there, "a", "b", "c", "d")
    outbox_sending.refused(session, claim_first(session), reason="dissolved", dead_address=True)
    assert [outbox_sending.sweep(session, limit=2) for _ in range(3)] == [2, 1, 0]
    assert row(session, "d").state == OutboxState.REFUSED
    put(session, there, "e")
    assert heads_of(session) == []
    outbox.revive(session, there)
    assert heads_of(session) == ["e"]


def test_what_is_past_its_time_expires_unless_it_may_have_arrived(session: Session) -> None:
    soon = system_now(session) + timedelta(hours=1)
    put(session, address(session), "a", expires_at=soon)
    put(session, address(session, "oc_2"), "b", expires_at=soon)
    outbox_sending.unclear(session, claim_first(session, key_life=600), reason="reset")
    change(session, "address", not_before=None)
    outbox_sending.deferred(session, claim_first(session), reason="busy", wait=0)
    change(session, "outbox", expires_at=system_now(session) - timedelta(seconds=1))
    assert outbox_sending.sweep(session) == 2
    assert [row(session, key).state for key in "ab"] == [OutboxState.UNKNOWN, OutboxState.EXPIRED]


def test_acting_withdraws_due_reminders_on_that_subject_only(session: Session) -> None:
    there, other = address(session), address(session, "oc_2")
    put(session, other, "flying", lane=1, subject="task:1", person_id=3)
    claim_first(session, 1)
    put(session, there, "mine", lane=1, subject="task:1", person_id=3)
    put(session, there, "answer", subject="task:1", person_id=3)
    put(session, there, "other subject", lane=1, subject="task:2", person_id=3)
    put(session, there, "other person", lane=1, subject="task:1", person_id=4)
    assert outbox.withdraw(session, person_id=3, subject="task:1", now=system_now(session)) == 1
    assert row(session, "mine").state == OutboxState.WITHDRAWN
    assert row(session, "flying").state == OutboxState.SENDING


def sent_card(session: Session, address_id: int, **values: object) -> None:
    session.add(
        SentCard(
            id="c1",
            subject="task:1",
            address_id=address_id,
            card="{}",
            created_at=system_now(session),
            **values,
        )
    )
    session.flush()


def test_a_delivered_card_keeps_the_platforms_handle(session: Session) -> None:
    there = address(session)
    sent_card(session, there)
    put(session, there, "a", card_id="c1")
    outbox_sending.delivered(session, claim_first(session), handle="om_1", updatable=True)
    put(session, there, "b", replaces="c1")
    claimed = claim_first(session)
    assert (claimed.replaces, claimed.handle) == ("c1", "om_1")


def test_a_card_that_still_waits_goes_out_as_it_should_look_now(session: Session) -> None:
    there = address(session)
    sent_card(session, there)
    put(session, there, "a", lane=1, card_id="c1")
    put(session, there, "b", replaces="c1")
    assert outbox_sending.merge(session, claim_first(session))
    assert row(session, "b").state == OutboxState.MERGED
    assert not outbox_sending.merge(session, claim_first(session, 1))


def test_what_waits_for_an_account_goes_to_it_when_there_is_one(session: Session) -> None:
    nowhere = outbox.address_for(session, binding="", app="", kind="direct", target="person:3")
    put(session, nowhere, "a", "b")
    assert heads_of(session) == []
    assert outbox.readdress(session, nowhere, address(session)) == 2
    assert heads_of(session) == ["a"]


def test_after_a_restore_everything_under_way_is_held(session: Session) -> None:
    there = address(session)
    put(session, there, "a", "b")
    claim_first(session)
    assert outbox.hold_all(session) == 2
    assert heads_of(session) == []


def test_two_replicas_never_claim_two_rows_of_one_address(postgres_url: str) -> None:
    database = Database(postgres_url)

    def fill(session: Session) -> list[Head]:
        there = address(session)
        put(session, there, "a", "b")
        ids = session.scalars(sa.select(OutboxEntry.id).order_by(OutboxEntry.id))
        return [Head(id=each, address_id=there, app=APP, lane=0) for each in ids]

    one, two = database.write_now(fill)
    with Session(database.engine) as here, Session(database.engine) as there:
        assert outbox_claims.claim(here, one, key_life=0) is not None
        there.execute(sa.text("SET LOCAL lock_timeout = '100ms'"))
        with pytest.raises(sa.exc.OperationalError):  # waits at the index for the other to end
            outbox_claims.claim(there, two, key_life=0)
        there.rollback()
        here.commit()
    with Session(database.engine) as late:
        assert outbox_claims.claim(late, two, key_life=0) is None
    database.close()
