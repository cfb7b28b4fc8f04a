"""What a card's native payload says about its looks, for the page: colours and which button stands out.

Sources: developer.work.weixin.qq.com/document/path/94888 (``button_list.style``), Feishu's pages on card
JSON 2.0 (``header.template``, ``button.type``), DingTalk's own card template (``tone``).
"""

import json
from collections.abc import Mapping
from typing import Any

from connectors.sandbox import feishu_content
from connectors.sandbox.journal import Entry

_WECOM = {1: "primary", 2: "danger", 3: "danger"}
_FEISHU = {"green": "good", "orange": "warning", "yellow": "warning", "red": "bad", "carmine": "bad"}


def look(entry: Entry) -> dict[str, Any]:
    """``tone``: plain, good, warning or bad; ``styles``: of each button, primary, danger or nothing;
    ``source``: the app's name stands above the title."""
    native = entry.native
    match entry.platform:
        case "wecom":
            return _wecom(native.get("template_card", native))
        case "feishu":
            return _feishu(native)
        case _:
            return _dingtalk(native)


def _wecom(card: Any) -> dict[str, Any]:
    if not isinstance(card, Mapping):
        return _shown("plain", [])
    source = card.get("source")
    colour = source.get("desc_color", 0) if isinstance(source, Mapping) else 0
    styles = [_WECOM.get(int(button.get("style", 1)), "") for button in card.get("button_list", ())]
    tone = {"2": "bad", "3": "good"}.get(str(colour), "plain")
    return _shown(tone, styles) | {"source": "main_title" in card}


def _feishu(native: Mapping[str, Any]) -> dict[str, Any]:
    content = native.get("content")
    card = json.loads(content) if isinstance(content, str) else native
    if not isinstance(card, Mapping) or card.get("schema") != "2.0":
        return _shown("plain", [])
    types = [str(button.get("type", "")) for button in feishu_content.buttons(card)]
    styles = [next((s for s in ("primary", "danger") if one.startswith(s)), "") for one in types]
    return _shown(_FEISHU.get(card.get("header", {}).get("template", ""), "plain"), styles)


def _dingtalk(native: Mapping[str, Any]) -> dict[str, Any]:
    data = (native.get("cardData") or {}).get("cardParamMap") or {}
    buttons = json.loads(data.get("buttons") or "[]")
    return _shown(data.get("tone", "plain"), [str(button.get("style", "")) for button in buttons])


def _shown(tone: str, styles: list[str]) -> dict[str, Any]:
    return {"tone": tone, "styles": styles}
