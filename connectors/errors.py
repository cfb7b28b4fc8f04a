"""What can go wrong at the edge.

ConnectorError
├── WebhookError(status)        answered to the platform; nothing is stored
│   ├── BadSignature 401        wrong or missing signature, key, token, corp id
│   ├── StaleRequest 401        outside the accepted age: how a wrong clock shows
│   └── MalformedEvent 400      not from this platform: padding, XML, JSON, size
├── ConfigurationError          a setting is missing or empty; the service refuses to start
└── SendError                   seen by bot/delivery.py only
    ├── SendDeferred            certainly not sent; try again after ``retry_after`` seconds
    ├── SendRefused             certainly not sent; never tried again as it is
    ├── CredentialError         the app itself is refused (token, permission, IP, quota)
    └── SendUnknown             the request was written and no readable answer came
"""


class ConnectorError(Exception):
    """Something went wrong at a platform's edge."""


class ConfigurationError(ConnectorError):
    """A setting is missing, empty or contradicts another; named in the text."""


class WebhookError(ConnectorError):
    """The request is not believed. ``reason`` is a short code for logs and metrics, without data."""

    status = 400

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BadSignature(WebhookError):
    """Signature, key, token or receiver does not match."""

    status = 401


class StaleRequest(WebhookError):
    """The signed timestamp is outside the accepted window."""

    status = 401


class MalformedEvent(WebhookError):
    """The body is not something this platform sends."""

    status = 400


class SendError(ConnectorError):
    """A message did not get a clear *delivered*. ``code`` is the platform's, for the office."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code = code
        self.detail = detail


class SendDeferred(SendError):
    """Certainly not sent: connection refused, rate limit, platform busy.

    ``whole_app``: the limit is the app's, not this address's.
    """

    def __init__(
        self, code: str, detail: str = "", *, retry_after: float = 5.0, whole_app: bool = False
    ) -> None:
        super().__init__(code, detail)
        self.retry_after = retry_after
        self.whole_app = whole_app


class SendRefused(SendError):
    """Certainly not sent and never will be.

    ``dead_address``: nothing can reach this address any more (bot removed, chat dissolved,
    person left), so that what waits behind it is refused too.
    """

    def __init__(self, code: str, detail: str = "", *, dead_address: bool = False) -> None:
        super().__init__(code, detail)
        self.dead_address = dead_address


class CredentialError(SendError):
    """The app is refused (secret, permission, IP allow-list, quota); its other messages wait too."""


class SendUnknown(SendError):
    """Written, but no readable answer: it may or may not have arrived."""
