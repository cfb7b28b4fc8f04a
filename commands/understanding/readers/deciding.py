"""Slots of what those who decide say."""

import re

from commands.understanding.moments import When
from commands.understanding.reading import Reading
from commands.understanding.rule import Hit
from commands.understanding.slots import tidy

_EXTENSION = re.compile(
    r"放宽|[推拖缓放给挪][到至]|延期|延到|延至|改到|推迟|延后|宽限|顺延|延长|展期|改期|晚|缓|延|拖"
)
_RETURN = re.compile(r"改派")


def _about(reading: Reading, slots: dict[str, object]) -> None:
    """What is decided: an extension, a reassignment, or what the number itself says."""
    if "of" in slots or not reading.has("T"):
        return
    if _EXTENSION.search(reading.flat):
        slots["of"] = "extend"
    elif _RETURN.search(reading.flat):
        slots["of"] = "return"
    elif re.search("通过|验收|销号|合格|办结|可以[关结]", reading.flat):
        slots["of"] = "complete"


def approve(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    _about(reading, slots)
    person = reading.first("P")
    if person and slots.get("of") == "extend":
        slots["assignee"] = person.people[0].name
        length = reading.first("L")
        if length and length.when and length.when.length:
            slots["delta"] = length.when.length.iso()
    if slots.get("conditional"):
        note = tidy(reading.without((), cut=hit.cuts()))
        if note:
            slots["note"] = note
    when = reading.first("W")
    if when and when.when and when.when.due and slots.get("of") == "extend" and not when.when.due.past:
        slots["deadline"] = when.when.due.at.isoformat()
        slots["grain"] = when.when.due.grain
    return None


def reject(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    _about(reading, slots)
    reason = tidy(re.sub(r"^ *(?:延期|申请|改派)+", "", str(slots.get("reason", ""))))
    slots.pop("reason", None)
    if reason:
        slots["reason"] = reason
    return None if reason or hit.rule.replying else "reason"


def cancel(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    return None if slots.get("draft") or slots.get("reason") else "reason"


_TO = re.compile(
    r"(?:上报|转|报|呈|提请|呈请|请)(?:给|送)?(?P<to>[一-鿿]{0,4}(?:领导|市长|县长|区长|局长|主任|书记))"
)


def escalate(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    match = _TO.search(reading.flat)
    if match:
        slots["to"] = slots["who"] = match["to"]
    return None


def dispute(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    units = [token.unit.name for token in reading.of("U") if token.unit]
    if units:
        slots["depts"] = units
    drop = reading.of("T")
    reason = tidy(re.sub(r"^(?:申请|请求)(?:督查室)?协调[:,]?", "", reading.without(drop).strip()))
    if reason:
        slots["reason"] = reason
    return None


def ruling(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    escalate(reading, hit, slots)
    return None


_TITLE_EDGE = re.compile(r"[,。:;]? ?(?:一单位一票|一人一票|实名|匿名|每单位一票|截止|前投完|投票|请投票)+")
_LETTERED = re.compile(r"([A-H])[.、:]? ?([^A-H,;。\n]{1,30})")
_OR = re.compile(r"^(?P<head>.*?)(?P<a>[^,;:。 ]{1,16})还是(?P<b>[^,;:。? ]{1,16})")
_WHETHER = re.compile(r"(?:要不要|该不该|能不能|是不是|同不同意|行不行)|是否")


def vote(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    action = slots.get("action")
    if action == "create":
        return _create(reading, hit, slots)
    if action == "cast" and "option" not in slots:
        option = _cast(reading)
        if option is None:
            return "option"
        slots["option"] = option
    return None


def _cast(reading: Reading) -> int | str | None:
    flat = re.sub(r"[。!吧]+$", "", reading.without(reading.of("V")).replace(" ", ""))
    nth = re.search(
        r"第(?P<n>[一二三四五六七八九1-9])(?:个|项|种|号|条)?|(?P<n2>[一二三四五六七八九1-9])号(?:方案|选项)?|(?:方案|选项)(?P<n3>[一二三四五六七八九1-9])",
        flat,
    )
    if nth:
        said = nth["n"] or nth["n2"] or nth["n3"]
        return "一二三四五六七八九".find(said) + 1 or int(said)
    for word in ("赞成", "反对", "弃权"):
        if word in flat:
            return word
    match = re.search(
        r"(?:选|投|支持|同意)[:,]?(?:了)?(?:第)?(?P<n>[一二两三四五六七八九1-9])(?:个|项|种|号|方案)?", flat
    )
    if match:
        return "一二三四五六七八九".find(match["n"].replace("两", "二")) + 1 or int(match["n"])
    match = re.search(
        r"(?:选|投|支持|同意)(?:方案|选项)?[:,]?(?P<option>[A-Ha-h](?![a-zA-Z])|[^,;。]{1,16})", flat
    )
    if match:
        said = match["option"]
        return said.upper() if len(said) == 1 else tidy(said)
    return "同意" if "同意" in flat else None


#: What may stand behind the end of a vote: nothing, or 收.
_ENDS = re.compile(r" ?(?:$|[,。!;)]|收|截|结|止|前|投完)")


def _deadline(reading: Reading) -> When | None:
    """A vote's options may be times (22点还是23点): its end is the time said as a limit, or the last."""
    tokens = [token for token in reading.of("W") if token.when]
    limited = [token.when for token in tokens if token.when and (token.when.limit or token.when.after)]
    chosen = [t for t in tokens if reading.text[: t.start].rstrip().endswith(("还是", "或者", "或"))]
    whens = [t.when for t in tokens if t not in chosen and _ENDS.match(reading.text, t.end)]
    return (limited or whens or [None])[-1]


def _create(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    end = _deadline(reading)
    end_tokens = [token for token in reading.of("W") if token.when is end]
    title = reading.without(end_tokens, *hit.group("title"))
    title = tidy(re.sub(r"[ ,]+(?:收|截止|结束|止)$", "", _TITLE_EDGE.sub(" ", title).strip(" ,。")))
    if title:
        slots["title"] = title
    options = _options(title)
    if options:
        slots["options"] = options
    if re.search("匿名|无记名|不记名", reading.flat):
        slots["anonymous"] = True
    if not title:
        return "title"
    if end and end.due:
        slots["deadline"], slots["grain"] = end.due.at.isoformat(), end.due.grain
        if end.due.past:
            slots["past"] = True
            return "deadline"
        return None if options else "options"
    return "deadline" if options else "options"


def _options(title: str) -> list[str]:
    lettered = [tidy(text) for _, text in _LETTERED.findall(title)]
    if len(lettered) > 1:
        return lettered
    if "选项" in title:
        listed = re.split(r"[、/ ,]", tidy(re.sub("^选项[是为有]?[:,]?", "", title[title.index("选项") :])))
        return [tidy(part) for part in listed if tidy(part)]
    match = _OR.search(title)
    if match:
        return [re.sub(r"^.*(?:定在?|选|用|是|按|为)", "", match["a"]) or match["a"], match["b"]]
    word = _WHETHER.search(title)
    if word and word[0] != "是否":
        return [word[0][0], word[0][1:3] if word[0] != "同不同意" else "不同意"]
    if word:
        return ["是", "否"]
    parts = re.split(r"[、/]", title.rsplit(":", 1)[-1])
    return [tidy(part) for part in parts] if len(parts) > 1 else []
