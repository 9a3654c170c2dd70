"""Quotations and texts: what counts as the same, what is only like it, and where it stands in the original."""

from __future__ import annotations

import time
import unicodedata

import pytest

from ledger.core.quoting.anchoring import Anchored, Quoted, anchor, changes
from ledger.core.quoting.folding import fold
from ledger.core.quoting.selecting import named_near, names_to_look_for, select
from ledger.errors import FormatError

SAME = {
    "quotation marks": ("He said: „Es reicht“, then left", 'He said: "Es reicht", then left'),
    "an apostrophe": ("they don’t know", "they don't know"),
    "a dash": ("talks \u2013 the third \u2014 failed", "talks - the third - failed"),
    "blanks that do not break": ("10\u00a0000\u202fsoldiers", "10 000 soldiers"),
    "line breaks": ("the treaty\n   was\tsigned", "the treaty was signed"),
    "a word divided at the end of a line": ("the depart-\nment denied it", "the department denied it"),
    "a hyphen at the end of a line": ("the vice-\npresident denied it", "the vice-president denied it"),
    "a soft hyphen": ("the depart\u00adment denied it", "the department denied it"),
    "marks of direction": ("\u2067قال\u200f المتحدث\u2069 أمس", "قال المتحدث أمس"),
    "tatweel": ("قـــال المتحدث", "قال المتحدث"),
    "accents apart": (unicodedata.normalize("NFD", "Élysée a démenti"), "Élysée a démenti"),
    "Hangul apart": (unicodedata.normalize("NFD", "북한군을 파병했다"), "북한군을 파병했다"),
    "ligatures": ("the ﬁrst oﬃcial conﬁrmation", "the first official confirmation"),
    "an ellipsis": ("we know… nothing", "we know... nothing"),
    "lines of Japanese": ("派兵を初めて\n公式に認めた", "派兵を初めて公式に認めた"),
}
OTHER = {
    "case": ("the us said so", "the US said so"),
    "a figure": ("1,000 soldiers came", "10,000 soldiers came"),
    "an exponent": ("about 10² of them", "about 102 of them"),
    "an accent": ("il a démenti cela", "il a dementi cela"),
    "a hyphen within a line": ("they will re-sign it", "they will resign it"),
    "a longer word": ("she said nowhere is safe", "she said now"),
    "a longer first word": ("unlike others he came here", "like others he came here"),
    "a comma": ("we eat, grandma and all", "we eat grandma and all"),
    "a word": ("they did not send troops there", "they did send troops there"),
}


def found(text: str, words: str, **around: str) -> Anchored:
    return anchor(text, Quoted(words, **around))


@pytest.mark.parametrize("text,words", SAME.values(), ids=SAME)
def test_the_same_words_set_otherwise_are_the_same_and_found_in_the_original(text: str, words: str) -> None:
    whole = f"Before it all. {text}! After it."
    one = found(whole, words)
    assert one.accepted
    assert one.place is not None
    assert whole[one.place.start : one.place.end].strip("\u2067\u2069") == text.strip("\u2067\u2069")


@pytest.mark.parametrize("text,words", OTHER.values(), ids=OTHER)
def test_other_words_are_never_accepted(text: str, words: str) -> None:
    assert found(f"Before it all. {text}! After it.", words).outcome in ("fuzzy", "orphan")


def test_what_differs_is_shown_in_words() -> None:
    assert changes("More than 1,000 came here", "More than 10,000 came") == (("1,000", "10,000"), ("here", ""))
    one = found("On Monday more than 10,000 soldiers took part in it.", "more than 1,000 soldiers took part")
    assert (one.outcome, one.changes) == ("fuzzy", (("1,000", "10,000"),))


TWICE = "In May: it was not us, he said. Much later, on a quite different day: it was not us, he said again."


def test_words_that_stand_there_twice_are_ambiguous_until_something_tells_them_apart() -> None:
    words = "it was not us, he said"
    both = found(TWICE, words)
    assert (both.outcome, both.accepted, len(both.places)) == ("ambiguous", False, 2)
    second = TWICE.rindex(words)
    by_prefix = found(TWICE, words, prefix="on a quite different day: ")
    assert (by_prefix.outcome, by_prefix.place and by_prefix.place.start) == ("exact", second)
    by_position = anchor(TWICE, Quoted(words), (second, second + len(words)))
    assert (by_position.outcome, by_position.place and by_position.place.start) == ("exact", second)
    assert anchor(TWICE, Quoted(words), (second + 1, second + 1 + len(words))).outcome == "ambiguous"


