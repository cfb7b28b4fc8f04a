"""The console script as people start it: exit codes, one clear line for every error."""

import json
import os
import subprocess
import sys
from pathlib import Path

from openpyxl import Workbook
from sqlmodel import select

from storage.database import Database
from storage.models import Address, OutboxEntry, Person

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "tests" / "vectors"


def run(*arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("CHENGQUAN_")}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=ROOT,
        env={**plain, **environment},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_every_command_explains_itself() -> None:
    shown = run("--help")
    assert shown.returncode == 0
    for name in (
        "demo",
        "serve",
        "migrate",
        "check",
        "directory",
        "initiative",
        "replay",
        "understand",
        "audit",
        "inbox",
        "backup",
        "restore",
    ):
        assert name in shown.stdout
        assert run(name, "--help").returncode == 0


def test_the_command_is_there_from_any_folder(tmp_path: Path) -> None:
    command = Path(sys.executable).with_name("chengquan")
    shown = subprocess.run([command, "understand", "--help"], cwd=tmp_path, capture_output=True, text=True)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.startswith("usage: chengquan understand")


def test_serve_never_creates_a_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.sqlite3'}"
    refused = run("serve", CHENGQUAN_DATABASE_URL=url, CHENGQUAN_FEISHU__APP_ID="cli_x")
    assert refused.returncode == 2
    assert len(refused.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "new.sqlite3").exists()


def test_an_empty_secret_refuses_to_start(sqlite_url: str) -> None:
    refused = run(
        "serve",
        CHENGQUAN_DATABASE_URL=sqlite_url,
        CHENGQUAN_FEISHU__APP_ID="cli_x",
        CHENGQUAN_FEISHU__APP_SECRET="",
    )
    assert refused.returncode == 2
    assert "app_secret" in refused.stderr


