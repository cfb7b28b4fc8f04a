"""Every intent, subject by subject."""

from commands.understanding.intents import (
    asking,
    deciding,
    doing,
    issuing,
    preparing,
    reporting,
    silence,
    voices,
)
from commands.understanding.rule import Intent

INTENTS: tuple[Intent, ...] = (
    *silence.INTENTS,
    *doing.INTENTS,
    *deciding.INTENTS,
    *issuing.INTENTS,
    *preparing.INTENTS,
    *reporting.INTENTS,
    *asking.INTENTS,
    *voices.INTENTS,
)
