"""绑定: by a one-time code or by naming oneself; 发绑定码; the liaison's and the office's word."""

from commands.access import Permission
from commands.command import Command, Context, Reply, Stranger, Strangers, Subject
from commands.errors import NotBound, NotFound
from commands.joining import cards
from commands.joining.operations import checking, issuing, meeting, succeeding
from commands.questions import ask
from commands.tasks.handlers.meaning import acting, colleague, show_draft, text_slot, undoable
from connectors.chat import Text
from storage.models import Draft, Person
from storage.queries import joining as queries


def meet(of: Stranger) -> Reply:
    """Raises:
    NotBound: neither a code nor a name; the answer says what to send.
    """
    said = of.said
    if said.intent != "bind":
        raise NotBound(cards.HELLO)
    if code := str(said.slots.get("code", "")):
        return meeting.use_code(of, code)
    if of.in_group:
        raise NotBound("请在与我的私聊里发单位和姓名。")
    person = of.session.get(Person, said.person_ids[0]) if len(said.person_ids) == 1 else None
    if person is not None and person.unit_id not in said.unit_ids:
        person = None
    return meeting.say_name(of, person)


def bind(ctx: Context) -> Reply:
    """Said by somebody we know."""
    return Text(f"您已经绑定：{ctx.actor.name}。换人使用请联系管理员。")


def issue(ctx: Context) -> Reply:
    """发绑定码 王磊."""
    if len(ctx.said.person_ids) != 1:
        raise NotFound("没有找到这位同事，或有同名的。请连单位一起说，例如：发绑定码 城管局王磊。")
    person = ctx.session.get_one(Person, ctx.said.person_ids[0])
    key = ctx.notices.key
    return issuing.issue(ctx.session, ctx.actor, ctx.rights, person, key=key, now=ctx.now)


def check(ctx: Context) -> Reply:
    """［是的］［不是］［确认］."""
    said = str(ctx.said.slots.get("number", ""))
    return checking.answer(
        ctx.session,
        ctx.actor,
        ctx.rights,
        int(said) if said else ctx.card_subject("join"),
        yes=ctx.said.slots.get("answer") == "yes",
        moment=ctx.moment,
        notices=ctx.notices,
    )


def hand_over(ctx: Context) -> Reply:
    """都给马昊 · 丁凯的任务都交给李娜, after somebody left; what goes out is shown first."""
    to = colleague(ctx)
    if to is None:
        return ask(ctx, "assignee", "交给哪一位？请说姓名。")
    made, shown = succeeding.draft(acting(ctx), to, _leaver(ctx))
    return show_draft(ctx, made, shown)


def _leaver(ctx: Context) -> int | None:
    """Whom the pressed card is about, or the one of the unit who left and is called as said."""
    name = str(ctx.said.slots.get("from", ""))
    if not name:
        return ctx.card_subject("person")
    found = queries.leaver(ctx.session, ctx.actor.unit_id, name)
    if found is None:
        raise NotFound(f"{name}没有离岗。自己的事项转给同事请说“T1转给某某”，分办请说“T1给某某”。")
    return found


def succeed(ctx: Context) -> Reply:
    """我来办 · 全部接收 · 接不了, with the reason, which is asked for."""
    act = acting(ctx)
    match ctx.said.slots.get("answer"):
        case "mine":
            reply, undo = succeeding.take_myself(act, ctx.card_subject("person"))
            undoable(ctx, undo)
            return reply
        case "take":
            return succeeding.take(act)
    reason = text_slot(ctx, "reason")
    if not reason:
        return ask(ctx, "reason", f"有什么困难？写一句就行，会转给{succeeding.who_offers(act)}。")
    return succeeding.decline(act, reason)


def _send(ctx: Context, draft: Draft) -> Reply:
    reply, undo = succeeding.send(acting(ctx), draft)
    undoable(ctx, undo)
    return reply


SUBJECT = Subject(
    "绑定",
    commands=(
        Command(
            "绑定",
            "bind",
            bind,
            Permission.ASK,
            "绑定 绑定码，或 单位 姓名",
            ("绑定 4Q7M2K9X",),
            private=True,
            settles=False,
        ),
        Command(
            "发绑定码",
            "issue_code",
            issue,
            Permission.ISSUE_CODE,
            "发绑定码 姓名",
            ("发绑定码 王磊",),
            decides=True,
            private=True,
        ),
        Command(
            "确认人员",
            "check_person",
            check,
            Permission.CHECK_PERSON,
            "是本单位人员，或 不是本单位人员",
            ("是本单位人员",),
            decides=True,
            private=True,
        ),
        Command(
            "交接",
            "handover",
            hand_over,
            Permission.DELEGATE,
            "都给 姓名（有人离岗后）",
            ("都给马昊",),
            private=True,
            settles=False,
        ),
        Command(
            "接办",
            "succeed",
            succeed,
            Permission.REPORT,
            "我来办，全部接收，接不了 理由",
            ("我来办", "全部接收", "接不了"),
            decides=True,
            private=True,
        ),
    ),
    drafts={succeeding.SUCCESSION: _send},
    strangers=Strangers(meet, meeting.count),
)
