"""Who goes next: answers before reminders before bulk, without starving anybody."""

from collections import Counter, deque
from collections.abc import Callable, Iterable

from storage.outbox_claims import Head

LANES = (0, 1, 2)  #: answers, reminders, bulk

#: Each tenth message of an app is given to its highest waiting lane: under strict priority a busy day
#: of answers lets one bulk message through in ten minutes.
SHARE = 10


class Lanes:
    """Heads of the outbox by app and lane, as last read; used up, then read again."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, int], deque[Head]] = {}
        self._sent: Counter[str] = Counter()

    def replace(self, app: str, lane: int, heads: Iterable[Head]) -> None:
        self._waiting[app, lane] = deque(heads)

    def offers(self, app: str, is_free: Callable[[Head], bool]) -> bool:
        """Whether ``pick`` would find one."""
        return any(is_free(head) for lane in LANES for head in self._waiting.get((app, lane), ()))

    def pick(self, app: str, is_free: Callable[[Head], bool]) -> Head | None:
        """Take the next head whose address is free; its turn counts when ``sent`` is called."""
        order = reversed(LANES) if self._sent[app] % SHARE == SHARE - 1 else LANES
        for lane in order:
            waiting = self._waiting.get((app, lane), ())
            head = next((head for head in waiting if is_free(head)), None)
            if head is not None:
                self._waiting[app, lane].remove(head)
                return head
        return None

    def put_back(self, head: Head) -> None:
        """It could not be sent yet: it stays first."""
        self._waiting.setdefault((head.app, head.lane), deque()).appendleft(head)

    def sent(self, app: str) -> None:
        self._sent[app] += 1
