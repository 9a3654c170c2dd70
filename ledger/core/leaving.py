"""Leaving out: whose words are not heard, as somebody asks `without`, or as the sensitivity list asks for everybody in turn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from ledger.core.graph import LeaveOut
from ledger.core.relations import Registry
from ledger.errors import FormatError, NotFoundError
from schemas.ids import COUNTRIES

_SIGNER = "signer:"


def signers_in(without: Sequence[str]) -> tuple[list[str], list[str]]:
    """Whose signatures are to be left out (an enrolled name or a did:key of `signer:...`), and all that is asked besides."""
    signers = [text.removeprefix(_SIGNER) for text in without if text.startswith(_SIGNER)]
    return signers, [text for text in without if not text.startswith(_SIGNER)]


def leaving_out(without: Sequence[str], registry: Registry) -> LeaveOut:
    """Whose statements to leave out, from `source:SLUG`, `owner:SLUG`, `country:CC` and `origin:SLUG`.

    NotFoundError for a source that is not among the records: leaving out nobody would read as "it makes no difference".
    """
    gone: set[str] = set()
    origins: set[str] = set()
    for text in without:
        kind, _, name = text.partition(":")
        if kind == "country" and name in COUNTRIES:
            gone |= {slug for slug, source in registry.sources.items() if source.country == name}
        elif kind not in ("source", "owner", "origin"):
            raise FormatError(
                f"without {text[:60]!r} is not source:SLUG, owner:SLUG, country:CC, origin:SLUG or signer:NAME",
                hint="for example source:yonhap",
            )
        elif not registry.knows(name):
            raise NotFoundError(f"without {text[:80]!r}: no such source has to do with this claim")
        elif kind == "source":
            gone.add(name)
        elif kind == "owner":
            gone |= registry.held_by(name)
        else:
            origins.add(name)
    return leave(gone, origins, registry)


def leave(gone: set[str], origins: set[str], registry: Registry) -> LeaveOut:
    """Leaves out these sources, and whoever is one vote with these origins when it speaks."""
    if not origins:
        return lambda slug, moment: slug in gone
    return lambda slug, moment: slug in gone or registry.origin(slug, moment) in origins


def owners_and_countries(slugs: Iterable[str], registry: Registry) -> dict[str, set[str]]:
    """`owner:SLUG` of everybody who holds or speaks through another of these sources, `country:CC` of every country, with the
    sources that go with it."""
    found: dict[str, set[str]] = defaultdict(set)
    for slug in slugs:
        for owner in registry.owners(slug) & registry.sources.keys():
            found[f"owner:{owner}"].add(slug)
        source = registry.sources.get(slug)
        if source is not None and source.country is not None:
            found[f"country:{source.country}"].add(slug)
    return {name: them for name, them in found.items() if name != f"owner:{next(iter(them))}" or len(them) > 1}
