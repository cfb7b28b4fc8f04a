"""Misspelt verbs: 交班 for 交办, 进渡 for 进度, 批淮 for 批准. By sound, and by look-alike characters.

A repair is only tried on a sentence that nothing else understood, and only where the rest supports it:
it must then be understood as a command with a number, an assignee or a time in it.
"""

import re
from collections.abc import Iterator
from importlib.resources import files

from commands.understanding.reading import Reading

VERBS = (
    "交办", "派单", "安排", "签收", "分办", "转给", "移交", "转交", "进度", "进展", "延期", "推迟",
    "顺延", "办结", "报结", "完成", "卡住", "受阻", "退回", "退件", "同意", "批准", "驳回", "通过",
    "催办", "撤回", "撤销", "申请", "申诉", "日报", "日志", "征集", "报送", "提醒", "恢复", "暂停",
    "终止", "表扬", "投票", "牵头", "负责", "确认", "验收", "宽限", "部门任务", "帮助", "排行",
    "搞定", "打回", "重做", "返工", "异议", "表决", "协作", "点赞", "借用",
)  # fmt: skip
_VERBS = frozenset(VERBS)
_LOOK_ALIKE = {
    "淮": "准", "撒": "撤", "授": "受", "曰": "日", "曾": "会", "拆": "折", "廷": "延", "庭": "延",
    "诞": "延", "莶": "签", "狡": "交", "力": "办", "为": "办", "辨": "办", "崔": "催", "摧": "催",
    "摇": "搁", "末": "未", "己": "已", "巳": "已", "蓟": "结", "渡": "度",
}  # fmt: skip
#: Misspellings that are usual, tried wherever they stand and without anything to support them.
_USUAL = {
    "日抱": "日报", "日至": "日志", "日制": "日志", "功作": "工作", "工做": "工作", "崔": "催", "摧": "催",
    "表杨": "表扬", "点攒": "点赞", "健议": "建议", "建意": "建议", "意贝": "意见", "反溃": "反馈",
    "派行": "排行", "排形": "排行", "愈期": "逾期", "超其": "超期", "代办": "待办", "待半": "待办",
    "申拆": "申诉", "申述": "申诉", "撤会": "撤回", "撒回": "撤回", "撒销": "撤销", "邦助": "帮助",
    "帮住": "帮助", "表绝": "表决", "投瓢": "投票", "协做": "协作", "意议": "异议", "申清": "申请",
    "转绐": "转给", "交绘": "交给", "移交绘": "移交给", "题醒": "提醒", "提星": "提醒", "推宋": "推送",
    "第机": "第几", "想接": "想借", "排明": "排名", "得份": "得分", "办理记路": "办理记录", "流砖": "流转",
    "征及": "征集", "证集": "征集",
}  # fmt: skip
_USUAL_WORD = re.compile("|".join(sorted(_USUAL, key=len, reverse=True)))
_LONGEST = 60  #: characters of a sentence that is still tried
_LEAD = re.compile(" ?(?:已经?|都|全部|申请)*")  #: said between a number and the verb
_PARTS = re.compile(r"\n|(?<=[一-鿿]) (?=[一-鿿])")
_MOST = 4  #: repairs tried


def _sounds() -> dict[str, str]:
    """Character → its sound without tone, for the sounds that occur in ``VERBS``.

    Taken from ``pypinyin`` into a file of 5 KB: its own tables cost half a second and 60 MB at start.
    Sounds that input methods take for each other (zh and z, ing and in) are one.
    """
    text = files("commands.understanding").joinpath("homophones.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines())
    return {character: _blurred(sound) for sound, characters in rows for character in characters}


def _blurred(sound: str) -> str:
    return sound.replace("zh", "z").replace("ch", "c").replace("sh", "s").removesuffix("g")


_SOUND = _sounds()


def _by_sound() -> dict[tuple[str, ...], list[str]]:
    table: dict[tuple[str, ...], list[str]] = {}
    for verb in VERBS:
        table.setdefault(tuple(_SOUND[character] for character in verb), []).append(verb)
    return table


_BY_SOUND = _by_sound()


def parted(text: str) -> str:
    """With commas where lines and blanks part what is said: T6 我们接 马上排."""
    return _PARTS.sub(",", text) if len(text) <= _LONGEST else text.replace("\n", ",")


def attempts(reading: Reading, *, only_opening: bool) -> Iterator[tuple[str, str, str]]:
    """Repaired texts, with what was typed and what is meant; at most a few, or only of the first word."""
    text = reading.text
    if len(text) > _LONGEST:
        return
    usual = _USUAL_WORD.search(text)
    if usual:
        yield _USUAL_WORD.sub(lambda m: _USUAL[m[0]], text), usual[0], _USUAL[usual[0]]
    if not any(token.kind in "TRCVMDUPXWL" for token in reading.tokens):
        return
    found = 0
    covered = [(token.start, token.end) for token in reading.tokens if token.kind != "L"]
    for at in _openings(reading) if only_opening else range(len(text) - 1):
        said = text[at : at + 2]
        if said in _VERBS or any(start < at + 2 and at < end for start, end in covered):
            continue
        for meant in _meant(said):
            yield text[:at] + meant + text[at + 2 :], said, meant
            found += 1
            if found == _MOST:
                return


def _openings(reading: Reading) -> list[int]:
    """Where a sentence begins: at its first word, and behind a number said first."""
    first = reading.first("T", "R", "C", "V") if reading.tokens else None
    if first is None or first.start > 0:
        return [0]
    lead = _LEAD.match(reading.text, first.end)
    behind = lead.end() if lead else first.end
    return [0, behind] if behind + 1 < len(reading.text) else [0]


def _meant(said: str) -> Iterator[str]:
    look = "".join(_LOOK_ALIKE.get(c, c) for c in said)
    if look != said and look in _VERBS:
        yield look
    first, second = _SOUND.get(said[0]), _SOUND.get(said[1:])
    for verb in _BY_SOUND.get((first, second), ()) if first and second else ():
        if verb != said and verb != look and any(a == b for a, b in zip(verb, said, strict=True)):
            yield verb
