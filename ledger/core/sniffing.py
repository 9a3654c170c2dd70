"""What a file is, by its bytes: names and headers say what somebody wished it to be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Medium = Literal["text", "image", "video", "audio", "data"]


@dataclass(frozen=True)
class Found:
    media_type: str
    medium: Medium


_STARTS: tuple[tuple[bytes, str, Medium], ...] = (
    (b"%PDF-", "application/pdf", "text"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "image"),
    (b"\xff\xd8\xff", "image/jpeg", "image"),
    (b"GIF87a", "image/gif", "image"),
    (b"GIF89a", "image/gif", "image"),
    (b"II*\x00", "image/tiff", "image"),
    (b"MM\x00*", "image/tiff", "image"),
    (b"ID3", "audio/mpeg", "audio"),
    (b"\xff\xfb", "audio/mpeg", "audio"),
    (b"\xff\xf3", "audio/mpeg", "audio"),
    (b"fLaC", "audio/flac", "audio"),
    (b"OggS", "audio/ogg", "audio"),
    (b"\x1aE\xdf\xa3", "video/webm", "video"),
    (b"PK\x03\x04", "application/zip", "data"),
    (b"\x1f\x8b", "application/gzip", "data"),
    (b"MZ", "application/vnd.microsoft.portable-executable", "data"),
    (b"\x7fELF", "application/x-elf", "data"),
)
_BRANDS: dict[bytes, tuple[str, Medium]] = {
    b"avif": ("image/avif", "image"),
    b"heic": ("image/heic", "image"),
    b"heix": ("image/heic", "image"),
    b"mif1": ("image/heif", "image"),
    b"qt  ": ("video/quicktime", "video"),
    b"M4A ": ("audio/mp4", "audio"),
}
_RIFF: dict[bytes, tuple[str, Medium]] = {
    b"WEBP": ("image/webp", "image"),
    b"WAVE": ("audio/wav", "audio"),
    b"AVI ": ("video/x-msvideo", "video"),
}
_HTML = re.compile(rb"\s*(?:<!--.{0,2000}?-->\s*)*(?:<!doctype\s+html|<html|<head|<body)[\s>]", re.IGNORECASE | re.DOTALL)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_LOOKED_AT = 4_096
_TEXT_TYPES = re.compile(r"text/[a-z0-9.+-]+|application/(?:[a-z0-9.-]+\+)?(?:json|xml)|application/(?:yaml|javascript)")


def sniff(content: bytes, said: str | None = None) -> Found:
    """What it is. `said` chooses among kinds of text only, which no bytes tell apart."""
    for start, media_type, medium in _STARTS:
        if content.startswith(start):
            return Found(media_type, medium)
    if content[:4] == b"RIFF" and content[8:12] in _RIFF:
        return Found(*_RIFF[content[8:12]])
    if content[4:8] == b"ftyp":
        return Found(*_BRANDS.get(content[8:12], ("video/mp4", "video")))
    head = content[:_LOOKED_AT].removeprefix(b"\xef\xbb\xbf")
    if _HTML.match(head):
        return Found("application/xhtml+xml" if said == "application/xhtml+xml" else "text/html", "text")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or not _CONTROL.search(head):
        return Found(said if said and _TEXT_TYPES.fullmatch(said) else "text/plain", "text")
    return Found("application/octet-stream", "data")


def plain_type(header: str | None) -> str | None:
    """The media type that a header states, without its parameters; None where it says nothing that could be wrong."""
    said = (header or "").partition(";")[0].strip().lower()
    return said if said and said not in ("application/octet-stream", "binary/octet-stream", "unknown/unknown") else None


def medium_of(media_type: str) -> Medium:
    """What such a file would be."""
    kind = media_type.partition("/")[0]
    if kind in ("image", "video", "audio", "text"):
        return kind  # type: ignore[return-value]  # one of the four that it was compared with
    return "text" if media_type == "application/pdf" or _TEXT_TYPES.fullmatch(media_type) else "data"


def contradicts(said: str | None, found: Found) -> bool:
    """Whether a reader who trusted what was said would be deceived: a picture that is a page, a PDF file that is a program.

    A JPEG that is a WebP deceives nobody, nor does a kind of file that we do not know.
    """
    if said is None or said == found.media_type:
        return False
    if {said, found.media_type} & {"application/pdf", "application/vnd.microsoft.portable-executable", "application/x-elf"}:
        return True
    if found.medium == "data":
        return found.media_type != "application/octet-stream" and medium_of(said) != "data"
    return medium_of(said) not in (found.medium, "data") and {medium_of(said), found.medium} != {"audio", "video"}
