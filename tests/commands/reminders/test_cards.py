"""How several matters share one row."""

from commands.reminders.cards import joined


def test_the_periods_of_one_recurring_matter_are_said_once_with_their_number() -> None:
    assert joined([("T7", "丁凯"), ("T7", "丁凯"), ("T1", "丁凯")]) == "T7 丁凯（2 期）、T1 丁凯"
    assert joined([("T6", ""), ("T6", ""), ("T5", "")]) == "T6（2 期）、T5"


def test_what_two_people_do_stays_apart() -> None:
    assert joined([("T7", "丁凯"), ("T7", "王磊")]) == "T7 丁凯、T7 王磊"


def test_where_it_does_not_fit_the_numbers_are_said_then_how_many_there_are() -> None:
    assert joined([("T7", "违规投放执法检查"), ("T8", "汇总参与率与准确率，两家都要")]) == "T7、T8"
    assert joined([(f"T{n}", "") for n in range(10, 30)]).endswith("等 20 项")
