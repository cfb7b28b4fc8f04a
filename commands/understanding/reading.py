"""A sentence with everything found in it: numbers, names, times, percentages.

Each thing found becomes one character (a token) of ``marked``, so that the rules of ``intents`` can say
``<T>给<P>`` and be linear; ``flat`` is ``marked`` without blanks.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from commands.understanding import refs, surnames
from commands.understanding.directory import Directory, Found, PersonName, UnitName
from commands.understanding.invocation import Ref
from commands.understanding.moments import Clock, When
from commands.understanding.normalise import FIRST_TOKEN, calls_the_bot, normalise
from commands.understanding.numbers import MASK, PERCENT, read_percent

#: Kinds of tokens. T R C V M D numbers · U unit · P person · X an unknown @mention · W moment · L length of
#: time · Y period · N percentage · Q quotation or 《title》.
KINDS = "TRCVMDUPXWLYNQ"
CODE = {kind: chr(FIRST_TOKEN + n) for n, kind in enumerate(KINDS)}
_KIND = {code: kind for kind, code in CODE.items()}

_QUOTED = re.compile(r'"[^"\n]{1,200}"|《[^》\n]{1,200}》')
_PERCENT = re.compile(PERCENT)
#: Where a percentage can begin; everything else is passed over at once.
_PERCENT_HEAD = re.compile(rf"[\d半满零〇一二两三四五六七八九十百千万亿俩仨廿]|(?<={MASK})[ :]")
_MENTION = re.compile(r"@ ?(?!所有人|全体|all|All|ALL|我)(?P<name>[\u3400-\u9fffA-Za-z][\w·-]{0,20})")
#: Somebody called by rank whom the directory does not know: 请李局长, 派给科长.
_RANKED = re.compile(
    r"(?:请|派给|交给|安排|通知|让)(?P<who>[一-鿿]?副?(?:局长|科长|处长|部长|秘书长|主任|队长))(?![一-鿿]?的)"
)
_GIVEN_TO = re.compile(
    r"(?:^|(?<=[,。;: ]))(?:请|派给|交给|布置给|安排|通知|让|叫|麻烦|辛苦|交办给?)|"
    r"转给|移交给?|转交给?|转派给?|转办给?|交由|(?<=\d)给"
)
_UNIT_PERSON = re.compile(r" ?(?:[-·/_的] ?)?")
_LIST = re.compile(r" ?[、,和及与/+&]? ?")
_ASCII = re.compile(r"[A-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    start: int
    end: int
    text: str  #: as said, normalised
    refs: tuple[Ref, ...] = ()
    unit: UnitName | None = None  #: of a person: the unit said together with the name
    people: tuple[PersonName, ...] = ()
    units: tuple[UnitName, ...] = ()  #: all that the name may mean
    when: When | None = None
    percent: int | float | None = None
    stranger: str = ""  #: of a unit: somebody said together with it whom the directory does not know
    mentioned: bool = False  #: said with @

    @property
    def unit_name(self) -> str:
        return self.unit.name if self.unit else ""

    @property
    def person(self) -> PersonName | None:
        return self.people[0] if len(self.people) == 1 else None


@dataclass(frozen=True, slots=True)
class Reading:
    text: str
    marked: str
    flat: str
    tokens: tuple[Token, ...]  #: in the order said
    today: date
    to_bot: bool  #: said to the bot by name
    _at: dict[int, Token] = field(repr=False)  #: position in ``marked`` → token
    _places: list[int] = field(repr=False)  #: position in ``flat`` → position in ``marked``

    def of(self, *kinds: str) -> list[Token]:
        return [token for token in self.tokens if token.kind in kinds]

    def first(self, *kinds: str) -> Token | None:
        return next((token for token in self.tokens if token.kind in kinds), None)

    def has(self, kinds: str) -> bool:
        return all(CODE[kind] in self.flat for kind in kinds)

    def kinds(self) -> frozenset[str]:
        return frozenset(token.kind for token in self.tokens)

    def shape(self) -> str:
        """``flat`` with the letter of its kind for each token."""
        return "".join(_KIND.get(c, c) for c in self.flat)

    def token(self, flat_at: int) -> Token:
        return self._at[self._places[flat_at]]

    def tokens_in(self, start: int, end: int) -> list[Token]:
        """Tokens between two places of ``flat``."""
        return [self.token(n) for n in range(start, end) if self.flat[n] in _KIND]

    def said(self, start: int, end: int) -> str:
        """What stands between two places of ``flat``, in the words of the text."""
        if start >= end:
            return ""
        return self.without((), start, end)

    def without(
        self,
        dropped: Collection[Token],
        start: int = 0,
        end: int | None = None,
        cut: Sequence[tuple[int, int]] = (),
    ) -> str:
        """The words between two places of ``flat``, without some tokens and without the ``cut`` places.

        What was left out leaves a blank.
        """
        last = len(self._places) if end is None else end
        if start >= last:
            return ""
        first, behind = self._places[start], self._places[last - 1] + 1
        parts = list(self.marked[first:behind])
        for n, token in self._at.items():
            if first <= n < behind:
                parts[n - first] = " " if token in dropped else token.text
        for a, b in cut:
            for n in self._places[a:b]:
                if first <= n < behind:
                    parts[n - first] = " "
        return "".join(parts)


def read(text: str, clock: Clock, directory: Directory) -> Reading:
    return Reader(normalise(text), clock, directory, to_bot=calls_the_bot(text)).reading()


class Reader:
    """Finds one kind of thing after another; what was found is covered, so nothing is read twice."""

    def __init__(self, text: str, clock: Clock, directory: Directory, *, to_bot: bool = False) -> None:
        self.text = self.open = text
        self.to_bot = to_bot
        self.clock, self.directory = clock, directory
        self.tokens: list[Token] = []

    def reading(self) -> Reading:
        self._find_quotations()
        self._find_refs()
        self._find_names()
        self._find_times()
        self._find_percentages()
        self.tokens.sort(key=lambda token: token.start)
        return self._assembled()

    def _add(self, token: Token) -> None:
        self.tokens.append(token)
        self.open = self.open[: token.start] + MASK * (token.end - token.start) + self.open[token.end :]

    def _find_quotations(self) -> None:
        if '"' in self.open or "《" in self.open:
            for match in _QUOTED.finditer(self.open):
                self._add(Token("Q", match.start(), match.end(), match[0]))

    def _find_refs(self) -> None:
        pending: Token | None = None
        for said in refs.find(self.open):
            kind, said_text = said.refs[0].kind, self.text[said.start : said.end]
            if pending and pending.kind == kind and _LIST.fullmatch(self.text, pending.end, said.start):
                together = self.text[pending.start : said.end]
                pending = Token(kind, pending.start, said.end, together, (*pending.refs, *said.refs))
                continue
            if pending:
                self._add(pending)
            pending = Token(kind, said.start, said.end, said_text, said.refs)
        if pending:
            self._add(pending)

    def _find_names(self) -> None:
        unit: Token | None = None
        for found in list(self.directory.find(self.open)):
            if self.open[found.start] == MASK:
                continue  # said behind a dash: 环保局/环保, and read with the first
            if found.units:
                unit = self._unit(found)
            else:
                self._add_person(found, unit)
                unit = None
        for match in _RANKED.finditer(self.open):
            self._add(Token("X", match.start("who"), match.end("who"), match["who"]))
        for match in list(_GIVEN_TO.finditer(self.open)):
            if unknown := surnames.asked(self.open, match.end()):
                self._add(Token("X", unknown.start("name"), unknown.end("name"), unknown["name"]))
        if "@" in self.open:
            for match in _MENTION.finditer(self.open):
                self._add(Token("X", match.start(), match.end(), match["name"], mentioned=True))

    def _unit(self, found: Found) -> Token:
        start, mentioned = self._with_at(found.start)
        end = found.end
        unknown = surnames.behind(self.open, end)
        if unknown and any(self.directory.named(unknown["name"][:length]) for length in (2, 3, 4)):
            unknown = None
        end = unknown.end() if unknown else end
        token = Token(
            "U",
            start,
            end,
            self.text[found.start : end],
            unit=found.units[0],
            units=found.units,
            stranger=unknown["name"] if unknown else "",
            mentioned=mentioned,
        )
        self._add(token)
        return token

    def _add_person(self, found: Found, unit: Token | None) -> None:
        start, mentioned = self._with_at(found.start)
        people, said_unit = found.people, None
        if unit and unit.unit and _UNIT_PERSON.fullmatch(self.text, unit.end, start):
            self.tokens.remove(unit)
            start, said_unit, mentioned = unit.start, unit.unit, mentioned or unit.mentioned
            people = tuple(p for p in people if p.unit_id == said_unit.id) or people
        text = self.text[start : found.end].lstrip("@ ")
        self._add(Token("P", start, found.end, text, unit=said_unit, people=people, mentioned=mentioned))

    def _with_at(self, start: int) -> tuple[int, bool]:
        """The place of the @ in front of a name, when there is one."""
        at = start - 1
        if at > 0 and self.text[at] == " ":
            at -= 1
        return (at, True) if at >= 0 and self.text[at] == "@" else (start, False)

    def _find_times(self) -> None:
        for when in self.clock.find(self.open):
            moment = when.due is not None or when.named
            kind = "W" if moment else "L" if when.length else "Y" if when.period else "W"
            self._add(Token(kind, when.start, when.end, self.text[when.start : when.end], when=when))

    def _find_percentages(self) -> None:
        for match in list(_percentages(self.open)):
            token = Token("N", match.start(), match.end(), match[0], percent=read_percent(match[0]))
            self._add(token)

    def _assembled(self) -> Reading:
        parts: list[str] = []
        at: dict[int, Token] = {}
        end = length = 0
        for token in self.tokens:
            parts += (self.text[end : token.start], CODE[token.kind])
            length += token.start - end
            at[length] = token
            length, end = length + 1, token.end
        parts.append(self.text[end:])
        marked = "".join(parts)
        if " " in marked:
            places = [n for n, c in enumerate(marked) if c != " " or _between_latin(marked, n)]
            flat = "".join([marked[n] for n in places])
        else:
            places, flat = list(range(len(marked))), marked
        return Reading(
            self.text,
            marked,
            flat,
            tuple(self.tokens),
            self.clock.today,
            self.to_bot,
            at,
            places,
        )


def _percentages(text: str) -> Iterator[re.Match[str]]:
    at = 0
    while head := _PERCENT_HEAD.search(text, at):
        match = _PERCENT.match(text, head.start())
        if match:
            yield match
        at = match.end() if match else head.start() + 1


def _between_latin(marked: str, n: int) -> bool:
    return bool(0 < n < len(marked) - 1 and _ASCII.match(marked[n - 1]) and _ASCII.match(marked[n + 1]))


#: A character of the same clause that is no name.
_OTHER = "[^,;。!?\\n" + CODE["U"] + CODE["P"] + CODE["X"] + "]"


def kinds_of(named: str) -> str:
    """The kinds of tokens a pattern means by ``<A>``, ``<F>``, ``<TR>``."""
    return {"A": "UPX", "F": "TRCVMD"}.get(named, named)


def compiled(pattern: str) -> re.Pattern[str]:
    """A rule's pattern: ``<T>`` is a token of that kind, ``<A>`` an assignee, ``<F>`` any number of ours."""
    pattern = pattern.replace("{c}", r"[^,;。!?\n]").replace("{o}", _OTHER)
    return re.compile(
        re.sub(
            r"(?<!\?P)<([A-Z]+)>",
            lambda match: f"[{''.join(CODE[kind] for kind in kinds_of(match[1]))}]",
            pattern,
        )
    )
