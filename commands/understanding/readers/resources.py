"""资源申请 and 商请: how many of what, when, from whom, what for."""

import re

from commands.understanding.numbers import NUMBER, read_number
from commands.understanding.reading import CODE, Reading
from commands.understanding.rule import NOT_THIS, Hit
from commands.understanding.slots import tidy

_MEASURE = (
    "台|辆|架|名|人|个|间|套|份|张|顶|艘|部|块|支|把|箱|组|队|位|条|桶|吨|公斤|万元|元|块钱|平方米|"
    "平米|米|公里|袋|盒|瓶|卷|桌|亩|小时|批|件|双|只|根|盏|场|处|户"
)
COUNT = re.compile(rf"(?P<n>{NUMBER}|几)(?P<unit>{_MEASURE})(?![月天周])")
_MONEY = re.compile(
    rf"(?:经费|资金|预算|费用|款)(?P<n>{NUMBER})(?P<unit>万?元?)|(?P<n2>{NUMBER})(?P<unit2>万元|元|"
    rf"万)(?:的)?(?:经费|资金|预算|费用)?"
)
_ASK = re.compile(
    r"^(?:缺|差|还|急缺|临时|紧急|我们?|我局|本局|我科|我单位|急用|急|现|拟|想|需要?|向|请|申请|要|用(?=[一-鿿]{2})|借用?|急用|急需|求借|"
    r"调用|租用|领用|申领|调配|增派|使用|抽调|调拨|调(?=$)|拨(?=$)|租(?=$)|匀(?=$)|能不能|能否|可否|能|可以|一下|个)+"
)
#: Without a number only these openings ask for something.
_APPLIES = re.compile(
    r"(?:我局|我们|本局|我单位|我科)?(?:想|要|需|需要|得|临时|紧急|急)*(?:申请|(?<=想)用|求借|借用|租用|调用|领用|借(?![个支一火钱]))"
)
_HAVE = re.compile(
    r"(?:谁能让一?下?|谁能借一?下?|谁那儿?里?有|谁家?有|哪家有|哪个(?:单位|部门)有|哪儿有|哪里有|哪里能借|谁能借|有没有多余的?)[?]?"
)


