"""A hanging writer ends the process, a working one does not."""

import subprocess
import sys
import threading
from pathlib import Path

from bot.watchdog import EXIT_STUCK, watch
from storage.database import Database

HANGS = """
import sys, threading
from bot.watchdog import watch
from storage.database import Database

database = Database(sys.argv[1])
watch(database.stuck_for, limit=0.2, every=0.05)
database.submit(lambda conn, now: threading.Event().wait(30)).result()
"""


def test_a_hanging_writer_ends_the_process_and_shows_where_it_hangs(sqlite_url: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", HANGS, sqlite_url],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ran.returncode == EXIT_STUCK == 70
    assert "the writer is stuck" in ran.stderr
    assert "sqlite_writer.py" in ran.stderr


def test_an_idle_or_busy_writer_is_left_alone(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    looked = threading.Event()
    seen: list[float] = []

    def stuck_for() -> float:
        seen.append(database.stuck_for())
        if len(seen) == 3:
            looked.set()
        return seen[-1]

    stop = watch(stuck_for, limit=5, every=0.01)
    for _ in range(20):
        database.submit(lambda conn, now: None).result()
    assert looked.wait(5)
    stop()
    assert max(seen) < 5
    database.close()
