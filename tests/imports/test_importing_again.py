"""Importing twice: nothing is drafted that is on record already, and what changed replaces what was in force."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ledger.core.records import open_values, record_json
from ledger.core.subjects import subject_of
from ledger.errors import FormatError
from ledger.imports.dossier import load
from ledger.imports.drafts import Draft
from ledger.imports.expand import Known, draft, plan, records, subjects
from ledger.imports.sealing import Sealer
from schemas.ids import Opening
from schemas.lookups import InForce, RecordView
from schemas.records import AssessmentRecord, SourceRecord
from tests.imports.ledgers import ASSESSOR, ORIGIN, SEALER, dossier_text, drafted

EXAMPLE = dossier_text("north-korea-troops.yaml")


def on_record(*drafts: Draft, opened: bool = True) -> Known:
    """What a ledger that holds these drafts answers: the newest record of each subject."""
    in_force: dict[str, tuple[str, dict[str, Any]]] = {}
    openings: dict[str, Opening] = {}
    for one in drafts:
        for item in one.records:
            openings.update(item.openings)
            subject = subject_of(item.record, ASSESSOR)
            if subject is not None:
                in_force[subject] = (item.id, record_json(item.record))
    texts = {digest: opening.value for digest, opening in openings.items()} if opened else {}
    return Known(ASSESSOR, ORIGIN, {subject: (name, open_values(value, texts)) for subject, (name, value) in in_force.items()})


def replacing(one: Draft) -> list[str]:
    return [item.record.kind for item in one.records if getattr(item.record, "replaces", None)]


def test_the_same_dossier_gives_the_same_ids() -> None:
    first, second = drafted(EXAMPLE), drafted(EXAMPLE)
    assert [item.id for item in first.records] == [item.id for item in second.records]
    assert first.aliases == second.aliases


@pytest.mark.parametrize("opened", [True, False], ids=["opened", "sealed"])
def test_a_second_import_drafts_only_what_is_the_same_record_again(opened: bool) -> None:
    first = drafted(EXAMPLE)
    second = drafted(EXAMPLE, on_record(first, opened=opened))
    known = {item.id for item in first.records}
    assert {item.id for item in second.records} <= known
    assert not {item.record.kind for item in second.records} & {"source", "source_relation", "claim_relation", "assessment"}


def test_another_contributors_seals_hide_the_same_words() -> None:
    theirs = drafted(EXAMPLE, sealer=Sealer(b"x" * 32))
    assert replacing(drafted(EXAMPLE, on_record(theirs))) == []


def test_a_changed_source_replaces_the_one_in_force_and_nothing_else_does() -> None:
    first = drafted(EXAMPLE)
    second = drafted(EXAMPLE.replace("en: The Pentagon", "en: US Department of Defense"), on_record(first))
    changed = [item.record for item in second.records if getattr(item.record, "replaces", None)]
    assert len(changed) == 1
    assert isinstance(changed[0], SourceRecord)
    assert changed[0].id == "pentagon"
    assert changed[0].replaces in {item.id for item in first.records}


def test_a_value_that_changes_and_changes_back_is_three_records() -> None:
    text = "dossier: 1\nsources: [{id: wire, type: news_agency, names: {en: Wire}, reliability: B}]\n"
    first = drafted(text)
    second = drafted(text.replace("reliability: B", "reliability: C"), on_record(first))
    third = drafted(text, on_record(first, second))
    ids = [item.id for one in (first, second, third) for item in one.records if isinstance(item.record, AssessmentRecord)]
    assert len(set(ids)) == 3


def test_two_different_ratings_of_one_source_are_refused() -> None:
    text = "dossier: 1\nsources: [{id: wire, type: news_agency, names: {en: Wire}, reliability: B}]\n"
    text += "assessments: [{target: wire, scheme: admiralty-reliability, value: C}]\n"
    with pytest.raises(FormatError, match="line 3: found another assessment of the same subject than on line 2, wanted one"):
        drafted(text)


def test_the_plan_names_what_the_dossier_takes_as_known() -> None:
    claim = "sha256:" + "1" * 64
    text = f"dossier: 1\nreports:\n  - {{claim: '{claim}', chain: [wire, ministry], said_at: 2025}}\n"
    text += "relations: [[wire, party_to, war]]\n"
    needs = plan(load(text))
    assert (needs.sources, needs.ids) == ({"wire": 4, "ministry": 3}, {claim: 3})


class Answers:
    """A ledger's answers, and what it was asked."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.asked: list[list[str]] = []

    def __call__(self, asked: Sequence[str]) -> InForce:
        self.asked.append(list(asked))
        return InForce(records={subject: self._view(subject) for subject in asked}, size=1)

    def _view(self, subject: str) -> RecordView | None:
        held = self.known.in_force.get(subject)
        if held is None:
            return None
        return RecordView.model_construct(id=held[0], record=dict(held[1]))


def test_drafting_asks_about_sources_and_then_about_the_rest() -> None:
    first = drafted(EXAMPLE)
    ask = Answers(on_record(first))
    second = draft(load(EXAMPLE), ask, assessor=ASSESSOR, origin=ORIGIN, sealer=SEALER)
    assert len(ask.asked) == 2
    assert {item.id for item in second.records} == {item.id for item in drafted(EXAMPLE, ask.known).records}


def test_a_source_of_the_ledger_may_be_used_without_defining_it() -> None:
    known = on_record(drafted("dossier: 1\nsources: [{id: wire, type: news_agency, names: {en: Wire}}]\n"))
    text = "dossier: 1\nclaims: [{id: c, type: event, text: {en: It}}]\nreports: [{claim: c, chain: [wire], said_at: 2025}]\n"
    one = records(load(text), known, SEALER)
    assert [item.record.kind for item in one.records] == ["claim", "statement"]
    assert "claim_relation" not in " ".join(subjects(load(text), known, SEALER))
