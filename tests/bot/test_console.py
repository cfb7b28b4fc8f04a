"""The console script as people start it: exit codes, one clear line for every error."""

import json
import os
import subprocess
import sys
from pathlib import Path

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
    ):
        assert name in shown.stdout
        assert run(name, "--help").returncode == 0


def test_serve_never_creates_a_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.sqlite3'}"
    refused = run("serve", CHENGQUAN_DATABASE_URL=url, CHENGQUAN_FEISHU__APP_ID="cli_x")
    assert refused.returncode == 2
    assert len(refused.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "new.sqlite3").exists()


def test_an_empty_secret_refuses_to_start(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.sqlite3'}"
    assert run("migrate", "--create", CHENGQUAN_DATABASE_URL=url).returncode == 0
    refused = run(
        "serve", CHENGQUAN_DATABASE_URL=url, CHENGQUAN_FEISHU__APP_ID="cli_x", CHENGQUAN_FEISHU__APP_SECRET=""
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


def test_a_directory_and_a_division_of_work_come_in_and_the_record_verifies(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.sqlite3'}"
    assert run("migrate", "--create", CHENGQUAN_DATABASE_URL=url).returncode == 0
    sandbox = ROOT / "bot" / "sandbox"
    people = run(
        "directory", "import", str(sandbox / "demo_directory.json"), "--yes", CHENGQUAN_DATABASE_URL=url
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
        CHENGQUAN_DATABASE_URL=url,
    )
    assert plan.returncode == 0, plan.stderr
    assert "8 项" in plan.stdout
    verified = run("audit", "verify", CHENGQUAN_DATABASE_URL=url)
    assert verified.returncode == 0
    assert "完好" in verified.stdout


def test_an_import_that_is_not_agreed_to_writes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.sqlite3'}"
    assert run("migrate", "--create", CHENGQUAN_DATABASE_URL=url).returncode == 0
    file = str(ROOT / "bot" / "sandbox" / "demo_directory.json")
    first = run("directory", "import", file, stdin="n\n", CHENGQUAN_DATABASE_URL=url)
    again = run("directory", "import", file, stdin="n\n", CHENGQUAN_DATABASE_URL=url)
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
