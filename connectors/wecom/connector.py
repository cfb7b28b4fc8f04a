"""WeCom: a self-built app for people, a smart robot for groups, under one binding.

The robot is the only kind of bot that hears a group, and it cannot push over HTTP; the app cannot hear
groups, and reaches everybody in its visible range. Endpoints: ``app`` (XML) and ``aibot`` (JSON).
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

from connectors.chat import (
    Account,
    AccountKey,
    Address,
    Card,
    ConversationKind,
    File,
    Incoming,
    Message,
    ReplyHandle,
    Text,
    shorten,
)
from connectors.connector import Answer, Blobs, Outcome, Received, Sent, WebhookRequest
from connectors.errors import MalformedEvent, SendError, SendRefused
from connectors.fetching import AllowedHost, Fetcher
from connectors.tokens import TokenStore
from connectors.wecom import aibot_events, app_events, passive
from connectors.wecom.callbacks import AIBOT, APP, PATIENCE, Believed, believe, ciphers
from connectors.wecom.characters import legal
from connectors.wecom.client import WeComClient
from connectors.wecom.crypto import decrypt_file
from connectors.wecom.outgoing import DUPLICATE_CHECK, Outgoing
from connectors.wecom.settings import WeComSettings

MAX_NAME = 120  #: characters of a file's name
REPLY_LIFE = timedelta(minutes=55)  #: of a response_url, which the platform drops after an hour


class WeComConnector:
    """One corporation's app and robot. See ``connectors.connector.Connector``."""

    platform = "wecom"
    edge_timeout = 4.0  # the platform waits 5 s
    patience = PATIENCE

    def __init__(self, settings: WeComSettings, binding: str, tokens: TokenStore) -> None:
        self.binding = binding
        self.app = (
            f"wecom:{settings.corp_id}:{settings.agent_id}"
            if settings.has_app
            else f"wecom:aibot:{settings.aibot_id or binding}"
        )
        self.bot_name = settings.bot_names[0]
        self.key_life = float(DUPLICATE_CHECK) if settings.has_app else 0.0
        self.group_key_life = 0.0  # a message push takes a repetition as a new message
        self._settings = settings
        self._ciphers = ciphers(settings)
        self._robot = aibot_events.Robot(binding, settings.bot_names, settings.aibot_id)
        self._client = WeComClient(settings, self.app, tokens)
        self._outgoing = Outgoing(settings, self._client)
        hosts = [AllowedHost(host) for host in settings.file_hosts]
        if settings.base_url.startswith("http:"):
            hosts.append(AllowedHost.of_base(settings.base_url))
        self._fetcher = Fetcher(hosts)

    def receive(self, request: WebhookRequest, now: datetime) -> Received:
        """See ``Connector.receive``."""
        believed = believe(request, self._ciphers, now)
        if request.method == "GET":
            return _settled(Answer(body=believed.text.encode()), "url_verification")
        return self._read_app(believed) if request.endpoint == APP else self._read_aibot(believed)

    async def send(
        self,
        address: Address,
        message: Message,
        *,
        idem_key: str,
        blobs: Blobs,
        reply: ReplyHandle | None = None,
    ) -> Sent:
        """See ``Connector.send``. A ``reply`` that is spent gives way to the ordinary way."""
        if reply is not None and isinstance(message, Text | Card) and datetime.now(UTC) < reply.expires_at:
            sent = await self._outgoing.answer(address, message, idem_key, reply)
            if sent is not None:
                return sent
        if address.kind is ConversationKind.GROUP:
            return await self._outgoing.push(address, message, blobs)
        return await self._outgoing.to_person(address, message, idem_key, blobs)

    async def update(self, handle: str, address: Address, card: Card) -> None:
        """See ``Connector.update``. A handle is used up by it; so is one of a pressed card."""
        await self._outgoing.update(handle, address, card)

    async def fetch(self, file: File) -> bytes:
        """See ``Connector.fetch``. Possible for five minutes (robot) or three days (app)."""
        return (await self.fetch_named(file))[1]

    async def fetch_named(self, file: File) -> tuple[str, bytes]:
        """As ``fetch``, with the file's name, which the platform tells with the bytes and not before."""
        source, _, where = file.handle.partition(":")
        if source == "media" and self._settings.has_app:
            name, content = await self._client.download(where)
        elif source == AIBOT and self._settings.has_aibot:
            name, enciphered = await self._fetcher.get_named(where)
            try:
                content = decrypt_file(self._settings.aibot_encoding_aes_key.get_secret_value(), enciphered)
            except MalformedEvent as error:
                raise SendRefused("fetch_cipher") from error
        else:
            raise SendRefused("fetch_handle")
        last = PurePosixPath(legal(name).replace("\\", "/")).name
        return shorten(last, MAX_NAME) or file.name, content

    async def resolve(self, account: Account) -> Account:
        """See ``Connector.resolve``. Needs the app, with the person in its visible range.

        What the platform calls no encrypted id, but the directory knows, was plain all along.
        """
        keys = {key.kind: key.value for key in account.keys}
        raw = keys.get("encrypted_userid")
        if raw is None or "userid" in keys or not self._settings.has_app:
            return account
        answer = await self._client.call("batch/openuserid_to_userid", {"open_userid_list": [raw]})
        plain = ""
        for pair in answer.get("userid_list") or []:
            if isinstance(pair, dict) and pair.get("open_userid") == raw:
                plain = str(pair.get("userid") or "")
        if not plain and await self._client.find_user(raw):
            plain = raw
        if not plain:
            return account
        return Account((AccountKey("userid", plain), *account.keys), account.name, account.foreign)

    async def check(self) -> list[tuple[str, bool, str]]:
        """See ``Connector.check``."""
        lines: list[tuple[str, bool, str]] = []
        if self._settings.has_app:
            try:
                await self._client.check_token()
                lines.append(("企业微信 应用取令牌", True, ""))
                lines.append(await self._check_app())
            except SendError as error:
                advice = error.detail or "核对 CorpID、Secret 和 base_url"
                lines.append(("企业微信 应用取令牌", False, f"{error.code} {advice}"))
        else:
            lines.append(("企业微信 应用", False, "没有配置：不能主动发给个人，也不能核对加密账号"))
        robot = self._settings.has_aibot
        lines.append(("企业微信 智能机器人", robot, "" if robot else "没有配置：听不到群里的话"))
        return lines

    async def _check_app(self) -> tuple[str, bool, str]:
        try:
            await self._client.check_app()
        except SendError as error:
            where = (
                "管理后台〔应用管理〕里本应用的〔企业可信IP〕" if error.code == "60020" else "核对 AgentId"
            )
            detail = f"{error.code} {error.detail}" if error.detail else error.code
            return "企业微信 应用不能发消息", False, f"{detail} → {where}"
        return "企业微信 应用能发消息", True, ""

    async def close(self) -> None:
        """See ``Connector.close``."""
        await self._client.close()
        await self._fetcher.close()

    def _read_app(self, believed: Believed) -> Received:
        incoming = app_events.read(believed.text, self.binding)
        if isinstance(incoming, str):
            return _settled(passive.NOTHING, incoming)
        return Received(incoming, self._answer_app(incoming, believed))

    def _answer_app(self, incoming: Incoming, believed: Believed) -> Callable[[Outcome], Answer]:
        def answer(outcome: Outcome) -> Answer:
            if incoming.action is None:
                return passive.NOTHING
            user, corp = incoming.sender.keys[0].value, self._settings.corp_id
            seconds = int(believed.now.timestamp())
            pressed = incoming.action.message_id  # "" for an entry of the app's menu: no card to redraw
            card = self._outgoing.redrawn(outcome.card) if outcome.card and pressed else None
            if card is not None:
                inner = passive.app_card(card, user=user, corp_id=corp, seconds=seconds)
            elif outcome.toast and not outcome.told:  # here it is a message
                inner = passive.app_text(outcome.toast, user=user, corp_id=corp, seconds=seconds)
            else:
                return passive.NOTHING
            return passive.app_answer(believed.cipher, inner, timestamp=str(seconds), nonce=believed.nonce)

        return answer

    def _read_aibot(self, believed: Believed) -> Received:
        message = aibot_events.parse(believed.text, "bad_message")
        address = message.get("response_url")
        reply = None
        if isinstance(address, str) and self._client.is_ours(address, "aibot/response"):
            reply = ReplyHandle(address, believed.now + REPLY_LIFE)
        incoming = self._robot.read(message, believed.at, reply)
        if incoming == "stream_refresh":
            # We begin no stream: this one is left over, and would be asked after for minutes.
            inner = passive.aibot_stream_end(message.get("stream"), "结果见后面的消息。")
            return _settled(self._aibot_answer(inner, believed), incoming)
        if isinstance(incoming, str):
            return _settled(passive.NOTHING, incoming)

        def answer(outcome: Outcome) -> Answer:
            card = None
            if incoming.action and outcome.card:
                card = self._outgoing.redrawn(outcome.card)
            if card is None:
                return passive.NOTHING
            inner = passive.aibot_card(card, user=incoming.sender.keys[0].value)
            return self._aibot_answer(inner, believed)

        return Received(incoming, answer)

    def _aibot_answer(self, inner: str, believed: Believed) -> Answer:
        seconds = str(int(believed.now.timestamp()))
        return passive.aibot_answer(believed.cipher, inner, timestamp=seconds, nonce=believed.nonce)


def build(settings: WeComSettings, *, binding: str = "wecom", tokens: TokenStore) -> WeComConnector:
    """A connector from complete settings.

    Raises:
        ConfigurationError: a setting is missing or malformed.
    """
    settings.require_complete()
    return WeComConnector(settings, binding, tokens)


def _settled(answer: Answer, ignored: str) -> Received:
    return Received(None, lambda _: answer, ignored)
