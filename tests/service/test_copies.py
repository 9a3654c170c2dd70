"""Suspected copies on a real ledger: sealed quotes are read while they can be, and nothing that is signed depends on them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.operations import Question
from tests.core.test_copies import EDITED, SHORT, TEXT
from tests.service.written import Written

ASK = Question()


class Desk(Written):
    """Outlets rated B, each with a sealed quote in a document of its own."""

    def prints(self, slug: str, text: str, day: str) -> str:
        self.source(slug, "B")
        document = self.document(slug, day)
        return self.says(
            slug, "reports", basis="witnessed", document=document, quote={"exact": self.sealed("quote.exact", text)}
        )


@pytest.fixture
def w(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.ledger.close()


def test_sealed_quotes_are_compared_by_what_they_say(w: Desk) -> None:
    one, two = w.prints("one", TEXT, "2025-01-01"), w.prints("two", EDITED, "2025-01-02")
    found = w.ledger.copies(w.claim_id, ASK)
    assert [member.statement for member in found.groups[0].members] == [one, two]
    assert (found.now.headline, found.if_one.headline) == ("corroborated", "single_origin")
    assert (found.now.independent_origins.for_, found.if_one.independent_origins.for_) == (2, 1)
    assert (found.statements, found.compared, found.unread) == (2, 2, 0)
    assert w.ledger.claim(w.claim_id, ASK).suspected_copies == 1


def test_the_report_is_the_same_whether_or_not_the_words_can_be_read(w: Desk) -> None:
    one = w.prints("one", TEXT, "2025-01-01")
    w.prints("two", EDITED, "2025-01-02")
    before, bundled = w.ledger.corroboration(w.claim_id, ASK), w.ledger.export(w.claim_id, "bundle", ASK)
    [digest] = w.ledger.record(one).openings
    with w.store.writing() as writer:
        writer.erase([digest])
    found = w.ledger.copies(w.claim_id, ASK)
    assert (found.groups, found.compared, found.unread) == ([], 1, 1)
    assert found.now == found.if_one
    assert w.ledger.claim(w.claim_id, ASK).suspected_copies == 0
    assert w.ledger.corroboration(w.claim_id, ASK) == before
    assert b"suspected" not in bundled


def test_a_hop_on_record_or_a_denial_of_one_ends_the_suspicion(w: Desk) -> None:
    one, two = w.prints("one", TEXT, "2025-01-01"), w.prints("two", TEXT, "2025-01-02")
    suspected = w.ledger.copies(w.claim_id, ASK)
    denial = w.hop(two, one, mode="not_from")
    apart = w.ledger.copies(w.claim_id, ASK)
    assert (apart.groups, apart.now) == ([], suspected.now)
    w.correct(denial)
    assert w.ledger.copies(w.claim_id, ASK).groups == suspected.groups
    w.hop(two, one, mode="republishes")
    joined = w.ledger.copies(w.claim_id, ASK)
    assert (joined.groups, joined.now) == ([], suspected.if_one)


def test_an_earlier_state_is_asked_about_as_it_was(w: Desk) -> None:
    one, two = w.prints("one", TEXT, "2025-01-01"), w.prints("two", TEXT, "2025-01-02")
    size = w.ledger.health().size
    w.hop(two, one)
    assert w.ledger.copies(w.claim_id, ASK).groups == []
    assert len(w.ledger.copies(w.claim_id, Question(as_of=str(size))).groups) == 1
    assert w.ledger.copies(w.claim_id, Question(as_of=str(size), until="2025-01-01")).groups == []


def test_a_claim_without_long_texts_has_none(w: Desk) -> None:
    w.prints("one", SHORT, "2025-01-01")
    w.prints("two", SHORT, "2025-01-02")
    found = w.ledger.copies(w.claim_id, ASK)
    assert (found.groups, found.too_short, found.compared) == ([], 2, 0)
