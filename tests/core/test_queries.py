"""What is typed, and what is asked for it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.queries import TIERS, Tier, expression, name_score, parse_words, words_that_may_slip
from ledger.core.search import is_held, terms_of
from ledger.core.spelling import asked_spellings, kept_spellings, nearest
from ledger.errors import FormatError


def best(question: str, text: str) -> Tier | None:
    """The best tier in which this question finds this text."""
    words, terms = parse_words(question), set(terms_of([text]))
    known = [term for term in terms if term[0].isalpha()]
    near = {word: nearest(word, known, 9) for word in words_that_may_slip(words)}
    return next((tier for tier in TIERS if is_held(expression(tier, words, (), near), terms)), None)


@pytest.mark.parametrize(
    "question, text, tier",
    [
        ("north korea sent troops", "North Korea sent troops", "same"),
        ("korea sent", "North Korea sent troops", "phrase"),
        ("troops korea", "North Korea sent troops", "words"),
        ("troop kor", "North Korea sent troops", "beginnings"),
        ('"korea sent"', "North Korea sent troops", "phrase"),
        ('"sent korea"', "North Korea sent troops", None),
        ('"korea sen"', "North Korea sent troops", None),
        ('"korea sen*"', "North Korea sent troops", "phrase"),
        ("troo*", "North Korea sent troops", "phrase"),
        ("Noth Korea", "North Korea sent troops", "spelling"),
        ("Noth*", "North Korea sent troops", None),
        ("파병", "북한이 러시아에 병력을 파병했다", "phrase"),
        ("북한 병력", "북한이 러시아에 병력을 파병했다", "words"),
        ("러시하에", "북한이 러시아에 병력을 파병했다", "spelling"),
        ("남한", "북한이 러시아에 병력을 파병했다", None),
        ("人民軍", "朝鮮人民軍の部隊", "phrase"),
        ("войска корея", "Северная Корея отправила войска", "words"),
        ("елка", "Ёлка горела", "phrase"),
        ("Strasse", "Die Straße nach Kursk", "phrase"),
        ("munchen", "Nach München", "phrase"),
        ("Muenchen", "Nach München", "spelling"),
        ("zolnierz", "Żołnierz", "same"),
        ("الجيش", "الجَيْش الروسي", "phrase"),
        ("10000", "More than 10,000 soldiers", "phrase"),
        ("10.000 soldiers", "More than 10 000 soldiers", "phrase"),
        ("10000", "In 2025 100 of 10", None),
        ("٢٠٢٤", "In 2024", "phrase"),
    ],
)
def test_a_text_fits_as_well_as_its_words_do(question: str, text: str, tier: Tier | None) -> None:
    assert best(question, text) == tier


@settings(max_examples=200)
@given(st.text('ab한국ё "*0', min_size=1, max_size=14), st.text("abc한국ё 0", max_size=14))
def test_whatever_fits_well_fits_every_looser_way_too(question: str, text: str) -> None:
    words, terms = parse_words(question), set(terms_of([text]))
    if words.pieces:
        found = [is_held(expression(tier, words, (), {}), terms) for tier in TIERS]
        assert found == sorted(found)


@pytest.mark.parametrize("wrong", ["zelenskyy", "zelenksy", "elensky", "zelebsky", "zelebskyy", "selenskiy"])
def test_a_word_of_eight_letters_is_met_with_two_slips_and_less(wrong: str) -> None:
    assert set(kept_spellings("zelensky")) & set(asked_spellings(wrong))
    assert nearest(wrong, ["zelensky"], 9) == ["zelensky"]


@pytest.mark.parametrize("wrong", ["zelnsk", "silinski", "lukashenko"])
def test_more_slips_than_a_word_may_have_are_another_word(wrong: str) -> None:
    assert nearest(wrong, ["zelensky"], 9) == []


def test_short_words_and_figures_have_no_slips() -> None:
    assert kept_spellings("un") == kept_spellings("2024") == asked_spellings("cia") == []
    assert nearest("iran", ["iraq"], 9) == ["iraq"]


@pytest.mark.parametrize("text", ["", "  ", "!?", "***", '""', "\u201e \u201c", "-"])
def test_signs_alone_ask_for_nothing(text: str) -> None:
    assert parse_words(text).pieces == ()


@pytest.mark.parametrize("text", ["a" * 301, " ".join(map(str, range(40))), "가" * 301])
def test_a_question_that_is_too_long_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        parse_words(text)


def test_the_nearest_name_scores_highest() -> None:
    names = ["yonhap", "Yonhap News Agency", "연합뉴스"]
    assert name_score("YONHAP", names) == name_score("연합뉴스", names) == 1.0
    assert 0.8 < name_score("yonhapp", names) < 1.0
    assert name_score("yonhap news", names) > name_score("reuters news", names)
    assert name_score("yonhap", []) == 0.0
