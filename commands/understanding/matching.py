"""Which rule fits a sentence: found by its words, so that the number of intents costs little."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from commands.understanding.reading import Reading, compiled
from commands.understanding.rule import NOT_THIS, Hit, Intent, Rule
from commands.understanding.slots import fill


@dataclass(frozen=True, slots=True)
class Match:
    intent: Intent
    rule: Rule
    slots: dict[str, object]
    ask: str | None
    cue: str


@dataclass(frozen=True, slots=True)
class _Entry:
    order: tuple[int, int]  #: sorts by priority, then by place in the table
    intent: Intent
    rule: Rule
    pattern: re.Pattern[str] | None
    exception: re.Pattern[str] | None


class Matcher:
    """The rules of all intents, indexed by their words; all patterns are compiled here, once."""

    def __init__(self, intents: Sequence[Intent]) -> None:
        self._entries: list[_Entry] = []
        self._words: dict[str, dict[str, list[int]]] = {}
        self._wordless: list[int] = []
        for intent in intents:
            for rule in intent.rules:
                self._add(intent, rule)

    def _add(self, intent: Intent, rule: Rule) -> None:
        number = len(self._entries)
        pattern = compiled(rule.like) if rule.like else None
        exception = compiled(rule.unless) if rule.unless else None
        self._entries.append(_Entry((-rule.priority, number), intent, rule, pattern, exception))
        if not rule.says:
            self._wordless.append(number)
        for word in filter(None, rule.says.split("|")):
            self._words.setdefault(word[0], {}).setdefault(word, []).append(number)

    def match(self, reading: Reading, replying: bool) -> Match | None:
        """The fitting rule of the highest priority; among equals the first in the table."""
        for entry, cue in self._candidates(reading.flat):
            hit = self._fits(entry, cue, reading, replying)
            if hit is None:
                continue
            intent = entry.intent
            slots = fill(reading, hit, intent.wants)
            ask = intent.read(reading, hit, slots) if intent.read else None
            if ask != NOT_THIS:
                return Match(intent, entry.rule, slots, ask, reading.flat[slice(*cue)])
        return None

    def _fits(self, entry: _Entry, cue: tuple[int, int], reading: Reading, replying: bool) -> Hit | None:
        rule = entry.rule
        if (rule.replying and not replying) or not reading.has(rule.needs):
            return None
        if entry.exception and entry.exception.search(reading.flat):
            return None
        found = entry.pattern.search(reading.flat) if entry.pattern else None
        return None if entry.pattern and found is None else Hit(rule, cue, found)

    def _candidates(self, flat: str) -> Iterator[tuple[_Entry, tuple[int, int]]]:
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
        for number in sorted(cues, key=lambda number: self._entries[number].order):
            yield self._entries[number], cues[number]
