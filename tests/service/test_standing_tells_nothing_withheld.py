"""Lists tell since when a headline is what it is, and what it was before: not of states that are not given out any more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ledger.errors import WithheldError
from ledger.operations import ClaimQuery, Question
from ledger.store.protocol import StandingStep
from tests.service.test_standing import History, row_of
from tests.service.written import Written


def _withheld_denial(world: Written) -> int:
    """A claim was contested until the denial was withheld; the size before that."""
    world.source("kcna", "B", type="person")
    world.source("yonhap", "B", type="person")
    world.says("kcna", said_at="2024-10-01", basis="own_act")
    world.ledger.catch_up()
    denial = world.says("yonhap", "denies", said_at="2024-10-02", basis="own_act")
    world.ledger.catch_up()
    assert (row_of(world).headline, row_of(world).previous) == ("contested", "single_origin")
    contested = row_of(world).size
    world.withhold(denial)
    return contested


def test_lists_do_not_tell_what_a_withheld_record_did(tmp_path: Path) -> None:
    world = Written(tmp_path)
    contested = _withheld_denial(world)
    size = world.ledger.catch_up()
    with pytest.raises(WithheldError):
        world.ledger.corroboration(world.claim_id, Question(as_of=str(contested)))
    (summary,) = world.ledger.claims(ClaimQuery()).claims
    assert (summary.headline, summary.previous, summary.changed_at) == ("single_origin", None, size)
    History().check(world)
    world.says("yonhap", "denies", said_at="2024-10-03", basis="own_act")
    world.ledger.catch_up()
    assert (row_of(world).headline, row_of(world).previous) == ("contested", "single_origin"), "what came later is told"


def test_what_lists_told_of_before_they_kept_silent_about_it_is_worked_out_anew(tmp_path: Path) -> None:
    """The rows are as another method left them: it looked past withholdings."""
    world = Written(tmp_path)
    _withheld_denial(world)
    size = world.ledger.catch_up()
    with world.snapshot() as snapshot:
        progress = snapshot.standing.progress()
        old = replace(row_of(world), previous="contested")
    world.store.advance_standing(progress.version, StandingStep(replace(progress, policy="olo-1"), rows=[old]))
    (summary,) = world.ledger.claims(ClaimQuery()).claims
    assert (summary.previous, summary.changed_at) == (None, None), "not worked out yet"
    assert world.ledger.fsck().faults == []
    world.ledger.catch_up()
    assert (row_of(world).previous, row_of(world).changed_at) == (None, size)


def test_what_was_withheld_in_a_matter_that_is_joined_later_silences_what_was_before_it(tmp_path: Path) -> None:
    """Kept up step by step or worked out at once, it comes to the same."""
    world = Written(tmp_path)
    world.source("kcna", "B", type="person")
    world.ledger.catch_up()
    world.says("kcna", said_at="2024-10-01", basis="own_act")
    world.ledger.catch_up()
    assert row_of(world).previous == "no_reports"
    other = world.claim("the same in other words")
    hidden = world.says("kcna", claim=other, said_at="2024-10-02", basis="own_act")
    world.ledger.catch_up()
    world.withhold(hidden)
    size = world.ledger.catch_up()
    world.add(kind="claim_relation", subject=world.claim_id, relation="equivalent", object=other)
    world.ledger.catch_up()
    assert (row_of(world).headline, row_of(world).previous, row_of(world).changed_at) == ("single_origin", None, size)
    kept_up = world.store.derived()
    world.ledger.reindex()
    assert world.store.derived() == kept_up
