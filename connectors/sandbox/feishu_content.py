"""How the Feishu stand-in reads what the bot sends: refuses what the platform refuses, else plain text
and a neutral view. Limits and property names from the platform's pages on card JSON 2.0.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.sandbox.journal import ButtonView, CardView

MAX_CONTENT = 30_000  #: bytes of a card or rich text
MAX_TEXT = 150_000  #: bytes of a plain text
MAX_ELEMENTS = 200
MAX_DEPTH = 10  #: five containers inside each other, each a set and its columns


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_TEMPLATES = _names("blue wathet turquoise green yellow orange red carmine violet purple indigo grey default")
_BUTTON_TYPES = _names(
    "default primary danger text primary_text danger_text primary_filled danger_filled laser"
)
_COMMON = _names("tag element_id margin")
_PROPERTIES: Mapping[str, frozenset[str]] = {
    "markdown": _COMMON | _names("content text_align text_size icon"),
    "div": _COMMON | _names("text fields icon width"),
    "hr": _COMMON,
    "img": _COMMON | _names("img_key alt mode preview title size scale_type corner_radius"),
    "column_set": _COMMON
    | _names("flex_mode horizontal_spacing horizontal_align columns background_style action"),
    "column": _COMMON
    | _names("width weight elements padding vertical_align vertical_spacing direction background_style"),
    "button": _COMMON
    | _names("type size width icon disabled disabled_tips confirm text behaviors name form_action_type"),
    "plain_text": _COMMON | _names("content text_size text_align text_color lines i18n_content"),
    "lark_md": _COMMON | _names("content text_size text_align text_color lines i18n_content"),
}
_CARD = _names("schema config card_link header body")
_CONFIG = _names("update_multi enable_forward width_mode summary streaming_mode use_custom_translation style")
_HEADER = _names("template title subtitle text_tag_list icon padding")
_BODY = _names(
    "direction padding elements vertical_spacing horizontal_spacing vertical_align horizontal_align"
)


class ContentRefused(Exception):
    """``code`` and ``msg`` as the API answers them."""

    def __init__(self, code: int, msg: str) -> None:
        super().__init__(msg)
        self.code = code
        self.msg = msg


@dataclass(frozen=True, slots=True)
class Content:
    """``keys``: of the picture or file in it."""

    native: Mapping[str, Any]
    text: str = ""
    card: CardView | None = None
    key: str = ""


def read(msg_type: object, content: object) -> Content:
    """What a message's ``content`` says.

    Raises:
        ContentRefused: the platform would refuse it.
    """
    if not isinstance(content, str):
        raise ContentRefused(230001, "content is not a string in json format")
    if len(content.encode()) > (MAX_TEXT if msg_type == "text" else MAX_CONTENT):
        raise ContentRefused(230025, "The length of the message content reaches its limit.")
    try:
        native = json.loads(content)
    except ValueError:
        raise ContentRefused(230001, "content is not a string in json format") from None
    if not isinstance(native, dict):
        raise ContentRefused(230001, "content is not a json object")
    match msg_type:
        case "text" if isinstance(native.get("text"), str) and native["text"]:
            return Content(native, native["text"])
        case "post":
            return Content(native, _post(native))
        case "interactive":
            return card(native)
        case "image" | "file" as kind if isinstance(native.get(f"{kind}_key"), str):
            return Content(native, key=native[f"{kind}_key"])
    raise ContentRefused(230001, f"invalid content for msg_type {msg_type}")


def card(native: Mapping[str, Any]) -> Content:
    """A card of schema 2.0. Raises ``ContentRefused``."""
    if native.get("schema") != "2.0":
        raise _bad_card(200621, "this stand-in takes card JSON 2.0 only")
    config, header, body = (native.get(part, {}) for part in ("config", "header", "body"))
    for where, value, known in (
        ("card", native, _CARD),
        ("config", config, _CONFIG),
        ("header", header, _HEADER),
        ("body", body, _BODY),
    ):
        _known(where, value, known)
    if config.get("update_multi") is False:
        raise _bad_card(200621, "update_multi of a 2.0 card is true")
    if header.get("template", "default") not in _TEMPLATES:
        raise _bad_card(200621, f"header.template {header['template']}")
    elements = body.get("elements")
    if not isinstance(elements, list):
        raise _bad_card(200621, "body.elements is required")
    count = sum(1 for _ in _walk(elements, 1))
    if count > MAX_ELEMENTS:
        raise _bad_card(11310, f"{count} elements")
    if "title" in header:
        _text(header["title"])
    title = header.get("title", {}).get("content", "")
    view = _view(title, elements)
    rows = [f"{key}：{value}" for key, value in view["rows"]]
    return Content(native, "\n".join(line for line in (title, *rows, view["remark"]) if line), view)


def buttons(native: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """A card's buttons as a reader counts them."""
    return [element for element in _walk(native["body"]["elements"], 1) if element["tag"] == "button"]


