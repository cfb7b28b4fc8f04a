"""Which rules are tried at all."""

from commands.understanding.matching import kinds_needed


def test_a_rule_names_the_kinds_without_which_it_cannot_fit() -> None:
    assert kinds_needed("^(?:请)?签收<T>") == {"T"}
    assert kinds_needed("<F>.{0,12}签收") == set("TRCVMD")
    assert kinds_needed("<T>给<U>|转给<P>") == {"T", "P"}


def test_a_kind_that_may_be_left_out_is_not_needed() -> None:
    assert kinds_needed("^签收<T>?") == frozenset()
    assert kinds_needed("(?:<T>|全部)签收") == frozenset()
    assert kinds_needed("<T>签收|全部签收") == frozenset()


def test_what_stands_in_a_class_of_characters_is_no_token_and_no_bracket() -> None:
    assert kinds_needed(r"[<T>(|]签收") == frozenset()
    assert kinds_needed(r"\(<T>\)|[)|]<R>") == {"T", "R"}
