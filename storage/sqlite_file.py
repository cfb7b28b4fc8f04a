"""The SQLite file: where it may lie, and that only one process has it."""

import fcntl
import os
import re
import time
from pathlib import Path

from storage.errors import DatabaseInUse, UnsuitableFile

_MOUNTS = Path("/proc/self/mountinfo")

#: File systems without the shared memory that WAL needs, or with locks that cannot be trusted.
_SHARED = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "fuse", "gfs2", "glusterfs", "lustre"}
    | {"ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "prl_fs", "smb3", "smbfs", "vboxsf", "virtiofs", "vmhgfs"}
)


def refuse_shared_file_system(path: Path, mounts: str | None = None) -> None:
    """``mounts``: the kernel's mount table, read from the machine if None.

    Raises:
        UnsuitableFile: the file would lie on a network or shared file system.
    """
    if mounts is None:
        if not _MOUNTS.exists():
            return
        mounts = _MOUNTS.read_text("utf-8", "surrogateescape")
    place = path.resolve()
    best, kind = -1, ""
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        point = _unescape(left.split(" ")[4])
        if len(point) >= best and place.is_relative_to(point):
            best, kind = len(point), right.split(" ")[0]
    if kind in _SHARED or kind.startswith("fuse."):
        raise UnsuitableFile(f"{path} lies on a shared file system ({kind}); SQLite needs a local disk")


def _unescape(text: str) -> str:
    """The kernel writes blanks as ``\\040``."""
    return re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), text)


class FileLock:
    """``<file>.lock``, held until ``release`` or the end of the process, however it ends."""

    def __init__(self, database: Path, *, patience: float = 0.0) -> None:
        """``patience``: seconds to wait for another holder.

        Raises:
            DatabaseInUse: another holder did not leave in time.
        """
        self._handle = os.open(f"{database}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        give_up = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() >= give_up:
                    os.close(self._handle)
                    raise DatabaseInUse(f"{database} is in use by another process") from None
                time.sleep(0.02)

    def release(self) -> None:
        os.close(self._handle)
