"""Where the bytes of files are kept."""

import hashlib


def fetched_key(binding: str, handle: str) -> str:
    """The key of a file people sent, once it was fetched; opaque, the same for every fetch of it."""
    return "f:" + hashlib.sha256((binding + handle).encode()).hexdigest()[:40]
