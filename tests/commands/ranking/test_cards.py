"""How the ranking's answers read."""

from commands.ranking.cards import publishing


def test_every_overdue_matter_is_counted_though_few_are_named() -> None:
    overdue = [(n, f"单位{n % 3}", "") for n in range(1, 15)]
    text = publishing.slowest(overdue, 4, []).body
    assert text.startswith("现在逾期 14 件：T1 单位1；")
    assert "T5 单位2等。其余一家没有逾期。" in text
    assert "T6" not in text
