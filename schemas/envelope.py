"""A signed record as it travels (docs/format.md §7), and what comes with it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import FailFast, Field, StringConstraints

from schemas.ids import Closed, DidKey, Digest, Opening

RECORD_TYPE: Literal["application/vnd.onrecord.record+json; version=1"] = "application/vnd.onrecord.record+json; version=1"
Base64 = Annotated[str, StringConstraints(pattern=r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$")]


class Signature(Closed):
    keyid: DidKey
    sig: Annotated[Base64, StringConstraints(min_length=88, max_length=88)]


class Envelope(Closed):
    """DSSE v1. The entry in the log is exactly the RFC 8785 bytes of this object."""

    payload: Annotated[Base64, StringConstraints(max_length=64_172)]
    payloadType: Literal["application/vnd.onrecord.record+json; version=1"]
    signatures: Annotated[tuple[Signature, ...], Field(min_length=1, max_length=4), FailFast()]


class Submission(Closed):
    """An envelope with the openings of the sealed values in its record, by their digest."""

    envelope: Envelope
    openings: Annotated[dict[Digest, Opening], Field(max_length=200)] | None = None
