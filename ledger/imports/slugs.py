"""Slugs for sources that a table knows by name alone: the ledger's where it has the name, else a stable new one."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from ledger.core.normal import normal_form
from ledger.imports.faults import Fault

MEDIA = frozenset(("outlet", "news_agency", "platform_account", "dataset", "unnamed"))
"""Types that are an established origin only where they say how they know (SCORING 2.6)."""
_MAX = 64
# Latin letters that Unicode does not take apart.
_LATIN = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "ħ": "h"})
_OTHERS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class KnownSource:
    """A source of the ledger: what it is called in any language, and what it is."""

    slug: str
    names: Iterable[str]
    type: str


@dataclass(frozen=True)
class Named:
    slug: str
    name: str
    type: str | None
    """What the ledger says it is; None for a source that the ledger does not have."""


def fold(name: str) -> str:
    """Two names are the same name if they are equal but for letter case and blanks."""
    return " ".join(normal_form(name).lower().split())


def slug_for(name: str) -> str:
    """The name in a-z, 0-9 and hyphens; with a hash where letters were lost, so that others that lose them differ."""
    plain = unicodedata.normalize("NFKD", fold(name).translate(_LATIN))
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    slug = _OTHERS.sub("-", letters).strip("-")
    lost = any(letter.isalnum() and not letter.isascii() for letter in letters)
    return slug if slug and not lost and len(slug) <= _MAX else _marked(slug or "source", name, 8)


def _marked(slug: str, name: str, digits: int) -> str:
    mark = hashlib.sha256(fold(name).encode()).hexdigest()[:digits]
    return f"{slug[: _MAX - 1 - digits].rstrip('-')}-{mark}"


@dataclass
class Namer:
    """Gives each name its slug. `slugs_too`: a cell that is exactly the slug of a known source means that source."""

    known: Iterable[KnownSource] = ()
    slugs_too: bool = False
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._held: dict[str, KnownSource] = {}
        self._by_name: dict[str, list[str]] = {}
        self._new: dict[str, str] = {}
        self._given: dict[str, Named] = {}
        for source in self.known:
            self._held[source.slug] = source
            for name in {fold(name) for name in source.names}:
                self._by_name.setdefault(name, []).append(source.slug)

    def name(self, name: str, line: int) -> Named:
        """The source of this name: always the same one for the same name, never one that another name has."""
        folded = fold(name)
        if folded not in self._given:
            self._given[folded] = self._settle(name, folded, line)
        return self._given[folded]

    def _settle(self, name: str, folded: str, line: int) -> Named:
        shown = " ".join(name.split())
        if self.slugs_too and name in self._held:
            return Named(name, shown, self._held[name].type)
        called = self._by_name.get(folded, [])
        if len(called) > 1:
            self.faults.append(Fault(line, f"{shown[:80]!r} is the name of several sources: {', '.join(sorted(called))}"))
        if called:
            return Named(called[0], shown, self._held[called[0]].type)
        slug = self._free(slug_for(name), name, line)
        self._new[slug] = shown
        return Named(slug, shown, None)

    def _free(self, slug: str, name: str, line: int) -> str:
        """The slug, or where another name has it, the slug with a hash of this name; a warning says so."""
        holder = self._holder(slug)
        if holder is None:
            return slug
        for digits in (8, 16, 32):
            marked = _marked(slug, name, digits)
            if self._holder(marked) is None:
                self.warnings.append(Fault(line, f"{name[:80]!r} becomes {marked}, since {slug} is {holder[:80]!r}"))
                return marked
        raise AssertionError(f"every slug of {name[:80]!r} is another's")

    def _holder(self, slug: str) -> str | None:
        if slug in self._held:
            return next(iter(self._held[slug].names), slug)
        return self._new.get(slug)