def test_another_installations_database_is_refused_naming_both(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.sqlite3'}"
    made = run("migrate", "--create", CHENGQUAN_DATABASE_URL=url)
    own = made.stdout.split()[1]
    refused = run("audit", "verify", CHENGQUAN_DATABASE_URL=url, CHENGQUAN_INSTALLATION_ID="another")
    assert refused.returncode == 2
    assert own in refused.stderr
    assert "another" in refused.stderr


def test_a_new_empty_file_is_refused_where_a_database_was_configured_before(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'gone.sqlite3'}"
    refused = run("migrate", "--create", CHENGQUAN_DATABASE_URL=url, CHENGQUAN_INSTALLATION_ID="known")
    assert refused.returncode == 2
    assert not (tmp_path / "gone.sqlite3").exists()


def test_a_directory_and_a_division_of_work_come_in_and_the_record_verifies(sqlite_url: str) -> None:
    sandbox = ROOT / "bot" / "sandbox"
    people = run(
        "directory",
        "import",
        str(sandbox / "demo_directory.json"),
        "--yes",
        CHENGQUAN_DATABASE_URL=sqlite_url,
    )
    assert people.returncode == 0, people.stderr
    plan = run(
        "initiative",
        "import",
        str(sandbox / "waste-sorting.md"),
        "--starts-on",
        "2026-11-23",
        "--weekly-day",
        "五",
        CHENGQUAN_DATABASE_URL=sqlite_url,
    )
    assert plan.returncode == 0, plan.stderr
    assert "8 项" in plan.stdout
    verified = run("audit", "verify", CHENGQUAN_DATABASE_URL=sqlite_url)
    assert verified.returncode == 0
    assert "完好" in verified.stdout


def test_an_import_that_is_not_agreed_to_writes_nothing(sqlite_url: str) -> None:
    file = str(ROOT / "bot" / "sandbox" / "demo_directory.json")
    first = run("directory", "import", file, stdin="n\n", CHENGQUAN_DATABASE_URL=sqlite_url)
    again = run("directory", "import", file, stdin="n\n", CHENGQUAN_DATABASE_URL=sqlite_url)
    assert "没有写入" in first.stdout
    assert first.stdout == again.stdout


def test_replay_prints_a_line_for_each_request() -> None:
    shown = run("replay", str(VECTORS / "feishu.json"))
    lines = [json.loads(line) for line in shown.stdout.splitlines()]
    assert shown.returncode == 0
    assert {"name", "outcome", "reason", "incoming", "response"} == set(lines[0])


def test_understand_reads_sentences_and_explains() -> None:
    shown = run(
        "understand", "--now", "2026-11-21T10:00:00+08:00", "--json", stdin="T12 完成60%\n收到，谢谢\n"
    )
    first, second = (json.loads(line) for line in shown.stdout.splitlines())
    assert first["intent"] == "progress"
    assert first["slots"]["percent"] == 60
    assert second["intent"] == "none"
    explained = run("understand", "--now", "2026-11-21T10:00:00+08:00", "--explain", stdin="T12 完成60%\n")
    assert "60" in explained.stdout


def test_a_file_that_is_not_there_is_one_clear_line() -> None:
    refused = run("replay", "nowhere.json")
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1


def _people(path: Path, *, mobile_of_luo: str) -> Path:
    """The demo's people as an XLSX file, without WeCom's ids: 李娜 in line 4, 罗建 in line 9."""
    listed = json.loads((ROOT / "bot" / "sandbox" / "demo_directory.json").read_text("utf-8"))
    by_name = {row["姓名"]: row for row in listed}
    first = ("何川", "高宁", "李娜", "陈立", "赵敏", "钱坤", "周明", "罗建")
    ordered = [by_name[name] for name in first] + [row for row in listed if row["姓名"] not in first]
    columns = ("单位", "姓名", "职务", "角色", "手机号", "平台", "账号")
    book = Workbook()
    assert book.active is not None
    book.active.append(columns)
    for row in ordered:
        ids = row["账号"] if row["平台"] != "企业微信" else {}
        said = {
            **row,
            "账号": "、".join(f"{kind}:{id}" for kind, id in ids.items()),
            "手机号": mobile_of_luo if row["姓名"] == "罗建" else row["手机号"],
        }
        book.active.append([str(said.get(column, "")) for column in columns])
    book.save(path)
    return path


def test_a_doubled_number_is_named_by_line_and_column_and_nothing_is_written(
    tmp_path: Path, sqlite_url: str
) -> None:
    wrong = str(_people(tmp_path / "人员.xlsx", mobile_of_luo="13900000007"))
    refused = run("directory", "import", wrong, stdin="y\n", CHENGQUAN_DATABASE_URL=sqlite_url)
    assert refused.returncode == 1
    assert refused.stdout == "第 9 行“手机号”与第 4 行相同（罗建、李娜）；一条也没有写入。\n"

    right = str(_people(tmp_path / "人员.xlsx", mobile_of_luo="13900000009"))
    shown = run("directory", "import", right, stdin="n\n", CHENGQUAN_DATABASE_URL=sqlite_url)
    assert shown.stdout.splitlines()[:2] == [
        "单位 6 · 人员 16 · 对上账号 13：钉钉 8、飞书 5 · 待绑定 3：企业微信（平台不提供手机号）",
        "4 家都没填 B 角。表中没有的人不动。",
    ]
    assert "写入吗？[y/N]" in shown.stdout
    assert "没有写入。" in shown.stdout
    agreed = run("directory", "import", right, stdin="y\n", CHENGQUAN_DATABASE_URL=sqlite_url)
    assert "已写入。" in agreed.stdout
    again = run("directory", "import", right, stdin="n\n", CHENGQUAN_DATABASE_URL=sqlite_url)
    assert "新增 0 · 变更 0 · 不变 16" in again.stdout


def test_check_says_what_there_is_and_what_is_missing(sqlite_url: str) -> None:
    shown = run("check", CHENGQUAN_DATABASE_URL=sqlite_url)
    assert shown.returncode == 1
    database, clock, calendar, platforms, last = shown.stdout.splitlines()
    assert database == "正常  数据库"
    assert clock.startswith("正常  时钟（差 ")
    assert calendar.startswith("正常  日历：")
    assert "年有；" in calendar
    assert platforms.startswith("要处理  平台：")
    assert last == "有 1 处要处理，改好后再运行一次。"


def test_a_number_that_is_somebody_elses_is_shown_and_the_administrators_are_asked(tmp_path: Path) -> None:
    """The question goes out through the app that the settings name, whoever runs the service."""
    given = {
        "CHENGQUAN_DATABASE_URL": f"sqlite:///{tmp_path / 'a.sqlite3'}",
        "CHENGQUAN_DINGTALK__APP_KEY": "dingkey",
        "CHENGQUAN_DINGTALK__APP_SECRET": "secret",
        "CHENGQUAN_DINGTALK__AES_KEY": "a" * 43,
        "CHENGQUAN_DINGTALK__TOKEN": "token",
    }
    assert run("migrate", "--create", **given).returncode == 0
    file = str(ROOT / "bot" / "sandbox" / "demo_directory.json")
    assert run("directory", "import", file, "--yes", **given).returncode == 0
    rows = [{"单位": "环保局", "姓名": "赵新", "手机号": "13900000007", "平台": "钉钉"}]
    (tmp_path / "新来的.json").write_text(json.dumps(rows, ensure_ascii=False), "utf-8")
    shown = run("directory", "import", str(tmp_path / "新来的.json"), "--yes", **given)
    assert shown.returncode == 0, shown.stderr
    assert "号码没有写入 1：赵新（尾号 0007现属环保局 李娜）。写入后请管理员核实" in shown.stdout
    database = Database(given["CHENGQUAN_DATABASE_URL"])
    query = (
        select(Address.app, Person.name).join(OutboxEntry).join(Person, Person.id == OutboxEntry.person_id)
    )
    asked = database.read_now(lambda session: session.exec(query).all())
    database.close()
    assert set(asked) == {("dingtalk:dingkey", "钱坤"), ("dingtalk:dingkey", "李娜")}
