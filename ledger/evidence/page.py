"""The page of a zip of evidence: plain HTML that says what is there, for somebody who has only a browser.

Everything in it is somebody else's words: escaped, each set apart in its own direction, no link leads out of the folder, and
nothing runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from schemas.evidence import ShownDocument

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; form-action 'none'; base-uri 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Evidence</title>
</head>
<body>
<main>
"""
_HOW = """<h2>How to check it</h2>
<p>This page proves nothing by itself. <code>onrecord verify</code> on the zip file as you received it, with a key of the ledger
from somewhere else, checks each file by its hash, the signatures, the proofs, and that what was captured is what the signed
records name. Files named .warc.gz are web archives, which common readers open. They hold every byte that was sent; time and
address are the word of whoever captured it, unless a time stamp is beside them. Nothing here needs a network.</p>
"""
_FOOT = "</main>\n</body>\n</html>\n"
_MEMBERS = (
    ("url", "Address"),
    ("publisher", "Published by"),
    ("published_at", "Published"),
    ("retrieved_at", "Seen"),
    ("lang", "Language"),
    ("media_type", "Kind of file"),
    ("sha256", "Hash of what was seen"),
    ("version_of", "A newer version of"),
)


def print_page(
    claim: Mapping[str, Any],
    ledger: tuple[str, int],
    documents: Sequence[tuple[ShownDocument, Mapping[str, Any], Sequence[str]]],
    withheld: int,
    stamps: Sequence[str] = (),
) -> bytes:
    """`ledger` is the log's name and its size; each document comes with its record, opened, and the quotes taken from it;
    `stamps` are the files of the time stamps of that state of the log."""
    return (_HEAD + "\n".join(_lines(claim, ledger, documents, withheld, stamps)) + _FOOT).encode()


def _lines(
    claim: Mapping[str, Any],
    ledger: tuple[str, int],
    documents: Sequence[tuple[ShownDocument, Mapping[str, Any], Sequence[str]]],
    withheld: int,
    stamps: Sequence[str],
) -> Iterator[str]:
    yield "<h1>What was seen, and where it is kept</h1>"
    yield "<h2>The claim</h2>"
    for lang, text in (claim.get("text") or {}).items():
        yield f"<p{_lang(lang)}>{said(text)}</p>"
    origin, size = ledger
    yield f"<p>Recorded in the ledger {said(origin)}, state of {size} entries. The file "
    yield '<a href="claim.bundle.json">claim.bundle.json</a> holds every record, signed; it is for programs.</p>'
    if stamps:
        yield "<p>By when that state was there, and every record in it, is attested by:</p>"
        yield from _links(stamps)
    yield f"<h2>Documents ({len(documents)})</h2>"
    for shown, record, quotes in documents:
        yield "<section>"
        yield f"<h3{_lang(record.get('lang'))}>{said(record.get('title') or record.get('url') or shown.document)}</h3>"
        yield "<dl>"
        for member, name in _MEMBERS:
            if record.get(member) is not None:
                yield f"<dt>{name}</dt><dd>{said(record[member])}</dd>"
        yield f"<dt>Record</dt><dd>{said(shown.document)}</dd>"
        yield "</dl>"
        for quote in quotes:
            yield f"<blockquote>{said(quote)}</blockquote>"
        yield from _files(shown)
        yield "</section>"
    if withheld:
        count, them = ("1 entry of the ledger is", "it") if withheld == 1 else (f"{withheld} entries of the ledger are", "them")
        yield f"<p><strong>{count} withheld</strong>: what was seen of {them} is left out too.</p>"
    yield _HOW


def _files(shown: ShownDocument) -> Iterator[str]:
    if shown.left_out is not None:
        yield f"<p><strong>Left out</strong>: {said(shown.left_out)}.</p>"
        return
    yield from _links(shown.files)


def _links(paths: Sequence[str]) -> Iterator[str]:
    yield "<ul>"
    for path in paths:
        yield f'<li>{_what(path)}: <a href="{escape(path)}">{escape(path)}</a></li>'
    yield "</ul>"


def _what(path: str) -> str:
    if path.startswith("tokens/"):
        return "Time stamp" if path.endswith(".tsr") else "What is stamped"
    return "What was seen" if path.startswith("seen/") else "Capture"


def said(value: object) -> str:
    """Somebody's words, in a direction of their own; what is sealed says so."""
    text = "(sealed)" if isinstance(value, Mapping) else str(value)
    return f"<bdi>{escape(text)}</bdi>"


def _lang(tag: object) -> str:
    return f' lang="{escape(tag)}"' if isinstance(tag, str) else ""
