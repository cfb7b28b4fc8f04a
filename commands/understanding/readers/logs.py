"""日报: one text → what was done, what is planned, what is wrong, what is needed; and for which day."""

import re
from collections.abc import Iterator

from commands.understanding.reading import CODE, Reading, compiled
from commands.understanding.rule import NOT_THIS, Hit
from commands.understanding.slots import tidy, unique_refs

_LABELS = {
    "done": "今日完成|今天完成|已完成|完成情况|工作内容|今日工作|完成|进展|做了",
    "plan": "明日计划|明天计划|下步计划|下一步计划|下一步|下步|下周计划|明日安排|明天安排|计划|打算|"
    "明日工作|后续",
    "issues": "存在的?问题|遗留问题|主要问题|困难和问题|问题和困难|"
    "存在困难|遇到问题|遇到的问题|问题|困难|难点|堵点|风险|遗留事项|遗留|未完成事项|未完成|不足",
    "needs": "需要协调|需协调|需要支持|需要|需求|请求|求助|希望|建议|诉求",
}
_LABEL = re.compile("^(?:" + "|".join(f"(?P<{name}>{words})" for name, words in _LABELS.items()) + ")[:,]")
#: Where a clause begins: behind a mark, before a label with a colon, before 一、 or 2.
_CLAUSE = re.compile(
    "[;。\n]|(?<=[^;。\n,:])(?=(?:" + "|".join(_LABELS.values()) + f"|{CODE['W']}):)|"
    r"(?:^|(?<=[^\d一二三四五六七八九十]))(?:[一二三四五六七八九]、|[1-9][.、](?!\d))"
)
_PLAN = re.compile(f"^(?:明[天日儿早晚]|后天|下周|下一?步|次日|计划|打算|拟|准备)|^[{CODE['W']}{CODE['Y']}]")
_ISSUE = re.compile(
    r"滞后|逾期|没完成|未完成|困难|问题是|不稳|卡在|受阻|不配合|缺人|缺少|报错|没到位|延误|遇到|遗留|卡住|没解决|未解决"
)
_NEED = re.compile(r"^(?:请求|需要|希望|请|恳请|建议|求|盼)")
_HEAD = compiled(
    r"^(?:我?(?:补交?|补报|补写|补录|补填|补一?下|更新|提交|报一?下|发|交|写)?(?:一?下|个|"
    r"一份)?)?(?:<W>|<Y>|<U>)*(?:的|本局|我局|本部门|本单位|本科室)*(?:<Y>)?\[?(?:工作)?(?:日报|"
    r"日志|工作日报|周报|月报|小结|总结|周小结|周总结|工作小结|主要工作|工作|完成情况|完成|(?<=<W>)(?=:)|(?<=<W>的)(?=:)|"
    r"(?:都|主要)?(?:干|做|忙|完成)了?(?:这些|以下|如下|的有|的是|啥|什么|哪些|点啥|(?=:))(?:事|活|工作)?)\]?"
    r"(?:情况|内容)?(?:补一?下|补报|补[上交写]|如下|补)?[ :,。\n]*(?:\(?<W>\)?)?[ :,。\n]*"
)


#: …，记一下日志: said behind what was done.
_TAIL = re.compile("[,。;](?:请|帮我|麻烦)*(?:(?:记|写|算|当|作为)[^,;。]*)?(?:日报|日志)[^,;。]*[。!]?$")


_LOG_OF_A_DAY = compiled("^<W>的?(?:工作)?(?:日报|日志)")
_BY_THIS_DAY = ("今", "昨", "前天", "本日", "当天")


def _is_bare_day(hit: Hit) -> bool:
    """今天：巡河5公里: a day and a colon, and no word for a log."""
    return hit.match is not None and hit.match[0].endswith(":") and len(hit.match[0]) == 2