def test_a_few_words_in_other_company_are_not_taken_for_those_that_were_quoted() -> None:
    assert found("They asked again. No comment, said he.", "No comment", prefix="the minister answered: ").outcome == "fuzzy"


def test_two_places_as_like_it_as_each_other_are_ambiguous() -> None:
    text = "The army lost 12 tanks in the east. " * 2 + "The army lost 13 tanks in the east. "
    assert found(text, "The army lost 99 tanks in the east").outcome == "ambiguous"


@pytest.mark.parametrize("words", ["", "  \n", "\u200e\u00ad"])
def test_a_quotation_without_words_is_refused(words: str) -> None:
    with pytest.raises(FormatError, match="no words"):
        found("some text", words)


def test_every_place_of_a_folded_text_leads_back_to_its_own() -> None:
    text = unicodedata.normalize("NFD", "„É-\nté“\u00a0…\u200e fi") + " end"
    folded = fold(text)
    assert len(folded.text) == len(folded.starts) == len(folded.ends)
    assert all(start < end <= len(text) for start, end in zip(folded.starts, folded.ends, strict=True))
    assert list(folded.starts) == sorted(folded.starts)
    assert folded.text == "'Été' ... fi end"


# Selectors


def test_prefix_and_suffix_are_long_enough_to_be_unique() -> None:
    same = "and then the spokesman said that nothing of the kind had ever happened here, "
    text = f"On Monday {same}no. On Tuesday {same}no. On Friday."
    start = text.rindex("no.")
    made = select(text, start, start + 2)
    assert made.unique
    assert "Tuesday" in made.quoted.prefix or "Friday" in made.quoted.suffix
    again = anchor(text, made.quoted)
    assert (again.outcome, again.place and again.place.start) == ("exact", start)


def test_a_text_that_repeats_itself_has_no_unique_selector() -> None:
    made = select("all the same words " * 400, 3_800, 3_808)
    assert not made.unique


def test_a_name_is_looked_for_in_the_words_and_around_them() -> None:
    text = "x " * 600 + "SEOUL, Yonhap’s desk: they sent troops. " + "y " * 600
    start = text.index("they")
    assert named_near(text, start, start + 10, ["YONHAP'S DESK"])
    assert not named_near(text, start, start + 10, ["Reuters"])
    assert not named_near(text, 0, 3, ["Yonhap"])


def test_a_source_is_called_by_the_word_that_tells() -> None:
    assert names_to_look_for(["Yonhap News Agency"]) == ["Yonhap News Agency", "Yonhap"]
    assert names_to_look_for(["Kim Yo Jong"], person=True)[-1] == "Jong"
    assert names_to_look_for(["Morgenblatt (example outlet)"], "the paper")[:3] == [
        "the paper",
        "Morgenblatt (example outlet)",
        "Morgenblatt",
    ]


HOSTILE = {
    "one letter": ("a" * 1_000_000, "a" * 300),
    "one word": ("ab " * 333_333, "ab " * 100 + "c"),
    "accents apart": ("e\u0301 " * 330_000, "é é é x"),
    "divided lines": ("ab-\n" * 250_000, "abab-c"),
    "a long quotation": ("lorem ipsum dolor " * 55_000, "ipsum dolore " * 1_500),
}


@pytest.mark.parametrize("text,words", HOSTILE.values(), ids=HOSTILE)
def test_a_megabyte_takes_bounded_time(text: str, words: str) -> None:
    begun = time.process_time()
    found(text, words)
    assert time.process_time() - begun < 15


def test_too_many_marks_on_a_letter_are_refused() -> None:
    with pytest.raises(FormatError, match="combining marks"):
        found("a" + "\u0301" * 200, "a")


@pytest.mark.parametrize("left", range(50, 1_900, 150))
def test_a_long_quotation_that_the_text_breaks_off_in_is_not_accepted(left: int) -> None:
    said = " ".join(f"In the year {1_000 + number} the bridge over the {number}th river was closed." for number in range(40))
    assert len(said) > 1_900
    for text in (said[:left], f"{'It was said before. ' * 30}{said[:left]}", f"{said[-left:]} And then it ended."):
        assert not anchor(text, Quoted(said)).accepted
