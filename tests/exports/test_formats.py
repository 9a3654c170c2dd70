"""The table of formats, and what is the same for all of them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ledger.exports.content import Content
from ledger.exports.formats import PLAIN, SIGNED
from ledger.exports.picture import picture
from schemas.exports import EXPORT_FORMATS
from tests.core.world import World
from tests.exports.contents import content_of_world, content_written
from tests.service.written import Written

SECRET = "Zanzibarian"
"""A word that is in nothing but what is withheld or erased."""


def test_every_format_that_is_named_is_printed_by_somebody() -> None:
    assert {*SIGNED, *PLAIN, "score", "tlog-proof"} == EXPORT_FORMATS.keys()


@pytest.mark.parametrize("format", PLAIN)
def test_the_same_content_gives_the_same_file(format: str, content: Content) -> None:
    assert PLAIN[format](content) == PLAIN[format](content)


@pytest.mark.parametrize("format", PLAIN)
def test_what_is_withheld_or_erased_is_in_no_file(format: str, tmp_path: Path) -> None:
    world = Written(tmp_path)
    world.source("wire", "B")
    world.source("daily", "B")
    shown = world.document("wire", "2025-01-01")
    hidden = world.document("daily", "2025-01-02", title=f"A {SECRET} title")
    quote = {"exact": world.sealed("quote.exact", f"{SECRET} words")}
    world.openings = {}  # never handed in, as if erased
    kept = world.says("wire", "confirms", basis="witnessed", document=shown, quote=quote)
    gone = world.says("daily", "reports", basis="told", document=hidden, occasion=f"a {SECRET} dinner")
    world.hop(gone, kept, credited_as=f"the {SECRET} agency")
    before = PLAIN[format](content_written(world, world.claim_id))
    for name in (gone, hidden, world.logged[-1].id):
        world.withhold(name)
    after = PLAIN[format](content_written(world, world.claim_id))
    assert SECRET.encode() not in after
    assert before != after


@pytest.mark.parametrize("format", PLAIN)
def test_two_thousand_statements_are_printed_in_seconds(format: str) -> None:
    if format == "jsonl":
        pytest.skip("prints entries, of which there are none without a store")
    content = _crowd(1_000)
    assert len(picture(content).boxes) == 2_000
    before = time.perf_counter()
    PLAIN[format](content)
    assert time.perf_counter() - before < 20


_CROWDS: dict[int, Content] = {}


def _crowd(size: int) -> Content:
    """So many outlets that each carry one of ten agencies' items, and so many that carry these."""
    if size not in _CROWDS:
        world = World()
        world.source("state", "B", type="government_body")
        root = world.says("state", "confirms", basis="own_act", said_at="2025-01-01")
        agencies = [world.through(world.source(f"agency-{one}", "B"), root, "2025-01-02") for one in range(10)]
        outlets = [world.through(world.source(f"o-{one}", "C"), agencies[one % 10], "2025-01-03") for one in range(size - 6)]
        for one in range(size - 5):
            world.through(f"o-{one % len(outlets)}", outlets[one * 7 % len(outlets)], "2025-01-04")
        content = content_of_world(world)
        assert content.chain.nodes
        _CROWDS[size] = content
    return _CROWDS[size]
