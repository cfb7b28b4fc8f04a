"""A name at the very end of a text is found where it stands."""

from commands.understanding.directory import Directory, PersonName, UnitName


def test_a_name_that_ends_the_text_is_not_longer_than_the_text() -> None:
    names = Directory([UnitName(1, "环保局", ("环保",))], [PersonName(2, "何川", 1, "分管副局长")])
    for text in ("环保局", "请环保局", "环保"):
        (found,) = names.find(text)
        assert found.end == len(text)
        assert [unit.id for unit in found.units] == [1]
