"""How the files of a report are named on cards."""

import pytest

from commands.tasks.cards.described import said_files


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["执法意见.docx"], "执法意见.docx"),
        (["文件"], "1 个文件"),
        (["文件", "文件"], "2 个文件"),
        (["台账.xlsx", "文件", "图片"], "台账.xlsx、图片、1 个文件"),
        ([], ""),
    ],
)
def test_a_file_without_a_name_is_counted(names: list[str], said: str) -> None:
    assert said_files(names) == said
