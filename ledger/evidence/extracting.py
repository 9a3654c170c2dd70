"""What a content says and who made it, as far as it tells: pages by trafilatura, PDF files by pypdf."""

from __future__ import annotations

import io
import logging
import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ledger.core.sniffing import Found, Medium
from ledger.evidence.writing import needs_evidence
from schemas.dates import bounds
from schemas.ids import MAX_TEXT

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_PAGES = 2_000
MAX_TEXT_BYTES = 4 << 20
MAX_READ_BYTES = 16 << 20
_MOST_AUTHORS = 30
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# What parsers of hostile files raise beside their own errors.
_FAULTS = (ArithmeticError, AssertionError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError)


@dataclass(frozen=True)
class Extract:
    """`pages` are counted for PDF files. `trouble` says why there is no text where there should be some."""

    media_type: str
    medium: Medium
    text: str = ""
    title: str | None = None
    authors: tuple[str, ...] = ()
    published_at: str | None = None
    lang: str | None = None
    canonical: str | None = None
    publisher: str | None = None
    pages: int | None = None
    trouble: str | None = None


def load_readers() -> None:
    """What reads pages is loaded beside what goes on meanwhile: that takes a second, in which a page is on its way."""

    def load() -> None:
        with suppress(ImportError):  # told where it is needed
            import trafilatura  # noqa: F401  it is wanted where pages are read

    Thread(target=load, name="readers", daemon=True).start()


def extract(content: bytes, found: Found, url: str | None = None) -> Extract:
    """What can be read out of it. A file that cannot be read is evidence all the same: it comes back with its trouble."""
    plain = Extract(found.media_type, found.medium)
    if found.media_type not in ("text/html", "application/xhtml+xml", "application/pdf", "text/plain"):
        return plain
    if len(content) > MAX_READ_BYTES:
        return replace(plain, trouble=f"its text was not read: more than {MAX_READ_BYTES} bytes")
    if found.media_type == "application/pdf":
        return _pdf(content, plain)
    if found.media_type == "text/plain":
        return replace(plain, text=_bounded(content.decode("utf-8", "replace")))
    return _page(content, plain, url)


def _page(content: bytes, plain: Extract, url: str | None) -> Extract:
    try:
        from lxml import etree
        from trafilatura import bare_extraction, load_html
    except ImportError:
        raise needs_evidence("trafilatura") from None
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        tree = load_html(content)
        if tree is None:
            return replace(plain, trouble="the page holds nothing that can be read")
        own = _own_words(tree)
        found: Any = bare_extraction(
            tree, url=url, with_metadata=True, include_comments=False, include_tables=True, favor_recall=True,
            date_extraction_params={"original_date": True, "extensive_search": False, "max_date": "9999-12-31"},
        )  # fmt: skip
    except (*_FAULTS, etree.LxmlError) as error:
        return replace(plain, trouble=f"the page cannot be read: {type(error).__name__}")
    if found is None:
        return replace(plain, **own, trouble="no text was found in the page")
    day = _date(found.date)
    return replace(
        plain,
        text=_bounded(found.text or ""),
        title=_line(found.title),
        authors=_names(found.author),
        published_at=own["published_at"] or day,
        lang=own["lang"],
        canonical=_canonical(found.url, url),
        publisher=_line(found.sitename),
        trouble=None if found.text else "no text was found in the page",
    )


def _own_words(tree: Any) -> dict[str, Any]:
    """What the page says of itself where trafilatura does not listen: its language, and the moment beside the day."""
    stated = tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang")
    for meta in tree.iterfind(".//meta[@property='article:published_time']"):
        moment = _moment(meta.get("content") or "")
        if moment:
            return {"lang": _language(stated), "published_at": moment}
    return {"lang": _language(stated), "published_at": None}


def _pdf(content: bytes, plain: Extract) -> Extract:
    try:
        from pypdf import PdfReader
        from pypdf.errors import PyPdfError
    except ImportError:
        raise needs_evidence("pypdf") from None
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    pages: list[str] = []
    try:
        reader = PdfReader(io.BytesIO(content))
        count = len(reader.pages)
        told = reader.metadata
        for page in reader.pages[:MOST_PAGES]:
            pages.append(page.extract_text().replace("\f", " "))
        made = told.creation_date if told else None
    except (PyPdfError, *_FAULTS) as error:
        return replace(plain, text=_bounded("\f".join(pages)), trouble=f"the PDF cannot be read whole: {type(error).__name__}")
    text = _bounded("\f".join(pages))
    return replace(
        plain,
        text=text if text.strip() else "",
        pages=count,
        title=_line(told.title) if told else None,
        authors=_names(told.author) if told else (),
        published_at=_date(made.date().isoformat()) if made else None,
        trouble=None if text.strip() else "no text: the pages may be pictures",
    )


def _bounded(text: str) -> str:
    return unicodedata.normalize("NFC", text[:MAX_TEXT_BYTES])


def _line(value: object) -> str | None:
    """One line of bounded length, as records have it."""
    if not isinstance(value, str):
        return None
    text = unicodedata.normalize("NFC", " ".join(_CONTROLS.sub("", value).split()))
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1].rstrip() + "…"


def _names(value: object) -> tuple[str, ...]:
    names = [_line(one) for one in re.split(r"[;\n]", value)] if isinstance(value, str) else []
    return tuple(dict.fromkeys(one for one in names if one))[:_MOST_AUTHORS]


def _date(value: object) -> str | None:
    try:
        bounds(str(value))
    except ValueError:
        return None
    return str(value)


def _moment(value: str) -> str | None:
    try:
        moment = datetime.fromisoformat(value.strip())
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment.tzinfo and moment.year >= 1000 else None
    except (ValueError, OverflowError):
        return None


def _language(value: object) -> str | None:
    """A BCP 47 tag, where it is one."""
    from langcodes import standardize_tag
    from langcodes.tag_parser import LanguageTagError

    text = str(value or "").strip().replace("_", "-")
    if not re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}", text):
        return None
    try:
        return standardize_tag(text)
    except LanguageTagError:
        return None


def _canonical(stated: object, url: str | None) -> str | None:
    """The address that the page gives itself, where it is one of the same site: of others it may say what it likes."""
    if not isinstance(stated, str) or not stated.startswith(("https://", "http://")) or url is None:
        return None
    try:
        own, asked = urlsplit(stated).hostname or "", urlsplit(url).hostname or ""
    except ValueError:
        return None
    return stated if own.removeprefix("www.") == asked.removeprefix("www.") else None


def pages_of(text: str) -> Sequence[str]:
    """The pages of a PDF file's text."""
    return text.split("\f")
