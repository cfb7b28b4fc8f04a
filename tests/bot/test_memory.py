"""What was loaded at start, and the collector."""

import gc

from bot.memory import settle


def test_what_was_loaded_is_not_looked_through_again() -> None:
    loaded: list[list[int]] = [[] for _ in range(10)]
    settle()
    try:
        watched = {id(thing) for thing in gc.get_objects()}
        assert not any(id(thing) in watched for thing in loaded)
    finally:
        gc.unfreeze()
