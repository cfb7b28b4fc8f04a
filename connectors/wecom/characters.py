"""Characters that XML and databases do not take. People paste them, and the platform passes them on."""

import re

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def legal(text: str) -> str:
    """``text`` without control characters, lone surrogates and non-characters."""
    return _ILLEGAL.sub("", text)
