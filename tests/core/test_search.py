"""Terms: whatever people type in whatever script finds the text that holds it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.search import query_terms, terms_of


@pytest.mark.parametrize(
    "text,question",
    [
        ("North Korea sent troops", "troops"),
        ("North Korea sent troops", "KOREA Troops"),
        ("북한이 러시아에 병력을 파병했다", "파병"),
        ("북한이 러시아에 병력을 파병했다", "북"),
        ("朝鮮人民軍の部隊", "人民軍"),
        ("朝鮮人民軍の部隊", "の"),
        ("Северная Корея отправила войска", "корея войска"),
        ("Straße nach Kursk", "STRASSE"),
        ("ＫＣＮＡ reported", "kcna"),
        ("हिन्दी में समाचार", "हिन्दी"),
        ("covid백신 2024년", "백신 2024"),
        ("Ёлка и подъём", "елка подъем"),
        ("Łódź, Øresund, Çelik", "lodz oresund celik"),
        ("الجَيْشُ الرُّوسِيّ", "الجيش الروسي"),
        ("朝鲜向俄罗斯派兵", "派兵"),
        ("١٠٬٠٠٠ جندي", "جندي"),
    ],
)
def test_a_question_finds_the_text(text: str, question: str) -> None:
    assert set(query_terms(question)) <= set(terms_of([text]))
    assert query_terms(question)


@pytest.mark.parametrize("text,question", [("North Korea", "South"), ("북한", "남한"), ("of", "off"), ("trap", "part")])
def test_another_text_is_not_found(text: str, question: str) -> None:
    assert not set(query_terms(question)) <= set(terms_of([text]))


@settings(max_examples=200)
@given(st.text(max_size=60))
def test_every_text_is_found_by_itself_and_terms_hold_no_blanks(text: str) -> None:
    terms = terms_of([text])
    assert set(query_terms(text)) <= set(terms)
    assert all(term and not any(letter.isspace() for letter in term) for term in terms)
    assert len(terms) == len(set(terms))


def test_punctuation_alone_asks_for_nothing() -> None:
    assert query_terms(" ,.- _ ") == []
