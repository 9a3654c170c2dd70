"""What a file looks like before anything is checked. By itself, so that whoever verifies a bundle loads no credentials."""

from __future__ import annotations

from typing import Any

from ledger.core.canonical import parse_json
from ledger.errors import OnRecordError

MAX_CREDENTIAL_BYTES = 1 << 20


def credential_in(data: bytes) -> dict[str, Any] | None:
    """The JSON, if the file looks like a credential at all."""
    try:
        value = parse_json(data, max_bytes=MAX_CREDENTIAL_BYTES)
    except OnRecordError:
        return None
    return value if isinstance(value, dict) and {"@context", "credentialSubject"} & value.keys() else None
