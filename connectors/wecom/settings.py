"""What one WeCom binding is configured with."""

import re
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr

from connectors.chat import BOT_NAME
from connectors.errors import ConfigurationError

_AES_KEY = re.compile(r"[A-Za-z0-9]{43}")  # document/path/90968: 43 letters and digits
_APP = ("corp_id", "agent_id", "secret", "token", "encoding_aes_key")
_AIBOT = ("aibot_token", "aibot_encoding_aes_key")
_EMPTY = SecretStr("")


class WeComSettings(BaseModel):
    """A self-built app (自建应用), a smart robot (智能机器人) in URL mode, or both.

    The app reaches people in their direct chats and knows the directory; only the robot hears
    groups. ``aibot_id``, where given, must be the robot that signs its messages with our token;
    ``aibot_secret`` belongs to its long connection and is not needed over HTTP.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    corp_id: str = ""
    agent_id: int = 0
    secret: SecretStr = _EMPTY
    token: SecretStr = _EMPTY
    encoding_aes_key: SecretStr = _EMPTY
    aibot_token: SecretStr = _EMPTY
    aibot_encoding_aes_key: SecretStr = _EMPTY
    aibot_id: str = ""
    aibot_secret: SecretStr = _EMPTY
    base_url: str = "https://qyapi.weixin.qq.com"
    bot_name: str = BOT_NAME
    """As groups mention it; several (after a renaming) are parted by ``|``, the current one first."""
    card_url: str = "https://work.weixin.qq.com/"
    """Where a tap on a card without buttons leads: WeCom refuses such a card without an address."""
    file_hosts: tuple[str, ...] = ("myqcloud.com",)
    """Hosts (and those under them) from which the robot's files may be fetched. A ``base_url`` over http
    (the sandbox's, a proxy inside the house) may be fetched from too."""

    @property
    def has_app(self) -> bool:
        return bool(self.corp_id)

    @property
    def has_aibot(self) -> bool:
        return bool(_plain(self.aibot_token))

    @property
    def bot_names(self) -> tuple[str, ...]:
        return tuple(name.strip() for name in self.bot_name.split("|") if name.strip())

    def require_complete(self) -> None:
        """Raises:
        ConfigurationError: nothing is configured, or a part of the app or of the robot is missing.
        """
        app, aibot = self._given(_APP), self._given(_AIBOT)
        if self.aibot_id or _plain(self.aibot_secret):
            aibot = aibot or {"aibot_id"}
        if not app and not aibot:
            raise ConfigurationError(
                "wecom: neither an app (corp_id …) nor a robot (aibot_token …) is configured"
            )
        for given, names in ((app, _APP), (aibot, _AIBOT)):
            missing = [name for name in names if name not in given]
            if given and missing:
                raise ConfigurationError(f"wecom: {', '.join(missing)} missing")
        for name in ("encoding_aes_key", "aibot_encoding_aes_key"):
            key = _plain(getattr(self, name))
            if key and not _AES_KEY.fullmatch(key):
                raise ConfigurationError(f"wecom: {name} must be 43 letters and digits")
        if not self.bot_names:
            raise ConfigurationError("wecom: bot_name is empty")
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.query:
            raise ConfigurationError("wecom: base_url must be an http(s) address")

    def _given(self, names: tuple[str, ...]) -> set[str]:
        return {name for name in names if _plain(getattr(self, name))}


def _plain(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value or "")
