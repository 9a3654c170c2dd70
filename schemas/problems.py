"""Errors as they travel: application/problem+json (RFC 9457)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from schemas.ids import Closed, Digest, UtcTime


class Withheld(Closed):
    """What may be said of a record that is withheld: never what it says. Its leaf hash and its proofs stay."""

    record: Digest
    kind: str
    index: int
    leaf_hash: str = Field(description="base64, as in a receipt")
    basis: str | None = Field(description="null where it is sealed and can no longer be opened; so is `authority`")
    authority: str | None
    order: Digest = Field(description="the record that withholds it")
    ordered_at: UtcTime


class Problem(BaseModel):
    """`type` is a URN of ours, `detail` what was found and wanted, `hint` what to do next, `pointer` where (RFC 6901),
    `primary` the server that does what a replica does not."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    hint: str | None = None
    pointer: str | None = None
    step: str | None = None
    errors: list[dict[str, Any]] | None = None
    suggestions: list[str] | None = None
    matches: list[str] | None = None
    withheld: Withheld | None = None
    primary: str | None = None
