"""What was loaded at start is not looked through again for garbage."""

import gc


def settle() -> None:
    """Call once, when everything is loaded.

    A full collection stops every thread while it looks at each object there is: with all modules and
    statements among them it took up to 150 ms, while SQLite's writer held its transaction.
    """
    gc.collect()
    gc.freeze()
