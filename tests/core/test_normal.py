"""Normal form C in time that grows with the text."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.normal import MAX_MARKS, normal_form
from ledger.errors import FormatError

ALTERNATING = "\u0301\u0323"
# U+0F73 is itself no mark that is put in order, and is taken apart into two that are.
OF_TWO = "\u0f73"


@given(st.text(max_size=200))
def test_it_is_the_normal_form_of_every_text_that_somebody_writes(text: str) -> None:
    assert normal_form(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("text", ["a" + ALTERNATING * (MAX_MARKS // 2), "\u2014" * 500, "\U0001f468\u200d" * 500, "각" * 500])
def test_long_runs_of_other_signs_and_short_ones_of_marks_are_taken(text: str) -> None:
    assert normal_form(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("marks", [ALTERNATING * (MAX_MARKS // 2) + "\u0301", OF_TWO * (MAX_MARKS + 1)])
def test_more_marks_in_a_row_than_any_writing_has_are_refused(marks: str) -> None:
    with pytest.raises(FormatError, match="more than 100 combining marks in a row"):
        normal_form("so be it " + marks)


def test_half_a_million_marks_take_no_time() -> None:
    began = time.process_time()
    with pytest.raises(FormatError):
        normal_form("a" + ALTERNATING * 250_000)
    normal_form(("\u2014" * 99 + "a") * 5_000)
    assert time.process_time() - began < 1
