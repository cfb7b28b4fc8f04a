"""Counts how often a process asks the disk to keep what was written, by tracing its system calls.

    python tests/fsyncs.py sqlite:///FILE 50

opens the database, runs 50 events one after the other and prints the number of fsync and fdatasync
calls, or ``not permitted`` where the machine lets nobody trace. Linux 5.3 and later.
"""

import ctypes
import os
import platform
import signal
import struct
import sys
from datetime import datetime

_TRACEME, _CONT, _SYSCALL, _SETOPTIONS, _SYSCALL_INFO = 0, 7, 24, 0x4200, 0x420E
_OPTIONS = 0x1 | 0x8 | 0x100000  # mark stops at system calls, follow threads, die with us
_WALL = 0x40000000
_ENTRY = 1
_SYNCS = {"x86_64": {74, 75}, "aarch64": {82, 83}}

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


def _work(url: str, events: int) -> None:
    import sqlalchemy as sa

    from storage.database import Database
    from storage.dialects import table

    os.kill(os.getpid(), signal.SIGSTOP)  # from here on every call is looked at
    database = Database(url)
    counter = table("number_counter")

    for no in range(events):

        def work(conn: sa.Connection, now: datetime, no: int = no) -> None:
            conn.execute(sa.insert(counter).values(kind=str(no), next_value=no))

        database.submit(work).result()
    database.close()


def _trace(child: int) -> int:
    """The syncs of ``child`` and its threads until it ends."""
    wanted = _SYNCS[platform.machine()]
    info = ctypes.create_string_buffer(88)
    how, count, watching = _CONT, 0, False
    while True:
        pid, status = os.waitpid(-1, _WALL)
        if os.WIFEXITED(status) or os.WIFSIGNALED(status):
            if pid == child:
                return count
            continue
        stopped, deliver = os.WSTOPSIG(status), 0
        if stopped == signal.SIGSTOP and pid == child and not watching:
            _libc.ptrace(_SETOPTIONS, pid, None, _OPTIONS)
            how, watching = _SYSCALL, True
        elif stopped == signal.SIGTRAP | 0x80:
            _libc.ptrace(_SYSCALL_INFO, pid, len(info), info)
            if info.raw[0] == _ENTRY and struct.unpack_from("<Q", info.raw, 24)[0] in wanted:
                count += 1
        elif stopped not in (signal.SIGTRAP, signal.SIGSTOP):
            deliver = stopped
        _libc.ptrace(how, pid, None, deliver)


def main() -> None:
    sys.path.insert(0, os.getcwd())
    child = os.fork()
    if child == 0:
        if _libc.ptrace(_TRACEME, 0, None, None) != 0:
            print("not permitted", flush=True)
            os._exit(0)
        _work(sys.argv[1], int(sys.argv[2]))
        os._exit(0)
    count = _trace(child)
    if count or platform.machine() in _SYNCS:
        print(count, flush=True)


if __name__ == "__main__":
    main()
