"""Files, as WeCom keeps them: the app's by ``media_id`` for three days, the robot's enciphered for five
minutes. Source: developer.work.weixin.qq.com/document/path/90253, 100719."""

import uuid
from typing import Any
from urllib.parse import quote

from aiohttp import web
from aiohttp.multipart import BodyPartReader

from connectors.sandbox.wecom_answers import Refused
from connectors.sandbox.wecom_cipher import EndpointCipher
from connectors.sandbox.wecom_tenant import Tenant

MEDIA_LIFE = 3 * 86400.0
FILE_LIFE = 300.0
_MEGABYTES = {"image": 10, "file": 20, "voice": 2, "video": 10}


class Media:
    """The routes about files, and what was uploaded."""

    def __init__(self, tenant: Tenant, robot: EndpointCipher) -> None:
        self._tenant = tenant
        self._robot = robot
        self._media: dict[str, tuple[str, bytes, float]] = {}
        self._files: dict[str, tuple[str, bytes, float]] = {}

    def get(self, media_id: object) -> tuple[str, bytes]:
        """Name and content of an upload. Raises ``Refused``."""
        name, content, until = self._media.get(str(media_id), ("", b"", 0.0))
        if not name or self._tenant.clock() >= until:
            raise Refused(40007, "invalid media_id")
        return name, content

    def offer(self, name: str, content: bytes) -> str:
        """The address from which the bot can fetch a file that somebody sent to the robot."""
        file_id = uuid.uuid4().hex
        self._files[file_id] = (name, self._robot.seal_file(content), self._tenant.clock() + FILE_LIFE)
        return f"{self._tenant.base_url}/files/{file_id}"

    async def upload(self, request: web.Request) -> dict[str, Any]:
        return await self._keep(request, request.query.get("type", ""))

    async def upload_for_push(self, request: web.Request) -> dict[str, Any]:
        if self._tenant.chat_of_push(request.query.get("key", "")) is None:
            raise Refused(93000, "invalid webhook url")
        return await self._keep(request, "file")

    async def download(self, request: web.Request) -> web.StreamResponse:
        async def answer(request: web.Request) -> web.StreamResponse:
            try:
                self._tenant.require_token(request)
                name, content = self.get(request.query.get("media_id"))
            except Refused as refused:
                return refused.answer()
            return web.Response(body=content, headers=_disposition(name))

        return await self._tenant.faults.play(
            "download", request, answer, throttled=Refused(45009).answer, expired=self._tenant.expire_token
        )

    async def robot_file(self, request: web.Request) -> web.StreamResponse:
        name, content, until = self._files.get(request.match_info["id"], ("", b"", 0.0))
        if self._tenant.clock() >= until:
            return web.Response(status=403)
        return web.Response(body=content, headers=_disposition(name))

    async def _keep(self, request: web.Request, kind: str) -> dict[str, Any]:
        if kind not in _MEGABYTES:
            raise Refused(40008, "invalid media type")
        part = await (await request.multipart()).next()
        if not isinstance(part, BodyPartReader) or part.name != "media" or not part.filename:
            raise Refused(44001, "empty media data")
        content = bytes(await part.read())
        if len(content) <= 5:
            raise Refused(44001, "empty media data")
        if len(content) > _MEGABYTES[kind] * 1024 * 1024:
            raise Refused(45001, "media size out of limit")
        media_id, now = uuid.uuid4().hex, self._tenant.clock()
        self._media[media_id] = (part.filename, content, now + MEDIA_LIFE)
        return {"type": kind, "media_id": media_id, "created_at": str(int(now))}


def _disposition(name: str) -> dict[str, str]:
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
