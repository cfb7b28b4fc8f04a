"""Which rule fits a sentence: found by its words, so that the number of intents costs little."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from commands.understanding.reading import Reading
from commands.understanding.rule import NOT_THIS, Hit, Intent, Rule
from commands.understanding.slots import fill


@dataclass(frozen=True, slots=True)
class Match:
    intent: Intent
    rule: Rule
    slots: dict[str, object]
    ask: str | None
    cue: str


class Matcher:
    """The rules of all intents, indexed by their words."""

    def __init__(self, intents: Sequence[Intent]) -> None:
        self.intents = tuple(intents)
        self._entries: list[tuple[int, int, Intent, Rule]] = []
        self._words: dict[str, dict[str, list[int]]] = {}
        self._wordless: list[int] = []
        for intent in intents:
            for rule in intent.rules:
                self._add(intent, rule)

    def _add(self, intent: Intent, rule: Rule) -> None:
        number = len(self._entries)
        self._entries.append((-rule.priority, number, intent, rule))
        if not rule.says:
            self._wordless.append(number)
        for word in filter(None, rule.says.split("|")):
            self._words.setdefault(word[0], {}).setdefault(word, []).append(number)

    def match(self, reading: Reading, replying: bool) -> Match | None:
        """The fitting rule of the highest priority; among equals the first in the table."""
        for number, cue in self._candidates(reading.flat):
            _, _, intent, rule = self._entries[number]
            if (rule.replying and not replying) or not reading.has(rule.needs):
                continue
            if rule.exception and rule.exception.search(reading.flat):
                continue
            found = rule.pattern.search(reading.flat) if rule.pattern else None
            if rule.pattern and found is None:
                continue
            hit = Hit(rule, cue, found)
            slots = fill(reading, hit, intent.wants)
            ask = intent.read(reading, hit, slots) if intent.read else None
            if ask != NOT_THIS:
                return Match(intent, rule, slots, ask, reading.flat[slice(*cue)])
        return None

    def _candidates(self, flat: str) -> Iterator[tuple[int, tuple[int, int]]]:
        """Rules one of whose words is said, with the place of the first such word; highest priority first."""
        cues: dict[int, tuple[int, int]] = dict.fromkeys(self._wordless, (0, 0))
        for at, character in enumerate(flat):
            words = self._words.get(character)
            if words is None:
                continue
            for word, numbers in words.items():
                if flat.startswith(word, at):
                    for number in numbers:
                        cues.setdefault(number, (at, at + len(word)))
        for number in sorted(cues, key=self._order):
            yield number, cues[number]

    def _order(self, number: int) -> tuple[int, int]:
        return self._entries[number][:2]
