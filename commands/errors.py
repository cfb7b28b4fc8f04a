"""Refusals: a person is told what, why and what next; nothing else was changed.

CommandError                    becomes one private answer; its savepoint is rolled back
├── NotBound                    we do not know who this is
├── NotAllowed                  the permission is somebody else's
├── NotFound                    it does not exist, or is none of this person's business
├── NotNow                      the state does not allow this step
├── BadInput                    a value is missing, contradictory or in the past
├── WrongCode                   a one-time code does not fit (counted)
├── StaleCard                   the card shows something that has changed since
├── GivenUp                     our fault: it was tried often enough
└── Silence                     nothing is said at all (group chats: never "you may not")
NotYet                          cannot be answered before something was fetched; not a refusal
"""

from connectors.chat import Button, File, Message, shorten

MAX_QUOTED = 24  #: characters of a person's own words in an answer


class CommandError(Exception):
    """``reply`` is what the person sees, privately; ``security`` names the kind for the security log."""

    security = ""

    def __init__(self, reply: str | Message, *, buttons: tuple[Button, ...] = ()) -> None:
        super().__init__(reply if isinstance(reply, str) else type(reply).__name__)
        self.reply = reply
        self.buttons = buttons


class NotBound(CommandError):
    """The account belongs to nobody we know."""

    security = "not_bound"


class NotAllowed(CommandError):
    """Somebody else decides this; ``reply`` says who."""

    security = "not_allowed"


class NotFound(CommandError):
    """It does not exist, or this person may not know that it does: one answer for both."""


class NotNow(CommandError):
    """The state does not allow this step; ``reply`` says which state and what can be done."""


class BadInput(CommandError):
    """What was said is incomplete, contradictory or in the past."""


class WrongCode(CommandError):
    """A one-time code does not fit; the attempt is counted outside the savepoint."""

    security = "wrong_code"


class StaleCard(CommandError):
    """The pressed card shows an older version, or was pressed by or in front of somebody else."""

    security = "stale_card"


class GivenUp(CommandError):
    """It failed each time it was tried, and nobody was refused anything. ``said``: the words it was about."""

    def __init__(self, said: str) -> None:
        what = f"“{shorten(said, MAX_QUOTED)}”" if said else "您刚才发来的"
        super().__init__(
            f"{what}没能办成，什么也没改。问题出在系统这边，已记下，管理员看得到。请换个说法再说一次，急事请直接找督查室。"
        )


class Silence(CommandError):
    """Nothing is answered and nothing changed."""

    def __init__(self) -> None:
        super().__init__("")


class NotYet(Exception):
    """The event needs something from the network first; it is kept pending and run again.

    ``what`` is ``account`` (an id to resolve) or ``file`` (a file to fetch). ``files``: those to fetch
    when they came with an earlier message; the event is kept as if it had brought them.
    """

    def __init__(self, what: str, *, files: tuple[File, ...] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.files = files
