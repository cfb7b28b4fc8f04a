"""Near misses: what somebody may have meant, as sentences that would be understood."""

from dataclasses import replace
from functools import lru_cache

from rapidfuzz import fuzz, process

from .invocation import Invocation
from .reading import Reading

_MOST = 3
_NEAR = 70  #: of 100
_LONGEST = 30  #: a longer sentence was not meant as a command


@lru_cache(maxsize=1)
def _examples() -> tuple[str, ...]:
    from .intents.table import INTENTS

    return tuple(example for intent in INTENTS if intent.name != "none" for example in intent.examples)


def added(found: Invocation, reading: Reading) -> Invocation:
    """The same silence, with at most three sentences near to what was said."""
    if not reading.text or len(reading.text) > _LONGEST:
        return found
    near = process.extract(reading.text, _examples(), scorer=fuzz.ratio, score_cutoff=_NEAR, limit=_MOST)
    return replace(found, suggestions=tuple(example for example, _, _ in near))
