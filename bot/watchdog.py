"""Ends the process when SQLite's writer hangs: a supervisor starts it anew, and nothing is lost.

What was not committed was not answered, so the platforms send it again. A thread that holds the
interpreter itself (a backtracking pattern) can only be seen from outside: probe ``/healthz``.
"""

import faulthandler
import os
import sys
import threading
from collections.abc import Callable

EXIT_STUCK = 70  #: EX_SOFTWARE of sysexits.h
STUCK = 10.0  #: seconds at one unit of work
EVERY = 1.0  #: seconds between two looks


def watch(
    stuck_for: Callable[[], float], *, limit: float = STUCK, every: float = EVERY
) -> Callable[[], None]:
    """Look at ``stuck_for`` (``Database.stuck_for``) from a thread of its own; returns what stops it.

    Past ``limit`` seconds the stacks of all threads go to standard error and the process ends with 70.
    """
    stopped = threading.Event()

    def look() -> None:
        while not stopped.wait(every):
            if stuck_for() > limit:
                print("the writer is stuck; ending this process", file=sys.stderr)
                faulthandler.dump_traceback(file=sys.stderr, all_threads=True)
                sys.stderr.flush()
                os._exit(EXIT_STUCK)

    threading.Thread(target=look, name="watchdog", daemon=True).start()
    return stopped.set
