"""Which claims are worth looking at for a text, of all that there are: what is rare is looked for by itself, and what is common
only together with something else. How many claims hold each term is known, so nothing is read to find out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from ledger.core.search import All, AnyOf, But, Expression, Term, any_of

Weights = Sequence[tuple[Expression, float]]
"""What a record may hold, each with how much it tells."""
COUNTED = "claim"
"""The kind of record of which it is counted how many hold a term."""
EVERYTHING = ""
"""Stands for the term that every claim holds. No term is empty."""
ALONE = 200
"""Claims that are read for what they hold by itself."""
TOGETHER = 300
"""Claims that are read, as far as can be foreseen, for two things that they hold."""
WALKED = 20_000
"""Places in the lists of what is common that are passed through to find where two meet."""
# Words of one language, and neighbours in a script without blanks, meet more often than chance has it.
_OFTENER = 3


@dataclass(frozen=True, slots=True)
class Clue:
    """Something of a text that a claim may hold, and at most how many claims hold it."""

    wanted: Expression
    claims: int


def counted_terms(terms: Iterable[str]) -> list[str]:
    """The terms of one claim that are counted: words, figures, letters side by side, and what it is about."""
    return [EVERYTHING, *(term for term in terms if len(term) > 1 and term[0] not in "_=")]


def rarity(claims: int, total: int) -> float:
    """How much it tells that a claim holds a term that so many of all claims hold: from 0 to 1, and 1 for what none has yet."""
    return (math.log1p(total / claims) / math.log1p(total)) ** 2 if claims > 0 and total > 1 else 1.0


def most_that_hold(wanted: Expression, counts: Mapping[str, int]) -> int:
    """No more claims than these hold it. A pair of neighbours is not counted, and leaves it to the words themselves."""
    match wanted:
        case Term(word):
            return counts.get(word, 0) if word and word[0] not in "_=" else counts.get(EVERYTHING, 0)
        case All(parts):
            return min(most_that_hold(part, counts) for part in parts)
        case AnyOf(parts):
            return min(sum(most_that_hold(part, counts) for part in parts), counts.get(EVERYTHING, 0))
        case But(yes, _):
            return most_that_hold(yes, counts)


def terms_in(wanted: Expression) -> list[str]:
    """Every term that it is made of."""
    match wanted:
        case Term(word):
            return [word]
        case All(parts) | AnyOf(parts):
            return [term for part in parts for term in terms_in(part)]
        case But(yes, no):
            return [*terms_in(yes), *terms_in(no)]


def worth_looking_at(clues: Sequence[Clue], total: int) -> Expression | None:
    """What a claim must hold to be looked at: the rarest clues, each by itself, and of the others the rarest two together."""
    ordered = sorted((clue for clue in clues if clue.claims), key=lambda clue: clue.claims)
    alone, left = 0, ALONE
    while alone < len(ordered) and ordered[alone].claims <= left:
        left -= ordered[alone].claims
        alone += 1
    ways = [clue.wanted for clue in ordered[:alone]]
    ways += [All((one.wanted, any_of(other.wanted for other in others))) for one, others in _meeting(ordered[alone:], total)]
    return any_of(ways) if ways else None


def _meeting(clues: Sequence[Clue], total: int) -> list[tuple[Clue, list[Clue]]]:
    """Pairs of these, the first of each once: those that fewest claims are likely to hold."""
    passed: set[int] = set()
    walked, left = 0, float(TOGETHER)
    found: dict[int, list[Clue]] = {}
    for one, other in sorted(
        combinations(range(len(clues)), 2), key=lambda pair: clues[pair[0]].claims * clues[pair[1]].claims
    ):
        rarer, commoner = clues[one], clues[other]
        left -= min(rarer.claims, _OFTENER * rarer.claims * commoner.claims / max(total, 1))
        walked += sum(clues[place].claims for place in {one, other} - passed)
        if left < 0 or walked > WALKED:
            break
        passed |= {one, other}
        found.setdefault(one, []).append(commoner)
    return [(clues[one], others) for one, others in found.items()]
