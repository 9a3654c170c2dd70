"""The catalogues: the same keys and the same places in every language, and every word of the records."""

from __future__ import annotations

import re
from string import Formatter
from typing import get_args

import pytest

from api.pages.language import LANGUAGES, catalogue, chosen, tongue
from schemas import records
from schemas.corroboration import Headline, Label, Words
from schemas.exports import EXPORT_FORMATS


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_language_has_the_same_keys_and_the_same_places() -> None:
    english = catalogue("en")
    for language in LANGUAGES:
        other = catalogue(language)
        assert other.keys() == english.keys()
        assert {key: places(other[key]) for key in english} == {key: places(english[key]) for key in english}
        assert all(other.values())


@pytest.mark.parametrize("group,words", [("headline", Headline), ("label", Label), ("words", Words)])
def test_every_word_of_a_report_has_a_text(group: str, words: object) -> None:
    assert {f"{group}.{word}" for word in get_args(words)} <= catalogue("de").keys()


def test_every_speech_act_and_kind_of_record_has_a_text() -> None:
    acts = get_args(records.StatementRecord.model_fields["act"].annotation)
    assert acts
    assert {f"act.{act}" for act in acts} <= catalogue("de").keys()


def test_every_form_of_export_is_told_in_german() -> None:
    assert {one.says for one in EXPORT_FORMATS.values()} <= tongue("de").phrases.keys()


def test_a_sentence_of_the_score_is_translated_or_marked_as_english() -> None:
    german = tongue("de")
    assert german.phrase("no stance: dismisses") == "keine Haltung: weist ab"
    assert german.phrase("<b> is new") == '<span lang="en">&lt;b&gt; is new</span>'
    assert tongue("en").phrase("<b> is new") == "&lt;b&gt; is new"


@pytest.mark.parametrize(
    "asked,accepted,language",
    [
        (None, "", "en"),
        (None, "de", "de"),
        (None, "de-CH,de;q=0.9,en;q=0.8", "de"),
        (None, "en;q=0.3, de;q=0.4", "de"),
        (None, "de;q=0, en", "en"),
        (None, "fr, *;q=0.1", "en"),
        (None, "de" * 600, "en"),
        (None, ";;;q=9,,,", "en"),
        ("de", "en", "de"),
        ("xx", "de", "de"),
    ],
)
def test_the_language_is_the_one_asked_for_else_the_best_that_we_have(asked: str | None, accepted: str, language: str) -> None:
    assert chosen(asked, accepted) == language


def test_numbers_are_written_as_the_language_writes_them() -> None:
    assert [tongue("en").probability(value) for value in (0.5, 0.999, 0.001)] == ["0.50", ">0.99", "<0.01"]
    assert tongue("de").probability(0.875) == "0,88" or tongue("de").probability(0.875) == "0,87"
    assert (tongue("de").figure(14_123), tongue("en").figure(14_123)) == ("14.100", "14,100")
    assert not re.search(r"inf|nan", tongue("en").figure(float("inf")))
