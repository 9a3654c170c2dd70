"""How people name claims and sources on a command line, and what the ledger calls them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ledger.cli.output import short, text_of
from ledger.errors import AmbiguousError, NotFoundError

if TYPE_CHECKING:
    from ledger.operations import Operations
    from schemas.lookups import ClaimSummary, SourceSummary

_ID = re.compile(r"sha256:[0-9a-f]{1,64}|[0-9a-f]{8,64}")
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_MOST_MATCHES = 10
_MOST_LISTED = 20
_NEAR_ENOUGH = 60


def looks_like_id(name: str) -> bool:
    return _ID.fullmatch(name) is not None


def looks_like_slug(name: str) -> bool:
    return _SLUG.fullmatch(name) is not None


def claim_id(ledger: Operations, name: str) -> str:
    """What to ask the ledger for: an id as it stands, or the one claim that the words find."""
    if looks_like_id(name):
        return name
    from ledger.operations import ClaimQuery

    found = ledger.claims(ClaimQuery(query=name, limit=_MOST_MATCHES)).claims
    whole = [claim for claim in found if name.casefold() in (text.casefold() for text in claim.text.values())]
    phrase = [claim for claim in found if any(name.casefold() in text.casefold() for text in claim.text.values())]
    for fitting in (whole, phrase, found):
        if len(fitting) == 1:
            return fitting[0].id
    if not found:
        shortened = re.fullmatch(r"(sha256:)?[0-9a-f]+", name) is not None
        hint = "of an id, at least 8 hex digits are needed" if shortened else "`onrecord claim list` shows all of them"
        raise NotFoundError(f"no claim holds the words {name!r}", hint=hint)
    count = f"{len(found)} claims" if len(found) < _MOST_MATCHES else f"{len(found)} claims or more"
    raise AmbiguousError(f"{name!r} fits {count}", matches=[_line(claim) for claim in found])


def slug_of(ledger: Operations, name: str) -> str:
    """The slug of the source that is called so: its slug, or one of its names in any language, letter case aside."""
    wanted = name.strip()
    if looks_like_slug(wanted):
        return wanted
    sources = list(every_source(ledger))
    exact = [one.id for one in sources if wanted.casefold() in (one.id, *(text.casefold() for text in one.names.values()))]
    if len(exact) == 1:
        return exact[0]
    if exact:
        raise AmbiguousError(f"{name!r} is the name of several sources", matches=exact)
    raise NotFoundError(f"no source is called {name!r}", suggestions=near(wanted, sources), hint=_hint(wanted, sources))


def check_source(ledger: Operations, slug: str) -> None:
    """There is such a source; else the error suggests near ones."""
    record_of_source(ledger, slug)


def record_of_source(ledger: Operations, slug: str) -> str:
    """The id of the record in force for a source."""
    subject = f"source:{slug}"
    found = ledger.in_force([subject]).records[subject]
    if found is not None:
        return found.id
    try:
        return ledger.source(slug).record_id
    except NotFoundError:
        sources = list(every_source(ledger))
        raise NotFoundError(f"no source {slug!r}", suggestions=near(slug, sources), hint=_hint(slug, sources)) from None


def letter_of(ledger: Operations, slug: str) -> str | None:
    """The letter that a source has now. A list is asked for: it leaves the track record out."""
    listed = (one for one in ledger.sources(query=slug, limit=_MOST_LISTED).sources if one.id == slug)
    found = next(listed, None)
    return found.letter if found is not None else ledger.source(slug).letter


def near(wanted: str, sources: list[SourceSummary]) -> list[str]:
    """Slugs whose slug or names are like the wanted word, the nearest first."""
    from rapidfuzz import fuzz

    def likeness(source: SourceSummary) -> float:
        spellings = [source.id, *source.names.values()]
        return max(fuzz.WRatio(wanted.casefold(), spelling.casefold()) for spelling in spellings)

    ranked = sorted(((likeness(source), source.id) for source in sources), key=lambda pair: (-pair[0], pair[1]))
    return [slug for score, slug in ranked[:3] if score >= _NEAR_ENOUGH]


def every_source(ledger: Operations, query: str | None = None) -> Iterator[SourceSummary]:
    """All sources that fit, page after page."""
    cursor: str | None = None
    while True:
        page = ledger.sources(query=query, cursor=cursor, limit=200)
        yield from page.sources
        cursor = page.next
        if cursor is None:
            return


def _hint(wanted: str, sources: list[SourceSummary]) -> str:
    known = {source.id: text_of(source.names) for source in sources}
    suggestions = [f"{slug} ({known[slug]})" for slug in near(wanted, sources)]
    adding = "`onrecord source add` adds one"
    return f"did you mean {', '.join(suggestions)}? {adding}" if suggestions else adding


def _line(claim: ClaimSummary) -> str:
    return f"{short(claim.id)}  {text_of(claim.text)}"
