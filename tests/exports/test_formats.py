"""The table of formats, and what is the same for all of them."""

from __future__ import annotations

from ledger.exports.formats import PLAIN, SIGNED
from schemas.exports import EXPORT_FORMATS


def test_every_format_that_is_named_is_printed_by_somebody() -> None:
    assert {*SIGNED, *PLAIN, "score", "tlog-proof"} == EXPORT_FORMATS.keys()
