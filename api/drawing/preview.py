"""The picture of a claim, 1200 by 630: what it says is decided first, as lines and bars, and painted then."""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw

from api.drawing.fonts import shapes_words
from api.drawing.setting import Line, Style, fitted, length
from api.pages.card import Card
from api.pages.language import Tongue
from api.pages.pictures import Bar, bar
from api.pages.spelling import short

WIDE, HIGH = 1200, 630
WIDTHS = (1200, 600, 300)
"""In which it is to be had, each as high as it must be for its width."""
KEPT = 64
_EDGE = 64
_ROOM = WIDE - 2 * _EDGE
_INK, _FAINT, _LINE, _PAPER, _ACCENT = "#1a1d21", "#59616d", "#d5dae0", "#ffffff", "#0b5cad"
_BAND, _AT = "#9cc3ea", "#0b3c70"
_COLOURS = 64
_PAINTING = threading.Lock()
"""Fonts are shared by all threads, which FreeType does not allow; and pictures take one core at most."""


@dataclass(frozen=True)
class Words:
    """A line of text: where its baseline is, and how it looks."""

    line: Line
    y: int
    style: Style
    colour: str
    x: int = _EDGE


@dataclass(frozen=True)
class Plan:
    """All that the picture shows."""

    words: tuple[Words, ...]
    bar: Bar | None
    bar_y: int

    @property
    def text(self) -> str:
        return "\n".join(one.line.text for one in self.words)


def plan(card: Card, t: Tongue, origin: str) -> Plan:
    """What to show. Where no font has the claim's script, its id stands in its place: no hole in a word, no empty boxes."""
    lang, text = card.kept_text(t)
    said = fitted(text, _ROOM, (50, 44, 38, 34), 4, bold=True, lang=lang or t.language)
    lines, size = said if said[0] else fitted(f"{t('claim.word')} {short(card.view.id)}", _ROOM, (50,), 1, bold=True, lang="en")
    bold = Style(size, True, lang or t.language)
    words = _top(card, t, origin)
    y = 100
    for line in lines:
        y += round(size * 1.32)
        words.append(Words(line, y, bold, _INK))
    y = max(y + 62, 290)
    words += _line(t.word("headline", card.report.headline), y, 38, _ACCENT, t, bold=True)
    y += 46
    if card.report.headline != "not_scored":
        words += _line(" · ".join(card.origins(t)), y, 28, _INK, t)
        y += 36
    drawn = None
    if card.numbers:
        drawn = bar(card.report.probability, card.report.interval)
        words += _line(_likelihood(card, t), y + 50, 26, _INK, t)
    words += _line(t("intact"), HIGH - 44, 22, _FAINT, t)
    return Plan(tuple(words), drawn, y)


def _top(card: Card, t: Tongue, origin: str) -> list[Words]:
    day = (card.report.as_of.time or "")[:10]
    return [*_line("OnRecord", 84, 30, _ACCENT, t, bold=True), *_line(f"{origin} · {day}", 84, 24, _FAINT, t, x=_EDGE + 170)]


def _line(text: str, y: int, size: int, colour: str, t: Tongue, *, bold: bool = False, x: int = _EDGE) -> list[Words]:
    """A line of the interface or of a name, smaller if it must be; nothing where no font has it."""
    lines, fits = fitted(text, WIDE - _EDGE - x, (size, size - 4, size - 8), 1, bold=bold, lang=t.language)
    return [Words(line, y, Style(fits, bold, t.language), colour, x) for line in lines]


def _likelihood(card: Card, t: Tongue) -> str:
    report = card.report
    low, high = (t.probability(one) for one in report.interval)
    said = t("claim.likelihood", p=t.probability(report.probability), low=low, high=high)
    return f"{t.word('words', report.words)}: {said}"


@lru_cache(maxsize=KEPT)
def picture(shown: Plan, width: int = WIDE) -> bytes:
    """The plan as a PNG. The same plan is painted once, while nothing is erased or withheld."""
    with _PAINTING:
        image = _painted(shown)
    if width != WIDE:
        image = image.resize((width, height_of(width)), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.quantize(_COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(file, "PNG", compress_level=6)
    return file.getvalue()


def forget() -> None:
    """No picture is kept any more, nor the words in it."""
    picture.cache_clear()


def height_of(width: int) -> int:
    return round(width * HIGH / WIDE)


def _painted(shown: Plan) -> Image.Image:
    image = Image.new("RGB", (WIDE, HIGH), _PAPER)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 15, HIGH), fill=_ACCENT)
    draw.line((_EDGE, HIGH - 84, WIDE - _EDGE, HIGH - 84), fill=_LINE, width=2)
    if shown.bar is not None:
        _draw_bar(draw, shown.bar, shown.bar_y)
    for one in shown.words:
        _draw_words(draw, one)
    return image


def _draw_bar(draw: ImageDraw.ImageDraw, drawn: Bar, y: int) -> None:
    def across(percent: float) -> float:
        return _EDGE + percent / 100 * _ROOM

    draw.rectangle((across(0), y + 4, across(100), y + 12), fill=_LINE)
    draw.rectangle((across(drawn.start), y, across(drawn.start + drawn.length), y + 16), fill=_BAND)
    draw.rectangle((across(drawn.at) - 4, y - 5, across(drawn.at) + 4, y + 21), fill=_AT)


def _draw_words(draw: ImageDraw.ImageDraw, one: Words) -> None:
    """Runs follow each other in the direction of the line; inside a run, the shaper turns what has another."""
    rtl = one.line.rtl
    x: float = WIDE - _EDGE if rtl else one.x
    direction = ("rtl" if rtl else "ltr") if shapes_words() else None
    for run in one.line.runs:
        font = run.family.font(one.style.size, bold=one.style.bold, lang=one.style.lang)
        long = length(run, one.style)
        x -= long if rtl else 0
        draw.text((x, one.y), run.text, fill=one.colour, font=font, anchor="ls", direction=direction)
        x += 0 if rtl else long
