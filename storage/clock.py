"""Two times that must never be mixed."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happens, in both times; both aware.

    ``business`` is what people mean (due times, windows, undo; the demo can move it). ``system`` is
    what machines need (leases, rates, back-off, tokens, signatures, the outbox); nothing moves it.
    """

    business: datetime
    system: datetime
