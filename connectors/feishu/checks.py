"""What ``chengquan check`` says about a Feishu binding."""

from connectors.errors import CredentialError, SendError
from connectors.feishu.client import FeishuClient
from connectors.feishu.content import Bot

Line = tuple[str, bool, str]

_CONSOLE = "开发者后台（open.feishu.cn/app）"
_NEEDED: tuple[tuple[str, frozenset[str]], ...] = (
    (
        "接收群里 @机器人 的消息",
        frozenset({"im:message.group_at_msg:readonly", "im:message.group_at_msg", "im:message.group_msg"}),
    ),
    ("接收私聊消息", frozenset({"im:message.p2p_msg:readonly", "im:message.p2p_msg"})),
    ("发送消息和卡片", frozenset({"im:message:send_as_bot", "im:message"})),
    ("上传图片和文件", frozenset({"im:resource", "im:resource:upload"})),
    (
        "下载成员发来的文件",
        frozenset({"im:message", "im:message:readonly", "im:message.history:readonly"}),
    ),
    ("得知机器人进群、退群", frozenset({"im:chat", "im:chat:readonly", "im:chat.members:bot_access"})),
    ("得知人员离职、变动", frozenset({"contact:contact.base:readonly"})),
)
"""What for, and the permissions of which one is enough."""


async def run(client: FeishuClient, bot: Bot) -> list[Line]:
    """Token, bot, permissions; stops at the first that makes the rest pointless."""
    try:
        await client.access.token()
    except SendError as error:
        return [("飞书凭证", False, _token_advice(error))]
    return [("飞书凭证", True, ""), await _bot(client, bot), *await _scopes(client)]


async def _bot(client: FeishuClient, bot: Bot) -> Line:
    try:
        open_id = await client.bot_open_id()
    except SendError as error:
        return (
            "飞书机器人",
            False,
            f"查询机器人失败（{error.code}）。请在{_CONSOLE}为应用添加“机器人”能力并发布版本。",
        )
    if bot.open_id and open_id != bot.open_id:
        return ("飞书机器人", False, f"设置的 bot_open_id 不是这个应用的机器人，应为 {open_id}。")
    return (
        "飞书机器人",
        bool(open_id),
        "" if open_id else f"请在{_CONSOLE}为应用添加“机器人”能力并发布版本。",
    )


async def _scopes(client: FeishuClient) -> list[Line]:
    try:
        granted = await client.granted_scopes()
    except SendError as error:
        return [("飞书权限", False, f"查询权限失败（{error.code}），请稍后再试。")]
    missing = [(what, names) for what, names in _NEEDED if not names & granted]
    return [
        (f"飞书权限：{what}", False, f"请在{_CONSOLE}开通 {sorted(names, key=len)[-1]}，并发布版本。")
        for what, names in missing
    ] or [("飞书权限", True, "")]


def _token_advice(error: SendError) -> str:
    if isinstance(error, CredentialError):
        return (
            f"app_id 或 app_secret 不对，或应用已停用（{error.code}）。请在{_CONSOLE}“凭证与基础信息”里核对。"
        )
    return f"连不上飞书（{error.code}）。请检查 base_url、网络和代理。"
