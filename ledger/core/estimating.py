"""What the record suggests of its sources: OriginEM on the items that they contest, in letters where it is sure enough."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from scipy.special import betaincinv

from ledger.core.contests import Item, Word, contested
from ledger.core.credibility.agreeing import Hierarchy, Scale
from ledger.core.credibility.origin import origin_em
from ledger.core.credibility.table import ClaimTable, Floats, tabulate
from ledger.core.values import Figure, Value, near

SETTLED = 0.95
"""How likely it must be that nothing contrary to the best value of an item is true, before anybody is called right or wrong."""
PRIOR, PRIOR_ITEMS = 0.8, 5
"""What is assumed of a source of which nothing is known, and its weight in items."""
TAIL = 0.05
"""Left out on each side of the interval."""


@dataclass(frozen=True)
class Learned:
    """Of one source: the items on which it was right, wrong, or nobody can tell; likewise of what it only passed on."""

    source: str
    accuracy: float
    interval: tuple[float, float]
    right: list[str]
    wrong: list[str]
    open: list[str]
    relayed_right: list[str]
    relayed_wrong: list[str]
    family: list[str]

    @property
    def settled(self) -> int:
        return len(self.right) + len(self.wrong)


@dataclass(frozen=True)
class Estimation:
    items: int
    learned: list[Learned]
    families: list[list[str]]


def learn(said: Sequence[Word]) -> Estimation:
    """Accuracies and families from what sources say in their own name where they contest each other.

    What they relay has no voice: ten outlets that cite one ministry are one origin. It is held against the outcome afterwards.
    """
    rivals = contested(said)
    told = _rounded([word for word in said if word.item in rivals])
    own = [word for word in told if not word.relayed]
    table = tabulate(sorted((word.source, word.item.claim, word.item.attribute, word.value.text) for word in own))
    estimate = origin_em(table, _scale(own))
    outcome = _outcomes(table, estimate.scores, own)
    family = {name: [one for one in names if one != name] for names in estimate.families for name in names}
    words_of: dict[str, list[Word]] = defaultdict(list)
    for word in told:
        words_of[word.source].append(word)
    accuracy = dict(zip(table.sources, estimate.accuracy.tolist(), strict=True))
    learned = [
        _learned(source, accuracy.get(source), words_of[source], outcome, family.get(source, [])) for source in sorted(words_of)
    ]
    return Estimation(len(rivals), learned, estimate.families)


def _scale(own: Iterable[Word]) -> Scale:
    """A value supports every value that implies it."""
    values: dict[Item, dict[str, Value]] = defaultdict(dict)
    for word in own:
        values[word.item][word.value.text] = word.value
    pairs = {
        (text, other_text)
        for given in values.values()
        for text, value in given.items()
        for other_text, other in given.items()
        if text != other_text and value.implies(other)
    }
    if not pairs:
        return Scale()
    names = sorted({text for pair in pairs for text in pair})
    place = {text: number for number, text in enumerate(names)}
    ordered = sorted(pairs)
    # A name that lies in several others stands once more below each of them.
    parents = [-1] * len(names) + [place[general] for _, general in ordered]
    return Scale(hierarchy=Hierarchy([*names, *(detailed for detailed, _ in ordered)], parents))


def _rounded(told: Sequence[Word]) -> list[Word]:
    """The words with near figures of one item made one: from the lowest upwards, those near it are told as their middle."""
    numbers: dict[Item, set[float]] = defaultdict(set)
    for word in told:
        if word.value.number is not None:
            numbers[word.item].add(word.value.number)
    middle: dict[tuple[Item, float], float] = {}
    for item, given in numbers.items():
        left = sorted(given)
        while left:
            group = [number for number in left if near(left[0], number)]
            middle |= {(item, number): group[len(group) // 2] for number in group}
            left = left[len(group) :]

    def rounded(word: Word) -> Word:
        if word.value.number is None:
            return word
        figure = middle[word.item, word.value.number]
        return replace(word, value=Figure(figure, figure))

    return [rounded(word) for word in told]


def _outcomes(table: ClaimTable, scores: Floats, own: Iterable[Word]) -> dict[Item, Value | None]:
    """The best value of each item, or None where something contrary to it may well be true."""
    by_text = {(word.item, word.value.text): word.value for word in own}
    found: dict[Item, Value | None] = {}
    for number, fact in enumerate(table.best(scores).tolist()):
        item = Item(table.objects[int(table.item_object[number])], table.attributes[int(table.item_attribute[number])])
        first = int(table.first_fact[number])
        given = {one: by_text[item, table.value(one)] for one in range(first, first + int(table.rivals[number]))}
        best = given[fact]
        likely = sum(float(scores[one]) for one, value in given.items() if value.agrees_with(best))
        found[item] = best if likely >= SETTLED else None
    return found


def _learned(
    source: str, accuracy: float | None, said: Sequence[Word], outcome: Mapping[Item, Value | None], family: list[str]
) -> Learned:
    own, relayed = [word for word in said if not word.relayed], [word for word in said if word.relayed]
    verdicts = {word.item: _verdict(word.value, outcome[word.item]) for word in own}
    passed_on = {word.item: _verdict(word.value, outcome[word.item]) for word in relayed}
    settled = sum(verdict is not None for verdict in verdicts.values())
    mean = PRIOR if accuracy is None else accuracy
    return Learned(
        source=source,
        accuracy=mean,
        interval=interval(mean, settled),
        right=_items(verdicts, True),
        wrong=_items(verdicts, False),
        open=_items(verdicts, None),
        relayed_right=_items(passed_on, True),
        relayed_wrong=_items(passed_on, False),
        family=family,
    )


def _verdict(value: Value, outcome: Value | None) -> bool | None:
    """True if the outcome implies what was said, False if it rules that out, None if it leaves it open."""
    if outcome is None:
        return None
    if outcome.implies(value):
        return True
    return None if outcome.agrees_with(value) else False


def _items(verdicts: Mapping[Item, bool | None], wanted: bool | None) -> list[str]:
    return [item.claim for item, verdict in verdicts.items() if verdict is wanted]


def interval(accuracy: float, settled: int) -> tuple[float, float]:
    """The 90 % interval of an accuracy that so many items, and the assumption before any, stand behind."""
    strength = settled + PRIOR_ITEMS
    a, b = accuracy * strength, (1 - accuracy) * strength
    return float(betaincinv(a, b, TAIL)), float(betaincinv(a, b, 1 - TAIL))
