"""Every parser of evidence takes any bytes and answers a value or an error of ours."""

from __future__ import annotations

import contextlib
import gzip
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.http1 import content_of, parse_answer
from ledger.core.robots import permits
from ledger.core.sniffing import contradicts, sniff
from ledger.core.warcs import digest_fault, held, read_warc
from ledger.errors import OnRecordError
from ledger.evidence.checking import read_zip
from ledger.evidence.extracting import extract
from ledger.evidence.wacz import read_wacz
from tests.evidence.site import GERMAN, page, pdf
from tests.evidence.test_wacz import wacz, warc

ANSWER = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n5\r\nabcde\r\n0\r\n\r\n"


def _warc(data: bytes) -> None:
    for record in read_warc(data, most=1 << 20):
        digest_fault(record)
        held(record, most=1 << 20)


def _extract(data: bytes) -> None:
    found = sniff(data)
    contradicts("image/png", found)
    extract(data, found, "https://a.example/")


PARSERS: dict[str, tuple[Callable[[bytes], object], bytes]] = {
    "answer": (lambda data: content_of(parse_answer(data), most=1 << 16), ANSWER),
    "warc": (_warc, gzip.decompress(warc())),
    "packed warc": (_warc, warc()),
    "robots": (lambda data: permits(data, "https://a.example/a?b", "OnRecord"), b"User-agent: *\nDisallow: /a*b$\n"),
    "zip": (read_zip, wacz()),
    "wacz": (read_wacz, wacz()),
    "page": (_extract, page("de", "Brücke", GERMAN)),
    "pdf": (_extract, pdf(["one", "two"])),
}


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=40, deadline=None)
@given(drawn=st.data())
def test_a_parser_takes_or_refuses_what_it_is_given(name: str, drawn: st.DataObject) -> None:
    parser, good = PARSERS[name]
    changed = bytearray(good)
    for _ in range(drawn.draw(st.integers(0, 6))):
        at = drawn.draw(st.integers(0, len(changed) - 1))
        changed[at : at + drawn.draw(st.integers(0, 3))] = drawn.draw(st.binary(max_size=4))
        if not changed:
            break
    for data in (bytes(changed), drawn.draw(st.binary(max_size=60))):
        with contextlib.suppress(OnRecordError):
            parser(data)
