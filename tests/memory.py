"""Where the tests keep their files: in memory if there is room, since waiting for a disk tests nothing.

What a killed process wrote is there afterwards as it would be on a disk; that everything is synchronised
is tested by counting the calls (``tests/fsyncs.py``).
"""

import os
import shutil
from pathlib import Path

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108
_ROOM = 2 * 1024**3  #: bytes; a whole run needs less than half of it


def folder() -> Path | None:
    """The folder to make temporary ones in; None for the system's usual place.

    PostgreSQL's binaries may be copied there and started, which containers often forbid.
    """
    if not _SHARED_MEMORY.is_dir() or not os.access(_SHARED_MEMORY, os.W_OK):
        return None
    if os.statvfs(_SHARED_MEMORY).f_flag & os.ST_NOEXEC:
        return None
    return _SHARED_MEMORY if shutil.disk_usage(_SHARED_MEMORY).free > _ROOM else None
