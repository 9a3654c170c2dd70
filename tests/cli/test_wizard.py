"""The conversation of `onrecord attribute`: it takes no answer that nobody gave, and goes back where somebody says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from ledger.cli import wizard

ENTER, DOWN, UP = "\r", "\x1b[B", "\x1b[A"


@contextmanager
def typing(keys: Sequence[str]) -> Iterator[None]:
    """Somebody at the terminal, who types this."""
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text("".join(keys))
        yield


def notes() -> wizard._Notes:
    return wizard._Notes(ledger=None, known=[])  # type: ignore[arg-type]  # no ledger is asked here


def test_enter_alone_chooses_none_where_none_is_usual() -> None:
    with typing([ENTER, ENTER, DOWN, DOWN, ENTER]):
        assert wizard._choose("What is it?", ["person", "outlet"], chosen=True) == "outlet"


def test_enter_takes_the_usual_answer_where_there_is_one() -> None:
    with typing([ENTER]):
        assert wizard._choose("How sure?", ["certain", "unstated"], default="unstated") == "unstated"


def test_a_list_ends_with_the_way_back() -> None:
    with typing([UP, ENTER]), pytest.raises(wizard._Back):
        wizard._choose("What is it?", ["person", "outlet"])


SOURCE = [ENTER, ENTER, DOWN, ENTER, ENTER, ENTER]
"""Its short name and language as they are, the first kind, no country, no letter."""
ORIGIN = [ENTER] * 5
CLAIM = ["The bridge is closed", ENTER, ENTER, ENTER, DOWN, ENTER]


def test_a_sign_goes_back_to_the_question_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wizard, "_near_claims", lambda *_: [])
    keys = ["A wrong title", ENTER, ENTER, "<", ENTER, "A title", ENTER, ENTER, *CLAIM, ENTER]
    keys += ["Fjord", ENTER, *SOURCE, "<", ENTER, "Ministry", ENTER, *SOURCE, ENTER, *ORIGIN]
    with typing(keys):
        found = wizard._sections(notes())
    assert found["documents"][0]["title"] == "A title"
    assert (found["reports"][0]["chain"], found["reports"][0]["act"]) == (["ministry"], "asserts")
    assert [one["id"] for one in found["sources"]] == ["ministry"], "who was taken back is not added"
    assert len(found["claims"]) == 1


def test_going_back_over_a_new_claim_or_source_asks_for_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wizard, "_near_claims", lambda *_: [])
    again = ["It is open", ENTER, ENTER, ENTER, DOWN, ENTER]
    keys = [ENTER, *CLAIM, "<", ENTER, *again, ENTER]
    keys += ["Fjord", ENTER, ENTER, "<", ENTER, "Harbour", ENTER, *SOURCE, ENTER, *ORIGIN]
    with typing(keys):
        found = wizard._sections(notes())
    assert [one["text"] for one in found["claims"]] == [{"en": "It is open"}]
    assert [one["id"] for one in found["sources"]] == ["harbour"]
    assert "documents" not in found
