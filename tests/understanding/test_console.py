"""What ``chengquan understand`` prints."""

import json
from datetime import datetime

from commands.calendar import SHANGHAI
from commands.understanding.console import lines

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=SHANGHAI)
DIRECTORY = [
    {"department": "财政局", "people": ["许强"]},
    {
        "department": "城市管理局",
        "short_names": ["城管局"],
        "people": [{"name": "罗建", "title": "局长", "aliases": ["老罗"]}],
    },
]


def test_each_sentence_is_one_line_of_json_in_order() -> None:
    said = ["T12 60%\n", "\n", "收到\n", "请老罗周五前报方案"]
    answers = [json.loads(line) for line in lines(said, NOW, DIRECTORY, as_json=True, explain=False)]
    assert [answer["phrase"] for answer in answers] == ["T12 60%", "收到", "请老罗周五前报方案"]
    assert [answer["intent"] for answer in answers] == ["progress", "none", "assign"]
    assert answers[0]["slots"] == {"task_id": "T12", "percent": 60}
    assert answers[2]["slots"]["assignee"] == "罗建"
    assert {"phrase", "intent", "slots", "ask"} <= answers[1].keys()


def test_explaining_names_the_rule_and_what_was_read() -> None:
    (line,) = lines(["交办 城管局 12月8日 预算说明"], NOW, DIRECTORY, as_json=True, explain=True)
    assert json.loads(line)["trace"][1:] == ["U 城管局", "W 12月8日"]


def test_plain_text_shows_slots_and_what_is_asked() -> None:
    (text,) = lines(["许强你把合同整理一下 尽快"], NOW, DIRECTORY, as_json=False, explain=False)
    assert text.splitlines()[0] == "许强你把合同整理一下 尽快 → assign"
    assert text.splitlines()[-1] == "  ask: deadline"
