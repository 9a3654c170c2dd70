"""The page of a zip of evidence: plain HTML that says what is there, for somebody who has only a browser.

Everything in it is somebody else's words: escaped, each set apart in its own direction, no link leads out of the folder, and
nothing runs. Its one style is ours, and allowed by its hash.

Zips last longer than versions of this program, and `verify` writes their pages again to compare them. So a form that was given
out is never changed: another page is another form, with a number of its own, and the earlier ones can still be written.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from ledger.errors import UnverifiableError
from schemas.evidence import ShownDocument

FORMS = (1, 2)
"""The forms that this version writes; new zips have the last one."""
PICTURES = "pictures/"
"""Where pictures of pages are in a zip whose page shows them: from the second form on."""
_STYLE = """
body { font: 1rem/1.5 sans-serif; max-width: 50rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere;
  color: #1a1a1a; background: #fff }
h1, h2, h3 { line-height: 1.25 }
section { border-top: 1px solid #767676; margin-top: 1.5rem }
dl { display: grid; grid-template-columns: fit-content(9rem) minmax(0, 1fr); gap: .2rem 1rem }
dt { color: #595959 }
dd { margin: 0 }
blockquote { margin: .5rem 0; padding-inline-start: 1rem; border-inline-start: 3px solid #767676 }
.claim { font-size: 1.15rem }
@media print { section { break-inside: avoid } }
"""
_PICTURE_STYLE = """figure { margin: .5rem 0 }
figure img { display: block; max-width: 100%; margin-top: .5rem; border: 1px solid #767676 }
"""
_WHAT = """<p>Here is what was seen of the documents that a claim rests on. Whether the claim is true is not said here, and this
page proves nothing by itself: <a href="#check">how to check it</a>.</p>
"""
_HOW = """<h2 id="check">How to check it</h2>
<p><code>onrecord verify</code> on the zip file as you received it, with a key of the ledger that you have from somewhere else,
checks the signatures and proofs of every record, and that what was captured is what the signed records name. <strong>Nobody
signed this page, the text files and the list of files</strong>: they are made again out of the records and the captures, and
where they are not the same, the zip does not verify. That nothing was captured of a document is the word of whoever packed
it.</p>
<p>Files named .warc.gz are web archives, which common readers open. They hold every byte that was sent. <strong>Where and when
it was seen is the word of whoever captured it</strong>: servers do not sign what they send. A time stamp (.tsr) is an outside
authority&#x27;s word that the file was there by then, and shows no more than that; <code>onrecord verify --authorities</code>
reads it, and so does <code>openssl ts -verify -data FILE -in FILE.NAME.tsr -CAfile NAME.pem</code>. Text files are what a
program read out of a page, to be read more easily; the capture is what counts. Nothing here needs a network.</p>
"""
_HOW_MORE = """<p><strong>A picture of a page (pictures/) proves nothing.</strong> A browser drew it from the capture, without
what the page loads from elsewhere and without running it. Nobody has checked that it did: whoever packed this may have drawn
another. What the page said is in the text file and in the capture.</p>
<p>An OpenTimestamps proof (.ots) leads from the file to a block of Bitcoin, or is a calendar&#x27;s promise to get it there,
which proves nothing. Which block it is has to be looked up elsewhere: <code>onrecord verify --block-headers</code> takes its
header.</p>
"""
_CAPTION = """Picture of the page, not proven: drawn by a browser from the capture, without the parts that the page loads from
elsewhere, as whoever packed this says"""
_FOOT = "</main>\n</body>\n</html>\n"
_MEMBERS = (
    ("url", "Address"),
    ("publisher", "Published by"),
    ("published_at", "Published"),
    ("retrieved_at", "Seen, as recorded"),
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
    form: int = FORMS[-1],
) -> bytes:
    """`ledger` is the log's name and its size; each document comes with its record, opened, and the quotes taken from it;
    `stamps` are the files of the time stamps of that state of the log. UnverifiableError for a form of a later version."""
    if form not in FORMS:
        raise UnverifiableError(f"a page of form {form}, and this version writes forms up to {FORMS[-1]}", step="page")
    lines = _lines(claim, ledger, documents, withheld, stamps, form)
    return (_head(form) + "\n".join(lines) + _FOOT).encode()


def _head(form: int) -> str:
    style = _STYLE if form == 1 else _STYLE + _PICTURE_STYLE
    allowed = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; form-action 'none'; base-uri 'none';
 {"" if form == 1 else "img-src 'self' file:; "}style-src 'sha256-{allowed}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Evidence</title>
<style>{style}</style>
</head>
<body>
<main>
"""


def _lines(
    claim: Mapping[str, Any],
    ledger: tuple[str, int],
    documents: Sequence[tuple[ShownDocument, Mapping[str, Any], Sequence[str]]],
    withheld: int,
    stamps: Sequence[str],
    form: int,
) -> Iterator[str]:
    yield "<h1>What was seen of the documents behind a claim</h1>"
    yield _WHAT
    yield "<h2>The claim</h2>"
    for lang, text in (claim.get("text") or {}).items():
        yield f'<p class="claim"{_lang(lang)}>{said(text)}</p>'
    origin, size = ledger
    yield f"<p>Recorded in the ledger {said(origin)}, state of {size} entries. The file "
    yield '<a href="claim.bundle.json">claim.bundle.json</a> holds the records that bear on it, signed; it is for programs.</p>'
    if stamps:
        yield "<p>Time stamps over that state, and so over every record in it, which this page has not checked:</p>"
        yield from _links(stamps)
    here = [one for one in documents if one[0].left_out is None]
    gone = [one for one in documents if one[0].left_out is not None]
    for title, some in (("Seen, and in this zip", here), ("Not in this zip", gone)):
        if some:
            yield f"<h2>{title}: {len(some)} of {len(documents)} documents</h2>"
        for one in some:
            yield from _document(*one)
    if withheld:
        count, them = ("1 entry of the ledger is", "it") if withheld == 1 else (f"{withheld} entries of the ledger are", "them")
        yield f"<p><strong>{count} withheld</strong>: what was seen of {them} is left out too.</p>"
    yield _HOW if form == 1 else _HOW + _HOW_MORE


def _document(shown: ShownDocument, record: Mapping[str, Any], quotes: Sequence[str]) -> Iterator[str]:
    yield "<section>"
    yield f"<h3{_lang(record.get('lang'))}>{said(record.get('title') or record.get('url') or shown.document)}</h3>"
    if shown.left_out is not None:
        yield f"<p><strong>Not in this zip</strong>: {said(shown.left_out)}.</p>"
    else:
        pictures = [path for path in shown.files if path.startswith(PICTURES)]
        others = [path for path in shown.files if path not in pictures]
        yield from _links(sorted(others, key=lambda path: not path.startswith("seen/")))
        for path in pictures:
            yield f'<figure><figcaption>{_CAPTION}: <a href="{escape(path)}">{escape(path)}</a></figcaption>'
            yield f'<img src="{escape(path)}" alt="The page as a browser drew it" loading="lazy"></figure>'
    if quotes:
        yield "<p>Quoted from it, as recorded:</p>"
    for quote in quotes:
        yield f"<blockquote>{said(quote)}</blockquote>"
    yield "<dl>"
    for member, name in _MEMBERS:
        if record.get(member) is not None:
            yield f"<dt>{name}</dt><dd>{said(record[member])}</dd>"
    yield f"<dt>Id of its record</dt><dd>{said(shown.document)}</dd>"
    yield "</dl>"
    yield "</section>"


def _links(paths: Sequence[str]) -> Iterator[str]:
    yield "<ul>"
    for path in paths:
        yield f'<li>{_what(path)}: <a href="{escape(path)}">{escape(path)}</a></li>'
    yield "</ul>"


def _what(path: str) -> str:
    if path.startswith("tokens/"):
        if path.endswith(".ots"):
            return "OpenTimestamps proof"
        return "Time stamp" if path.endswith(".tsr") else "What is stamped"
    if path.startswith("warc/"):
        return "Capture, every byte"
    return "Text that was read out of it" if path.endswith(".txt") else "What was seen"


def said(value: object) -> str:
    """Somebody's words, in a direction of their own; what is sealed says so."""
    text = "(sealed)" if isinstance(value, Mapping) else str(value)
    return f"<bdi>{escape(text)}</bdi>"


def _lang(tag: object) -> str:
    return f' lang="{escape(tag)}"' if isinstance(tag, str) else ""
