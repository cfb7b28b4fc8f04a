"""What a person reads of WeCom's native payloads, and what the platform refuses in them.

Source: developer.work.weixin.qq.com/document/path/94888 (cards), 90236 (messages), 99110 (message push).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from connectors.sandbox.journal import CardView

Json = dict[str, Any]

_TASK_ID = re.compile(r"[0-9A-Za-z_@-]{1,128}")
_NOT_SHOWN = re.compile("[\u200b\u200c\u2060\u2063]")
_TAG = re.compile(r"</?font[^>]*>|<@[^>]*>|\*\*|`")
_SAYS = re.compile(
    r"^· (?:(?P<label>[^：\n]{1,8})：(?:@\S+ )?(?P<sentence>.+)|(?:@\S+ )?(?P<same>[^：\s]{1,4}))$"
)
_CAN_REPLY = "可以回复："


@dataclass(frozen=True, slots=True)
class Shown:
    """A message on the screen. ``says``: for each button, its key (alive) or the sentence to type."""

    text: str
    card: CardView | None = None
    says: tuple[str, ...] = field(default=())


def visible(text: str) -> str:
    """Without the signs that show nothing."""
    return _NOT_SHOWN.sub("", text)


def cut_silently(text: str, limit: int) -> str:
    """The first ``limit`` bytes: the platform says nothing about the rest."""
    return text.encode()[:limit].decode("utf-8", "ignore")


def show_text(text: str) -> Shown:
    """A text message; lines that say what to type are remembered as buttons."""
    says = [m["sentence"] or m["same"] for line in visible(text).split("\n") if (m := _SAYS.match(line))]
    return Shown(visible(text), None, tuple(says))


def show_markdown(content: str) -> Shown:
    """Markdown that begins with a bold line is read as a card, with what to type as dead buttons."""
    lines = [_TAG.sub("", line) for line in content.split("\n")]
    if not content.startswith("**"):
        return Shown("\n".join(lines), None, show_text("\n".join(lines)).says)
    card = CardView(title=lines[0], rows=[], remark="", buttons=[])
    says, remark = [], []
    for line in lines[1:]:
        if (found := _SAYS.match(line)) is not None:
            card["buttons"].append({"label": found["label"] or found["same"], "live": False})
            says.append(found["sentence"] or found["same"])
        elif line.startswith("> ") and "：" in line:
            key, _, value = line[2:].partition("：")
            card["rows"].append((key, value))
        elif line and line != _CAN_REPLY:
            remark.append(line)
    card["remark"] = "\n".join(remark)
    return Shown("\n".join(line for line in lines if line), card, tuple(says))


def show_card(native: Mapping[str, Any]) -> Shown:
    """A template card. Buttons are dead where ``replace_text`` has taken their place."""
    replaced = str(native.get("replace_text", ""))
    buttons = [] if replaced else list(native.get("button_list", ()))
    rows = [(str(r["keyname"]), str(r.get("value", ""))) for r in native.get("horizontal_content_list", ())]
    card = CardView(
        title=str(native["main_title"]["title"]),
        rows=rows,
        remark=str(native.get("sub_title_text", "")),
        buttons=[{"label": str(b["text"]), "live": True} for b in buttons],
    )
    if replaced:
        card["buttons"].append({"label": replaced, "live": False})
    lines = [f"【{card['title']}】", *(f"{key}：{value}" for key, value in rows), card["remark"]]
    lines += [f"［{button['label']}］" for button in card["buttons"]]
    return Shown("\n".join(line for line in lines if line), card, tuple(str(b["key"]) for b in buttons))


def fault_of_card(native: Any) -> str:
    """The field for which the platform refuses a card; "" if none."""
    if not isinstance(native, dict):
        return "template_card"
    kind = native.get("card_type")
    if kind not in ("button_interaction", "text_notice"):
        return "card_type"
    title = native.get("main_title")
    if not isinstance(title, dict) or not title.get("title"):
        return "main_title"
    if len(native.get("horizontal_content_list", ())) > 6:
        return "horizontal_content_list"
    if kind == "text_notice":
        action = native.get("card_action") or {}
        return "" if action.get("type") == 1 and action.get("url") else "card_action"
    buttons = native.get("button_list") or ()
    keys = {str(b.get("key", "")) for b in buttons}
    if not 1 <= len(buttons) <= 6 or len(keys) != len(buttons):
        return "button_list"
    if any(not 0 < len(key.encode()) <= 1024 for key in keys):
        return "button_list.key"
    return ""


def fault_of_task_id(native: Mapping[str, Any]) -> str:
    """As ``fault_of_card``, for a new card (an update has no ``task_id``)."""
    task_id = native.get("task_id", "")
    if native.get("card_type") == "button_interaction" or task_id:
        return "" if isinstance(task_id, str) and _TASK_ID.fullmatch(task_id) else "task_id"
    return ""


def card_of_xml(shown: Element) -> Json:
    """A ``TemplateCard`` of an app's reply, in the names of the JSON form."""
    return {_snake(tag): _value(tag, found) for tag, found in _grouped(shown).items()}


_LISTS = {"HorizontalContentList", "ButtonList", "JumpList", "VerticalContentList"}


def _grouped(parent: Element) -> dict[str, list[Element]]:
    found: dict[str, list[Element]] = {}
    for child in parent:
        found.setdefault(child.tag, []).append(child)
    return found


def _value(tag: str, found: list[Element]) -> Any:
    values = [card_of_xml(child) if len(child) else child.text or "" for child in found]
    if tag in _LISTS:
        return values
    value = values[0]
    return int(value) if tag in ("Type", "DescColor", "Style") and isinstance(value, str) else value


def _snake(tag: str) -> str:
    if tag == "KeyName":
        return "keyname"
    return re.sub(r"(?<!^)(?=[A-Z])", "_", tag).lower()
