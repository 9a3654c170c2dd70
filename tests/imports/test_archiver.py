"""What Bellingcat's auto-archiver kept: documents with hashes and archive addresses, and what is left out by its line."""

from __future__ import annotations

from collections.abc import Callable, Collection

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import FormatError
from ledger.imports import archiver
from ledger.imports.sheets import Sheet, parts, without_bad
from schemas.records import DocumentRecord
from tests.imports.tables import REPOSITORY, drafted, written

TABLE = (REPOSITORY / "tests" / "vectors" / "auto-archiver.csv").read_bytes()
ROW = {
    "link": "https://a.example/", "archive status": "wayback: success", "hash": "SHA-256:" + "ab" * 32,
    "archive location": "https://archive.example/a", "archive date": "2024-05-02T09:15:00+00:00", "upload timestamp": "",
    "upload title": "A",
}  # fmt: skip


def _reading(text: str | bytes) -> Callable[[Collection[int]], Sheet]:
    return lambda without: archiver.read(text, without=without)


def documents(text: str | bytes) -> list[DocumentRecord]:
    records = [item.plain for item in drafted(archiver.read(text)).records]
    assert all(isinstance(record, DocumentRecord) for record in records)
    return [record for record in records if isinstance(record, DocumentRecord)]


def test_an_archived_row_is_a_document_with_its_hash_and_its_copies() -> None:
    first, second, third = documents(TABLE)
    assert first.model_dump(exclude_none=True) == {
        "kind": "document",
        "url": "https://social.example/amsel/1",
        "title": "Die Brücke ist weg",
        "published_at": "2024-04-28T19:05:00Z",
        "retrieved_at": "2024-05-02T09:15:00Z",
        "sha256": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "archive_urls": (
            "https://archive.example/a/1.html",
            "https://archive.example/a/1.wacz",
            "https://archive.example/a/1.png",
        ),
    }
    assert second.archive_urls == ("https://archive.example/a/2.mp4", "https://mirror.example/2.mp4")
    assert (second.sha256, third.archive_urls, third.sha256) == (None, None, None)


def test_what_is_left_out_is_named_by_its_line() -> None:
    assert [str(warning) for warning in archiver.read(TABLE).warnings] == [
        "line 3: left out: the hash, which is SHA3-512; records hold SHA-256",
        "line 5: left out: not archived: 'Archive failed no archiver'",
        "line 6: left out: not archived yet",
        "line 7: left out: archive location './local_archive/z.html', which is no web address",
    ]


def test_the_names_of_its_settings_are_headings_too_and_the_same_row_twice_is_one() -> None:
    short = {"url": "https://a.example/", "status": "success", "archive": "https://archive.example/a"}
    read = archiver.read(written([short, short]))
    assert [piece.line for piece in read.pieces] == [2]
    assert str(read.warnings[0]) == "line 3: left out: the same as line 2"


BAD = [
    ("a row without a link", {"link": ""}, "line 2: no link, which is wanted"),
    ("a link that is none", {"link": "a.example"}, "line 2: url: 'a.example' is not an http or https address"),
    ("a hash that is none", {"hash": "SHA-256:xyz"}, "line 2: hash: found 'SHA-256:xyz', wanted SHA-256: and 64 hex digits"),
    ("a hash that is too short", {"hash": "SHA-256:abcd"}, "line 2: hash: found 4 hex digits, wanted 64"),
    ("a date in words", {"archive date": "yesterday"}, "line 2: archive date: found 'yesterday', wanted an ISO time"),
    ("a day that no calendar has", {"upload timestamp": "2024-02-30"}, "line 2: upload timestamp: found '2024-02-30'"),
]


@pytest.mark.parametrize("row,says", [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_a_wrong_row_is_refused_by_its_line_or_passed_over(row: dict[str, str], says: str) -> None:
    read = archiver.read(text := written([{**ROW, **row}, ROW]))
    with pytest.raises(FormatError) as caught:
        parts(read)
    assert caught.value.message.startswith(says)
    kept, skipped = without_bad(_reading(text))
    assert [piece.line for piece in kept.pieces] == [3]
    assert len(skipped) == 1


def test_a_table_of_something_else_is_refused() -> None:
    with pytest.raises(FormatError, match="wanted at least the columns link, archive status"):
        archiver.read("status,metadata,media\nsuccess,{},[]\n")
    with pytest.raises(FormatError, match="column 'link' is there twice"):
        archiver.read("link,url,archive status\nhttps://a.example/,x,success\n")


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from([*ROW, "wacz", "lang"]), st.text(max_size=12), max_size=5), st.binary(max_size=60))
def test_any_cells_and_any_bytes_give_documents_or_a_format_error(cells: dict[str, str], data: bytes) -> None:
    for text in (written([{**ROW, **cells}]), data):
        try:
            kept, _ = without_bad(_reading(text))
            if kept.pieces:
                drafted(kept)
            parts(archiver.read(text))
        except FormatError:
            continue
