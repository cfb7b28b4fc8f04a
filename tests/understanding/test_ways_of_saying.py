"""Frames times words: every way of saying one thing is understood as that thing.

``ways.tsv``: the thing, frames (``…`` stands for a word), words with the value of the slot, intent, slot, and
what else must be found, where ``ask`` is the slot asked for and ``deadline`` month and day.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import product
from pathlib import Path

import pytest

from commands.understanding.directory import Directory, PersonName, UnitName
from commands.understanding.engine import understand

NOW = datetime.fromisoformat("2026-11-21T10:00:00+08:00")
DIRECTORY = Directory(
    [UnitName(1, "水务局"), UnitName(2, "市场监督管理局", ("市监局",)), UnitName(3, "信息中心")],
    [PersonName(1, "孙浩", 1), PersonName(2, "马超", 3)],
)
ROWS = [
    line.split("\t")
    for line in Path(__file__).with_name("ways.tsv").read_text(encoding="utf-8").splitlines()
    if line
]


def said(frames: str, words: str) -> Iterator[tuple[str, str]]:
    """Each sentence, with the value its slot must have."""
    for frame, word in product(frames.split("|"), words.split("|")):
        text, _, value = word.partition("=")
        yield frame.replace("…", text), value


@pytest.mark.parametrize("row", range(len(ROWS)), ids=lambda n: f"{ROWS[n][0]}-{n}")
def test_every_way_of_saying_it_is_understood(row: int) -> None:
    _, frames, words, intent, slot, fixed = ROWS[row]
    wrong = []
    for sentence, value in said(frames, words):
        found = understand(sentence, now=NOW, directory=DIRECTORY)
        had = {**found.slots, "ask": found.ask, "deadline": str(found.slots.get("deadline"))[5:10]}
        right = found.intent == intent and (not slot or str(had.get(slot)) == value)
        if not right or any(had.get(name) != wanted for name, wanted in json.loads(fixed).items()):
            wrong.append(f"{sentence}: {found.intent} {had}")
    assert not wrong, "\n".join(wrong)
