"""Setting a text in lines that fit: broken between words, inside them only where there is no other way."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from api.drawing.fonts import Run, runs
from ledger.exports.lettering import CUT, shown

MOST_SIGNS = 600
"""Of a text that are looked at: more never fits, and the time to set it stays bounded."""
_LEANS_BACK, _LEANS_ON = "ะาำๅๆ", "เแโใไ"
"""Thai vowels that belong to the letter before them, and to the one after them."""
_MARKS = 2
"""Of combining marks on one letter; more would climb over the lines above."""


@dataclass(frozen=True)
class Line:
    """What is drawn at one height. `rtl`: it begins at the right."""

    runs: tuple[Run, ...]
    width: float
    rtl: bool

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True)
class Style:
    size: int
    bold: bool
    lang: str


def clean(text: str) -> str:
    """One line of what can be seen, in its composed spelling, and no more of it than could fit."""
    seen = unicodedata.normalize("NFC", shown(text[: 4 * MOST_SIGNS]))
    out: list[str] = []
    marks = 0
    for sign in seen[:MOST_SIGNS]:
        marks = marks + 1 if unicodedata.combining(sign) else 0
        if marks <= _MARKS:
            out.append(sign)
    return "".join(out) + (CUT if len(text) > len(seen) > MOST_SIGNS or len(text) > 4 * MOST_SIGNS else "")


def is_rtl(text: str) -> bool:
    """By the first letter that has a direction (UAX #9, P2 and P3)."""
    for sign in text:
        way = unicodedata.bidirectional(sign)
        if way in ("R", "AL", "L"):
            return way != "L"
    return False


# Not kept from one text to the next: words that are erased may not stay in the process.
def width_of(text: str, style: Style) -> float:
    return sum(length(run, style) for run in runs(text) or [])


def length(run: Run, style: Style) -> float:
    return run.family.font(style.size, bold=style.bold, lang=style.lang).getlength(run.text)


def fitted(text: str, width: float, sizes: tuple[int, ...], most: int, *, bold: bool, lang: str) -> tuple[list[Line], int]:
    """The largest size at which it fits, with its lines; at the smallest it is cut. No lines where a font is missing."""
    words = clean(text)
    if runs(words) is None:
        return [], sizes[-1]
    for size in sizes:
        style = Style(size, bold, lang)
        lines, all_of_it = _broken(words, width, style, most)
        if all_of_it or size == sizes[-1]:
            return [line_of(one, style, rtl=is_rtl(words)) for one in lines], size
    raise AssertionError("there is a smallest size")


def line_of(text: str, style: Style, *, rtl: bool) -> Line:
    found = runs(text) or []
    return Line(tuple(found), sum(length(run, style) for run in found), rtl)


def _broken(text: str, width: float, style: Style, most: int) -> tuple[list[str], bool]:
    """The lines, and whether they hold all of it."""
    lines: list[str] = []
    line, reached = "", 0.0
    blank = width_of(" ", style)
    for piece, long, joined in _pieces(text, width, style):
        gap = blank if line and not joined else 0.0
        if line and reached + gap + long > width:
            if len(lines) == most - 1:
                return [*lines, _cut(line, width, style)], False
            lines.append(line)
            line, reached, gap = "", 0.0, 0.0
        line += (" " if gap else "") + piece
        reached += gap + long
    return [*lines, line], True


def _pieces(text: str, width: float, style: Style) -> Iterator[tuple[str, float, bool]]:
    """What stays whole, each with its width, and whether it goes on without a blank; no more is measured than is asked for."""
    for word in text.split(" "):
        joined = False
        for part in _clusters(word) if _breaks_anywhere(word) else [word]:
            long = width_of(part, style)
            for piece in [part] if long <= width else _clusters(part):
                yield piece, long if piece == part else width_of(piece, style), joined
                joined = True


def _breaks_anywhere(word: str) -> bool:
    """Han, Kana and Thai are written without blanks between words; Hangul is not."""
    return len(word) > 1 and bool(re.search(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]", word))


def _clusters(word: str) -> list[str]:
    """Letters with the marks on them; what ends a clause stays with what is before it."""
    out: list[str] = []
    for sign in word:
        if out and (_leans_back(sign) or out[-1][-1] in _LEANS_ON):
            out[-1] += sign
        else:
            out.append(sign)
    return out


def _leans_back(sign: str) -> bool:
    return unicodedata.category(sign) in ("Mn", "Mc", "Me", "Cf", "Pe", "Po", "Pf") or sign in _LEANS_BACK


def _cut(line: str, width: float, style: Style) -> str:
    """With a sign at its end that it goes on."""
    while line and width_of(line + CUT, style) > width:
        line = "".join(_clusters(line)[:-1])
    return line.rstrip(" ,;:") + CUT
