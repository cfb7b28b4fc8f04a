"""What one Feishu binding is configured with."""

from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr

from connectors.chat import BOT_NAME
from connectors.errors import ConfigurationError

_EMPTY = SecretStr("")


class FeishuSettings(BaseModel):
    """An in-house app (企业自建应用) with a bot, its events and callbacks pushed to our address.

    Without an Encrypt Key anybody who once saw an event could forge more of them: the platform then
    signs with an empty key. So it is required.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    app_id: str = ""
    app_secret: SecretStr = _EMPTY
    encrypt_key: SecretStr = _EMPTY
    verification_token: SecretStr = _EMPTY
    base_url: str = "https://open.feishu.cn"
    """Lark: ``https://open.larksuite.com``; a private deployment: its own host."""
    bot_name: str = BOT_NAME
    """As groups mention it; tells the bot's mention from another bot's until its open_id is known."""
    bot_open_id: str = ""

    def require_complete(self) -> None:
        """Raises:
        ConfigurationError: something is missing or no address.
        """
        given = {
            "app_id": self.app_id,
            "app_secret": self.app_secret.get_secret_value(),
            "encrypt_key": self.encrypt_key.get_secret_value(),
            "verification_token": self.verification_token.get_secret_value(),
            "bot_name": self.bot_name.strip(),
        }
        missing = [name for name, value in given.items() if not value]
        if missing:
            raise ConfigurationError(f"feishu: {', '.join(missing)} missing")
        parts = urlsplit(self.base_url)
        if (
            parts.scheme not in ("https", "http")
            or not parts.hostname
            or parts.path.strip("/")
            or parts.query
        ):
            raise ConfigurationError("feishu: base_url must be https://host without a path")
