"""From an accuracy to a letter that a person may accept: which one, and when none."""

from __future__ import annotations

from itertools import pairwise

from ledger.core.policies import OLO_1

ESTIMATOR = "OriginEM/1"
MINIMUM = 10
"""Settled contested items below which nothing is suggested."""
SUGGESTED_FOR: frozenset[str] = frozenset(
    {"outlet", "news_agency", "organization", "government_body", "armed_group", "dataset"}
)
"""Never a person. Not an account: it is a person's as a rule. Not an unnamed source: behind one name there may be many."""
LETTERS = ("A", "B", "C", "D", "E")


def letter_bounds() -> dict[str, float]:
    """Of each letter the lowest accuracy for which it is suggested: half way to the reliability of the next letter."""
    between = [(OLO_1.reliability[one] + OLO_1.reliability[other]) / 2 for one, other in pairwise(LETTERS)]
    return dict(zip(LETTERS, [*(round(bound, 9) for bound in between), 0.0], strict=True))


def letter_of(accuracy: float) -> str:
    return next(letter for letter, bound in letter_bounds().items() if accuracy >= bound)


def refusal(type: str) -> str | None:
    """Why no letter is ever suggested for a source of this type; None if one may be."""
    if type in SUGGESTED_FOR:
        return None
    words = type.replace("_", " ")
    return f"letters are suggested for outlets, agencies and bodies, not for {'an' if words[0] in 'aeiou' else 'a'} {words}"


def suggested(type: str, settled: int, accuracy: float, interval: tuple[float, float]) -> tuple[str | None, str | None]:
    """The letter suggested, or None and why.

    It is the letter of the accuracy, if 10 contested items or more are settled and the 90 % interval reaches no further than
    the next letter on either side. A is suggested only if the whole interval lies in A; else B.
    """
    if why := refusal(type):
        return None, why
    if settled < MINIMUM:
        return None, f"{settled} settled contested {'item' if settled == 1 else 'items'}, at least {MINIMUM} are needed"
    low, letter, high = letter_of(interval[0]), letter_of(accuracy), letter_of(interval[1])
    if max(LETTERS.index(low) - LETTERS.index(letter), LETTERS.index(letter) - LETTERS.index(high)) > 1:
        return None, f"too uncertain: anything from {high} to {low}"
    return ("B" if letter == "A" and low != "A" else letter), None


def rationale(size: int, right: int, wrong: int, open: int, accuracy: float, interval: tuple[float, float]) -> str:
    """Who suggests it, when, and from what: enough to ask the same question again."""
    unsettled = f", {open} not settled" if open else ""
    low, high = interval
    return (
        f"suggested by {ESTIMATOR} at size {size}: right on {right} of {right + wrong} contested items{unsettled}; "
        f"accuracy {accuracy:.2f}, 90 % between {low:.2f} and {high:.2f}"
    )
