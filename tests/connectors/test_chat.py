"""The vocabulary of chat: what fits a row."""

import pytest

from connectors.chat import few


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], ""),
        (["T1"], "T1"),
        (["T1", "T2"], "T1、T2"),
        (["T1", "T2", "T1"], "T1、T2"),
        (["T1", "T2", "T5", "T2"], "T1、T2 等 3 项"),
    ],
)
def test_a_few_are_named_once_each_and_the_rest_is_counted(names: list[str], said: str) -> None:
    assert few(names, 2) == said
