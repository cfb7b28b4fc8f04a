"""A recorded webhook request, with the keys and the clock to read it by (``chengquan replay``)."""

from dataclasses import dataclass
from datetime import datetime

from connectors.connector import Connector, WebhookRequest


@dataclass(frozen=True, slots=True)
class Recording:
    """``refusal``: the connector could not even be built from the case's keys (why, as a short code)."""

    name: str
    request: WebhookRequest
    now: datetime
    connector: Connector | None
    refusal: str = ""
