"""Every example of every intent is understood as that intent; the sentences of one ordinary day are too."""

from datetime import datetime

import pytest

from commands.calendar import SHANGHAI
from commands.understanding.console import directory_of
from commands.understanding.engine import understand
from commands.understanding.intents.table import INTENTS

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI)
DIRECTORY = directory_of(
    [
        {"department": "环保局", "people": [{"name": "何川", "title": "副局长"}, "李娜", "高宁"]},
        {"department": "城管局", "people": [{"name": "罗建", "title": "副局长"}, "王磊", "丁凯", "马昊"]},
        {"department": "社区办", "people": ["苏岚", "许静", "秦月"]},
        {"department": "物业协会", "people": [{"name": "方志", "title": "秘书长"}, "吴桐"]},
        {"department": "督查室", "people": ["陈立", "赵敏"]},
        {"department": "财政局", "people": ["许强"]},
        {"department": "交通局", "people": []},
        {"department": "工会", "people": []},
    ]
)
EXAMPLES = [(intent.name, example) for intent in INTENTS for example in intent.examples]


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=[example for _, example in EXAMPLES])
def test_an_example_is_understood_as_its_intent(name: str, example: str) -> None:
    found = understand(example, now=NOW, directory=DIRECTORY)
    assert found.intent == name, found
