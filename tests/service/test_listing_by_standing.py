"""Lists by headline, label and change: what they say is so, and what they leave out is not worked out yet."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.errors import FormatError
from ledger.operations import ClaimQuery
from ledger.service import Ledger
from ledger.service.kept import HEADLINES, LABELS
from ledger.service.reaching import claims_reached
from ledger.service.reading import logged_of
from schemas.lookups import ClaimList
from tests.service.randomly import Random
from tests.service.test_standing import asked, claims_of
from tests.service.written import Written

EVERY = ClaimQuery(limit=200)


def listed(ledger: Ledger, query: ClaimQuery) -> list[str]:
    """All pages of it."""
    found: list[str] = []
    while True:
        page = ledger.claims(query)
        found += [claim.id for claim in page.claims]
        if page.next is None:
            return found
        query = replace(query, cursor=page.next)


def queries(size: int) -> Iterator[ClaimQuery]:
    for headline in HEADLINES:
        yield ClaimQuery(headline=headline, limit=2)
    for label in LABELS:
        yield ClaimQuery(label=label, limit=2)
    for changed_since in (0, size // 2, size - 3, size):
        yield ClaimQuery(changed_since=changed_since, limit=3)
        yield ClaimQuery(changed_since=changed_since, headline="single_origin", limit=1)
    yield ClaimQuery(query="claim", headline="no_reports", limit=2)
    yield ClaimQuery(source="s1", headline="single_origin", limit=2)
    yield ClaimQuery(stance="denies", headline="single_origin_against", limit=2)


class Truth:
    """Each claim asked directly, once, at every published size."""

    def __init__(self, world: Written) -> None:
        self.world = world
        with world.snapshot() as snapshot:
            self.sizes = [size for size, _ in snapshot.published(0)]
            self.reports = {
                claim: [asked(snapshot, claim, size) for size in self.sizes] for claim in listed(world.ledger, EVERY)
            }

    def of(self, query: ClaimQuery) -> list[str]:
        """Newest first."""
        plain = listed(self.world.ledger, replace(query, headline=None, label=None, changed_since=None, limit=200))
        return [claim for claim in plain if self._fits(claim, query)]

    def _fits(self, claim: str, query: ClaimQuery) -> bool:
        headlines = [report and report.headline for report in self.reports[claim]]
        now = self.reports[claim][-1]
        assert now is not None
        since = next(size for place, size in enumerate(self.sizes) if set(headlines[place:]) == {now.headline})
        fits = query.headline in (None, now.headline) and (query.label is None or query.label in now.labels)
        return fits and (query.changed_since is None or since > query.changed_since)


@pytest.mark.parametrize("seed", [31, 32])
def test_a_filter_finds_exactly_what_is_so(tmp_path: Path, seed: int) -> None:
    world = Random(tmp_path, seed)
    for _ in range(50):
        world.step()
    size = world.ledger.catch_up()
    truth = Truth(world)
    for query in queries(size):
        assert listed(world.ledger, query) == truth.of(query), query
    assert sum(bool(truth.of(query)) for query in queries(size)) > 3


@pytest.mark.parametrize("seed", [33, 34])
def test_what_is_behind_lists_nothing_wrong_and_lacks_only_what_was_reached_since(tmp_path: Path, seed: int) -> None:
    world = Random(tmp_path, seed)
    for _ in range(35):
        world.step()
    complete_to = world.ledger.catch_up()
    for _ in range(20):
        world.step()
    with world.snapshot() as snapshot:
        entries = [logged_of(entry) for entry in snapshot.entry_range(complete_to, snapshot.checkpoint.size)]
        reached = claims_reached(snapshot, entries, lambda: None)
        names = {index: claim for claim, index in claims_of(world).items()}
    assert world.ledger.claims(EVERY).complete_to == complete_to < world.ledger.claims(EVERY).size
    truth = Truth(world)
    for query in queries(complete_to):
        found, wanted = listed(world.ledger, query), truth.of(query)
        assert set(found) <= set(wanted), query
        assert set(wanted) - set(found) <= {names[index] for index in reached}, query


def test_a_list_says_the_same_whether_it_was_worked_out_before_or_is_now(tmp_path: Path) -> None:
    world = Random(tmp_path, 35)
    for _ in range(50):
        world.step()
    directly = world.ledger.claims(EVERY)
    assert directly.complete_to == 0
    assert {(one.changed_at, one.previous) for one in directly.claims} == {(None, None)}
    world.ledger.catch_up()
    from_kept = world.ledger.claims(EVERY)
    assert from_kept.complete_to == from_kept.size == directly.size
    assert all(one.changed_at for one in from_kept.claims)
    assert _plain(from_kept) == _plain(directly)
    assert any(one.probability is not None for one in from_kept.claims) is any(one.showable for one in from_kept.claims)


def _plain(page: ClaimList) -> list[dict[str, object]]:
    return [one.model_dump(exclude={"changed_at", "previous"}) for one in page.claims]


def test_facets_count_what_the_lists_hold(tmp_path: Path) -> None:
    world = Random(tmp_path, 36)
    for _ in range(60):
        world.step()
    size = world.ledger.catch_up()
    facets = world.ledger.facets()
    assert (facets.size, facets.complete_to, facets.claims) == (size, size, len(listed(world.ledger, EVERY)))
    for name in HEADLINES:
        assert facets.headlines.get(name, 0) == len(listed(world.ledger, ClaimQuery(headline=name)))
    for label in LABELS:
        assert facets.labels.get(label, 0) == len(listed(world.ledger, ClaimQuery(label=label)))


def test_newly_corroborated_is_a_headline_and_a_change(tmp_path: Path) -> None:
    world = Written(tmp_path)
    for slug in ("nis", "pentagon", "kremlin"):
        world.source(slug, "B", type="government_body")
    world.says("nis", "confirms", said_at="2024-10-01", basis="witnessed", document=world.document("nis", "2024-10-01"))
    before = world.ledger.catch_up()
    newly = ClaimQuery(headline="corroborated", changed_since=before)
    assert listed(world.ledger, newly) == []
    for slug in ("pentagon", "kremlin"):
        document = world.document(slug, "2024-10-02")
        world.says(slug, "confirms", said_at="2024-10-02", basis="witnessed", document=document)
    after = world.ledger.catch_up()
    (claim,) = world.ledger.claims(newly).claims
    assert (claim.id, claim.previous, claim.changed_at) == (world.claim_id, "single_origin", after)
    assert listed(world.ledger, replace(newly, changed_since=after)) == []


def test_a_claim_that_was_withheld_or_taken_back_leaves_the_lists_at_once(tmp_path: Path) -> None:
    """Also while nothing has been worked out since."""
    world = Written(tmp_path)
    other = world.claim("something else happened")
    world.ledger.catch_up()
    query = ClaimQuery(headline="no_reports")
    assert listed(world.ledger, query) == [other, world.claim_id]
    world.withhold(other)
    assert listed(world.ledger, query) == [world.claim_id]
    world.correct(world.claim_id)
    assert listed(world.ledger, query) == []
    world.ledger.catch_up()
    assert (listed(world.ledger, query), world.ledger.facets().claims) == ([], 0)


@pytest.mark.parametrize(
    "query,said",
    [
        (ClaimQuery(headline="certain"), "headline is 'certain', wanted one of no_reports"),
        (ClaimQuery(label="true"), "label is 'true', wanted one of acknowledged"),
        (ClaimQuery(changed_since=-1), "changed_since is -1, wanted a size of the ledger from 0 to"),
        (ClaimQuery(changed_since=10**6), "changed_since is 1000000"),
    ],
    ids=str,
)
def test_what_no_claim_can_be_is_refused(tmp_path: Path, query: ClaimQuery, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        Written(tmp_path).ledger.claims(query)


def test_a_claim_whose_scoring_fails_takes_no_list_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    world = Written(tmp_path)
    broken, sound = world.claim("the bridge broke"), world.claim("the bridge holds")
    from ledger.service import listing

    whole = listing.gist

    def failing(claim: str, *rest: object) -> object:
        if claim == broken:
            raise ZeroDivisionError
        return whole(claim, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(listing, "gist", failing)
    with caplog.at_level(logging.WARNING):
        found = {one.id: one for one in world.ledger.claims(ClaimQuery(query="bridge")).claims}
    assert (found[broken].headline, found[sound].headline) == ("not_worked_out", "no_reports")
    assert (found[broken].text["en"], found[broken].probability) == ("the bridge broke", None)
    assert "claim_not_worked_out" in caplog.text
    assert [one.id for one in world.ledger.claims(ClaimQuery(headline="no_reports")).claims if one.id == broken] == []
    assert world.ledger.facets(ClaimQuery(query="bridge")).claims == 2
    world.ledger.close()
