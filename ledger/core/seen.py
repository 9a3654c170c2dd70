"""How likely a pasted text says what a claim on record says, and why: words, names, figures, dates, items they have in common.

Nothing here translates. Across languages a text and a claim meet in what every language shares: the sources that they name,
each in its own script, the items of Wikidata that they are about, figures and dates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ledger.core.links import links_in, without_links
from ledger.core.search import Run, runs, terms_of, whole_term

LONGEST_TEXT = 10_000
MOST_TERMS = 40
"""Terms of a text by which claims are looked for: all its figures, and then the longest words, which tell most."""
LEAST = 0.1
"""Below this nothing is shown: it shares a common word or two."""
_DATE = re.compile(r"(?<![\d-])(?:1[5-9]|20|21)\d\d(?:-[01]\d(?:-[0-3]\d)?)?(?![\d-])")
_SHARES = {"words": 0.9, "names": 0.45, "figures": 0.3, "dates": 0.2, "topics": 0.25}
"""How far one kind of evidence alone can take the score, where all of what the text has of it is shared."""


@dataclass(frozen=True)
class Pasted:
    """A text somebody asks about. `named` are the sources it names by slug, `topics` the items it is about."""

    runs: tuple[Run, ...]
    terms: frozenset[str]
    whole: str
    figures: frozenset[str]
    dates: frozenset[str]
    links: tuple[str, ...]
    named: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @cached_property
    def forms(self) -> list[tuple[str, list[tuple[str, bool]]]]:
        """Each source's first name, and its names as they are looked for in a text, with whether their script has no blanks.

        They live as long as the question: names can be erased, so that none may stay in the process for longer.
        """
        spelt = [[name for name in names if not name.startswith("#")] for names in self.named.values()]
        return [(names[0], [form for name in names if (form := _form(name))[0]]) for names in spelt if names]


@dataclass(frozen=True)
class Known:
    """A claim on record, as far as it can be held against a text."""

    texts: Sequence[str]
    topics: frozenset[str] = frozenset()
    event_time: str | None = None
    figures: frozenset[str] = frozenset()


def pasted(text: str) -> Pasted:
    words = without_links(text)
    found = tuple(runs(words))
    terms = frozenset(terms_of([words]))
    dates = frozenset(_DATE.findall(words))
    figures = frozenset(run for run, dense in found if not dense and run.isdecimal() and len(run) > 1)
    # The parts of a date are no figures: every text of a year would share them.
    parts = {part for date in dates for part in date.split("-")}
    return Pasted(found, terms, whole_term(found) if found else "", figures - parts, dates, tuple(links_in(text)))


def telling_terms(text: Pasted) -> list[str]:
    """The terms by which claims are looked for."""
    words = {term for term in text.terms if term[0] not in "_=" and (len(term) > 2 or not term.isascii())}
    words -= {run for run, dense in text.runs if dense} | {term for term in words if len(term) < 2}
    longest = sorted(words - text.figures, key=lambda term: (-len(term.encode()), term))
    return [*sorted(text.figures), *longest][:MOST_TERMS]


def judge(text: Pasted, known: Known, rarity: Mapping[str, float], linked: bool) -> tuple[float, list[str]]:
    """A score from 0 to 1, and every reason for it in words. `rarity` says how much each term of the text tells."""
    held = set(terms_of(known.texts))
    if text.whole and text.whole in held:
        return 1.0, ["says just this"]
    shared = [term for term in rarity if term in held]
    names = _shared_names(text, known)
    figures = sorted(text.figures & (known.figures | held))
    dates = sorted(one for one in text.dates if known.event_time and _agree(one, known.event_time))
    topics = sorted(topic[1:] for topic in known.topics & {one for names in text.named.values() for one in names})
    parts = {
        "words": sum(rarity[term] for term in shared) / max(sum(rarity.values()), 1e-9),
        "names": len(names) / max(len(text.named), 1),
        "figures": len(figures) / max(len(text.figures), 1),
        "dates": float(bool(dates)),
        "topics": float(bool(topics)),
    }
    left = 1.0
    for kind, share in parts.items():
        left *= 1 - _SHARES[kind] * share
    reasons = ["a document with the same link carries it"] if linked else []
    reasons += [f"names {one}" for one in names]
    reasons += [f"the same figure: {one}" for one in figures]
    reasons += [f"the same date: {one}" for one in dates]
    reasons += [f"about the same: {one}" for one in topics]
    words = sorted((term for term in shared if term not in figures), key=lambda term: -rarity[term])[:6]
    reasons += [f"the same words: {', '.join(words)}"] if words else []
    return round(max(1 - left, 0.95 if linked else 0.0), 4), reasons


def _shared_names(text: Pasted, known: Known) -> list[str]:
    """Sources named in both, in whatever script; a script without blanks has the name within its runs."""
    if not text.named:
        return []
    spelt = [" " + " ".join(run for run, _ in runs(one)) + " " for one in known.texts]
    return [
        name
        for name, forms in text.forms
        if any((form in one if dense else f" {form} " in one) for form, dense in forms for one in spelt)
    ]


def _form(name: str) -> tuple[str, bool]:
    """The name as it is looked for in a text, and whether its script has no blanks."""
    found = list(runs(name))
    return " ".join(run for run, _ in found), all(dense for _, dense in found)


def _agree(one: str, other: str) -> bool:
    """Dates that say the same as far as both say anything."""
    plain = other.rstrip("~?%")[:10]
    return plain.startswith(one) or one.startswith(plain)
