"""What is kept of a sentence that is no command: hearsay names the task nobody may close on its strength."""

import re

from commands.understanding.reading import Reading
from commands.understanding.rule import NOT_THIS, Hit
from commands.understanding.slots import unique_refs

_ALL_CHAT = re.compile(r"[一-鿿A-Za-z?]")


def none(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    if not slots.get("hearsay"):
        return None if _ALL_CHAT.search(reading.flat) or reading.tokens else NOT_THIS
    refs = unique_refs(reading, "T")
    if len(refs) == 1:
        slots["task_id"] = str(refs[0])
    elif refs:
        slots["task_ids"] = [str(ref) for ref in refs]
    return None
