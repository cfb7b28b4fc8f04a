"""From an HTTP request to a text that we believe: signature → age → decryption → receiver."""

from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.connector import WebhookRequest
from connectors.errors import MalformedEvent, StaleRequest
from connectors.wecom import aibot_events, app_events
from connectors.wecom.crypto import CallbackCipher
from connectors.wecom.settings import WeComSettings

APP, AIBOT = "app", "aibot"  #: the endpoints
MAX_BODY = 1 << 20  #: bytes of a webhook
PATIENCE = 3600.0  #: seconds a request may be old, or ahead


@dataclass(frozen=True, slots=True)
class Believed:
    """A verified, decrypted request. ``now`` is when it came, ``nonce`` its own."""

    cipher: CallbackCipher
    text: str
    at: datetime
    nonce: str
    now: datetime


def ciphers(settings: WeComSettings) -> dict[str, CallbackCipher]:
    """One for each configured endpoint. The corp's own robot names no receiver."""
    found = {}
    if settings.has_app:
        key = settings.encoding_aes_key.get_secret_value()
        found[APP] = CallbackCipher(settings.token.get_secret_value(), key, settings.corp_id)
    if settings.has_aibot:
        key = settings.aibot_encoding_aes_key.get_secret_value()
        found[AIBOT] = CallbackCipher(settings.aibot_token.get_secret_value(), key, "")
    return found


def believe(request: WebhookRequest, known: dict[str, CallbackCipher], now: datetime) -> Believed:
    """The decrypted message of a request, or the plain ``echostr`` of a GET.

    Raises:
        WebhookError: it is not believed.
    """
    cipher = known.get(request.endpoint)
    if cipher is None:
        raise MalformedEvent("unknown_endpoint")
    signature = _parameter(request, "msg_signature")
    timestamp, nonce = _parameter(request, "timestamp"), _parameter(request, "nonce")
    encrypted = _encrypted(request)
    cipher.verify(signature, timestamp, nonce, encrypted)
    at = _fresh(timestamp, now)
    return Believed(cipher, cipher.decrypt(encrypted), at, nonce, now)


def _parameter(request: WebhookRequest, name: str) -> str:
    value = request.query.get(name)
    if value is None:
        raise MalformedEvent("missing_parameter")
    return value


def _encrypted(request: WebhookRequest) -> str:
    if request.method == "GET":
        return _parameter(request, "echostr")
    if request.method != "POST":
        raise MalformedEvent("bad_method")
    if len(request.body) > MAX_BODY:
        raise MalformedEvent("body_too_large")
    try:
        body = request.body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedEvent("bad_body") from error
    if request.endpoint == APP:
        return app_events.encrypted_part(body)
    return aibot_events.encrypted_part(body)


def _fresh(timestamp: str, now: datetime) -> datetime:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 11):
        raise MalformedEvent("bad_timestamp")
    if abs(now.timestamp() - int(timestamp)) > PATIENCE:
        raise StaleRequest("stale")
    return datetime.fromtimestamp(int(timestamp), UTC)
