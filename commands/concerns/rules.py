"""When a limit may still be talked over, and which words are the reason. Pure; no session."""

import re
from datetime import datetime

from commands.tasks.rules import day_of
from storage.models import Obligation, ObligationState

MOST_WORDS = 300  #: characters of a reason
FEWEST_WORDS = 2


def negotiable(one: Obligation, now: datetime) -> bool:
    """商量时限 belongs to receiving a matter: until it is signed for, and on the day that it is. From the
    next day on the limit is the unit's word too, and moving it is 申请延期, which is counted."""
    if one.state is ObligationState.ASSIGNED:
        return True
    signed = one.acknowledged_at
    return one.state is ObligationState.IN_PROGRESS and signed is not None and day_of(signed) == day_of(now)


_OBJECTS = re.compile(
    r"(?:申请|要求|我?想|要)?(?:提出|提|有|存)?(?:个|点|些)?(?:异议|意见)|不服|不认可|申诉|复议"
)
_NUMBER = re.compile(r"[TtＴ]\s*\d{1,6}(?:\s*[.．]\s*\d{1,2})?|\d{1,6}\s*号(?:事项|任务)?")
_FILLER = re.compile(
    r"本单位|我们?单位|我[们局办会科处]|本[局办会]|我|这[项件个]|事项|任务|对|的|分工|时限|要求|职责|安排|牵头|配合|"
    r"[\s，,。．.：:；;、！!—-]"
)
_EDGE = " ，,。：:；;、！!\n"
_SAID = re.compile(rf"^\s*(?:{_NUMBER.pattern})(?:\s*[、,，和]\s*(?:{_NUMBER.pattern}))*(?![^\s，,。：:；;])")


def matters_said(said: str) -> int:
    """How many matters are objected to: the numbers in front of 有异议, else those right behind it. Any
    other is part of the reason."""
    cue = _OBJECTS.search(said)
    if cue is None:
        return len(_NUMBER.findall(said))
    before = len(_NUMBER.findall(said[: cue.start()]))
    behind = _SAID.match(said[cue.end() :])
    return before or (len(_NUMBER.findall(behind[0])) if behind else 0)


def objection_words(said: str) -> str:
    """The reason in ``T7 有异议，城管局已经在做``, word for word; empty where none is given.

    What stands in front of 有异议 and says something belongs to it: then it is the whole sentence.
    """
    cue = _OBJECTS.search(said)
    if cue is None:
        return said.strip(_EDGE)
    before, after = said[: cue.start()], said[cue.end() :]
    if len(_FILLER.sub("", _NUMBER.sub("", before))) >= FEWEST_WORDS:
        return said.strip(_EDGE)
    reason = _SAID.sub("", after, count=1).strip(_EDGE)
    return "" if len(_FILLER.sub("", _NUMBER.sub("", reason))) < FEWEST_WORDS else reason


_KEEPS = re.compile(r"维持")
_KEPT = re.compile(r"^(?:原来的?|原)?(?:分工|时限|定|安排|样|状)?(?:不变|不动)?(?=$|[\s，,。：:；;])")


def kept_words(said: str) -> str:
    """The reason in ``维持 T7 分工，三定方案写明了``, word for word."""
    cue = _KEEPS.search(said)
    after = said[cue.end() :] if cue else said
    after = _NUMBER.sub("", after, count=1) if _NUMBER.match(after.lstrip()) else after
    return _KEPT.sub("", after.strip(_EDGE)).strip(_EDGE)


_REFUSED = re.compile(r"^(?:的)?(?:(?:改|延|推)(?:到|至)[^\s，,。：:；;]*|异议)")


def refused_words(said: str) -> str:
    """The reason in what stands behind 不同意T7: ``改到12月5日，市里有要求``."""
    return _REFUSED.sub("", said).strip(_EDGE)
