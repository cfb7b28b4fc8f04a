"""A leader's own words, as they are shown and forwarded."""

from connectors.chat import MAX_REMARK, Button, Card, Text, card


def kept(words: str) -> Card:
    """To the leader."""
    return card(
        "已记您的意见",
        ("原话", words),
        remark="督查室核对后转达。" if len(words) <= 26 else f"原话：{words}"[:MAX_REMARK],
        buttons=(Button("撤回", "撤回"),),
    )


def to_check(called: str, words: str, *, number: int, units: str, due: str) -> Text:
    """To the office: the whole of it, word for word. ``units``: those it names; ``due``: the day it names."""
    lines = [f"{called}意见，请核对：", f"「{words}」"]
    if units:
        lines.append(
            f"拟原话转给：{units}。要换单位请说“转发意见 给某单位”，说清是哪件事请说“转发意见 T编号”。"
        )
    else:
        lines.append("没有提到单位。转给谁请说“转发意见 给某单位”，或“转发意见 T编号”。")
    if due:
        lines.append(f"提到{due}。转发不改时限，要改请再说“调整 T编号 时限到某日”。")
    lines.append("拿不准请先问领导。")
    send = (Button("转发", f"转发意见 {number}", "primary"),) if units else ()
    return Text("\n".join(lines), buttons=(*send, Button("不转发", f"不转发意见 {number}")))


def forwarded(called: str, day: str, words: str, *, matter: str) -> Text:
    """To the units: as said."""
    about = f"\n事项：{matter}" if matter else ""
    return Text(f"{called}意见（{day}）：\n「{words}」{about}\n督查室原话转达，请抓好落实。")


def sent(called: str, units: str, count: int) -> Text:
    """To who forwarded it."""
    return Text(
        f"已把{called}意见原话转给{units}，共 {count} 人。10 分钟内可以撤回。",
        buttons=(Button("撤回", "撤回"),),
    )


def not_sent(called: str) -> Text:
    return Text(f"好，{called}这条意见不转发，原话仍留在办理记录里。")


def settled_by(actor: str, called: str, units: str) -> Text:
    """To the others of the office."""
    rest = f"原话转给{units}" if units else "定为不转发"
    return Text(f"{actor}已把{called}意见{rest}，不用再转。")


def forward_taken_back(called: str, words: str) -> Text:
    """To who had got it."""
    return Text(f"督查室收回了刚才转达的{called}意见「{words}」，请以后续转达的为准。")


def withdrawn(called: str, words: str, *, units: str = "") -> Text:
    """To the office, and to units that had got it."""
    if units:
        return Text(f"{called}收回了刚才的意见：「{words}」已转给{units}的，我已告知不用再办。")
    return Text(f"{called}收回了刚才的意见：「{words}」请不要转达。")


def no_longer(called: str, words: str) -> Text:
    """To units that had got it."""
    return Text(f"{called}收回了刚才的意见「{words}」，不用再按它办。")
