"""商请, 受阻: how they read."""

from connectors.chat import Button, Card, card, shorten

_SEND = (Button("发出", "发出", "primary"), Button("修改", "修改"))


def to_check(*, unit: str, asker: str, what: str, limit: str, personal: bool) -> Card:
    """A request to another unit, before it leaves."""
    remark = "名单含个人信息，只发到您私聊。" if personal else ""
    return card(
        f"商请{unit}，请核对",
        ("要什么", what),
        ("时限", limit),
        ("署名", f"督查室转{asker}商请"),
        remark=_whole("要什么", what) + remark,
        buttons=_SEND,
    )


def obstacle_to_check(*, name: str, what: str, limit: str) -> Card:
    """受阻 by something that is no unit's, before the office hears of it."""
    return card(
        f"{name} 受阻，请核对",
        ("原因", what),
        ("时限", limit or "未定"),
        ("流程", "督查室定是否暂停计时"),
        remark=_whole("原因", what),
        buttons=_SEND,
    )


def asked(*, name: str, title: str, asker: str, what: str, limit: str, no: int) -> Card:
    """To the other unit's liaison, in the office's name."""
    return card(
        f"督查室转：{asker}商请协助",
        ("事由", f"{name} {title}"),
        ("要什么", what),
        ("时限", limit),
        remark=_whole("要什么", what),
        buttons=(
            Button("可以", f"可以 {name}", "primary"),
            Button("有条件", f"有条件 {name}"),
            Button("暂不能", f"暂不能 {name}"),
        ),
        no=no,
    )


def clock_to_decide(*, name: str, ref: str, unit: str, waits_for: str, what: str, limit: str) -> Card:
    """To the office: does the clock go on? ``waits_for``: a unit, or nothing."""
    rows = [("单位", f"{unit}，等{waits_for}" if waits_for else unit)]
    if not waits_for:
        rows.append(("原因", what))
    return card(
        f"{name} 受阻，请定",
        *rows,
        ("时限", limit or "未定"),
        buttons=(Button("暂停计时", f"暂停计时 {ref}"), Button("照常计时", f"{ref} 照常计时")),
    )


def delivered(
    *, name: str, unit: str, at: str, late: int, files: str, note: str, limit: str, no: int
) -> Card:
    """To the asker. ``limit``: the asker's own, when the late delivery moved it."""
    rows = [("时间", f"{at}，{f'晚 {late} 个工作日' if late else '按时'}")]
    if files:
        rows.append(("材料", files))
    if note:
        rows.append(("说明", note))
    return card(
        f"{unit}已提供 {name} 材料",
        *rows,
        remark=f"{unit}给晚了，您的时限顺延到 {limit}。" if limit else "",
        buttons=(Button("够用了", f"{name} 够用了", "primary"), Button("请补充", f"{name} 请补充")),
        no=no,
    )


def _whole(key: str, text: str) -> str:
    """The text once more where a row would cut it."""
    return f"{key}：{shorten(text, 80)}。" if len(text) > 26 else ""
