"""Fact-checks of others in schema.org's ClaimReview, as claims, documents, statements and verdicts (docs/imports.md).

Nothing is made up: what a review does not say is no record, and what it says that has no place here is counted and named.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from typing import Any, get_args
from urllib.parse import urlsplit

from ledger.imports.faults import Fault
from ledger.imports.jsonld import Found, Linked
from ledger.imports.linked import Notes, Thing
from ledger.imports.sheets import Piece, Sheet
from ledger.imports.slugs import Namer, fold
from schemas.dates import is_later
from schemas.vocabulary import ClaimType

DEFAULTS = ("lang", "claim_type")
_TYPES = {
    "Person": "person",
    "Organization": "organization",
    "NewsMediaOrganization": "outlet",
    "Periodical": "outlet",
    "Newspaper": "outlet",
    "GovernmentOrganization": "government_body",
    "PoliticalParty": "organization",
    "NGO": "organization",
    "Corporation": "organization",
}
_MEDIA = {"VideoObject": "video", "ImageObject": "image", "AudioObject": "audio", "Dataset": "data", "Clip": "video"}
_WRITTEN = ("Article", "Posting", "WebPage", "Report")


def texts(linked: Linked) -> list[str]:
    """The words of every claim, for who wants to know whether the ledger has them."""
    found = (_text_of(one, Thing(one.members, "", 0, Notes(linked.by_id))) for one in linked.found)
    return list(dict.fromkeys(text for text in found if text is not None))


def read(
    linked: Linked,
    namer: Namer,
    defaults: Mapping[str, str] | None = None,
    *,
    known: Mapping[str, str] | None = None,
    without: Collection[int] = (),
) -> Sheet:
    """Each review, and each claim that no review here is about, as a piece; those numbered in `without` are passed over.

    `known`: words of a claim on record -> its id.
    """
    given = defaults or {}
    faults = [Fault(0, f"default of {name[:80]!r}; wanted {' or '.join(DEFAULTS)}") for name in given if name not in DEFAULTS]
    if given.get("claim_type", "event") not in get_args(ClaimType):
        faults.append(
            Fault(0, f"default claim_type: found {given['claim_type'][:80]!r}, wanted {', '.join(get_args(ClaimType))}")
        )
    reviewed = {id(claim.members) for claim in _reviewed(linked)}
    found = [one for one in linked.found if one.kind == "ClaimReview" or id(one.members) not in reviewed]
    reader = _Reader(namer, given, {fold(text): name for text, name in (known or {}).items()}, Notes(linked.by_id))
    wanted = [(number, one) for number, one in enumerate(found, 1) if number not in without]
    pieces = [piece for number, one in wanted if (piece := reader.piece(number, one)) is not None]
    notes = reader.notes
    return Sheet(
        pieces,
        "review",
        [*faults, *notes.faults, *namer.faults],
        [*notes.left_out, *namer.warnings],
        places=[f"{one.kind} {number} at {one.place}" for number, one in enumerate(found, 1)],
        left_out=[*linked.left_out, *_unread(notes)],
    )


def _reviewed(linked: Linked) -> Iterator[Thing]:
    """What reviews name by its `@id`: it is told with them."""
    notes = Notes(linked.by_id)
    for one in linked.found:
        if one.kind == "ClaimReview":
            yield from Thing(one.members, "", 0, notes).things("itemReviewed")


def _unread(notes: Notes) -> list[str]:
    named = ", ".join(f"{name} ({count})" for name, count in sorted(notes.unread.items())[:40])
    return [f"left out, having no place in a record: {named}"] if named else []


def _text_of(one: Found, thing: Thing) -> str | None:
    return thing.text("claimReviewed") if one.kind == "ClaimReview" else thing.texts("text", "name")


class _Reader:
    """What several reviews tell of one claim, source or document is one thing: the first that says something is believed."""

    def __init__(self, namer: Namer, defaults: Mapping[str, str], known: Mapping[str, str], notes: Notes) -> None:
        self._namer, self._defaults, self._known = namer, defaults, known
        self._things: dict[str, dict[str, Any]] = {}
        self._verdicts: dict[tuple[str, str], tuple[Piece, dict[str, Any]]] = {}
        self.notes = notes

    def piece(self, number: int, one: Found) -> Piece | None:
        """What it says; None where it does not say what is claimed, or says something wrongly, which the faults tell."""
        before = len(self.notes.faults)
        review = Thing(one.members, "", number, self.notes)
        piece = Piece(number)
        text = _text_of(one, review)
        item = review if one.kind == "Claim" else review.thing("itemReviewed")
        lang = review.language() or (item.language() if item is not None else None) or self._defaults.get("lang", "und")
        if text is None and item is not None and one.kind == "ClaimReview" and item.type == "Claim":
            text = item.text("text")
        if text is None:
            if len(self.notes.faults) == before:
                review.fault("claimReviewed" if one.kind == "ClaimReview" else "text", "nothing, wanted what is claimed")
            return None
        claim = self._claim(piece, text, lang)
        if item is not None:
            self._add_claimed(piece, claim, item, lang)
            if (told := item.text("text")) is not None and fold(told) != fold(text):
                item.leave_out("text", "claimReviewed says it in other words, which are taken")
            item.close()
        if one.kind == "ClaimReview":
            self._add_review(piece, claim, review, lang)
            review.close()
        return piece if len(self.notes.faults) == before else None

    def _claim(self, piece: Piece, text: str, lang: str) -> str:
        """The claim of these words that is on record, else a new one; a review that names no language means one that does."""
        if (held := self._known.get(fold(text))) is not None:
            return held
        key = _alias("c", fold(text))
        claim = self._things.setdefault(key, {"text": {lang: text}, "type": self._defaults.get("claim_type", "event")})
        if list(claim["text"]) == ["und"]:
            claim["text"] = {lang: text}
        piece.claims[key] = claim
        return key

    def _add_claimed(self, piece: Piece, claim: str, item: Thing, lang: str) -> None:
        """Who said it, and in which works, as far as that is told."""
        author = item.thing("author")
        claimant = self._source(piece, author, lang, "organization")
        said_at = item.when("datePublished")
        first, others = item.things("firstAppearance"), item.things("appearance")
        works = [self._document(piece, work, lang) for work in [*first, *others]]
        if item.type not in ("Claim", ""):
            works.append(self._document(piece, item, lang, author=claimant, itself=True))
        documents = list(dict.fromkeys(work for work in works if work is not None))
        if claimant is None:
            item.leave_out("author", "nobody is named as having said it, so there is no statement")
        elif not documents and said_at is None:
            item.leave_out("author", f"{claimant} is said to have claimed it, neither where nor when, so there is no statement")
        else:
            told = {"claim": claim, "chain": [{"source": claimant}], "act": "claims", "said_at": said_at}
            piece.reports += [{**told, "document": document} for document in documents] or [told]

    def _add_review(self, piece: Piece, claim: str, review: Thing, lang: str) -> None:
        author, publisher = review.thing("author"), review.thing("publisher")
        judge, house = self._source(piece, author, lang, "organization"), self._source(piece, publisher, lang, "organization")
        if author is not None and author.type == "Person" and house is not None:
            judge, writer = house, judge
        else:
            writer = None
        document = self._review_page(piece, review, house or judge, writer, lang)
        rating = review.thing("reviewRating")
        value = rating.texts("alternateName", "name") if rating is not None else None
        if rating is None:
            review.leave_out("reviewRating", "there is none, so there is no verdict")
            return
        grade = self._grade(rating, words=value is not None)
        value = value or (grade["value"] if grade else rating.text("ratingValue"))
        rationale = rating.text("ratingExplanation")
        rating.close()
        if value is None:
            review.leave_out("reviewRating", "it has neither alternateName nor ratingValue, so there is no verdict")
        elif judge is None:
            review.leave_out("reviewRating", "neither author nor publisher is named, so it is nobody's verdict")
        else:
            verdict: dict[str, Any] = {
                "target": claim,
                "scheme": "verdict",
                "value": value,
                "rationale": rationale,
                "by": judge,
            }
            verdict |= {"document": document, "grade": grade, "valid_from": review.when("datePublished")}
            self._judge(piece, verdict, review)

    def _grade(self, rating: Thing, *, words: bool) -> dict[str, str] | None:
        """The figures. A rating value in words is what others call its alternate name."""
        given = rating.members.get("ratingValue")
        if isinstance(given, str) and not any(letter.isdigit() for letter in given):
            told = rating.text("ratingValue")
            if words and told is not None:
                rating.leave_out("ratingValue", f"{told[:40]!r} is no number, and alternateName says it in words")
            return None
        value, best, worst = (rating.number(name) for name in ("ratingValue", "bestRating", "worstRating"))
        if value is None:
            return None
        return {"value": value, **({"best": best} if best else {}), **({"worst": worst} if worst else {})}

    def _judge(self, piece: Piece, verdict: dict[str, Any], review: Thing) -> None:
        """One verdict of the same on the same is in force: the later one."""
        key = (verdict["target"], verdict["by"])
        earlier = self._verdicts.get(key)
        if earlier is not None:
            held_piece, held = earlier
            if {**held, "document": None} == {**verdict, "document": None}:
                return
            dates = verdict["valid_from"], held["valid_from"]
            later = _is_later(*dates)
            review.leave_out(
                "reviewRating", f"{key[1]} judges this claim twice here; the {'later' if later else 'first'} counts"
            )
            if not later:
                return
            held_piece.assessments.remove(held)
        piece.assessments.append(verdict)
        self._verdicts[key] = (piece, verdict)

    def _review_page(self, piece: Piece, review: Thing, house: str | None, writer: str | None, lang: str) -> str | None:
        url, title, published = review.address("url"), review.texts("headline", "name"), review.when("datePublished")
        if url is None:
            review.leave_out("url", "there is none, so the verdict names no document")
            return None
        members = {"publisher": house, "url": url, "title": title, "published_at": published, "lang": _said(lang)}
        return self._add_document(piece, url, {**members, "authors": [writer] if writer else None}, review)

    def _document(self, piece: Piece, work: Thing, lang: str, *, author: str | None = None, itself: bool = False) -> str | None:
        """A work in which the claim stands. Of the older form the reviewed item is that work, and its author spoke."""
        url = work.address("url") or next(iter(work.addresses("sameAs")), None)
        title, published = work.texts("headline", "name"), work.when("datePublished")
        publisher = self._source(piece, work.thing("publisher"), lang, "outlet")
        authors = [author] if author else [self._source(piece, one, lang, "organization") for one in work.things("author")]
        members: dict[str, Any] = {"url": url, "title": title, "publisher": publisher, "published_at": published}
        members["authors"] = list(dict.fromkeys(one for one in authors if one is not None)) or None
        members |= {"lang": work.language(), "medium": _medium(work.type), "archive_urls": work.addresses("archivedAt") or None}
        if not itself:
            work.close()
        if url is None and (itself or title is None):
            if not itself:
                work.leave_out("url", "it has neither address nor title, so nothing tells it from others")
            return None
        return self._add_document(piece, url or f"{publisher}\n{published}\n{title}", members, work)

    def _add_document(self, piece: Piece, key: str, members: Mapping[str, Any], thing: Thing) -> str:
        alias = _alias("d", key)
        document = self._things.setdefault(alias, {})
        for name, value in members.items():
            if value is not None and document.setdefault(name, value) != value:
                thing.leave_out(name, f"{key[:80]!r} has another {name} further up, which is kept")
        piece.documents[alias] = document
        return alias

    def _source(self, piece: Piece, thing: Thing | None, lang: str, usual: str) -> str | None:
        """The source of this name, which is defined unless the ledger has it. None where nobody is named."""
        if thing is None:
            return None
        name = thing.text("name")
        role, qid, url = thing.text("jobTitle"), thing.qid(), thing.address("url")
        thing.close()
        if name is None:
            thing.leave_out("name", "it is blank")
            return None
        source = self._namer.name(name, piece.line)
        if source.type is None:
            kind = _TYPES.get(thing.type, usual)
            told = self._things.setdefault(f"s{source.slug}", {"type": kind, "names": {lang: source.name}})
            more: dict[str, Any] = {"public_role": role if told["type"] == "person" else None, "qid": qid}
            more["domains"] = _domains(url) if told["type"] != "person" else None
            for member, value in more.items():
                if value is not None:
                    told.setdefault(member, value)
            piece.sources[source.slug] = told
        return source.slug


def _said(lang: str) -> str | None:
    return None if lang == "und" else lang


def _is_later(one: str | None, other: str | None) -> bool:
    try:
        return one is not None and (other is None or is_later(one, other))
    except ValueError:
        return False  # which of the two is no date is told elsewhere


def _medium(kind: str) -> str | None:
    return _MEDIA.get(kind) or ("text" if kind.endswith(_WRITTEN) else None)


def _domains(url: str | None) -> list[str] | None:
    """The host as a domain, where it is written as records write one."""
    try:
        host = (urlsplit(url or "").hostname or "").removeprefix("www.")
    except ValueError:
        return None
    labels = host.split(".")
    fits = len(labels) > 1 and host.isascii() and all(part.replace("-", "").isalnum() for part in labels) and len(host) < 100
    return [host] if fits and labels[-1].isalpha() and not any(part[:1] == "-" or part[-1:] == "-" for part in labels) else None


def _alias(prefix: str, text: str) -> str:
    return prefix + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
