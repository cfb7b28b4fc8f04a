"""Reading members of a JSON body that anybody may have written."""

from datetime import UTC, datetime, timedelta

from connectors.chat import MAX_SENTENCE

MAX_ID = 512  #: characters of any identifier; download codes are the longest
_MAX_LABEL = 100
_MAX_WORDS = 2 * MAX_SENTENCE


def opaque(value: object) -> str:
    """An identifier as it is, or "" when it is none. A control character is in no identifier."""
    if isinstance(value, str) and 0 < len(value) <= MAX_ID and value.isprintable():
        return value
    return ""


def words(value: object) -> str:
    """Text without NUL, which no database keeps. More than is ever understood is cut off."""
    return value.replace("\0", "")[:_MAX_WORDS] if isinstance(value, str) else ""


def label(value: object) -> str:
    """A short text on one line: a name, a title."""
    return " ".join(words(value).split())[:_MAX_LABEL]


def moment(value: object, otherwise: datetime) -> datetime:
    """Milliseconds since 1970, as a number or its text; ``otherwise`` when it is none, or an hour away."""
    try:
        at = datetime.fromtimestamp(int(str(value)) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return otherwise
    return at if abs(at - otherwise) <= timedelta(hours=1) else otherwise
