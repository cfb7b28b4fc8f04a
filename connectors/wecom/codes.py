"""What WeCom's error codes mean for a message: one table, for every call.

Source: developer.work.weixin.qq.com/document/path/90313; 90312 for how long a block lasts.
"""

import re

from connectors.errors import CredentialError, SendDeferred, SendError, SendRefused

TOKEN_REFUSED = frozenset({40014, 41001, 42001})  #: drop the token, fetch once, repeat once

BLOCKED = 60.0  #: seconds; a limit per minute blocks for a minute

_DEFERRED = {-1: 5.0, 6000: 1.0, 45033: 3.0, 45009: BLOCKED}
_WHOLE_APP = frozenset({45009, 45033})
_DEAD = frozenset(
    {40003, 40050, 40096, 46004, 60111, 81013, 82001, 86001, 86003, 86008, 93000, 93004, 93006, 93008}
)
_REFUSED = frozenset(
    {40007, 40008, 40029, 40033, 40035, 40058, 44001, 44004, 45001, 45002, 82002, 82003, 301055, 301057}
)
_CREDENTIAL = TOKEN_REFUSED | {
    *(40001, 40013, 40056, 40091, 48002, 48009, 50001, 50002, 50003, 60011, 60020, 80001, 85005),
    *(301002, 301056),
}
_IP = re.compile(r"from ip: ?([0-9a-fA-F.:]+)")


def error_of(code: int, message: str = "") -> SendError:
    """The error for a code other than 0. What is not in the table is refused: the platform answered,
    and did not do it.

    ``message``: the platform's ``errmsg``; only an address that is missing from the trusted ones (60020)
    is kept of it, for the office.
    """
    name, detail = str(code), _detail(code, message)
    if code in _DEFERRED:
        return SendDeferred(name, detail, retry_after=_DEFERRED[code], whole_app=code in _WHOLE_APP)
    if code in _CREDENTIAL:
        return CredentialError(name, detail)
    return SendRefused(name, detail, dead_address=code in _DEAD)


def _detail(code: int, message: str) -> str:
    if code == 60020:
        found = _IP.search(message)
        return f"出口地址 {found[1]} 不在企业可信IP名单" if found else "出口地址不在企业可信IP名单"
    return _MEANING.get(code, "")


_MEANING = {
    -1: "平台繁忙",
    6000: "并发冲突",
    40001: "Secret 不对",
    40003: "没有这个成员",
    40007: "素材无效",
    40013: "企业 ID 不对",
    40014: "令牌无效",
    40056: "AgentId 不对",
    40091: "Secret 不对",
    41001: "没有令牌",
    42001: "令牌过期",
    45001: "素材太大",
    45002: "内容太长",
    45009: "超过频率限制",
    45033: "并发太多",
    46004: "没有这个成员",
    48002: "没有接口权限",
    48009: "通讯录同步助手不能从新地址读取",
    50002: "不在可见范围",
    50003: "应用已停用",
    60011: "没有权限",
    60111: "没有这个成员",
    81013: "收件人不在可见范围",
    82001: "收件人都无效",
    93000: "消息推送地址无效",
    93004: "消息推送已从群里移除",
    93006: "群不存在",
    93008: "不在这个群里",
    301002: "没有这个应用的权限",
    301056: "应用已停用",
}
