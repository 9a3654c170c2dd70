"""Sources under their names in the reader's language, wherever one is on record; the API names each as its report does."""

from __future__ import annotations

from collections.abc import Mapping

from api.pages.language import Tongue
from schemas.corroboration import ChainView, Contribution, Report
from schemas.lookups import ClaimView, StatementView
from schemas.pack import Pack
from schemas.sheet import ClaimSheet


def sheet_in(t: Tongue, sheet: ClaimSheet) -> ClaimSheet:
    """The sheet for a reader of that language. Whoever has no name in it is called as before."""
    view, report, chain = _named(t, sheet.source_names, sheet.view, sheet.report, sheet.chain)
    return sheet.model_copy(update={"view": view, "report": report, "chain": chain})


def pack_in(t: Tongue, pack: Pack) -> Pack:
    view, report, chain = _named(t, pack.source_names, pack.claim, pack.report, pack.chain)
    return pack.model_copy(update={"claim": view, "report": report, "chain": chain})


def _named(
    t: Tongue, names: Mapping[str, Mapping[str, str]], view: ClaimView, report: Report, chain: ChainView
) -> tuple[ClaimView, Report, ChainView]:
    known = {slug: t.pick(texts)[1] for slug, texts in names.items() if _has(t, texts)}
    if not known:
        return view, report, chain

    def row(one: Contribution) -> Contribution:
        slugs = one.origin.split("+")
        if known.keys().isdisjoint(slugs):
            return one
        return one.model_copy(update={"name": t.list([known.get(slug, chain.names.get(slug, slug)) for slug in slugs])})

    def statement(one: StatementView) -> StatementView:
        return one.model_copy(update={"name": known[one.speaker]}) if one.speaker in known else one

    return (
        view.model_copy(update={"statements": [statement(one) for one in view.statements]}),
        report.model_copy(update={"contributions": [row(one) for one in report.contributions]}),
        chain.model_copy(update={"names": chain.names | {slug: known[slug] for slug in chain.names.keys() & known.keys()}}),
    )


def _has(t: Tongue, texts: Mapping[str, str]) -> bool:
    return t.language != "en" and any(tag.split("-")[0] == t.language for tag in texts)
