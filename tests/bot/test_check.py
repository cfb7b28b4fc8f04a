"""``chengquan check``: one line each for database, clock, calendar and what each platform lacks."""

from datetime import UTC, date, datetime
from pathlib import Path

from sqlmodel import Session

from bot.check import Finding, findings
from bot.sandbox.sandbox import opened_sandbox
from bot.settings import Settings
from commands.calendar import SHANGHAI
from commands.workdays import snapshot
from connectors.sandbox.feishu import FeishuStandIn
from connectors.sandbox.wecom import WeComStandIn
from storage.models import CalendarDay

THIS_YEAR = datetime.now(SHANGHAI).year


def lines(found: list[Finding], *, good: bool) -> list[str]:
    return [one.text for one in found if one.good is good]


async def test_where_nothing_is_wrong_every_line_is_good(tmp_path: Path) -> None:
    async with opened_sandbox(tmp_path / "demo") as sandbox:
        found = await findings(sandbox.settings)
        assert lines(found, good=False) == []
        good = lines(found, good=True)
        assert good[0] == "数据库"
        assert good[1].startswith("时钟（差 0.")
        assert good[2].startswith(f"日历：{THIS_YEAR} 年有；{THIS_YEAR + 1} 年")
        for words in (
            "钉钉：应用凭证可用",
            "企业微信 应用能发消息",
            "企业微信 智能机器人",
            "飞书凭证",
            "飞书权限",
        ):
            assert any(line.startswith(words) for line in good), words
        assert sandbox.settings.feishu is not None
        secret = sandbox.settings.feishu.app_secret.get_secret_value()
        assert not any(secret in line for line in good)


async def test_what_a_platform_lacks_is_said_with_where_to_mend_it(tmp_path: Path) -> None:
    async with opened_sandbox(tmp_path / "demo") as sandbox:
        feishu, wecom = (sandbox.world.stand_ins[name] for name in ("feishu", "wecom"))
        assert isinstance(feishu, FeishuStandIn)
        assert isinstance(wecom, WeComStandIn)
        feishu.tenant.scopes = {name for name in feishu.tenant.scopes if "group" not in name}
        wecom.tenant.refuse_with = (60020, "not allow to access from your ip, from ip: 203.0.113.8")
        bad = lines(await findings(sandbox.settings), good=False)
        assert len(bad) == 2
        group = next(line for line in bad if line.startswith("飞书权限："))
        assert "@机器人" in group
        assert "开通" in group
        assert "发布版本" in group
        address = next(line for line in bad if line.startswith("企业微信"))
        assert "60020" in address
        assert "203.0.113.8" in address
        assert "企业可信IP" in address


async def test_a_database_of_another_installation_and_a_message_laid_aside_are_said(tmp_path: Path) -> None:
    async with opened_sandbox(tmp_path / "demo") as sandbox:
        other = sandbox.settings.model_copy(update={"installation_id": "another"})
        assert any("another" in line for line in lines(await findings(other), good=False))
        nowhere = Settings(database_url=f"sqlite:///{tmp_path / 'none.sqlite3'}")
        first, *_ = await findings(nowhere)
        assert first.text.startswith("数据库：")
        assert not first.good


async def test_days_entered_here_count_for_the_calendar(tmp_path: Path) -> None:
    year = THIS_YEAR + 1

    def enter(session: Session) -> None:
        session.add(CalendarDay(day=date(year, 1, 1), worked=False, entered_at=datetime.now(UTC)))
        session.flush()
        snapshot.bump(session)

    async with opened_sandbox(tmp_path / "demo") as sandbox:
        await sandbox.service.database.write(enter)
        good = lines(await findings(sandbox.settings), good=True)
        assert f"日历：{THIS_YEAR} 年有；{year} 年有" in good
