"""The machine's own fonts: which of them has a sign, and a text as runs of one font each (decision 0029)."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont, features

FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
"""Where Debian and most others keep fonts."""
_FIRST = ("NotoSans", "NotoSansArabic", "NotoSansHebrew", "NotoSansThai", "NotoSansDevanagari", "NotoSansCJK")
_LAST = ("DejaVuSans",)
# In one file are the Han signs as five places write them.
_FACES = {"ja": 0, "ko": 1, "zh": 2, "zh-hant": 3, "zh-tw": 3, "zh-hk": 4}
_PROBE = 24
_NOBODYS = "\U0010ffff"
"""A sign that no font has: what stands for it is what a font shows for all that it lacks."""


@dataclass(frozen=True)
class Family:
    """A typeface in two weights, as files."""

    name: str
    regular: Path
    bold: Path

    def has(self, sign: str) -> bool:
        return _has(self.regular, sign)

    def font(self, size: int, *, bold: bool, lang: str) -> ImageFont.FreeTypeFont:
        path = self.bold if bold else self.regular
        return _open(path, size, _face(lang) if path.suffix == ".ttc" else 0)


@dataclass(frozen=True)
class Run:
    """Signs that one font sets."""

    text: str
    family: Family


@lru_cache(maxsize=1)
def families() -> Sequence[Family]:
    """Those of this machine that this program knows how to use, in the order in which they are asked for a sign."""
    files = {path.stem: path for folder in FOLDERS for path in sorted(folder.rglob("*.tt[fc]")) if path.is_file()}
    found = {}
    for stem, path in files.items():
        name, _, weight = stem.partition("-")
        if weight in ("Regular", "") and (name.startswith("NotoSans") or name in _LAST):
            found[name] = Family(name, path, files.get(f"{name}-Bold", path))
    first = [one for one in _FIRST if one in found]
    rest = sorted(one for one in found if one not in (*_FIRST, *_LAST))
    return [found[one] for one in (*first, *rest, *(one for one in _LAST if one in found))]


def shapes_words() -> bool:
    """Whether letters can be joined and turned as Arabic, Hebrew, Thai and the scripts of India want it."""
    return bool(features.check_feature("raqm") and features.check_feature("fribidi"))


def runs(text: str) -> list[Run] | None:
    """The text as runs, each in a font that has all its signs. Ornaments that no font has are left out; None where a letter
    or digit is among them: a word with a hole in it is another word."""
    found: list[tuple[list[str], Family]] = []
    for sign in text:
        family = _family(sign, found[-1][1] if found else None)
        if family is None:
            if unicodedata.category(sign)[0] in "LMN":
                return None
        elif found and found[-1][1] == family:
            found[-1][0].append(sign)
        else:
            found.append(([sign], family))
    return [Run("".join(signs), family) for signs, family in found]


def _family(sign: str, before: Family | None) -> Family | None:
    """The font of the signs before it goes on as long as it can: joined letters, numbers and marks stay together."""
    if not shapes_words() and _needs_shaping(sign):
        return None
    if before is not None and (before.has(sign) or unicodedata.category(sign) == "Cf"):
        return before
    return next((one for one in families() if one.has(sign)), None)


def _needs_shaping(sign: str) -> bool:
    return unicodedata.bidirectional(sign) in ("R", "AL", "AN") or unicodedata.category(sign) in ("Mn", "Mc")


@lru_cache(maxsize=20_000)
def _has(path: Path, sign: str) -> bool:
    probe = _probe(path)
    return sign.isspace() or bytes(probe.getmask(sign)) != _lacking(path)


@lru_cache(maxsize=256)
def _lacking(path: Path) -> bytes:
    return bytes(_probe(path).getmask(_NOBODYS))


@lru_cache(maxsize=256)
def _probe(path: Path) -> ImageFont.FreeTypeFont:
    # Without shaping: a sign is asked for by itself, and must not be joined with anything.
    return ImageFont.truetype(str(path), _PROBE, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=128)
def _open(path: Path, size: int, face: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size, index=face)


def _face(lang: str) -> int:
    tag = lang.lower()
    return _FACES.get(tag, _FACES.get(tag.split("-")[0], 1))
