"""`onrecord attribute CLAIM --chain "Unian < Yonhap < KCNA"`: one report in one line, expanded as in a dossier."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from ledger.errors import AmbiguousError, FormatError, NotFoundError
from ledger.imports.faults import near, plain_text_of
from ledger.imports.reading import Dossier
from ledger.imports.shapes import CHAIN_LIMIT, DocumentItem, ReportItem

DOCUMENT = "document"
"""The alias of the document in an attribution's dossier."""


def parse_chain(text: str, sources: Mapping[str, Iterable[str]]) -> list[str]:
    """Slugs of `nearest < .. < origin`; each link is a slug of `sources` or one of its names, in any case."""
    links = [" ".join(part.split()) for part in text.split("<")]
    if not all(links):
        raise FormatError(f"chain {text[:200]!r} has a link without a name", hint='write it as "outlet < agency < origin"')
    if len(links) > CHAIN_LIMIT:
        raise FormatError(f"a chain of {len(links)} links, at most {CHAIN_LIMIT} are taken")
    by_name: dict[str, set[str]] = {}
    for slug, names in sources.items():
        for name in names:
            by_name.setdefault(name.casefold(), set()).add(slug)
    return [_slug(link, sources, by_name) for link in links]


def attribution(claim: str, chain: list[str], *, document: Mapping[str, Any] | None = None, **report: Any) -> Dossier:
    """A dossier of one report on a claim of the ledger (full id): `expand.draft` makes its records.

    `report` takes the members of a dossier's report; `document` those of its document, which the first link publishes.
    """
    members = {"claim": claim, "chain": [{"source": slug} for slug in chain], **_said(report)}
    documents: tuple[DocumentItem, ...] = ()
    try:
        if document is not None:
            members["document"] = DOCUMENT
            publisher = {"publisher": chain[0]} if chain else {}
            documents = (DocumentItem.model_validate({"id": DOCUMENT, **publisher, **_said(document)}),)
        return Dossier(documents=documents, reports=(ReportItem.model_validate(members),))
    except ValidationError as error:
        raise FormatError("; ".join(plain_text_of(error))) from None


def _said(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _slug(link: str, sources: Mapping[str, Iterable[str]], by_name: Mapping[str, set[str]]) -> str:
    if link in sources:
        return link
    named = sorted(by_name.get(link.casefold(), ()))
    if len(named) == 1:
        return named[0]
    if named:
        raise AmbiguousError(f"{link!r} names {len(named)} sources: {', '.join(named)}", matches=named)
    meant = near(link, [*sources, *by_name])
    slugs = dict.fromkeys(slug for word in meant for slug in ([word] if word in sources else sorted(by_name[word])))
    raise NotFoundError(f"no source is called {link!r}", suggestions=list(slugs))
