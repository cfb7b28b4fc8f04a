"""What a background worker has in hand, so that somebody else can wait until that is done."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class InHand:
    """Belongs to one event loop."""

    def __init__(self) -> None:
        self._count = 0
        self._none = asyncio.Event()
        self._none.set()

    @contextmanager
    def one(self) -> Iterator[None]:
        """While the block runs, something is in hand."""
        self._count += 1
        self._none.clear()
        try:
            yield
        finally:
            self._count -= 1
            if not self._count:
                self._none.set()

    async def done(self) -> bool:
        """Wait until nothing is in hand. False: nothing was."""
        if not self._count:
            return False
        await self._none.wait()
        return True