def daily_log(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    if "filter" in slots:
        return None
    first = reading.tokens[0] if reading.tokens else None
    if (
        first
        and reading.flat[0] == CODE["W"]
        and first.when
        and first.when.day
        and first.when.day > reading.today
        and "补" not in reading.flat[:8]
        and not (first.when.recent and _LOG_OF_A_DAY.match(reading.flat))
    ):
        return NOT_THIS
    if _is_bare_day(hit) and first and (not first.text.startswith(_BY_THIS_DAY) or reading.has("T")):
        return NOT_THIS
    tail = _TAIL.search(reading.flat) if slots.pop("_tail", False) else None
    head = _HEAD.match(reading.flat)
    start = 0 if tail else head.end() if head else hit.cue[1]
    opening = reading.flat[:start]
    _set_date(reading, start, opening, slots)
    if slots.get("draft"):
        return None
    parts = _parts(reading, start, tail.start() if tail else len(reading.flat))
    for name, texts in parts.items():
        if texts:
            slots[name] = texts
    refs = unique_refs(reading, "T")
    if refs:
        slots["tasks"] = [str(ref) for ref in refs]
    if not parts["done"] and not parts["plan"] and not parts["issues"]:
        return "done"
    return None


def _set_date(reading: Reading, start: int, opening: str, slots: dict[str, object]) -> None:
    """The day a log is for: a day in its opening, looking back; else today. 小结 is for a period."""
    of_a_day = any(t.when and t.when.day for t in reading.tokens_in(0, start) if t.kind == "W")
    over_a_while = CODE["Y"] in opening and "工作" in opening
    if over_a_while or re.search("周报|月报" if of_a_day else "小结|总结|周报|月报", opening):
        slots["period"] = (
            "month" if "月" in opening or "月" in "".join(t.text for t in reading.of("Y")[:1]) else "week"
        )
        return
    for token in reading.tokens_in(0, start):
        if token.kind == "W" and token.when:
            day = token.when.recent or token.when.day
            if day:
                slots["date"] = day.isoformat()
                return
    slots["date"] = reading.today.isoformat()


def _parts(reading: Reading, start: int, end_of_text: int) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"done": [], "plan": [], "issues": [], "needs": []}
    for begin, end in _pieces(reading.flat, start, _CLAUSE, end_of_text):
        clause = reading.flat[begin:end]
        label = _LABEL.match(clause)
        kind = label.lastgroup if label else None
        begin += label.end() if label else 0
        for at, stop in _at_times(reading, _pieces(reading.flat, begin, _COMMA, end)):
            piece = reading.flat[at:stop]
            if at > begin and (named := _LABEL.match(piece)):
                kind, at = named.lastgroup, at + named.end()
            text = tidy(_without_day(reading, at, stop))
            if text:
                found[_kind_of(reading, piece, at, kind)].append(text)
    return found


_COMMA = re.compile(",")


def _pieces(flat: str, start: int, marks: re.Pattern[str], end: int | None = None) -> list[tuple[int, int]]:
    last = len(flat) if end is None else end
    places, at = [], start
    for match in marks.finditer(flat[start:last]):
        if start + match.start() > at:
            places.append((at, start + match.start()))
        at = start + match.end()
    if last > at:
        places.append((at, last))
    return places


def _at_times(reading: Reading, pieces: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """上午跑工地 下午写通报: a time behind a blank begins a piece of its own."""
    for begin, end in pieces:
        for at in range(begin + 2, end - 1):
            if reading.flat[at] == CODE["W"] and reading.text[reading.token(at).start - 1] == " ":
                yield begin, at
                begin = at
        yield begin, end


def _kind_of(reading: Reading, piece: str, at: int, labelled: str | None) -> str:
    if labelled:
        return labelled
    if _NEED.match(piece):
        return "needs"
    if _ISSUE.search(piece):
        return "issues"
    if _PLAN.match(piece):
        token = reading.token(at) if piece[0] in (CODE["W"], CODE["Y"]) else None
        now = token is None or token.when is None or token.when.day is None
        if now or not _is_past(token.text if token else ""):
            return "plan" if token is None or _is_ahead(token.text) else "done"
    return "done"


def _is_past(said: str) -> bool:
    return said.startswith(("昨", "前", "上"))


def _is_ahead(said: str) -> bool:
    return said.startswith(("明", "后", "下周", "下个", "下月", "大后"))


def _without_day(reading: Reading, at: int, stop: int) -> str:
    """明天去北门 → 去北门: the day only says that it is a plan; 上午 says when, and is dropped too."""
    tokens = reading.tokens_in(at, stop)
    if tokens and reading.flat[at] == CODE["W"] and tokens[0].kind == "W":
        said = tokens[0].text
        if said.startswith(("明", "今", "上午", "下午", "昨")):
            return reading.without(tokens[:1], at, stop)
    text = reading.said(at, stop)
    return re.sub(r"^(?:上午|下午|晚上|明[天日儿]|下一?步)[ ,:]?", "", text)
