"""Webhooks as Standard Webhooks 1.0 describes them: three headers, of which one is a signature over all that is sent."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from ledger.errors import FormatError
from ledger.net.guarded import Answer, Guard, Resolve, request

PREFIX = "whsec_"
_SECRET_BYTES = 32


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def sign(secret: str, id: str, moment: int, body: bytes) -> str:
    """`v1,` and the HMAC-SHA256 of id, POSIX seconds and body, base64."""
    if not secret.startswith(PREFIX):
        raise FormatError(f"a webhook's secret begins with {PREFIX}")
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{id}.{moment}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def send(url: str, secret: str, id: str, moment: int, body: bytes, *, guard: Guard, resolve: Resolve | None = None) -> Answer:
    """The receiver's answer. The same id means the same message, which may come twice."""
    headers = {
        "content-type": "application/json",
        "user-agent": "OnRecord-Hooks/1",
        "webhook-id": id,
        "webhook-timestamp": str(moment),
        "webhook-signature": sign(secret, id, moment, body),
    }
    return request("POST", url, guard=guard, headers=headers, content=body, resolve=resolve)
