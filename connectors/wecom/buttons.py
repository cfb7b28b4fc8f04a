"""What a button's key carries, readable without a database: ``sentence|card|no``.

A key has 1024 bytes (document/path/94888). What would be longer gets no button: the card is then sent
as text, with the sentence to type. Nothing secret is in a key: everybody who sees the card can press it.
"""

from connectors.chat import Action, Button

MAX_KEY = 1024  #: bytes of UTF-8


def key_of(button: Button, card: str, no: int) -> str | None:
    """The key of a button on the card ``card``, or None where it would not fit."""
    key = f"{button.sentence}|{card}|{no}"
    return key if len(key.encode()) <= MAX_KEY else None


def action_of(key: str, message_id: str) -> Action | None:
    """What was pressed; None for a key that ``key_of`` did not make (another program's card)."""
    sentence, *rest = key.rsplit("|", 2)
    if len(rest) != 2 or not sentence.strip():
        return None
    card, no = rest
    if not (no.isascii() and no.isdigit() and len(no) < 10):
        return None
    return Action(sentence.strip(), card, int(no), message_id)
