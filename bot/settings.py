"""What an installation can be told: one TOML file and ``CHENGQUAN_…`` variables, nothing else.

A variable wins over the file; nested names are joined by two underscores
(``CHENGQUAN_FEISHU__APP_ID``). This is the only reader of the environment.
"""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from commands.policy import Policy
from connectors.dingtalk.settings import DingTalkSettings
from connectors.errors import ConfigurationError
from connectors.feishu.settings import FeishuSettings
from connectors.wecom.settings import WeComSettings

CONFIG_VARIABLE = "CHENGQUAN_CONFIG"
DEFAULT_FILE = "chengquan.toml"


class FeishuBinding(FeishuSettings):
    platform: Literal["feishu"]
    name: str


class DingTalkBinding(DingTalkSettings):
    platform: Literal["dingtalk"]
    name: str


class WeComBinding(WeComSettings):
    platform: Literal["wecom"]
    name: str


Binding = Annotated[FeishuBinding | DingTalkBinding | WeComBinding, Field(discriminator="platform")]


class Listen(BaseModel):
    """Where the service listens."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"  #: behind a reverse proxy that ends TLS
    port: int = 8080


class Settings(BaseSettings):
    """``bindings``: further connections beside the default ones, each with a ``name`` of its own."""

    model_config = SettingsConfigDict(
        env_prefix="CHENGQUAN_", env_nested_delimiter="__", frozen=True, extra="forbid", env_ignore_empty=True
    )

    database_url: str = "sqlite:///var/chengquan.sqlite3"
    installation_id: str = ""  #: printed by ``migrate --create``; ``serve`` refuses another one
    config: Path | None = None  #: this file; named here so that the variable is known
    listen: Listen = Listen()
    policy: Policy = Policy()
    feishu: FeishuSettings | None = None
    dingtalk: DingTalkSettings | None = None
    wecom: WeComSettings | None = None
    bindings: tuple[Binding, ...] = ()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, _file())


def _file() -> Path:
    return Path(os.environ.get(CONFIG_VARIABLE) or DEFAULT_FILE)


def load(**overrides: Any) -> Settings:
    """The settings of this process.

    Raises:
        ConfigurationError: naming the setting, never its value.
    """
    named = os.environ.get(CONFIG_VARIABLE)
    if named and not Path(named).is_file():
        raise ConfigurationError(f"{CONFIG_VARIABLE}: there is no file {named}")
    try:
        return Settings(**overrides)
    except ValidationError as invalid:
        raise ConfigurationError("; ".join(_lines(invalid))) from None
    except ValueError as invalid:
        raise ConfigurationError(f"{_file()}: {invalid}") from None


def _lines(invalid: ValidationError) -> list[str]:
    return [f"{'.'.join(map(str, e['loc'])) or 'settings'}: {e['msg']}" for e in invalid.errors()]
