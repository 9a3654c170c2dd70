"""The words in a picture of chains: English in exports; a page gives those of its reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from ledger.core.sentences import act_on_it


class Wording(Protocol):
    """`text` is a text of the picture's own, `word` one of the records' words, `phrase` a sentence that the score wrote."""

    def text(self, key: str, /, **parts: object) -> str: ...

    def word(self, group: str, name: str) -> str: ...

    def phrase(self, text: str) -> str: ...

    def deed(self, act: str, polarity: str) -> str:
        """What somebody does about the claim: `confirms it`."""
        ...

    def pick(self, texts: Mapping[str, str]) -> str:
        """One of the texts of a claim, by language; empty if there is none."""
        ...


TEXTS = {
    "origin": "ORIGIN",
    "reader": "READER →",
    "nobody": "Nobody is on record as saying anything about it.",
    "one_origin": "one origin: {name}",
    "on": "on: {text}",
    "about": "about: {text}",
    "unfounded": "origin not established",
    "aside": "set aside",
    "no_longer_counts": "no longer counts",
    "bottleneck": "bottleneck",
    "circle": "cited in a circle",
    "closes": "closes the circle",
    "inferred": "inferred",
    "undated": "undated",
    "unknown": "unknown author",
    "document": "is the document at the end of the chain",
    "supports": "supports the claim",
    "denies": "speaks against the claim",
    "differs": "differs in the figure",
    "an_origin": "an origin",
    "no_origin": "where it has that from is not on record",
    "legend_supports": "supports it",
    "legend_denies": "speaks against it",
    "legend_differs": "gives another figure",
    "legend_none": "takes no side",
    "legend_bar": "an origin that is established",
    "legend_document": "a document at the end of a chain",
    "legend_quotes": "quotes",
    "legend_cites": "cites, paraphrases, summarizes",
    "legend_passes": "republishes, translates, relays",
    "legend_unsure": "implied, disputed, found later",
}


class English:
    def text(self, key: str, /, **parts: object) -> str:
        return TEXTS[key].format(**parts)

    def word(self, group: str, name: str) -> str:
        return name.replace("_", " ")

    def phrase(self, text: str) -> str:
        return text

    def deed(self, act: str, polarity: str) -> str:
        return act_on_it(act, polarity)

    def pick(self, texts: Mapping[str, str]) -> str:
        return texts.get("en") or next(iter(texts.values()), "")


ENGLISH: Wording = English()
