"""Settings: every one is named in the example, errors name the setting and never its value."""

import dataclasses
import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from bot import settings as configuration
from bot.service import bindings
from commands.policy import Policy
from connectors.dingtalk.settings import DingTalkSettings
from connectors.errors import ConfigurationError
from connectors.feishu.settings import FeishuSettings
from connectors.wecom.settings import WeComSettings

EXAMPLE = Path(__file__).parents[2] / "deploy" / "env.example"
PLATFORMS = {"FEISHU": FeishuSettings, "DINGTALK": DingTalkSettings, "WECOM": WeComSettings}


def _names() -> set[str]:
    names = {"CHENGQUAN_CONFIG"}
    for name, field in configuration.Settings.model_fields.items():
        kind = field.annotation
        if name.upper() in PLATFORMS or name in ("config", "bindings"):
            continue
        if kind is Policy:
            names |= {f"CHENGQUAN_POLICY__{inner.name.upper()}" for inner in dataclasses.fields(Policy)}
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            names |= {f"CHENGQUAN_{name.upper()}__{inner.upper()}" for inner in kind.model_fields}
        else:
            names.add(f"CHENGQUAN_{name.upper()}")
    for platform, kind in PLATFORMS.items():
        names |= {f"CHENGQUAN_{platform}__{inner.upper()}" for inner in kind.model_fields}
    return names


def test_the_example_names_every_setting_and_no_other() -> None:
    named = set(re.findall(r"CHENGQUAN_[A-Z_]+", EXAMPLE.read_text("utf-8")))
    assert named == _names()


def test_a_variable_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "chengquan.toml"
    file.write_text('installation_id = "from-file"\n[feishu]\napp_id = "cli_file"\n', "utf-8")
    monkeypatch.setenv("CHENGQUAN_CONFIG", str(file))
    monkeypatch.setenv("CHENGQUAN_FEISHU__APP_ID", "cli_env")
    loaded = configuration.load()
    assert loaded.installation_id == "from-file"
    assert loaded.feishu is not None
    assert loaded.feishu.app_id == "cli_env"


def test_a_wrong_setting_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHENGQUAN_LISTEN__PORT", "s3cret-value")
    with pytest.raises(ConfigurationError, match=r"listen\.port") as wrong:
        configuration.load()
    assert "s3cret-value" not in str(wrong.value)


def test_a_file_that_is_named_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHENGQUAN_CONFIG", "/nowhere/chengquan.toml")
    with pytest.raises(ConfigurationError, match="CHENGQUAN_CONFIG"):
        configuration.load()


def test_without_a_platform_there_is_nothing_to_serve() -> None:
    with pytest.raises(ConfigurationError, match="no platform"):
        bindings(configuration.load())


def test_a_secret_never_shows_in_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHENGQUAN_FEISHU__APP_SECRET", "hush-hush")
    assert "hush-hush" not in repr(configuration.load())
