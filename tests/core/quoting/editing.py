"""Texts that change after somebody quoted them: a thousand edits, each with what is true of it."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ledger.core.quoting.anchoring import Quoted
from ledger.core.quoting.selecting import select


@dataclass(frozen=True)
class Case:
    """A text after the edit and a quotation from before. `there` is where its very words stand, if they do; `like` is where
    what was made of them stands, if anything."""

    kind: str
    text: str
    quoted: Quoted
    there: tuple[int, int] | None
    like: tuple[int, int] | None


class Page:
    """Sentences in paragraphs, one of which is quoted."""

    def __init__(self, sentences: Sequence[str], rng: random.Random) -> None:
        self.rng = rng
        self.lines = rng.sample(list(sentences), 40)
        self.chosen = rng.randrange(5, 35)
        self.sentence = self.lines[self.chosen]
        before = self.write(self.lines)
        start = before.index(self.sentence)
        self.quoted = select(before, start, start + len(self.sentence)).quoted

    def write(self, lines: Sequence[str]) -> str:
        return "\n\n".join(" ".join(lines[at : at + 4]) for at in range(0, len(lines), 4)) + "\n"

    def with_instead(self, words: str) -> list[str]:
        return [*self.lines[: self.chosen], words, *self.lines[self.chosen + 1 :]]


def cases(sentences: Sequence[str], count: int, seed: int) -> Iterator[Case]:
    rng = random.Random(seed)
    kinds = list(EDITS)
    made = 0
    while made < count:
        kind = kinds[made % len(kinds)]
        case = EDITS[kind](Page(sentences, rng), kind)
        if case is not None:
            made += 1
            yield case


def _at(text: str, words: str) -> tuple[int, int]:
    found = re.search(re.escape(words) + r"(?=\s)", text)
    assert found is not None
    return found.span()


# The very words, set otherwise or elsewhere


def _reset(page: Page, kind: str) -> Case:
    """Other quotation marks and dashes, blanks that do not break, marks of direction, accents apart from their letters."""
    rng, words = page.rng, page.sentence
    set_ = words.translate({ord("-"): "\u2011", ord("'"): "\u2019", ord('"'): "\u201c", ord("\u201e"): "\u00ab"})
    set_ = " ".join(
        part + rng.choice(["", "", "\u200b", "\u200e"]) if number % 3 else part for number, part in enumerate(set_.split(" "))
    )
    set_ = set_.replace(" ", "\u00a0", 2)
    if rng.random() < 0.5:
        set_ = "\u2067" + unicodedata.normalize("NFD", set_) + "\u2069"
    text = page.write(page.with_instead(set_))
    return Case(kind, text, page.quoted, _at(text, set_), _at(text, set_))


def _wrapped(page: Page, kind: str) -> Case | None:
    """Set in narrow lines, with a word divided where that can be done."""
    long_ = re.search(r"[a-zäöüß]{8,}", page.sentence)
    if long_ is None:
        return None
    cut = long_.start() + 4
    set_ = page.sentence[:cut] + page.rng.choice(["-\n", "\u00ad\n"]) + page.sentence[cut:]
    set_ = set_.replace(" ", "\n", 2)
    text = page.write(page.with_instead(set_))
    return Case(kind, text, page.quoted, _at(text, set_), _at(text, set_))


def _moved(page: Page, kind: str) -> Case:
    lines = [*page.lines[: page.chosen], *page.lines[page.chosen + 1 :]]
    lines.insert(page.rng.choice([0, 2, len(lines)]), page.sentence)
    text = page.write(lines)
    return Case(kind, text, page.quoted, _at(text, page.sentence), _at(text, page.sentence))


def _moved_with_another_in_its_place(page: Page, kind: str) -> Case | None:
    other = twisted(page.sentence, page.rng)
    if other is None:
        return None
    lines = page.with_instead(other)
    lines.insert(page.rng.choice([0, len(lines)]), page.sentence)
    text = page.write(lines)
    return Case(kind, text, page.quoted, _at(text, page.sentence), _at(text, page.sentence))


def _said_again_elsewhere(page: Page, kind: str) -> Case:
    """The same words a second time, in other company: what is around them tells which were quoted."""
    lines = list(page.lines)
    lines.insert(0 if page.rng.random() < 0.5 else len(lines), page.sentence)
    text = page.write(lines)
    places = [found.start() for found in re.finditer(re.escape(page.sentence), text)]
    start = places[0] if lines[-1] == page.sentence else places[-1]
    there = (start, start + len(page.sentence))
    return Case(kind, text, page.quoted, there, there)


# Other words


def _shortened(page: Page, kind: str) -> Case | None:
    words = page.sentence.split(" ")
    if len(words) < 6:
        return None
    cut = page.rng.randrange(1, len(words) // 3 + 1)
    at = page.rng.randrange(1, len(words) - cut)
    short = " ".join([*words[:at], *words[at + cut :]])
    text = page.write(page.with_instead(short))
    return Case(kind, text, page.quoted, None, _at(text, short))


def _punctuated(page: Page, kind: str) -> Case | None:
    """A comma more, or one less: it may change who did what."""
    sentence = page.sentence
    inner = sentence[1:-1]
    if "," in inner and page.rng.random() < 0.5:
        other = sentence[0] + inner.replace(",", "", 1) + sentence[-1]
    else:
        words = sentence.split(" ")
        if len(words) == 1:  # a script without blanks
            return None
        at = page.rng.randrange(0, len(words) - 1)
        other = " ".join([*words[: at + 1], *words[at + 1 :]]).replace(words[at] + " ", words[at] + ", ", 1)
    text = page.write(page.with_instead(other))
    return Case(kind, text, page.quoted, None, _at(text, other))


def _replaced_by_one_alike(page: Page, kind: str) -> Case | None:
    other = twisted(page.sentence, page.rng)
    if other is None:
        return None
    text = page.write(page.with_instead(other))
    return Case(kind, text, page.quoted, None, _at(text, other))


def _gone_with_one_alike_elsewhere(page: Page, kind: str) -> Case | None:
    other = twisted(page.sentence, page.rng)
    if other is None:
        return None
    lines = [*page.lines[: page.chosen], *page.lines[page.chosen + 1 :]]
    lines.insert(page.rng.choice([0, len(lines)]), other)
    text = page.write(lines)
    return Case(kind, text, page.quoted, None, _at(text, other))


def _gone(page: Page, kind: str) -> Case:
    text = page.write([*page.lines[: page.chosen], *page.lines[page.chosen + 1 :]])
    return Case(kind, text, page.quoted, None, None)


def twisted(sentence: str, rng: random.Random) -> str | None:
    """A sentence that looks the same and says something else: another figure, another word, one word more, another end."""
    ways: list[str] = []
    if figure := re.search(r"\d", sentence):
        ways.append(sentence[: figure.start()] + str((int(figure.group()) + 1) % 10) + sentence[figure.end() :])
    words = sentence.split(" ")
    if len(words) > 3:
        at = rng.randrange(1, len(words) - 1)
        ways.append(" ".join([*words[:at], "not", *words[at:]]))
        ways.append(" ".join([*words[:at], words[at][::-1] + "x", *words[at + 1 :]]))
    # The last word goes on: as a part of it, the quotation would stand there letter for letter.
    if sentence[-1].isalpha():
        ways.append(sentence + "less")
    found = [one for one in ways if one != sentence and unicodedata.normalize("NFC", one) != sentence]
    return rng.choice(found) if found else None


EDITS: dict[str, Callable[[Page, str], Case | None]] = {
    "set otherwise": _reset,
    "set in narrow lines": _wrapped,
    "moved": _moved,
    "moved, one alike in its place": _moved_with_another_in_its_place,
    "said again elsewhere": _said_again_elsewhere,
    "shortened": _shortened,
    "punctuated otherwise": _punctuated,
    "replaced by one alike": _replaced_by_one_alike,
    "gone, one alike elsewhere": _gone_with_one_alike_elsewhere,
    "gone": _gone,
}
