"""Neutral messages in Feishu's own form. Pure.

Whatever people typed stands in ``plain_text`` elements and rich-text ``text`` nodes, which Feishu
never reads as markup: there is nothing to escape and no way to make a mention or a link of it.

https://open.feishu.cn/document/uAjLw4CM/ukzMukzMukzM/feishu-cards/card-json-v2-structure
"""

from typing import Any

from connectors.chat import Button, Card, ConversationKind, Row, Text

MAX_BYTES = 30_000  #: of a card's or rich text's JSON

_TEMPLATE = {"plain": "blue", "good": "green", "warning": "orange", "bad": "red"}
_BUTTON = {"default": "default", "primary": "primary_filled", "danger": "danger"}

Json = dict[str, Any]


def card(shown: Card, kind: ConversationKind) -> Json:
    """Card JSON 2.0. ``kind`` is that of the chat it goes to: its buttons bring it back."""
    elements = [_row(row) for row in shown.rows]
    if shown.remark:
        if elements:
            elements.append({"tag": "hr"})
        elements.append(_plain(shown.remark))
    elements += _buttons(shown.buttons, shown.id, shown.no, kind)
    header = {"template": _TEMPLATE[shown.tone], "title": _text(shown.title)}
    return _card(shown.title, elements, header)


def text_card(said: Text, kind: ConversationKind) -> Json:
    """A text with buttons: only a card can carry them."""
    summary = next((line for line in said.body.splitlines() if line.strip()), "")
    buttons = _buttons(said.buttons, said.card, said.no, kind)
    return _card(summary[:60], [_plain(said.body), *buttons])


def post(said: Text) -> Json:
    """A text without buttons as rich text (富文本), a paragraph a line."""
    lines = [[{"tag": "text", "text": line}] for line in said.body.splitlines() or [""]]
    return {"zh_cn": {"title": "", "content": lines}}


def _card(summary: str, elements: list[Json], header: Json | None = None) -> Json:
    """Cards of schema 2.0 are always shared ones. No forwarding: a copy's buttons would only confuse."""
    made: Json = {
        "schema": "2.0",
        "config": {"update_multi": True, "enable_forward": False, "summary": {"content": summary}},
        "body": {"elements": elements},
    }
    if header is not None:
        made["header"] = header
    return made


def _row(row: Row) -> Json:
    return {
        "tag": "column_set",
        "flex_mode": "none",
        "horizontal_spacing": "8px",
        "columns": [_column(_plain(row.key), 1), _column(_plain(row.value or "—"), 4)],
    }


def _column(element: Json, weight: int) -> Json:
    return {"tag": "column", "width": "weighted", "weight": weight, "elements": [element]}


def _buttons(buttons: tuple[Button, ...], card_id: str, no: int, kind: ConversationKind) -> list[Json]:
    if not buttons:
        return []
    columns = [
        {"tag": "column", "width": "auto", "elements": [_button(button, card_id, no, kind)]}
        for button in buttons
    ]
    return [{"tag": "column_set", "flex_mode": "flow", "horizontal_spacing": "8px", "columns": columns}]


def _button(button: Button, card_id: str, no: int, kind: ConversationKind) -> Json:
    value: Json = {"say": button.sentence, "card": card_id, "no": no}
    if kind is ConversationKind.DIRECT:
        value["direct"] = True
    return {
        "tag": "button",
        "type": _BUTTON[button.style],
        "text": _text(button.label),
        "behaviors": [{"type": "callback", "value": value}],
    }


def _plain(words: str) -> Json:
    return {"tag": "div", "text": _text(words)}


def _text(words: str) -> Json:
    return {"tag": "plain_text", "content": words}
