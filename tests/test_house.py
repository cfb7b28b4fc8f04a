"""The house itself: what a newcomer is told holds."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("bot", "commands", "connectors", "storage")
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if "migrations" not in path.parts and path.name not in ("__init__.py", "__main__.py")
)


FIRSTS = sorted(
    {name.rpartition(".")[0]: name for name in reversed(MODULES)}.values(),
    key=lambda name: not name.startswith("storage"),
)


def test_any_folder_can_be_imported_first() -> None:
    """A module of each, in a process of its own: an order that happens to work hides a circle.

    Storage imports nothing of ours, so once its folders are through, the others start with its tables.
    """
    program = (
        "import importlib, os, sys\n"
        "import aiohttp.web, alembic, openpyxl, prometheus_client, pydantic_settings, sqlmodel, structlog\n"
        "for name in sys.argv[1:]:\n"
        "    if not name.startswith('storage'): import storage.models\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        try:\n"
        "            importlib.import_module(name)\n"
        "        except BaseException as error:\n"
        "            print(name, error); os._exit(1)\n"
        "        os._exit(0)\n"
        "    _, status = os.waitpid(child, 0)\n"
        "    if status: sys.exit(name)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *FIRSTS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_business_code_loads_no_platform_and_no_network() -> None:
    program = (
        "import sys, commands.catalogue; print([m for m in ('aiohttp', 'lark_oapi') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("package", PACKAGES)
def test_init_files_stay_empty(package: str) -> None:
    full = [p for p in (ROOT / package).rglob("__init__.py") if p.read_text("utf-8").strip()]
    allowed = {ROOT / "storage" / "models" / "__init__.py"}
    assert set(full) <= allowed | {
        p for p in full if p.parent.name in ("handlers", "cards", "operations", "rules")
    }


def test_both_readmes_show_the_same_commands() -> None:
    def commands(name: str) -> list[str]:
        text = (ROOT / name).read_text("utf-8")
        return [line for line in text.splitlines() if line.startswith("make ")]

    assert commands("README.md") == commands("README.zh-CN.md") == ["make demo", "make test"]
