"""Slots of 商量时限: the day proposed, and why."""

import re

from commands.understanding.reading import Reading
from commands.understanding.rule import Hit
from commands.understanding.slots import tidy

#: What is said around the day, and politeness: no part of the reason.
_AROUND = re.compile(
    r"(?:我们?|我局|本局|本单位)?(?:想|希望|能不能|能否|可否|可不可以|申请|请|最好|需要?|要|把|将|时限|期限|时间)*"
    r"(?:改|推|延|放|定|调|挪|宽限|顺延|推迟|延后|晚|缓|多给)(?:到|至|在|成|为)?(?=[ ,。;:!?]|$)|"
    r"(?:行不行|行吗|可以吗|可不可以|好不好|好吗|成不成|怎么样|如何|行不)"
)


_WITH = re.compile(r"^(?:我们?|我局|本局)?(?:想|要)?(?:跟|和|与|同)[^ ,]{1,8}(?=[ ,]|$)")


def negotiate(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    """A day that is past is left to whoever asks anew, with the limit that runs."""
    if {"delta", "delta_workdays"} & slots.keys() and not reading.has("W"):
        slots.pop("deadline", None)
    said = reading.without(reading.of("T", "W", "L"), cut=hit.cuts())
    reason = tidy(_AROUND.sub(" ", _WITH.sub("", said.strip(" ,"))))
    slots.pop("reason", None)
    if reason:
        slots["reason"] = reason
    if not {"deadline", "delta", "delta_workdays"} & slots.keys():
        return "deadline"
    return None if reason or slots.get("past") else "reason"
