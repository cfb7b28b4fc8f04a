"""The service by itself: how soon it answers, and what it holds while nothing happens."""

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import psutil

from storage.installation import migrate

PATIENCE = 30.0  #: seconds to wait for the first answer
REST = 2.0  #: seconds of idleness before the memory is read


@dataclass(frozen=True, slots=True)
class Serving:
    """``rss_mb``: of an idle process on SQLite, with DingTalk and WeCom on."""

    start_seconds: float
    rss_mb: float


def measure() -> Serving:
    """Start ``serve`` in a process of its own, ask it once, let it rest, end it."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        migrate(url, create=True)
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve"],
            env={**os.environ, **_settings(url)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            assert process.stdout is not None
            port = process.stdout.readline().rpartition(":")[2].strip()
            _first_answer(f"http://127.0.0.1:{port}/readyz", began + PATIENCE)
            start = time.perf_counter() - began
            time.sleep(REST)
            rss = psutil.Process(process.pid).memory_info().rss / 2**20
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)
        return Serving(start, rss)


def _first_answer(url: str, until: float) -> None:
    while True:
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:  # noqa: S310 - loopback
                if answer.status == 200:
                    return
        except OSError:
            if time.perf_counter() > until:
                raise
            time.sleep(0.01)


def _settings(url: str) -> dict[str, str]:
    key = secrets.token_hex(21) + "A"
    return {
        "CHENGQUAN_DATABASE_URL": url,
        "CHENGQUAN_LISTEN__PORT": "0",
        "CHENGQUAN_DINGTALK__APP_KEY": "dingbench",
        "CHENGQUAN_DINGTALK__APP_SECRET": secrets.token_hex(16),
        "CHENGQUAN_WECOM__CORP_ID": "wwbench",
        "CHENGQUAN_WECOM__AGENT_ID": "1",
        "CHENGQUAN_WECOM__SECRET": secrets.token_hex(16),
        "CHENGQUAN_WECOM__TOKEN": secrets.token_hex(8),
        "CHENGQUAN_WECOM__ENCODING_AES_KEY": key,
    }
