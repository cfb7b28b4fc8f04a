"""Numbers in every script: 12, 十二, 两百, 3.5万, 一半, 三分之一, 七成, 百分之九十."""

import re
from decimal import Decimal, InvalidOperation

DIGIT = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2, "仨": 3, "廿": 20}
_UNIT = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}

CHINESE = "[零〇一二两三四五六七八九十百千万亿俩仨廿]"
#: A number as a pattern without groups.
NUMBER = rf"(?:\d{{1,9}}(?:\.\d{{1,4}})?[百千万亿]{{0,2}}|半|{CHINESE}{{1,9}}半?)"
INTEGER = rf"(?:\d{{1,9}}|{CHINESE}{{1,7}})"


def read_integer(text: str) -> int | None:
    """``12``, ``十二``, ``二〇二六``, ``一百零五``; None for what is no whole number."""
    if text.isascii() and text.isdigit():
        return int(text)
    if not text or any(c not in DIGIT and c not in _UNIT for c in text):
        return None
    if not any(c in _UNIT for c in text):
        if "廿" in text and text[0] == "廿":
            return 20 + (DIGIT[text[1]] if len(text) == 2 else 0) if len(text) <= 2 else None
        return int("".join(str(DIGIT[c]) for c in text))
    total = section = digit = 0
    for c in text:
        if c in DIGIT:
            digit = DIGIT[c]
        elif _UNIT[c] >= 10_000:
            total = (total + section + digit) * _UNIT[c]
            section = digit = 0
        else:
            section += (digit or 1) * _UNIT[c]
            digit = 0
    return total + section + digit


def read_number(text: str) -> int | float | None:
    """As ``read_integer``, and ``3.5``, ``3.5万``, ``半`` (0.5), ``两个半`` is not one."""
    whole = read_integer(text)
    if whole is not None:
        return whole
    if text == "半":
        return 0.5
    if text.endswith("半"):
        head = read_integer(text[:-1])
        return None if head is None else head + 0.5
    factor = 1
    while text and text[-1] in _UNIT:
        factor *= _UNIT[text[-1]]
        text = text[:-1]
    try:
        value = Decimal(text) * factor
    except InvalidOperation:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


MASK = "\uf8ff"  #: covers what was found while the rest is searched
PERCENT = (
    rf"(?:\d{{1,3}}(?:\.\d{{1,2}})?(?:%|个百分点|个点(?=$|[,。;!了 ]))|"
    rf"百分之{INTEGER}|{CHINESE}{{1,2}}分之{CHINESE}{{1,3}}"
    rf"|(?<![统唯任第同构形促生组一二三四五六七八九])[一二两三四五六七八九十\d](?:成半|成[一二三四五六七八九]|"
    rf"成(?![本果立都员功效交为语就长熟一]))|(?<!大)(?:(?<=差不多)|(?<!多))(?<!小)一半|(?<!过)半数|满格|百分百|百分之百|(?:(?<=进度)|(?<=完成)|"
    rf"(?<=进展)|(?<=进度到)|(?<=推进到)|(?<=进度约)|(?<=做到)|(?<=干到)|(?<=搞到)|(?<=进度 )|"
    rf"(?<=进展 )|(?<=进度:)|(?<=进展:)|"
    rf"(?<={MASK}到)|(?<={MASK} 到)|(?<={MASK}目前)|(?<={MASK} 目前))"
    rf"(?:\d{{1,3}}|[一二三四五六七八九]?十[一二三四五六七八九]?)(?=$|[ ,。;了])"
    rf"|(?<={MASK})[ :]?(?:\d{{1,3}}|[一二三四五六七八九]?十[一二三四五六七八九]?)$)"
)
_FRACTION = re.compile(rf"({CHINESE}{{1,2}})分之({CHINESE}{{1,3}})")


def read_percent(text: str) -> int | float | None:
    """What ``PERCENT`` matched, 0 to 100; None when it is more than that."""
    value: int | float | None
    fraction = _FRACTION.fullmatch(text)
    if text in ("一半", "半数"):
        value = 50
    elif text in ("满格", "百分百", "百分之百"):
        value = 100
    elif text.startswith("百分之"):
        value = read_number(text[3:])
    elif fraction:
        below, above = read_integer(fraction[1]), read_integer(fraction[2])
        value = round(100 * above / below) if above is not None and below else None
    elif "成" in text:
        head, _, tail = text.partition("成")
        tens = read_integer(head)
        ones = 5 if tail == "半" else read_integer(tail) or 0
        value = None if tens is None else tens * 10 + ones
    else:
        value = read_number(text.rstrip("%个百分点").lstrip(" :"))
    return value if value is not None and 0 <= value <= 100 else None
