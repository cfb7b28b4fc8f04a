"""What a sentence was understood to say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

RefKind = Literal["T", "R", "C", "V", "M", "D"]
Grain = Literal["day", "half", "minute"]


@dataclass(frozen=True, slots=True)
class Ref:
    """A number people type: ``T12`` task, ``R7`` request, ``C3`` collection, ``V2`` vote, ``M5`` meeting,
    ``D1`` dispute; ``part`` is the obligation in ``T12.2``."""

    kind: RefKind
    number: int
    part: int | None = None

    def __str__(self) -> str:
        return f"{self.kind}{self.number}" + ("" if self.part is None else f".{self.part}")


@dataclass(frozen=True, slots=True)
class Due:
    """A moment that was said. ``at`` is aware, in Asia/Shanghai; for grain ``day`` the close of work.

    ``recurrence``: ``DAILY[ hh:mm]``, ``WORKDAY``, ``WEEKLY:TH[ hh:mm]``, ``MONTHLY:25``, ``QUARTERLY:3-25``
    (25th of each quarter's third month), ``YEARLY:12-25``; ``at`` is then the first one to come.
    ``provisional``: counted over a year whose working days are not published yet.
    """

    at: datetime
    grain: Grain
    recurrence: str | None = None
    past: bool = False
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Demand:
    """What one unit is to give, and by when (明确配合, 分解). ``due`` is None when none was said."""

    unit_id: int
    due: Due | None
    what: str


@dataclass(frozen=True, slots=True)
class Invocation:
    """One understood sentence. ``intent`` ``none`` means silence.

    ``slots`` holds plain JSON values; ``ask`` names the one slot the bot must ask for before anything
    happens; ``suggestions`` are example sentences near to one that was not understood.
    """

    intent: str
    slots: Mapping[str, object] = field(default_factory=dict)
    ask: str | None = None
    suggestions: tuple[str, ...] = ()
    trace: tuple[str, ...] = ()  #: which rule read which part, for ``--explain``
    refs: tuple[Ref, ...] = ()  #: in the order said
    unit_ids: tuple[int, ...] = ()  #: in the order said; a person's unit only when it was said too
    person_ids: tuple[int, ...] = ()  #: in the order said; ambiguous names are left out
    due: Due | None = None
    demands: tuple[Demand, ...] = ()
    rest: str = ""  #: what was not consumed
    sentence: str = ""  #: the whole of it, when it was completed by the answer to a question
