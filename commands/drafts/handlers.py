"""［发出］［修改］［不发］: what goes to another unit was shown first; this is the go."""

from dataclasses import replace

from sqlmodel import col, select

from commands.access import Permission
from commands.command import Command, Context, Reply, Subject
from commands.errors import NotFound, NotNow
from connectors.chat import Text
from storage.models import Draft, DraftState


def _draft(ctx: Context) -> Draft:
    """The draft on the pressed card, else this person's newest open one; locked.

    Raises:
        NotFound: there is none of theirs.
        NotNow: it was decided already.
    """
    shown = col(Draft.kind).in_(list(ctx.catalogue.drafts))  # what waits for a code was not shown to be sent
    query = select(Draft).where(Draft.person_id == ctx.actor.id, shown)
    named = ctx.card_subject("draft")
    if named is not None:
        query = query.where(Draft.id == named)
    else:
        query = query.where(Draft.state == DraftState.OPEN)
    newest = query.order_by(col(Draft.id).desc()).limit(1)
    draft = ctx.session.exec(
        newest.with_for_update(key_share=True).execution_options(populate_existing=True)
    ).first()
    if draft is None:
        raise NotFound("没有等您核对的内容。")
    if draft.state is DraftState.SENT:
        raise NotNow("这份已经发出，不用再发。要收回请在 10 分钟内说“撤回”。")
    if draft.state is DraftState.DROPPED:
        raise NotNow("这份已经作废，请用最新的一份，或者重新说一遍。")
    return draft


def send(ctx: Context) -> Reply:
    """发出: the draft's own operation decides once more whether it may happen."""
    draft = _draft(ctx)
    reply = ctx.catalogue.drafts[draft.kind](ctx, draft)
    draft.state = DraftState.SENT
    draft.decided_at = ctx.now
    return reply


def edit(ctx: Context) -> Reply:
    """修改: say it again; the old draft is void. T12时限改到12月20日 is no draft's."""
    if any(ref.kind == "T" for ref in ctx.said.refs) and ctx.said.slots.get("deadline"):
        ctx.said = replace(ctx.said, slots={**ctx.said.slots, "kind": "due"})
        return ctx.catalogue.by_intent["adjust"].handle(ctx)
    _drop(ctx)
    return Text("好，请把改好的内容重新说一遍，我再给您核对。原来那份没有发出。")


def discard(ctx: Context) -> Reply:
    """不发."""
    _drop(ctx)
    return Text("已作废，没有发给任何人。")


def _drop(ctx: Context) -> None:
    draft = _draft(ctx)
    draft.state = DraftState.DROPPED
    draft.decided_at = ctx.now


SUBJECT = Subject(
    "核对",
    commands=(
        Command(
            "发出",
            "send",
            send,
            Permission.ASK,
            "发出",
            ("发出",),
            decides=True,
            private=True,
        ),
        Command("修改", "edit", edit, Permission.ASK, "修改", ("修改",), private=True),
        Command("不发", "discard", discard, Permission.ASK, "不发", ("不发",), private=True),
    ),
)
