"""What one DingTalk binding is configured with (the console's names in brackets)."""

import re

from pydantic import BaseModel, ConfigDict, SecretStr

from connectors.chat import BOT_NAME
from connectors.errors import ConfigurationError

_AES_KEY = re.compile(r"[A-Za-z0-9+/]{43}")


class DingTalkSettings(BaseModel):
    """``aes_key`` and ``token`` belong together: both for event push over HTTP, none without it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    app_key: str = ""  #: Client ID (AppKey)
    app_secret: SecretStr = SecretStr("")  #: Client Secret; also signs robot messages
    aes_key: SecretStr = SecretStr("")  #: 事件订阅 · 加密 aes_key, 43 characters
    token: SecretStr = SecretStr("")  #: 事件订阅 · 签名 token
    event_owner: str = ""
    """What encrypted events end with: the app key, unless registered by the old ``register_call_back``
    (then the corp id) or by a third-party app (SuiteKey)."""
    card_secret: SecretStr = SecretStr("")  #: apiSecret of the card callback
    card_template_id: str = ""  #: own card template; without it cards go as ActionCard or markdown
    card_route_key: str = "chengquan"  #: callbackRouteKey of the card callback
    card_callback_url: str = ""
    """Public address of the ``card`` webhook, registered before the first card; empty: done by hand."""
    robot_code: str = ""  #: the app key, for an internal app's robot
    corp_id: str = ""
    """Own organisation, several with commas between: another one's requests are refused, its people
    foreign. Empty: the robot's own organisation, as each message names it."""
    base_url: str = "https://api.dingtalk.com"
    old_base_url: str = "https://oapi.dingtalk.com"
    download_hosts: str = "dingtalk.com,aliyuncs.com"
    """Where sent files may be fetched from, with all hosts under them; the platform publishes no list."""
    bot_name: str = BOT_NAME
    """As groups mention it; cards tell people to."""

    @property
    def corps(self) -> tuple[str, ...]:
        return _listed(self.corp_id)

    @property
    def hosts(self) -> tuple[str, ...]:
        return _listed(self.download_hosts)

    @property
    def robot(self) -> str:
        return self.robot_code or self.app_key

    @property
    def owner(self) -> str:
        return self.event_owner or self.app_key

    @property
    def takes_events(self) -> bool:
        return bool(self.aes_key.get_secret_value())

    @property
    def takes_card_clicks(self) -> bool:
        return bool(self.card_secret.get_secret_value())

    def require(self) -> None:
        """Raises ConfigurationError, naming the setting: no endpoint in use may have an empty key."""
        if not self.app_key:
            raise ConfigurationError("dingtalk: app_key is empty")
        if not self.app_secret.get_secret_value():
            raise ConfigurationError("dingtalk: app_secret is empty")
        if self.takes_events != bool(self.token.get_secret_value()):
            raise ConfigurationError("dingtalk: aes_key and token must both be set, or neither")
        if self.takes_events and not _AES_KEY.fullmatch(self.aes_key.get_secret_value()):
            raise ConfigurationError("dingtalk: aes_key must be the 43 characters shown in the console")
        if self.card_template_id and not self.takes_card_clicks:
            raise ConfigurationError("dingtalk: card_template_id needs card_secret")


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part for part in (part.strip() for part in text.split(",")) if part)
