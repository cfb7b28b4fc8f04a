"""A play on the sandbox: what people say and press, and what everybody then sees.

All of it goes over HTTP: a stand-in signs and delivers what is said, the service sends what is shown.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from bot.sandbox.sandbox import Sandbox, opened_sandbox
from bot.sandbox.seed import STARTS_AT
from commands.calendar import SHANGHAI
from connectors.sandbox.journal import BOT, CardView, Entry, EntryKind, Upload

SHOWN = (EntryKind.SENT, EntryKind.FILE)


@dataclass(frozen=True, slots=True)
class Seen:
    """One message of the bot as its reader sees it."""

    title: str
    text: str  #: everything readable, one line each
    buttons: tuple[str, ...]

    def __contains__(self, words: str) -> bool:
        return words in self.text


class Play:
    """``at``, ``say`` and ``press`` start a beat: what is seen is what came since then."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._mark = 0

    def mark(self) -> None:
        """A new beat begins: what was seen so far is not looked at again."""
        self._mark = len(self.sandbox.journal.since())

    async def at(self, month: int, day: int, hour: int, minute: int = 0, *, year: int = 2026) -> None:
        self.mark()
        await self.sandbox.move_to(datetime(year, month, day, hour, minute, tzinfo=SHANGHAI))

    async def say(self, name: str, text: str, *, group: bool = False, file: Upload | None = None) -> None:
        self.mark()
        delivery = await self.sandbox.say(
            self.sandbox.world.named(name).id, "group" if group else "direct", text, [file] if file else []
        )
        assert delivery.status == 200

    async def press(self, name: str, label: str, *, title: str = "") -> str:
        """Returns the toast."""
        self.mark()
        delivery = await self.sandbox.press_label(self.sandbox.world.named(name).id, label, title=title)
        assert delivery.status == 200
        return delivery.toast

    def to(self, name: str) -> list[Seen]:
        """What the bot sent into this person's direct chat in this beat."""
        person = self.sandbox.world.named(name)
        place = self.sandbox.world.stand_in(person).direct_id(person.key)
        return self.seen(person.platform, place)

    def ever(self, name: str) -> list[Seen]:
        """What the bot sent into this person's direct chat since the play began."""
        mark, self._mark = self._mark, 0
        try:
            return self.to(name)
        finally:
            self._mark = mark

    def one(self, name: str) -> Seen:
        """The only message this person got."""
        seen = self.to(name)
        assert len(seen) == 1, f"{name}: {[s.text for s in seen]}"
        return seen[0]

    def group(self, platform: str) -> list[Seen]:
        """What the bot sent into this platform's group in this beat."""
        (chat,) = self.sandbox.world.stand_ins[platform].chats
        return self.seen(platform, chat)

    def everybody_else(self, *names: str) -> list[str]:
        """The names of those who got something although they are not among ``names``."""
        return [p.name for p in self.sandbox.world.people.values() if p.name not in names and self.to(p.name)]

    def files_to(self, name: str) -> list[str]:
        person = self.sandbox.world.named(name)
        place = self.sandbox.world.stand_in(person).direct_id(person.key)
        return [
            entry.file["name"]
            for entry in self.sandbox.journal.since(self._mark)
            if entry.conversation_id == place and entry.author == BOT and entry.file
        ]

    def seen(self, platform: str, place: str) -> list[Seen]:
        """What the bot sent to this place in this beat."""
        return [
            _as_read(entry)
            for entry in self.sandbox.journal.since(self._mark)
            if entry.platform == platform
            and entry.conversation_id == place
            and entry.author == BOT
            and entry.kind in SHOWN
        ]


def _as_read(entry: Entry) -> Seen:
    if entry.card is None:
        return Seen("", entry.text, ())
    card: CardView = entry.card
    lines = [card["title"], *(f"{key}：{value}" for key, value in card["rows"]), card["remark"]]
    return Seen(
        card["title"], "\n".join(filter(None, lines)), tuple(button["label"] for button in card["buttons"])
    )


@asynccontextmanager
async def played(
    folder: Path, *, publish: Literal["leader", "auto"] = "auto", starts_at: datetime = STARTS_AT
) -> AsyncIterator[Play]:
    async with opened_sandbox(folder / "demo", publish=publish, starts_at=starts_at) as sandbox:
        yield Play(sandbox)
