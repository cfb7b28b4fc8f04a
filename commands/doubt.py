"""Decisions on messages that may be forged: a code into the person's own chat, one tap for the honest.

DingTalk's robot posts are signed over their timestamp only. A second message under one timestamp is
*doubtful*: a decision in it is not done; its sentence with a one-time code goes by API to the direct
chat on record, where a forger does not read.
"""

import hashlib
import hmac
import re
import secrets
from datetime import timedelta

from sqlmodel import col, select

from commands.command import Context, Reply
from commands.errors import WrongCode
from connectors.chat import Button, card
from storage.models import Draft, DraftState

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  #: 31 characters nobody confuses
LENGTH = 6
LIFE = timedelta(minutes=10)
TRIES = 5  #: wrong codes, then it is void
KIND = "doubtful"

_CODE = re.compile(rf"\s([{ALPHABET}]{{{LENGTH}}})$")


def split(text: str) -> tuple[str, str]:
    """``同意 R12 K7Q2MX`` → the sentence and the code; an empty code when there is none."""
    found = _CODE.search(text)
    return (text[: found.start()].strip(), found[1]) if found else (text, "")


def is_expected(ctx: Context) -> bool:
    """Whether this person was asked for a code of late, whatever became of it. If not, what looks like
    one is part of the sentence."""
    query = select(Draft.id).where(
        Draft.person_id == ctx.actor.id, Draft.kind == KIND, col(Draft.created_at) > ctx.now - LIFE
    )
    return ctx.session.exec(query.limit(1)).first() is not None


def ask_for_code(ctx: Context, sentence: str, *, key: bytes) -> Reply:
    """Keep the sentence, send it with a code to the direct chat, and say nothing where it was said."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    draft = Draft(kind=KIND, person_id=ctx.actor.id, created_at=ctx.now)
    ctx.session.add(draft)
    ctx.session.flush()
    draft.payload = {"sentence": sentence, "code": _seal(key, draft.id, code), "wrong": 0}
    question = card(
        "请确认是您本人",
        ("您说", sentence),
        remark="点［确认］，或者照这句话回复。10 分钟内有效；不是您说的请不要点，并告诉管理员。",
        buttons=(Button("确认", f"{sentence} {code}", "primary"),),
    )
    ctx.notices.to_person(ctx.actor.id, question, key=f"doubtful:{draft.id}")
    return None


def spend(ctx: Context, sentence: str, code: str, *, key: bytes) -> None:
    """Accept the code for exactly this sentence, once.

    Raises:
        WrongCode: it does not fit, is void, or has expired. The caller counts it with ``count_wrong``.
    """
    draft = _open(ctx)
    if (
        draft is None
        or draft.created_at + LIFE <= ctx.now
        or draft.payload.get("sentence") != sentence
        or not hmac.compare_digest(str(draft.payload.get("code")), _seal(key, draft.id, code))
    ):
        raise WrongCode("确认码不对或已过期，这件事没有办。请把原话再说一遍。")
    draft.state = DraftState.SENT
    draft.decided_at = ctx.now


def count_wrong(ctx: Context) -> None:
    """Outside the refused savepoint: the fifth wrong code voids what waits for one."""
    draft = _open(ctx)
    if draft is None:
        return
    wrong = int(draft.payload.get("wrong", 0)) + 1
    draft.payload = {**draft.payload, "wrong": wrong}
    if wrong >= TRIES:
        draft.state = DraftState.DROPPED
        draft.decided_at = ctx.now


def _open(ctx: Context) -> Draft | None:
    query = (
        select(Draft)
        .where(Draft.person_id == ctx.actor.id, Draft.kind == KIND, Draft.state == DraftState.OPEN)
        .order_by(col(Draft.id).desc())
        .limit(1)
        .with_for_update(key_share=True)
    )
    return ctx.session.exec(query).first()


def _seal(key: bytes, draft_id: int, code: str) -> str:
    return hmac.new(key, f"doubtful:{draft_id}:{code}".encode(), hashlib.sha256).hexdigest()