def callback_value(button: Mapping[str, Any]) -> Any:
    """What a press sends to the bot; None if it sends nothing."""
    if button.get("disabled"):
        return None
    return next((b.get("value") for b in button.get("behaviors", ()) if b.get("type") == "callback"), None)


def _walk(elements: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    """Every component, checked, in reading order."""
    if depth > MAX_DEPTH:
        raise _bad_card(200621, "nested too deep")
    if not isinstance(elements, list):
        raise _bad_card(200621, "elements is not a list")
    for element in elements:
        tag = element.get("tag") if isinstance(element, dict) else None
        if tag not in _PROPERTIES or tag in ("plain_text", "lark_md"):
            raise _bad_card(200861, f"unsupported tag {tag}")
        _known(str(tag), element, _PROPERTIES[str(tag)])
        _check(element)
        yield element
        if tag in ("column_set", "column"):
            yield from _walk(element.get("columns" if tag == "column_set" else "elements"), depth + 1)


def _check(element: Mapping[str, Any]) -> None:
    """What one component needs to have."""
    match element["tag"]:
        case "button":
            _text(element.get("text"))
            if element.get("type", "default") not in _BUTTON_TYPES:
                raise _bad_card(200621, f"button type {element.get('type')}")
            behaviors = element.get("behaviors", [])
            if any(b.get("type") == "callback" and not isinstance(b.get("value"), dict) for b in behaviors):
                raise _bad_card(200621, "a callback needs an object as value")
        case "div" if "text" in element:
            _text(element["text"])
        case "markdown" if not isinstance(element.get("content"), str):
            raise _bad_card(200621, "markdown without content")


def _text(value: Any) -> None:
    if not isinstance(value, dict) or value.get("tag") not in ("plain_text", "lark_md"):
        raise _bad_card(200621, "text is not a text object")
    _known("text", value, _PROPERTIES[value["tag"]])
    if not isinstance(value.get("content"), str):
        raise _bad_card(200621, "text without content")


def _known(where: str, value: Any, known: frozenset[str]) -> None:
    if not isinstance(value, dict):
        raise _bad_card(200621, f"{where} is not an object")
    unknown = set(value) - known
    if unknown:
        raise _bad_card(200621, f"unknown property {where}.{sorted(unknown)[0]}")


def _bad_card(inner: int, what: str) -> ContentRefused:
    return ContentRefused(230099, f"Failed to create card content, ext=ErrCode: {inner}; ErrMsg: {what}; ")


def _view(title: str, elements: list[Mapping[str, Any]]) -> CardView:
    rows: list[tuple[str, str]] = []
    remark: list[str] = []
    shown: list[ButtonView] = []
    for element in elements:
        inner = list(_walk([element], 1))
        words = [_words(e) for e in inner if e["tag"] in ("div", "markdown")]
        if element["tag"] == "column_set" and len(words) == 2:
            rows.append((words[0], words[1]))
        else:
            remark += words
        pressed = (e for e in inner if e["tag"] == "button")
        shown += [{"label": b["text"]["content"], "live": callback_value(b) is not None} for b in pressed]
    return {"title": title, "rows": rows, "remark": "\n".join(remark), "buttons": shown}


def _words(element: Mapping[str, Any]) -> str:
    text = element["content"] if element["tag"] == "markdown" else element.get("text", {}).get("content", "")
    return str(text)


def _post(native: Mapping[str, Any]) -> str:
    """Sent rich text has a language level, unlike received one."""
    for language in native.values():
        content = language.get("content") if isinstance(language, dict) else None
        if isinstance(content, list) and all(isinstance(line, list) for line in content):
            lines = ["".join(str(node.get("text", "")) for node in line) for line in content]
            return "\n".join([language["title"], *lines] if language.get("title") else lines)
    raise ContentRefused(230001, "invalid post content")
