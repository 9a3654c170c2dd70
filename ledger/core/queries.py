"""What people type to find something, and the order in which answers to it come.

Words may stand anywhere in a text, in any language of it, and each finds the words that begin with it; `word*` says no more
than that; "words in quotation marks" stand side by side in this order. All must be there. Answers come by how well they fit: a
text that is just this, one that has the words side by side, one that has them, one with words that begin so, one that names
the same source in another language or script, and one whose words differ by a slip of the hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import get_args

from rapidfuzz import fuzz

from ledger.core.search import (
    Expression,
    Run,
    Term,
    all_of,
    any_of,
    is_held,
    join_thousands,
    pair_term,
    run_terms,
    runs,
    terms_of,
    topic_term,
    whole_term,
)
from ledger.core.spelling import may_slip
from ledger.errors import FormatError
from schemas.lookups import Fit

MOST_LETTERS, MOST_WORDS = 300, 32
LONGEST_NAME = 5
"""Words of a name that is recognised within a question; of a script without blanks, twice as many letters."""
_QUOTATION_MARKS = re.compile('["\u201c\u201d\u201e\u201f\u00ab\u00bb\u300c\u300d\u300e\u300f\uff02]')
# A run of a script without blanks that is shorter has nothing left when one letter of it is wrong.
_SHORTEST_DENSE = 4

Tier = Fit
TIERS: tuple[Tier, ...] = get_args(Fit)
"""How well a text fits, the best first."""

Near = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Piece:
    """A word, or words that were asked for side by side. `opens`: the last of them may go on."""

    runs: tuple[Run, ...]
    together: bool = False
    opens: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    pieces: tuple[Piece, ...]

    @property
    def runs(self) -> list[Run]:
        return [run for piece in self.pieces for run in piece.runs]


@dataclass(frozen=True, slots=True)
class Name:
    """The pieces `start` to `end` name something that is called otherwise too."""

    start: int
    end: int
    others: tuple[Expression, ...]


def parse_words(text: str) -> Words:
    """What was asked; no pieces where it holds no letter and no digit. FormatError where it is too long for a question."""
    if len(text) > MOST_LETTERS:
        raise FormatError(f"{len(text)} characters to look for, at most {MOST_LETTERS} are taken", hint=_LONG)
    pieces: list[Piece] = []
    parts = _QUOTATION_MARKS.split(text)
    for place, part in enumerate(parts):
        # The last part of an odd number of marks was opened and never closed.
        if place % 2 and place < len(parts) - 1:
            found = tuple(runs(part))
            pieces += [Piece(found, together=True, opens=part.rstrip().endswith("*"))] if found else []
        else:
            pieces += _loose(part)
    words = Words(tuple(dict.fromkeys(pieces)))
    if len(words.runs) > MOST_WORDS:
        raise FormatError(f"{len(words.runs)} words to look for, at most {MOST_WORDS} are taken", hint=_LONG)
    return words


def shortened(text: str) -> str:
    """As much of a longer text as is taken for a question."""
    taken, words = [], 0
    for chunk in join_thousands(text[:MOST_LETTERS]).split():
        words += len(list(runs(chunk)))
        if words > MOST_WORDS:
            break
        taken.append(chunk)
    return " ".join(taken)


_LONG = "a few words find more; for a whole sentence there is `onrecord seen`, /v1/claims:seen"


def _loose(text: str) -> list[Piece]:
    pieces = []
    for chunk in join_thousands(text).split():
        found = list(runs(chunk))
        last = len(found) - 1
        pieces += [Piece((run,), opens=chunk.endswith("*") and place == last) for place, run in enumerate(found)]
    return pieces


def expression(tier: Tier, words: Words, names: Sequence[Name], near: Near) -> Expression:
    """What the store is asked for texts that fit so well or better: each of these holds what the ones before it hold.

    `near` has the words that may have been meant by those that were typed.
    """
    match tier:
        case "same":
            return Term(whole_term(words.runs))
        case "phrase":
            return _together(words.runs, opens=words.pieces[-1].opens)
        case "words":
            return all_of(_strict(piece) for piece in words.pieces)
        case "beginnings":
            return all_of(map(_beginning, words.pieces))
        case "names":
            return all_of(_named(words, names, None))
        case "spelling":
            return all_of(_named(words, names, near))
        case "some":
            return any_of(_named(words, names, near))


def says(question: str, texts: Iterable[str]) -> bool:
    """Whether these texts hold every word of the question, or one that begins so."""
    words = parse_words(question)
    return not words.pieces or is_held(expression("beginnings", words, (), {}), set(terms_of(texts)))


def _strict(piece: Piece) -> Expression:
    return _together(piece.runs, opens=piece.opens)


def _together(found: Sequence[Run], *, opens: bool) -> Expression:
    """All of them, side by side. `opens`: the last one is a beginning."""
    terms = [Term(term) for run in found[:-1] for term in run_terms(run)]
    terms += [Term(pair_term(one, other)) for one, other in pairwise(found[:-1])]
    last = found[-1]
    terms += [Term(term, opens=opens and not last[1]) for term in run_terms(last)]
    if len(found) > 1:
        # Of a script without blanks nobody types the whole run.
        terms.append(Term(pair_term(found[-2], last), opens=opens or last[1]))
    return all_of(terms)


def _beginning(piece: Piece) -> Expression:
    return _strict(piece) if piece.together else _together(piece.runs, opens=True)


def _named(words: Words, names: Sequence[Name], near: Near | None) -> list[Expression]:
    starts = {name.start: name for name in reversed(names)}
    parts: list[Expression] = []
    place = 0
    while place < len(words.pieces):
        name = starts.get(place)
        end = name.end if name else place + 1
        own = all_of(_slipping(piece, near) for piece in words.pieces[place:end])
        parts.append(any_of([own, *name.others]) if name else own)
        place = end
    return parts


def _slipping(piece: Piece, near: Near | None) -> Expression:
    plain = _beginning(piece)
    if near is None or piece.together or piece.opens:
        return plain
    letters, dense = piece.runs[0]
    if dense:
        return any_of([plain, *_one_letter_wrong(letters)]) if len(letters) >= _SHORTEST_DENSE else plain
    return any_of([plain, *map(Term, near.get(letters, ()))])


def _one_letter_wrong(letters: str) -> list[Expression]:
    """The run without the pairs that each of its letters is part of."""
    pairs = list(map("".join, pairwise(letters)))
    found = []
    for wrong in range(len(letters)):
        rest = [Term(pair) for place, pair in enumerate(pairs) if wrong not in (place, place + 1)]
        found.append(all_of(rest))
    return found


def words_that_may_slip(words: Words) -> list[str]:
    """The words of the question of which others may have been meant."""
    loose = [piece for piece in words.pieces if not piece.together and not piece.opens]
    return list(dict.fromkeys(letters for piece in loose for letters, dense in piece.runs if not dense and may_slip(letters)))


def spans(found: Sequence[Run]) -> dict[str, tuple[int, int]]:
    """The terms of every name that may stand in these runs, each with where it stands; longer names win over shorter ones."""
    places: dict[str, tuple[int, int]] = {}
    for length in range(1, LONGEST_NAME + 1):
        for start in range(len(found) - length + 1):
            places[whole_term(found[start : start + length])] = (start, start + length)
    for place, (letters, dense) in enumerate(found):
        if dense:
            for width in range(2, min(len(letters) - 1, 2 * LONGEST_NAME) + 1):
                pieces = (letters[at : at + width] for at in range(len(letters) - width + 1))
                places.update({whole_term([(piece, True)]): (place, place + 1) for piece in pieces})
    return places


def called(slug: str, qid: str | None, names: Sequence[str]) -> tuple[Expression, ...]:
    """Every way in which a text may be about this source."""
    topics = [topic_term(name) for name in (slug, qid) if name]
    spelt = [parts for name in names if (parts := list(runs(name)))]
    return tuple(dict.fromkeys([*map(Term, topics), *(_together(parts, opens=False) for parts in spelt)]))


def name_score(query: str, names: Sequence[str]) -> float:
    """How near the nearest of these names is to what was typed: 1.0 if it is just this, in whatever case and marks."""
    asked = " ".join(run for run, _ in runs(query))
    given = [" ".join(run for run, _ in runs(name)) for name in names]
    return max((_likeness(asked, name) for name in given if name), default=0.0)


def _likeness(one: str, other: str) -> float:
    if one == other:
        return 1.0
    # Letters as they stand, and the words that both have, in whatever order: half of each.
    found = (fuzz.ratio(one, other) + fuzz.token_set_ratio(one, other)) / 200
    return round(min(found, 0.99), 4)
