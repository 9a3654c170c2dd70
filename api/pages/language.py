"""The languages of the interface: catalogues, and which of them a reader gets. What is on record stays in its own words."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

from markupsafe import Markup, escape

from ledger.core.protecting import PREFIX

Language = Literal["en", "de"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
OWN_NAMES: Mapping[Language, str] = {"en": "English", "de": "Deutsch"}
_RANGE = re.compile(r"\s*(?P<tag>[A-Za-z]{1,8}|\*)(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q=(?P<q>[01](?:\.\d{0,3})?)\s*)?")

_PROTECTED = re.compile(re.escape(PREFIX) + r"[0-9a-f]{12}([0-9a-f]{4})\b")

Texts = Mapping[str, str]


@dataclass(frozen=True)
class Tongue:
    """The interface in one language. A text that is not there is a mistake of ours; a test holds the catalogues together."""

    language: Language
    texts: Texts
    phrases: Texts

    def __call__(self, key: str, /, **parts: object) -> str:
        return self.texts[key].format(**parts) if parts else self.texts[key]

    def count(self, key: str, number: int, /, **parts: object) -> str:
        """The text for so many; one is told apart from all other numbers."""
        return self(f"{key}.one" if number == 1 else f"{key}.other", n=number, **parts)

    def word(self, group: str, name: str | None) -> str:
        """A word of the records in the reader's language; one that came with a newer record, as it is spelt there."""
        return self.texts.get(f"{group}.{name}", (name or "").replace("_", " "))

    def named(self, text: str) -> str:
        """The text with words in place of the ids of protected sources, which are nobody's names."""
        return _PROTECTED.sub(lambda found: self("protected", id=found[1]), text)

    def html(self, key: str, /, **parts: object) -> Markup:
        """The text with pieces of HTML in it; what is no HTML yet is escaped."""
        return Markup(escape(self.texts[key])).format(**parts)

    def phrase(self, text: str) -> Markup:
        """A sentence that the score's own code wrote, which is English: translated where the catalogue has it, else marked."""
        text = self.named(text)
        if self.language == "en":
            return escape(text)
        known = self.translated(text)
        return escape(known) if known is not None else Markup('<span lang="en">{}</span>').format(text)

    def translated(self, text: str) -> str | None:
        """What such a sentence is in this language, where the catalogue has it."""
        if text in self.phrases:
            return self.phrases[text]
        found = ((words, pattern.fullmatch(text)) for pattern, words in _phrases_with_names(self.language))
        return next((words.format(**said.groupdict()) for words, said in found if said), None)

    def probability(self, value: float) -> str:
        """Two digits, never 0 or 1."""
        text = ">0.99" if value > 0.99 else "<0.01" if value < 0.01 else f"{value:.2f}"
        return text.replace(".", self("decimal"))

    def figure(self, value: float) -> str:
        """Three digits: nobody counted better. An open end is told in words."""
        if not math.isfinite(value):
            return self("open_end")
        digits = min(3 - len(str(abs(round(value)))), 0)
        return f"{round(value, digits):,.0f}".replace(",", self("thousands"))

    def figures(self, value: int) -> str:
        """Every digit of it, in groups of three."""
        return f"{value:,}".replace(",", self("thousands"))

    def list(self, items: Sequence[str]) -> str:
        """`a, b and c`."""
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} {self('and')} {items[-1]}"

    def pick(self, texts: Mapping[str, object]) -> tuple[str, str]:
        """The language tag and the text to show of those on record: the reader's, English, or the first."""
        shown = {tag: text for tag, text in texts.items() if isinstance(text, str)}
        for tag in (self.language, *(tag for tag in shown if tag.split("-")[0] == self.language), "en", *shown):
            if tag in shown:
                return tag, shown[tag]
        return self.language, self("sealed")


@cache
def tongue(language: Language) -> Tongue:
    return Tongue(language, catalogue(language), catalogue(language, "phrases"))


@cache
def catalogue(language: Language, name: str = "interface") -> Texts:
    """The texts of a language by key, as `api/pages/words` has them."""
    text = files("api.pages").joinpath("words", f"{name}.{language}.toml").read_text("utf-8")
    return dict(_flat(tomllib.loads(text), ""))


@cache
def _phrases_with_names(language: Language) -> list[tuple[re.Pattern[str], str]]:
    """Phrases that name somebody or something: `{who}` stands for any words, the same ones in both languages."""
    return [
        (re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(phrase))), words)
        for phrase, words in catalogue(language, "phrases").items()
        if "{" in phrase
    ]


def _flat(table: Mapping[str, object], before: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in table.items():
        found += _flat(value, f"{before}{name}.") if isinstance(value, dict) else [(before + name, str(value))]
    return found


def chosen(asked: str | None, accepted: str) -> Language:
    """What `?lang=` says, else the first of ours that the browser asks for (RFC 9110 §12.5.4), else English."""
    if asked in LANGUAGES:
        return asked
    wanted = [(_quality(found["q"]), -place, found["tag"].lower()) for place, found in enumerate(_ranges(accepted))]
    for quality, _, tag in sorted(wanted, reverse=True):
        if quality > 0 and (tag == "*" or tag in LANGUAGES):
            return "en" if tag == "*" else next(one for one in LANGUAGES if one == tag)
    return "en"


def _ranges(accepted: str) -> list[re.Match[str]]:
    return [found for part in accepted[:1_000].split(",") if (found := _RANGE.fullmatch(part))]


def _quality(text: str | None) -> float:
    return 1.0 if text is None else float(text)
