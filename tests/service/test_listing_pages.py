"""Pages of a list of which very few claims fit: each is found soon, and no page looks at the whole ledger."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.operations import ClaimQuery
from ledger.service import listing
from schemas.lookups import ClaimList
from tests.service.written import Written

RARE = ClaimQuery(query="matter", stance="denies", limit=1)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Written:
    made = Written(tmp_path_factory.mktemp("pages"))
    made.source("denier", "C", type="government_body")
    made.says("denier", claim=made.claim("the first matter"), polarity="-", act="denies", said_at="2025-04-28")
    for number in range(120):
        made.claim(f"matter {number}")
    return made


def pages(world: Written, query: ClaimQuery) -> list[ClaimList]:
    found = [world.ledger.claims(query)]
    while found[-1].next is not None:
        found.append(world.ledger.claims(replace(query, cursor=found[-1].next)))
    return found


def test_a_small_page_does_not_look_at_a_few_candidates_at_a_time(world: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    summaries = listing._Page.summaries

    def counted(self: listing._Page, entries: list[object], *rest: object) -> object:
        looked.append(len(entries))
        return summaries(self, entries, *rest)  # type: ignore[arg-type]  # only counted

    monkeypatch.setattr(listing._Page, "summaries", counted)
    (page,) = pages(world, RARE)
    assert [claim.text for claim in page.claims] == [{"en": "the first matter"}]
    assert looked == [2, 119]


def test_a_page_that_has_looked_far_enough_says_where_to_go_on(world: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "_BATCH", 20)
    monkeypatch.setattr(listing, "_MOST_CANDIDATES", 50)
    found = pages(world, RARE)
    assert len(found) > 2
    assert not found[0].claims
    assert [claim.text for page in found for claim in page.claims] == [{"en": "the first matter"}]
