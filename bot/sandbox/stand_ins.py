"""The three platforms of the demo: stand-ins with the demo's people, and the bindings that reach them."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, SecretStr

from bot.sandbox.world import DemoPerson
from connectors.chat import BOT_NAME
from connectors.dingtalk.settings import DingTalkSettings
from connectors.feishu.settings import FeishuSettings
from connectors.sandbox.dingtalk import DingTalkStandIn
from connectors.sandbox.faults import Faults
from connectors.sandbox.feishu import FeishuStandIn
from connectors.sandbox.journal import Journal, SandboxChat, SandboxUser
from connectors.sandbox.webhooks import Courier
from connectors.sandbox.wecom import WeComStandIn
from connectors.sandbox.wecom_tenant import Limits, WeComKeys
from connectors.wecom.settings import WeComSettings

#: The group of each platform: its id there, and its title.
GROUPS: Mapping[str, tuple[str, str]] = {
    "dingtalk": ("cidWasteSortingDemo0001==", "垃圾分类·环保"),
    "wecom": ("wrWasteSortingDemo0001", "垃圾分类·城管"),
    "feishu": ("oc_wastesortingdemo0001", "垃圾分类·社区"),
}
#: Who sits in no group: leaders are told privately.
NOT_IN_GROUPS = frozenset({"领导"})


def _letters(length: int) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(secrets.choice(alphabet) for _ in range(length))


@dataclass(frozen=True, slots=True)
class Keys:
    """The secrets of one sandbox, new each time."""

    app: str = field(default_factory=lambda: _letters(32), repr=False)
    token: str = field(default_factory=lambda: _letters(24), repr=False)
    aes: str = field(default_factory=lambda: _letters(42) + "A", repr=False)
    robot_token: str = field(default_factory=lambda: _letters(24), repr=False)
    robot_aes: str = field(default_factory=lambda: _letters(42) + "A", repr=False)


@dataclass(frozen=True, slots=True)
class Platforms:
    """The stand-ins by platform, which is also the name of their binding."""

    feishu: FeishuStandIn
    dingtalk: DingTalkStandIn
    wecom: WeComStandIn
    keys: Keys

    def by_name(self) -> dict[str, FeishuStandIn | DingTalkStandIn | WeComStandIn]:
        return {"feishu": self.feishu, "dingtalk": self.dingtalk, "wecom": self.wecom}

    def settings(self, urls: Mapping[str, str]) -> dict[str, BaseModel]:
        """How the service reaches them; ``urls``: where each is served."""
        keys = self.keys
        return {
            "feishu": FeishuSettings(
                app_id="cli_demo",
                app_secret=SecretStr(keys.app),
                encrypt_key=SecretStr(keys.robot_token),
                verification_token=SecretStr(keys.token),
                base_url=urls["feishu"],
                bot_name=BOT_NAME,
            ),
            "dingtalk": DingTalkSettings(
                app_key="dingdemo",
                app_secret=SecretStr(keys.app),
                aes_key=SecretStr(keys.aes),
                token=SecretStr(keys.token),
                base_url=urls["dingtalk"],
                old_base_url=urls["dingtalk"],
                bot_name=BOT_NAME,
            ),
            "wecom": WeComSettings(
                corp_id=self.wecom.keys.corp_id,
                agent_id=self.wecom.keys.agent_id,
                secret=SecretStr(keys.app),
                token=SecretStr(keys.token),
                encoding_aes_key=SecretStr(keys.aes),
                aibot_token=SecretStr(keys.robot_token),
                aibot_encoding_aes_key=SecretStr(keys.robot_aes),
                base_url=urls["wecom"],
                bot_name=BOT_NAME,
            ),
        }


def platforms(people: Sequence[DemoPerson], journal: Journal, webhooks: str) -> Platforms:
    """``webhooks``: the address below which the bot listens, ``http://127.0.0.1:8080/webhooks``."""
    keys = Keys()
    return Platforms(
        feishu=_feishu(people, journal, Courier(f"{webhooks}/feishu"), keys),
        dingtalk=DingTalkStandIn(
            Courier(f"{webhooks}/dingtalk"),
            app_key="dingdemo",
            app_secret=keys.app,
            aes_key=keys.aes,
            token=keys.token,
            users=_users(people, "dingtalk"),
            chats=[_chat(people, "dingtalk")],
            journal=journal,
            bot_name=BOT_NAME,
            calls_a_second=10_000,
            retries=(),
        ),
        wecom=WeComStandIn(
            _users(people, "wecom"),
            [_chat(people, "wecom")],
            Courier(f"{webhooks}/wecom"),
            keys=WeComKeys(
                secret=keys.app,
                token=keys.token,
                encoding_aes_key=keys.aes,
                aibot_token=keys.robot_token,
                aibot_encoding_aes_key=keys.robot_aes,
                bot_name=BOT_NAME,
            ),
            journal=journal,
            limits=Limits(per_member=10_000, per_push=10_000),
            retries=(),
        ),
        keys=keys,
    )


def _feishu(people: Sequence[DemoPerson], journal: Journal, courier: Courier, keys: Keys) -> FeishuStandIn:
    stand_in = FeishuStandIn(
        app_id="cli_demo",
        app_secret=keys.app,
        encrypt_key=keys.robot_token,
        verification_token=keys.token,
        journal=journal,
        faults=Faults(),
        deliver=courier,
        bot_name=BOT_NAME,
    )
    for person in people:
        if person.platform == "feishu":
            own = person.keys
            stand_in.add_user(person.key, own.get("union_id", ""), own.get("user_id", ""), person.name)
    group = _chat(people, "feishu")
    stand_in.add_chat(group.id, group.title, group.members)
    return stand_in


def _users(people: Sequence[DemoPerson], platform: str) -> list[SandboxUser]:
    return [SandboxUser(person.key, person.name) for person in people if person.platform == platform]


def _chat(people: Sequence[DemoPerson], platform: str) -> SandboxChat:
    chat_id, title = GROUPS[platform]
    members = [p.key for p in people if p.platform == platform and p.role not in NOT_IN_GROUPS]
    return SandboxChat(chat_id, title, tuple(members))
