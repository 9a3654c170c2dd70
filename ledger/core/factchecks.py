"""One claim as Google's Fact Check Tools API gives it: who made it and when, and what fact-checkers said of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from ledger.core.evidence import Logged
from ledger.core.force import aliases, heard_standing, in_force_then
from ledger.core.views import SEALED, Opened, best_name
from schemas.corroboration import ChainView, Node
from schemas.dates import FUTURE, bounds
from schemas.factchecks import ClaimReview, FactCheckedClaim, ReviewPublisher
from schemas.ids import Sealed
from schemas.records import AssessmentRecord, DocumentRecord, SourceRecord, StatementRecord

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def fact_checked(
    claim: str, texts: Mapping[str, str], chain: ChainView, reviews: Sequence[ClaimReview], people: People, language: str | None
) -> FactCheckedClaim:
    """The claim in that language, or in the nearest that there is."""
    first = first_origin(claim, chain)
    return FactCheckedClaim(
        text=in_language(texts, language) or SEALED,
        claimant=people.name(first.speaker, language) if first and first.speaker else None,
        claimDate=instant(first.said) if first and first.said else None,
        claimReview=list(reviews),
    )


def first_origin(claim: str, chain: ChainView) -> Node | None:
    """Of those who say so, and have it from nobody, the earliest; where no origin is known, the earliest who says so."""
    saying = [node for node in chain.nodes if node.kind == "statement" and node.stance == "supports" and not node.set_aside]
    on_it = [node for node in saying if node.claim == chain.claim or node.claim == claim] or saying
    roots = [node for node in on_it if node.root] or on_it
    return min(roots, key=lambda node: bounds(node.said)[0] if node.said else FUTURE, default=None)


def newest_date(claim: str, chain: ChainView, reviews: Iterable[ClaimReview]) -> int | None:
    """The last second of the claim's date or of the newest review, whichever is later; None where neither is known."""
    first = first_origin(claim, chain)
    dates = [one.reviewDate for one in reviews] + [first.said if first else None]
    return max((bounds(date)[1] for date in dates if date is not None), default=None)


def instant(when: str) -> str | None:
    """The beginning of a day, or the time itself; None for what is known to the month only, or not for sure."""
    if "T" in when:
        return when
    return f"{when}T00:00:00Z" if _DAY.fullmatch(when) else None


def in_language(texts: Mapping[str, str], language: str | None) -> str | None:
    """The text in this language, else in another variety of it, else in English, else the first; None if none can be read."""
    known = {lang: text for lang, text in texts.items() if text != SEALED}
    if language is not None:
        if language in known:
            return known[language]
        base = _base(language)
        # `sr` before `sr-Latn`: a plain tag says that nobody needed to say more.
        near = sorted((lang for lang in known if _base(lang) == base), key=len)
        if near:
            return known[near[0]]
    return best_name(known, "") or None


def _base(language: str) -> str:
    return language.lower().partition("-")[0]


class People:
    """Names and sites of sources, by slug, from the records in force."""

    def __init__(self, standing_: Iterable[Logged], opened: Opened) -> None:
        self._opened = opened
        self._records = {entry.record.id: entry.record for entry in standing_ if isinstance(entry.record, SourceRecord)}

    def name(self, slug: str, language: str | None = None) -> str:
        record = self._records.get(slug)
        return (in_language(self._opened.texts(record.names), language) if record else None) or slug

    def sites(self, slug: str) -> list[str]:
        record = self._records.get(slug)
        return list(record.domains or ()) if record else []


class Verdicts:
    """The verdicts that fact-checkers have put on claims, as far as they are among these records and hold at that moment."""

    def __init__(self, logged: Sequence[Logged], moment: int, opened: Opened) -> None:
        stands = heard_standing(logged)
        self._opened = opened
        self._signers = stands.signers
        self._aliases = aliases(logged)
        shown = in_force_then(stands, moment)
        self._statements = {one.id: one.record for one in shown if isinstance(one.record, StatementRecord)}
        self._documents = {one.id: one.record for one in shown if isinstance(one.record, DocumentRecord)}
        self.entries = [one for one in shown if isinstance(one.record, AssessmentRecord) and one.record.scheme == "verdict"]

    def signer(self, entry: Logged) -> str:
        return self._signers.name(entry)

    def on(self, claim: str) -> list[Logged]:
        """Those on this claim, or on one that it took the place of, in the order of the log."""
        return [one for one in self.entries if self._aliases.get(_target(one), _target(one)) == claim]

    def review(self, entry: Logged, people: People, logged_at: str, address: str) -> tuple[ClaimReview, list[str]]:
        """The verdict as a review, and every site that its publisher has. `address`: where its own record can be read."""
        record = entry.record
        assert isinstance(record, AssessmentRecord)
        statement = self._statements.get(record.because or "")
        article = self._documents.get(record.document or (statement.document if statement else None) or "")
        said_by = (article.publisher if article else None) or (statement.speaker if statement else None)
        publisher = record.by or said_by or self.signer(entry)
        url = self._readable(article.url) if article and article.url is not None else None
        sites = [*people.sites(publisher), *_host(url)]
        dates = [record.valid_from, article.published_at if article else None, logged_at]
        review = ClaimReview(
            publisher=ReviewPublisher(name=people.name(publisher), site=sites[0] if sites else None),
            url=url or address,
            title=self._readable(article.title) if article and article.title is not None else None,
            reviewDate=next((day for date in dates if date and (day := instant(date))), None),
            textualRating=record.value,
            languageCode=article.lang if article else None,
        )
        return review, sites

    def _readable(self, value: str | Sealed) -> str | None:
        text = self._opened.text(value)
        return None if text == SEALED else text


def is_of_site(sites: Iterable[str], wanted: str) -> bool:
    """Whether one of the sites is the wanted one, or a part of it."""
    site = wanted.lower().removeprefix("https://").removeprefix("http://").strip("/").removeprefix("www.")
    hosts = [one.removeprefix("www.") for one in sites]
    return any(host == site or host.endswith("." + site) for host in hosts)


def _target(entry: Logged) -> str:
    assert isinstance(entry.record, AssessmentRecord)
    return entry.record.target


def _host(url: str | None) -> list[str]:
    host = urlsplit(url).hostname if url else None
    return [host.removeprefix("www.")] if host else []
