"""Which rule fits a sentence: found by its words, so that the number of intents costs little."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from commands.understanding.reading import Reading, compiled, kinds_of
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
    intent: Intent
    rule: Rule
    pattern: re.Pattern[str] | None
    exception: re.Pattern[str] | None
    needs: frozenset[str]  #: kinds of tokens, all of which must be there
    one_of: frozenset[str]  #: kinds of tokens without any of which the pattern cannot fit; empty: unknown


class Matcher:
    """The rules of all intents, indexed by their words; all patterns are compiled here, once."""

    def __init__(self, intents: Sequence[Intent]) -> None:
        table = [(intent, rule) for intent in intents for rule in intent.rules]
        order = sorted(range(len(table)), key=lambda n: -table[n][1].priority)
        self._entries = [_entry(*table[n]) for n in order]
        self._wordless = dict.fromkeys((n for n, e in enumerate(self._entries) if not e.rule.says), (0, 0))
        words: dict[str, list[int]] = {}
        for number, n in sorted(enumerate(order), key=lambda pair: pair[1]):
            for word in dict.fromkeys(filter(None, table[n][1].says.split("|"))):
                words.setdefault(word, []).append(number)
        self._pairs, self._single = _index(words)

    def match(self, reading: Reading, replying: bool) -> Match | None:
        """The fitting rule of the highest priority; among equals the first in the table."""
        kinds = reading.kinds()
        for entry, cue in self._candidates(reading.flat):
            if not entry.needs <= kinds or (entry.one_of and entry.one_of.isdisjoint(kinds)):
                continue
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
        if entry.rule.replying and not replying:
            return None
        found = entry.pattern.search(reading.flat) if entry.pattern else None
        if entry.pattern and found is None:
            return None
        if entry.exception and entry.exception.search(reading.flat):
            return None
        return Hit(entry.rule, cue, found)

    def _candidates(self, flat: str) -> Iterator[tuple[_Entry, tuple[int, int]]]:
        """Rules one of whose words is said, with the place of the first such word; highest priority first."""
        cues = self._wordless.copy()
        single, pairs = self._single, self._pairs
        for at, character in enumerate(flat):
            for word, numbers in pairs.get(flat[at : at + 2]) or single.get(character) or ():
                if flat.startswith(word, at):
                    for number in numbers:
                        cues.setdefault(number, (at, at + len(word)))
        for number in sorted(cues):
            yield self._entries[number], cues[number]


_Index = dict[str, list[tuple[str, list[int]]]]


def _index(words: Mapping[str, list[int]]) -> tuple[_Index, _Index]:
    """Words by the two characters they begin with, and words of one character by that."""
    single: _Index = {word: [(word, numbers)] for word, numbers in words.items() if len(word) == 1}
    heads = {word[:2] for word in words if len(word) > 1}
    pairs: _Index = {head: [] for head in heads}
    starts: dict[str, list[str]] = {}
    for head in heads:
        starts.setdefault(head[0], []).append(head)
    for word, numbers in words.items():
        for head in [word[:2]] if len(word) > 1 else starts.get(word, ()):
            pairs[head].append((word, numbers))
    return pairs, single


def _entry(intent: Intent, rule: Rule) -> _Entry:
    pattern = compiled(rule.like) if rule.like else None
    exception = compiled(rule.unless) if rule.unless else None
    return _Entry(intent, rule, pattern, exception, frozenset(rule.needs), kinds_needed(rule.like))


_TOKEN = re.compile(r"<(?P<kinds>[A-Z]+)>(?![?*{])")


def kinds_needed(pattern: str) -> frozenset[str]:
    """Kinds of tokens of which every way to fit the pattern has one; empty when some way has none."""
    found: set[str] = set()
    for way in _ways(pattern):
        token = _TOKEN.search(way)
        if token is None:
            return frozenset()
        found |= set(kinds_of(token["kinds"]))
    return frozenset(found)


def _ways(pattern: str) -> list[str]:
    """The alternatives of a pattern, without what stands in brackets."""
    ways, depth, at = [""], 0, 0
    while at < len(pattern):
        part = _PIECE.match(pattern, at)
        assert part is not None  # noqa: S101 - the last alternative takes any character
        at = part.end()
        if part[0] == "(":
            depth += 1
        elif part[0] == ")":
            depth -= 1
        elif depth == 0 and part[0] == "|":
            ways.append("")
        elif depth == 0:
            ways[-1] += part[0] if len(part[0]) == 1 else "."
    return ways


#: One piece of a pattern: an escaped character, a class of characters, or a character.
_PIECE = re.compile(r"\\.|\[\^?\]?[^\]]*\]|.", re.S)
