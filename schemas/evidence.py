"""What an evidence store keeps beside each content that was seen."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from schemas.ids import Closed, Digest, MediaType, UtcTime

MAX_CAPTURES = 10_000
_Address = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]


class Picture(Closed):
    """A page as a browser drew it from its captured bytes alone: derived, and no proof of anything. `cut`: the page is longer.
    `missing` are the parts that it asked for and was not given, by their kind."""

    sha256: Digest
    media_type: Literal["image/png"]
    bytes: Annotated[int, Field(ge=1)]
    width: Annotated[int, Field(ge=1)]
    height: Annotated[int, Field(ge=1)]
    cut: bool = False
    browser: Annotated[str, StringConstraints(max_length=100)]
    missing: Annotated[dict[Annotated[str, StringConstraints(max_length=40)], int], Field(max_length=20)] = {}


class Capture(Closed):
    """One time that the content was seen: in which WARC file, at which address, of which the last redirect led to `final`."""

    warc: Digest
    at: UtcTime
    url: _Address
    final: _Address | None = None
    kind: Literal["response", "revisit", "resource"]
    picture: Picture | None = None


class Kept(Closed):
    """A content with all times that it was seen, the first one first, and the documents on record that it is the content of."""

    sha256: Digest
    media_type: MediaType
    bytes: Annotated[int, Field(ge=0)]
    captures: Annotated[tuple[Capture, ...], Field(min_length=1, max_length=MAX_CAPTURES)]
    documents: Annotated[tuple[Digest, ...], Field(max_length=1_000)] = ()


class Packed(Closed):
    """A file in a zip of evidence."""

    sha256: Digest
    bytes: Annotated[int, Field(ge=0)]


class ShownDocument(Closed):
    """A document of the bundle, with the files in which it was seen; or why there is none."""

    document: Digest
    sha256: Digest | None = None
    media_type: MediaType | None = None
    files: Annotated[list[Annotated[str, StringConstraints(max_length=200)]], Field(max_length=20_000)] = []
    left_out: Annotated[str, StringConstraints(max_length=500)] | None = None


class Manifest(Closed):
    """What is in a zip of evidence, beside itself."""

    onrecord_evidence: Literal[1]
    claim: Digest
    files: Annotated[dict[Annotated[str, StringConstraints(max_length=200)], Packed], Field(max_length=100_000)]
    documents: Annotated[list[ShownDocument], Field(max_length=100_000)]
    withheld: Annotated[int, Field(ge=0)]
    page: Annotated[int, Field(ge=1, le=1_000, strict=True)] = 1
    """The form in which `index.html` is written; the first one had no number."""
