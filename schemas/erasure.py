"""An order to erase openings, signed and not logged (docs/format.md §5.6), and what came of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import FailFast, Field, StringConstraints

from schemas.envelope import Base64, Signature
from schemas.ids import Closed, Digest, Origin, Unique

ERASURE_TYPE: Literal["application/vnd.onrecord.erasure+json; version=1"] = "application/vnd.onrecord.erasure+json; version=1"


class Erasure(Closed):
    """What is to be erased: the openings of these sealed values of one record, in one ledger."""

    ledger: Origin
    record: Digest
    values: Annotated[tuple[Digest, ...], Field(min_length=1, max_length=200), Unique]


class ErasureOrder(Closed):
    """DSSE v1 over the RFC 8785 bytes of an `Erasure`, in the same one spelling as a record's envelope."""

    payload: Annotated[Base64, StringConstraints(max_length=64_172)]
    payloadType: Literal["application/vnd.onrecord.erasure+json; version=1"]
    signatures: Annotated[tuple[Signature, ...], Field(min_length=1, max_length=4), FailFast()]


class Erased(Closed):
    """The openings are gone, and are not kept again whoever brings them."""

    record: Digest
    erased: list[Digest] = Field(description="sealed values whose openings were there and are gone now")
    absent: list[Digest] = Field(description="sealed values whose openings were not there; they are refused from now on too")
    also_closed: list[Digest] = Field(description="other records that hold the very same sealed values")
    still_open: list[Digest] = Field(description="other records in which the very same words are still open")
    to_scrub: bool = Field(
        default=False,
        description="the words are not yet gone from the ledger's own disk, since somebody was reading; it is tried again",
    )
