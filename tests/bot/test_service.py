"""What the running service is put together from."""

from bot.service import opened
from bot.settings import Settings

AES_KEY = "x" * 43


async def test_each_connection_is_mentioned_by_the_name_its_settings_give_it(sqlite_url: str) -> None:
    settings = Settings.model_validate(
        {
            "database_url": sqlite_url,
            "dingtalk": {"app_key": "k", "app_secret": "s", "bot_name": "成拳"},
            "wecom": {"aibot_token": "t", "aibot_encoding_aes_key": AES_KEY, "bot_name": "协作助手|督办助手"},
            "feishu": {"app_id": "a", "app_secret": "s", "encrypt_key": "e", "verification_token": "v"},
        }
    )
    async with opened(settings) as service:
        assert service.world.channels.names == {
            "dingtalk": "成拳",
            "wecom": "协作助手",
            "feishu": "督办助手",
        }
