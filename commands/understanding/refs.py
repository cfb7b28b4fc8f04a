"""Numbers of things in all spellings: T12, t 12, 任务12, 12号任务, 任务四十一, T12.2, T1T2, T1-T4."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

from commands.understanding.invocation import Ref, RefKind
from commands.understanding.numbers import CHINESE, read_integer

_WORDS: dict[str, RefKind] = {
    "任务": "T", "事项": "T", "督办件": "T", "督办单": "T", "工单": "T", "申请单": "R", "收集单": "C",
    "表决单": "V", "争议": "D",
}  # fmt: skip
_BEFORE_WORDS: dict[str, RefKind] = {
    "申请": "R", "收集": "C", "投票": "V", "表决": "V", "会议": "M", "裁定": "D",
}  # fmt: skip
_WORD = "|".join(_WORDS)
_KINDS = "".join(get_args(RefKind))
_LETTER = (
    rf"(?:(?:收集单|申请单|任务|事项|督办件) ?)?(?P<kind>[{_KINDS}{_KINDS.lower()}]) ?[-#]? ?(?P<n>\d{{1,6}})"
    rf"(?:\.(?P<part>\d{{1,2}})(?!\d))?(?!(?!(?:ok|OK|Ok|done|Done)(?![A-Za-z]))[\dA-SU-Za-su-z]|航站|\.\d)"
)
#: After a counted word come things that are counted (任务3项) or dates (任务 12月3日前): no number of ours.
_COUNTED = (
    r"(?![\d月号日天年个项件条份人周点分时台小工季辆架名批类组套轮种级千百万%.:/"
    r"成下并起定直览样些致般切共步次]| ?个)"
)
_AFTER = rf"(?P<word>{_WORD})(?:编?号)? ?#?(?P<n2>\d{{1,6}}|{CHINESE}{{1,5}}){_COUNTED}"
_BEFORE = (
    rf"(?<![月第\d]) ?第?(?P<n3>\d{{1,6}}|{CHINESE}{{1,5}})号(?P<word2>任务|事项|督办件|工单|"
    rf"申请单?|收集(?:单|(?![一-鿿]))|投票|表决|会议|争议|裁定)"
)
#: 任务28号 in front, with no date behind it: 任务28号 八成.
_NUMBERED = r"(?<![一-鿿])(?:任务|事项)(?P<n4>\d{1,6})号(?=[ ,:]|进[展度]|完成|已|做|搞|办)"
#: Spoken and written down: t九, T十二.
_SPOKEN = r"(?<![A-Za-z])[Tt] ?(?P<n5>[一二三四五六七八九]?[十百]?[一二三四五六七八九十]{1,3})(?![成台恤])"
_REF = re.compile(f"{_LETTER}|{_AFTER}|{_BEFORE}|{_NUMBERED}|{_SPOKEN}")
#: Where a number can begin; one that ends in 号 begins with the figure.
_HEAD = re.compile("[TRCVMDtrcvmd收申任事督工表争]")
_HEAD_WITH_FIGURES = re.compile(rf"[TRCVMDtrcvmd收申任事督工表争第\d ]|{CHINESE}")
_BETWEEN = re.compile(r" ?(?:[-~到至]|--) ?")
_MORE = re.compile(r" ?[、,和及与/] ?(?P<n>\d{1,6})(?=[、,和及与/]| |都|一并|一起|全部|$)(?! ?\d)")
_OPAQUE = "绑定"  #: what follows is a code
_MOST = 50  #: a range of more than this is no range


@dataclass(frozen=True, slots=True)
class Said:
    start: int
    end: int
    refs: tuple[Ref, ...]


def find(text: str) -> Iterator[Said]:
    """Each number said, leftmost first; a range or a list behind one kind is one ``Said``. A code to be
    bound (绑定 C8T9MHPM) is no number, whatever it looks like."""
    if text.startswith(_OPAQUE):
        return
    last: Said | None = None
    for match in _matches(text):
        before = text[match.start() - 1 : match.start()]
        glued = before.isascii() and before.isalnum() and not (last and last.end == match.start())
        if match["kind"] and glued:
            continue
        ref = _ref(match)
        if ref is None or (ref.kind == "V" and ref.part is not None):
            continue
        said = _continued(text, Said(match.start(), match.end(), (ref,)))
        if last and (joined := _range(text, last, said)):
            last = joined
            continue
        if last:
            yield last
        last = said
    if last:
        yield last


def _matches(text: str) -> Iterator[re.Match[str]]:
    heads = _HEAD_WITH_FIGURES if "号" in text else _HEAD
    at = 0
    while head := heads.search(text, at):
        match = _REF.match(text, head.start())
        if match:
            yield match
        at = match.end() if match else head.start() + 1


def _ref(match: re.Match[str]) -> Ref | None:
    if match["kind"]:
        kind: RefKind = match["kind"].upper()  # type: ignore[assignment]
        return Ref(kind, int(match["n"]), int(match["part"]) if match["part"] else None)
    if match["n4"] or match["n5"]:
        spoken = read_integer(match["n4"] or match["n5"])
        return Ref("T", spoken) if spoken else None
    number = read_integer(match["n2"] or match["n3"])
    kind = _WORDS.get(match["word"] or match["word2"]) or _BEFORE_WORDS[match["word2"]]
    return Ref(kind, number) if number is not None and number < 1_000_000 else None


def _continued(text: str, said: Said) -> Said:
    """T1、7、9: bare numbers behind a letter belong to it."""
    while match := _MORE.match(text, said.end):
        said = Said(said.start, match.end(), (*said.refs, Ref(said.refs[0].kind, int(match["n"]))))
    return said


def _range(text: str, first: Said, second: Said) -> Said | None:
    between = _BETWEEN.fullmatch(text, first.end, second.start)
    low, high = first.refs[-1], second.refs[0]
    if between is None or low.kind != high.kind or not 0 < high.number - low.number <= _MOST:
        return None
    middle = tuple(Ref(low.kind, n) for n in range(low.number + 1, high.number))
    return Said(first.start, second.end, (*first.refs, *middle, *second.refs))
