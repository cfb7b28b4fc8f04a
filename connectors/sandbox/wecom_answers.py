"""How WeCom's API refuses: with status 200, an ``errcode`` and a pointer to its page of codes."""

import json
from typing import Any

from aiohttp import web


class Refused(Exception):
    """Answered with an error code."""

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(code, message)
        self.code, self.message = code, message

    def answer(self) -> web.Response:
        more = f"hint: [0], more info at https://open.work.weixin.qq.com/devtool/query?e={self.code}"
        return web.json_response({"errcode": self.code, "errmsg": f"{self.message}, {more}"})


async def read_body(request: web.Request) -> dict[str, Any]:
    """The JSON object in a call. Raises ``Refused``."""
    try:
        body = json.loads(await request.read())
    except ValueError:
        raise Refused(40035, "invalid json") from None
    if not isinstance(body, dict):
        raise Refused(40035, "invalid json")
    return body
