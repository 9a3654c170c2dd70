"""How wide words are and where they break, without a font: near enough for boxes in a picture, in every script."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_NARROW = frozenset("iljtfrI.,:;!'|()[]-·")
_WIDE = frozenset("mwMW@%—")
CUT = "…"


def shown(text: str) -> str:
    """The text on one line, without what would be seen as nothing or turn its neighbours around."""
    if not text.isprintable():
        text = "".join(" " if sign in "\t\n\r" else sign for sign in text if _is_shown(sign))
    return " ".join(text.split())


def _is_shown(sign: str) -> bool:
    category = unicodedata.category(sign)
    # The joiners are part of how words in Persian and Hindi are written; other format marks reorder or hide.
    return sign in "\t\n\r\u200c\u200d" or category not in ("Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp")


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """About so wide, rather more than less."""
    return sum(map(_ems, text)) * size * (1.08 if bold else 1.0)


# Single signs, no words: nothing that is kept here tells what somebody said.
@lru_cache(maxsize=4_096)
def _ems(sign: str) -> float:
    if unicodedata.combining(sign) or unicodedata.category(sign) in ("Mn", "Me", "Cf"):
        return 0.0
    if unicodedata.east_asian_width(sign) in ("W", "F"):
        return 1.02
    if sign in _NARROW:
        return 0.36
    if sign in _WIDE:
        return 0.9
    if sign == " ":
        return 0.3
    if sign.isupper():
        return 0.7
    return 0.58


def wrap(text: str, width: float, size: float, most: int, *, bold: bool = False) -> list[str]:
    """At most so many lines, broken between words or, where a word is too long or has no blanks, inside it; the last line says
    by its end if something is missing."""
    lines: list[str] = []
    rest = shown(text)
    while rest:
        if len(lines) == most - 1 or width_of(rest, size, bold=bold) <= width:
            lines.append(cut(rest, width, size, bold=bold))
            break
        end = _fitting(rest, width, size, bold)
        blank = rest.rfind(" ", 1, end + 1)
        end = blank if blank > end // 3 else end
        lines.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return lines


def cut(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """The text, or as much of it as there is room for, with a sign that it goes on."""
    if width_of(text, size, bold=bold) <= width:
        return text
    return text[: _fitting(text, width - width_of(CUT, size, bold=bold), size, bold)].rstrip() + CUT


def _fitting(text: str, width: float, size: float, bold: bool) -> int:
    """How many signs fit, at least one, and no mark parted from its letter."""
    left, end = width / (size * (1.08 if bold else 1.0)), 0
    for sign in text:
        left -= _ems(sign)
        if left < 0:
            break
        end += 1
    while 0 < end < len(text) and (unicodedata.combining(text[end]) or text[end] in "\u200c\u200d"):
        end -= 1
    return max(end, 1)
