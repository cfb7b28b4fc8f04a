"""What the bot's replies in the HTTP response itself do: a text, or a card that is redrawn.

Source: developer.work.weixin.qq.com/document/path/90241 (app), 101031 (robot).
"""

from typing import Any
from xml.etree.ElementTree import Element

from connectors.sandbox.journal import BOT, Delivery, EntryKind
from connectors.sandbox.wecom_tenant import SentMessage, Tenant, Where
from connectors.sandbox.wecom_views import (
    Shown,
    card_of_xml,
    fault_of_card,
    show_card,
    show_markdown,
    show_text,
)


class Replies:
    """Applies replies to what is on the screen."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    def app(self, delivery: Delivery, where: Where, reply: Element, pressed: SentMessage | None) -> Delivery:
        """An app's reply. A press has no toast here: a text is a message, and told as both."""
        match reply.findtext("MsgType"):
            case "text":
                shown = show_text(reply.findtext("Content") or "")
                self._tenant.show(where, shown, {"Content": shown.text})
                return Delivery(delivery.status, shown.text, delivery.attempts)
            case "update_template_card" if pressed and (card := reply.find("TemplateCard")) is not None:
                self._redraw(pressed, card_of_xml(card))
            case "update_button" if pressed and pressed.shown.card:
                name = reply.findtext("Button/ReplaceName") or ""
                self._tenant.redraw(pressed, replaced(pressed.shown, name), {"ReplaceName": name})
            case other:
                return self.bad(where, f"MsgType {other}")
        return delivery

    def robot(self, where: Where, reply: dict[str, Any], pressed: SentMessage | None) -> None:
        """A robot's reply: to a message a stream, to a press a card."""
        if pressed is not None and reply.get("response_type") == "update_template_card":
            self._redraw(pressed, reply.get("template_card"))
        elif pressed is None and reply.get("msgtype") == "stream":
            content = str(reply["stream"].get("content", ""))
            self._tenant.show(where, show_markdown(content), reply, robot=True)
        else:
            self.bad(where, "msgtype")

    def bad(self, where: Where, why: str) -> Delivery:
        """The platform drops a reply that it cannot read, and says nothing to the bot."""
        self._tenant.journal.add("wecom", EntryKind.SYSTEM, where, BOT, text=f"回复无效：{why}")
        return Delivery(200)

    def _redraw(self, message: SentMessage, native: Any) -> None:
        fault = fault_of_card(native)
        if fault:
            self.bad(message.where, f"template_card: {fault}")
        else:
            self._tenant.redraw(message, show_card(native), native)


def replaced(shown: Shown, name: str) -> Shown:
    """A card whose buttons have given way to a word."""
    if shown.card is None:
        return shown
    card = shown.card.copy()
    card["buttons"] = [{"label": name, "live": False}]
    return Shown(shown.text, card)
