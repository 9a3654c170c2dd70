"""One record with the openings that somebody chose to show, for one reader (docs/format.md §16)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from schemas.envelope import Envelope
from schemas.ids import Closed, Digest, Opening

REVEAL_TYPE: Literal["urn:onrecord:reveal:1"] = "urn:onrecord:reveal:1"


class Reveal(Closed):
    """The signed record, what some of its sealed values say, and the C2SP tlog-proof of its entry."""

    type: Literal["urn:onrecord:reveal:1"]
    envelope: Envelope
    openings: Annotated[dict[Digest, Opening], Field(min_length=1, max_length=200)]
    proof: Annotated[str, StringConstraints(max_length=200_000)]
    sha256: Digest = Field(description="of the canonical bytes of the other members: no byte of the file may differ")
