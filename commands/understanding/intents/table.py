"""Every intent, subject by subject. Among rules of one priority the first here wins."""

from commands.understanding.intents import (
    absence,
    approving,
    asking,
    collecting,
    comparing,
    dispatching,
    issuing,
    leading,
    preparing,
    ranking,
    receiving,
    replying,
    reporting,
    requesting,
    silence,
    steering,
    timing,
    voices,
    voting,
    working,
)
from commands.understanding.rule import Intent

_SUBJECTS = (
    silence,
    leading,
    receiving,
    working,
    timing,
    absence,
    approving,
    steering,
    voting,
    issuing,
    preparing,
    dispatching,
    reporting,
    collecting,
    requesting,
    replying,
    asking,
    ranking,
    comparing,
    voices,
)
INTENTS: tuple[Intent, ...] = tuple(intent for subject in _SUBJECTS for intent in subject.INTENTS)
