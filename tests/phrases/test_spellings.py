"""However a sentence is typed, it says the same: scripts, widths, marks, blanks, faces, the bot's name."""

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from commands.understanding.console import directory_of
from commands.understanding.engine import understand
from commands.understanding.invocation import Invocation
from tests.phrases.test_score import NOW

HERE = Path(__file__).parent
SETS = ("examples.tsv", "own4.tsv")
EVERY = 4  #: of so many sentences one is typed in every way; all of them would take five seconds
SAID_TO_ALL = ("@", "【")
DIRECTORY = directory_of(json.loads((HERE / "directory_companies.json").read_text(encoding="utf-8")))
_TABLE = json.loads(files("zhconv").joinpath("zhcdict.json").read_text(encoding="utf-8"))["zh2Hant"]
TRADITIONAL = str.maketrans({key: value for key, value in _TABLE.items() if len(key) == 1 == len(value)})
FULL_WIDTH = str.maketrans({chr(n): chr(n + 0xFEE0) for n in range(0x21, 0x7F)} | {" ": "\u3000"})

SPELLINGS: dict[str, Callable[[str], str]] = {
    "traditional characters": lambda text: text.translate(TRADITIONAL),
    "full width": lambda text: text.translate(FULL_WIDTH),
    "half width": lambda text: text.translate(str.maketrans("，：。；？！", ",:.;?!")),
    "small letters": str.lower,
    "more blanks": lambda text: text.replace(" ", "  ").replace("，", "，  "),
    "a full stop": lambda text: f"{text}。",
    "a cry": lambda text: f"{text}！",
    "a tilde": lambda text: f"{text}~",
    "dots": lambda text: f"{text}……",
    "a face": lambda text: f"{text}🙏",
    "the bot in front": lambda text: f"@督办助手 {text}",
    "the bot behind": lambda text: f"{text} @督办助手",
}


def sentences() -> list[str]:
    lines = [line for name in SETS for line in (HERE / name).read_text(encoding="utf-8").splitlines() if line]
    return [line.split("\t")[0] for line in lines if not line.startswith(SAID_TO_ALL)][::EVERY]


def said(text: str) -> tuple[object, ...]:
    found: Invocation = understand(text, now=NOW, directory=DIRECTORY)
    slots = ("deadline", "dept", "assignee", "percent", "delta", "kind", "of")
    return found.intent, found.refs, *(found.slots.get(name) for name in slots)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_sentence_says_the_same_however_it_is_typed(spelling: str) -> None:
    typed = {text: SPELLINGS[spelling](text) for text in sentences()}
    assert not [other for text, other in typed.items() if said(text) != said(other)]
