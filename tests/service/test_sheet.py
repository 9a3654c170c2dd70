"""A claim's page is answered at once: part for part what the single questions answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from itertools import product

import pytest

from ledger.cli.demonstrating import example_text
from ledger.cli.drafting import draft_dossier
from ledger.errors import NotFoundError, OnRecordError
from ledger.keys import find_signer
from ledger.operations import EVERY, Question
from ledger.service import Ledger
from ledger.wiring import create_ledger, open_ledger

QUESTIONS = (
    Question(),
    Question(until="2024-10-31"),
    Question(until="2024-10-31", clock="public"),
    Question(without=("source:yonhap",)),
    Question(without=("country:RU", "source:yonhap"), until="2025-04-30"),
    Question(base_rate=0.2),
)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """The running example, in two appends, so that there is an earlier state to ask about."""
    place = str(tmp_path_factory.mktemp("sheet") / "ledger.db")
    create_ledger(place)
    ledger = open_ledger(place)
    assert isinstance(ledger, Ledger)
    submissions = draft_dossier(ledger, find_signer(place), example_text()).submissions
    half = len(submissions) * 3 // 4
    ledger.add(submissions[:half])
    ledger.add(submissions[half:])
    yield ledger
    ledger.close()


def _earlier(ledger: Ledger) -> str:
    return str(2 + (ledger.health().size - 2) * 3 // 4)


def test_every_part_is_what_its_own_question_answers(ledger: Ledger) -> None:
    earlier = _earlier(ledger)
    questions = (*QUESTIONS, Question(as_of=earlier), Question(as_of=earlier, until="2024-10-31"))
    claims = [one.id for one in ledger.claims(EVERY).claims]
    told: set[Question] = set()
    for number, (question, claim) in enumerate(product(questions, claims)):
        try:
            report = ledger.corroboration(claim, question)
        except NotFoundError:
            with pytest.raises(NotFoundError):
                ledger.claim_sheet(claim, question)
            continue
        sheet = ledger.claim_sheet(claim, question, lambda: nullcontext(False))
        assert sheet.report == report
        assert sheet.view == ledger.claim(claim, question)
        assert sheet.chain == ledger.chain(claim, question)
        # A history costs as much as all of these a hundred times over: each question about one claim or another.
        if question not in told and number % len(claims) >= len(told) % len(claims):
            told.add(question)
            assert ledger.claim_sheet(claim, question).history == ledger.history(claim[7:], question)
    assert told == set(questions)


@pytest.mark.parametrize(
    "question", [Question(until="yesterday"), Question(base_rate=2.0), Question(without=("nobody",)), Question(as_of="3")]
)
def test_a_question_that_makes_no_sense_is_refused_as_it_is_alone(ledger: Ledger, question: Question) -> None:
    claim = ledger.claims(EVERY).claims[0].id
    with pytest.raises(OnRecordError) as alone:
        ledger.corroboration(claim, question)
    with pytest.raises(type(alone.value)) as together:
        ledger.claim_sheet(claim, question)
    assert together.value.message == alone.value.message
