"""One spelling for what is typed in many: widths, scripts, blanks, quotations, the bot's own name."""

import json
import re
import unicodedata
from functools import lru_cache
from importlib.resources import files

#: What is said otherwise in Guangdong, Hong Kong and Taiwan, in plain characters.
_REGIONAL = {
    "元月": "1月",
    "唔该": "麻烦", "唔": "不", "我哋": "我们", "你哋": "你们", "佢": "他", "咗": "了",
    "听日": "明天", "寻日": "昨天", "下昼": "下午", "上昼": "上午", "边个": "谁", "点解": "为什么",
    "乜": "什么", "嚟": "来", "畀": "给", "俾": "给", "睇": "看", "仲": "还",
    "啦": "了", "咯": "了", "喽": "了", "冇": "没", "搵": "找",
    "资讯": "信息", "网路": "网络", "软体": "软件", "专案": "项目",
}  # fmt: skip
_REGIONAL_WORD = re.compile("仲裁|伯仲|公元月|" + "|".join(_REGIONAL))
_REGIONAL_HEADS = frozenset(word[0] for word in _REGIONAL)
#: Said around a sentence without adding to it.
_OPENER = re.compile(
    r"^(?:(?:那个啥|那啥|对了|还有|另外|嗯+|呃+|哎|喂|hi|Hi|hello|Hello|你好|您好|早上好|早|亲|不好意思|"
    r"打扰(?:一下|了)?|麻烦了|报告)[,。! ]+)+(?=.{4})"
)
_CLOSER = re.compile(
    r"(?<=.{4})[,。! ]+(?:谢了|谢谢(?:啦|了|您|你|大家|领导)?|多谢|拜托(?:了|啦)?|"
    r"辛苦(?:了|啦|您了?)?|麻烦(?:了|啦|您了?)|感谢|thx|thanks)[。!~]*$"
)
#: A form on one line: 供暖回访/承办:住建局/时限:11月28日.
_FORM = re.compile(r" ?[/|] ?(?=[一-鿿]{2,4}:)")
MAX_LENGTH = 2000  #: characters that are read; the rest of a longer text is ignored
BOT_NAMES = ("督办助手", "成拳助手", "督办小助手", "小助手", "成拳", "督办机器人")
FIRST_TOKEN = 0xE000  #: private-use characters stand for what was found (see ``reading``); typed ones go

_EXTRA = {"裡": "里", "裏": "里", "臺": "台", "檯": "台", "週": "周", "於": "于", "嘅": "的", "麽": "么"}
#: Marks that are written in several ways and mean one.
_MARKS = {
    **dict.fromkeys("－—–―‐‑−─", "-"),
    **dict.fromkeys("「『“”」』", '"'),
    **dict.fromkeys("‘’", "'"),
    **dict.fromkeys("～〜∼", "~"),
    **dict.fromkeys("•∙‧・", "·"),
    **dict.fromkeys("【［", "["),
    **dict.fromkeys("】］", "]"),
    **dict.fromkeys("→⇒➜➡", ":"),
    "✅": "✓",
    "﹪": "%",
    "﹫": "@",
    "·": "·",
    "\t": " ",
    "\r": "\n",
}
_QUOTE_BLOCK = re.compile(r'^\s*(?:"[^"]{0,1500}"|\[引用[^\]]{0,1500}\])\s*\n\s*-[- ]{4,}\s*\n')
_NO_TEXT = re.compile(
    r"[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ue000-\uf8ff\ufe00-\ufe0f]"
)
_SPACED_DATE = re.compile(r"(?<![\dA-Za-z])(\d{1,2}) ?月 ?(\d{1,2}) ?([日号])")
_BLANKS = re.compile(r"[ \u00a0\u3000]+")
_LINE_BLANKS = re.compile(r" ?\n[ \n]*")
_FACE = re.compile("[\U0001f300-\U0001faff\u2600-\u2610\u2612-\u26ff\u2764]")
_OPENING = " ,:;。、\n"  #: says nothing at the beginning of a sentence
_BOT = "|".join(BOT_NAMES)
_QUOTE_LINE = re.compile(rf"^\s*(?:@\s?(?:{_BOT})\s*)?>.*$", re.M)
_BOT_MENTION = re.compile(rf"@\s?(?:{_BOT})[ ,:，：]{{0,3}}")
_BOT_CALLED = re.compile(rf"^(?:{_BOT})[ ,:，：]{{1,3}}")


@lru_cache(maxsize=8192)
def _one(character: str) -> str:
    """A character in its plain width and script."""
    if character in _MARKS:
        return _MARKS[character]
    simple = _EXTRA.get(character) or _SIMPLE.get(character, character)
    if "①" <= simple <= "⑳":
        return f"\n{ord(simple) - ord('①') + 1}."
    wide = unicodedata.normalize("NFKC", simple)
    return "".join(_MARKS.get(c, _SIMPLE.get(c, c)) for c in wide)


def _simple_characters() -> dict[str, str]:
    """Of the table of ``zhconv``; read from its file, because its own loader leaves the file open."""
    table = json.loads(files("zhconv").joinpath("zhcdict.json").read_text(encoding="utf-8"))["zh2Hans"]
    # 著 and 乾 are also simplified characters with a meaning of their own.
    return {
        key: value for key, value in table.items() if len(key) == 1 == len(value) and key not in "著乾瞭藉覆"
    }


_SIMPLE = _simple_characters()


class _Table(dict[int, str]):
    """For ``str.translate``: fills itself as characters come by; as large as Unicode at most."""

    def __missing__(self, code: int) -> str:
        self[code] = _one(chr(code))
        return self[code]


_TABLE = _Table()


def fold(text: str) -> str:
    """The plain spelling of a name or a text; blanks become single spaces, lines stay lines."""
    text = _NO_TEXT.sub("", text[:MAX_LENGTH]).translate(_TABLE)
    text = _BLANKS.sub(" ", text)
    if "\n" in text:
        text = _LINE_BLANKS.sub("\n", text)
    return text.strip()


def calls_the_bot(text: str) -> bool:
    return any(mark in text for mark in "@＠﹫") and _BOT_MENTION.search(fold(text)) is not None


def normalise(text: str) -> str:
    """``fold`` without quoted messages and without the bot's own name."""
    text = text[:MAX_LENGTH]
    if ">" in text or "\n" in text:
        text = _QUOTE_LINE.sub("", text)
    text = fold(text)
    if text.startswith(('"', "[")):
        text = _QUOTE_BLOCK.sub("", text)
    if "月" in text and " " in text:
        text = _SPACED_DATE.sub(r"\1月\2\3", text)
    if "@" in text:
        text = _BOT_MENTION.sub(" ", text)
    if "/" in text or "|" in text:
        text = _FORM.sub(";", text)
    if not _REGIONAL_HEADS.isdisjoint(text):
        text = _REGIONAL_WORD.sub(lambda match: _REGIONAL.get(match[0], match[0]), text)
    text = _BLANKS.sub(" ", _BOT_CALLED.sub("", text.lstrip(_OPENING).rstrip())).strip().lstrip(_OPENING)
    return _CLOSER.sub("", _OPENER.sub("", _without_end_marks(text)))


def _without_end_marks(text: str) -> str:
    """A full stop, a cry, dots and faces at the end say nothing."""
    end = len(text)
    while end > 1 and (text[end - 1] in "。!~. " or _FACE.match(text[end - 1])):
        end -= 1
    return text[:end]
