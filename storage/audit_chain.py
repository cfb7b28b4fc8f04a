"""What links the entries of the 办理记录: digests, hashes, and values as JSON has them. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

ERASED = "audit.erase"  #: the action of the entry that says which texts were erased
KEPT = 32  #: hexadecimal characters of a root, 128 bits


@dataclass(frozen=True, slots=True)
class Root:
    """The end of the chain: how many entries are sealed, and the hash of the last one.

    Whoever keeps a root can later show that nothing before it was changed, removed or inserted.
    """

    count: int
    hash: str

    @property
    def short(self) -> str:
        """What people keep: enough of the hash that nobody finds other entries with the same."""
        return self.hash[:KEPT]


def digest_of(salt: str, body: str) -> str:
    """What the chain holds of an entry's stored text."""
    return hashlib.sha256(_framed(salt, body)).hexdigest()


def link(
    previous: str, seal_no: int, id: int, at: datetime, actor: str, action: str, object: str, digest: str
) -> str:
    """The hash of one sealed entry over the one before it."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    fields = (previous, str(seal_no), str(id), moment, actor, action, object, digest)
    return hashlib.sha256(_framed(*fields)).hexdigest()


def plain(value: object) -> Any:
    """``value`` as JSON has it, the same for what is recorded and for what a row holds."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("naive datetime: say the time zone")
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, (set, frozenset)):
        return sorted(plain(each) for each in value)
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise TypeError(f"{type(value).__name__} cannot be recorded")


def _framed(*fields: str) -> bytes:
    """Each field with its length before it, so that no two lists of fields give the same bytes."""
    parts = (field.encode() for field in fields)
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)