def request_resource(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    flat = reading.flat
    asking = _HAVE.search(flat)
    money = _MONEY.search(flat)
    count = None if money else _count(reading)
    period(reading, slots)
    unit = reading.first("U")
    if unit and unit.unit:
        slots["from_dept"] = unit.unit.name
    if money:
        _set_money(money, slots)
        resource = _fund(reading, money)
    else:
        if count:
            number = read_number(count["n"])
            if number is not None:
                slots["quantity"] = number
            slots["unit"] = count["unit"]
        resource = _resource(reading, count, asking)
    if not resource:
        return NOT_THIS if count is None else "resource"
    vague = not _APPLIES.match(flat) or len(resource) < 2
    if count is None and money is None and asking is None and vague:
        return NOT_THIS
    slots["resource"] = resource
    reason = _reason(reading, count or money, resource)
    if reason:
        slots["reason"] = reason
    return None if "quantity" in slots or money else "quantity"


def _count(reading: Reading) -> re.Match[str] | None:
    """How many of it; in 借用多功能厅，12月2日，培训120人 the number counts something else."""
    count = COUNT.search(reading.flat)
    if count is None:
        return None
    clause = max(reading.flat.rfind(mark, 0, count.start()) for mark in ",;。")
    of_others = (
        clause > 0
        and _noun(reading, clause + 1, count.start())
        and _noun(reading, 0, reading.flat.find(",") if "," in reading.flat else clause)
    )
    return (
        None
        if of_others and not re.match("(?:共|约|数量|合计|要|需|用)", reading.flat[clause + 1 :])
        else count
    )


_FUND = re.compile(r"[一-鿿]{2,6}(?:费|款|资金)$")


def _fund(reading: Reading, money: re.Match[str]) -> str:
    """What the money is called in front of the amount: 劳务费8000元; else 经费."""
    amount = money.start("n") if money["n"] else money.start("n2")
    clause = max(reading.flat.rfind(mark, 0, amount) for mark in ",;。:") + 1
    said = _noun(reading, clause, amount)
    return said if _FUND.fullmatch(said) else "经费"


def _set_money(money: re.Match[str], slots: dict[str, object]) -> None:
    amount = read_number(money["n"] or money["n2"])
    unit = money["unit"] or money["unit2"] or ""
    if amount is not None:
        scaled = round(amount * (10_000 if "万" in unit else 1), 2)
        slots["quantity"] = int(scaled) if scaled == int(scaled) else scaled
    slots["unit"] = "元"


def period(reading: Reading, slots: dict[str, object]) -> None:
    days = sorted(
        {
            day
            for token in reading.of("W")
            if token.when
            for day in (token.when.since, token.when.day)
            if day is not None
        }
    )
    if days:
        slots["period_start"] = days[0].isoformat()
        if len(days) > 1:
            slots["period_end"] = days[-1].isoformat()


def _resource(reading: Reading, count: re.Match[str] | None, asking: re.Match[str] | None) -> str:
    """The noun: before the number (执法车2台), behind it (两架无人机), or before 谁有."""
    flat = reading.flat
    if asking:
        head = tidy(reading.said(0, asking.start()))
        if head:
            return re.sub(r"^(?:请问|问一?下)", "", head)
        tail = re.match(r"[^,;。?!\ue000-\uf8ff]+", flat[asking.end() :])
        return re.sub("^(?:多余|富余|闲置|空闲)的?", "", tail[0]) if tail else ""
    end = count.start() if count else _first_break(flat)
    start = max((m.end() for m in re.finditer(r"[,;。:]", flat[:end])), default=0)
    before = _noun(reading, start, end)
    if before:
        return before
    if count:
        stop = re.search(
            rf"[,;。:{CODE['W']}]|用于|用来|去|做|马上|急用|要用|今天|维持|协助|帮忙|支援|参加|接送|$",
            flat[count.end() :],
        )
        return _noun(reading, count.end(), count.end() + (stop.start() if stop else 0))
    return ""


def _first_break(flat: str) -> int:
    """Without a number the resource is what stands before the first time or comma."""
    match = re.search(rf"(?<!^)[,;。{CODE['W']}]", flat)
    return match.start() if match else len(flat)


def _noun(reading: Reading, start: int, end: int) -> str:
    drop = [token for token in reading.tokens_in(start, end) if token.kind in "UPWLYX"]
    text = re.sub("^(?:抽调|调拨|调) ", "", tidy(reading.without(drop, start, end))).replace(" ", "")
    text = re.sub(r"^(?:的|向|从|跟|找)+", "", _ASK.sub("", re.sub(r"^(?:向|从|跟|找)", "", text)))
    return re.sub(r"[吗?？]+$", "", re.sub(r"(?<=..)(?:急需|还?需?要|还?需)$", "", _ASK.sub("", text))).strip(
        "的 "
    )


_FILLER = re.compile(r"^(?:全天|一整天|半天|共|左右|急用|需要|谢谢)$")


def _reason(reading: Reading, used: re.Match[str] | None, resource: str) -> str:
    """The last clause that is neither the resource nor a time."""
    tail = reading.flat[used.end() :] if used else ""
    start = used.end() if used else 0
    if used is None:
        at = reading.flat.find(resource)
        start = at + len(resource) if at >= 0 else 0
        tail = reading.flat[start:]
    if tail.startswith(resource):
        start += len(resource)
    drop = [token for token in reading.tokens_in(start, len(reading.flat)) if token.kind in "WLYU"]
    text = reading.without(drop, start)
    parts = [tidy(part) for part in re.split(r"[,;。]| +", text)]
    parts = [
        re.sub(r"^(?:全天|用于|用来|用作|因为?|为了|用途[:是]?|原因[:是]?|的)+|(?:使用|要用|用)$", "", part)
        for part in parts
    ]
    return next((part for part in reversed(parts) if len(part) > 1 and not _FILLER.match(part)), "")


def collab_request(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    """What is asked for is what stands behind the unit."""
    unit = reading.first("U")
    if unit is None or unit.unit is None:
        return NOT_THIS
    slots["dept"] = unit.unit.name
    drop = [token for token in reading.of("T", "W") if token.kind == "T" or slots.get("deadline")]
    text = reading.without([unit, *drop])
    text = re.sub(
        r"(?:^|(?<= ))(?:请求协作|协作请求|请求支持|请求协助|请求配合|商请|函请|求助|申请协作|恳请|"
        r"烦请|想请|请求|请|麻烦|希望|需要)+",
        " ",
        text,
    )
    text = re.sub(r"(?:,|;)? *(?:用于|供)? *(?:要用|急用|需要|使用|用)?[。 ]*$", "", text)
    text = tidy(
        re.sub(r"^[ :,]*(?:给予|帮忙|能)*(?:支持一?下?|协助|支援|帮助|帮忙|配合一?下?|提供)*[:,]?", "", text)
    )
    slots.pop("content", None)
    if text:
        slots["content"] = text
    if slots.get("past"):
        return "deadline"
    return None if text else "content"
