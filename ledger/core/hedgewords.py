"""Words with which a report keeps its distance, by language, and what of them stands in a quotation.

The list was compiled for OnRecord from the set phrases of news agencies; it was taken from no other list. It is short on
purpose: a word is in it as `doubt` or as `credit` only where it hardly ever means anything else. `also` are words that may
hedge: where one of them stands downstream nothing is said to be gone, but its own loss is never told. A `*` stands for any
ending.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class HedgeWords:
    doubt: tuple[str, ...]
    credit: tuple[str, ...]
    also: tuple[str, ...]
    whole: bool = True
    """Whether words end at blanks. Korean endings do not."""


TABLE: Mapping[str, HedgeWords] = {
    "en": HedgeWords(
        ("reportedly", "allegedly", "alleged", "apparently", "purportedly", "purported", "presumably", "supposedly", "possibly",
         "probably", "perhaps", "unconfirmed", "may have", "might have", "is said to", "are said to", "is believed to",
         "are believed to", "is thought to", "are thought to", "appears to", "appear to", "seems to", "suspected"),
        ("according to", "citing"),
        ("may", "might", "could", "would", "likely", "seem*", "appear*", "suggest*", "believe*", "suspect*",
         "claim*", "estimat*", "said", "says", "told", "as reported"),
    ),
    "de": HedgeWords(
        ("offenbar", "mutmaßlich*", "angeblich*", "anscheinend", "vermutlich*", "möglicherweise", "wahrscheinlich", "womöglich",
         "unbestätigt*", "dem Vernehmen nach"),
        ("laut", "nach Angaben", "nach Darstellung", "zufolge", "unter Berufung auf"),
        ("soll", "sollen", "könnte*", "dürfte*", "scheint", "scheinen", "vielleicht", "sei", "seien", "habe", "hätte*", "wäre*",
         "schein*", "behaupte*", "schätz*", "verdächtig*", "sagte*", "teilte*", "wohl", "so"),
    ),
    "fr": HedgeWords(
        ("apparemment", "prétendument", "présumé*", "probablement", "peut-être", "vraisemblablement", "semble-t-il", "aurait",
         "auraient"),
        ("selon", "d'après", "d’après"),
        ("sembl*", "paraît", "pourrai*", "possible*", "suppos*", "affirm*", "estim*", "serai*", "dit"),
    ),
    "ru": HedgeWords(
        ("якобы", "предположительно", "вероятно", "возможно", "по-видимому", "судя по всему", "видимо", "как сообщается",
         "предполагаем*"),
        ("по данным", "по словам", "по сообщению", "по сообщениям", "по информации", "со ссылкой на"),
        ("может", "могут", "мог", "могли", "согласно", "похоже", "сообщ*", "заяв*", "утвержда*", "считает*", "оценк*"),
    ),
    "uk": HedgeWords(
        ("нібито", "ймовірно", "імовірно", "можливо", "мабуть", "як повідомляється", "ймовірн*"),
        ("за даними", "за словами", "за повідомленням", "за повідомленнями", "за інформацією", "з посиланням на"),
        ("може", "можуть", "міг", "могли", "схоже", "згідно", "повідом*", "заяв*", "стверджу*", "вважа*", "оцін*", "напевно"),
    ),
    "ko": HedgeWords(
        ("것으로 알려졌다", "것으로 알려져", "것으로 보인다", "것으로 보여", "것으로 추정",
         "추정된다", "것으로 전해졌다", "가능성이 있다", "가능성이 크다", "가능성이 제기"),
        ("에 따르면",),
        ("알려", "보이", "보인", "보여", "추정", "전해", "가능성", "듯", "따르",
         "따라", "수 있", "주장", "관측", "밝혔", "말했"),
        whole=False,
    ),
}  # fmt: skip
_HANGUL = re.compile("[\uac00-\ud7a3]")
_CYRILLIC = re.compile("[\u0400-\u04ff]")


@dataclass(frozen=True)
class Hedges:
    """What hedges a quotation: words of doubt, and words that credit somebody, as they stand there. `any`: these or others."""

    doubt: tuple[str, ...]
    credit: tuple[str, ...]
    any: bool


def languages_of(text: str, lang: str | None) -> tuple[str, ...]:
    """The languages of the table that the text can be in: the one that was recorded, else what its script tells. None where
    neither says: Latin letters alone tell no language."""
    if lang is not None:
        known = lang.split("-")[0].lower()
        return (known,) if known in TABLE else ()
    if _HANGUL.search(text):
        return ("ko",)
    return ("ru", "uk") if _CYRILLIC.search(text) else ()


def hedges_in(text: str, lang: str | None) -> Hedges | None:
    """What hedges the text; None where its language is not known, or not in the table."""
    languages = languages_of(text, lang)
    if not languages:
        return None
    doubt = tuple(dict.fromkeys(found for one in languages for found in _pattern(one, "doubt").findall(text)))
    credit = tuple(dict.fromkeys(found for one in languages for found in _pattern(one, "credit").findall(text)))
    return Hedges(doubt, credit, bool(doubt or credit) or any(_pattern(one, "also").search(text) for one in languages))


@cache
def _pattern(language: str, part: str) -> re.Pattern[str]:
    words = TABLE[language]
    # The longer first: "mutmaßlichen" is to be told as it stands.
    listed = sorted(getattr(words, part), key=lambda word: -len(word))
    spelt = "|".join(re.escape(word).replace(r"\*", r"\w*").replace(r"\ ", r"\s+") for word in listed)
    return re.compile(rf"(?<!\w)(?:{spelt})(?!\w)" if words.whole else f"(?:{spelt})", re.IGNORECASE)
