"""Every platform, one line each."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from connectors.connector import Connector
from connectors.dingtalk import connector as dingtalk
from connectors.dingtalk.settings import DingTalkSettings
from connectors.feishu import connector as feishu
from connectors.feishu.settings import FeishuSettings
from connectors.tokens import TokenStore
from connectors.wecom import connector as wecom
from connectors.wecom.settings import WeComSettings

#: The settings of a binding say which platform it is of.
PLATFORMS: Mapping[type[BaseModel], Any] = {
    FeishuSettings: feishu.build,
    DingTalkSettings: dingtalk.build,
    WeComSettings: wecom.build,
}


def build(settings: BaseModel, *, binding: str, tokens: TokenStore) -> Connector:
    """The connector of one binding. Opens no connection.

    Raises:
        ConfigurationError: a setting is missing, empty or contradicts another.
    """
    for kind, make in PLATFORMS.items():
        if isinstance(settings, kind):
            connector: Connector = make(settings, binding=binding, tokens=tokens)
            return connector
    raise TypeError(f"no platform is configured by {type(settings).__name__}")
