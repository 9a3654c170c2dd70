"""A report and its chain, as statements and hops (DESIGN 7.1): nearest the reader first, origin last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from ledger.imports.drafts import UNBUILT, Drafts
from ledger.imports.shapes import OF_HOP, DocumentItem, Link, QuoteItem, ReportItem
from schemas.dates import is_later
from schemas.records import AttributionRecord, DocumentRecord, StatementRecord

_HOP_MEMBERS = ("kind", "from", "to", "mode", "standing")
_MEDIA = ("outlet", "news_agency", "platform_account", "dataset", "unnamed")


@dataclass(frozen=True)
class Book:
    """What names stand for: ids of claims and documents by alias, the documents themselves, types of sources."""

    claims: Mapping[str, str] = field(default_factory=dict)
    documents: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[str, DocumentItem] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)

    def claim(self, ref: str) -> str:
        return ref if ref.startswith("sha256:") else self.claims.get(ref, UNBUILT)

    def document(self, ref: str) -> str:
        return ref if ref.startswith("sha256:") else self.documents.get(ref, UNBUILT)


@dataclass(frozen=True)
class Expanded:
    """What a report became for one claim: statements nearest the reader first, and the hops between them."""

    statements: tuple[str, ...]
    hops: tuple[str, ...]

    @property
    def origin(self) -> str:
        """What the report's alias stands for: the origin's statement; of a report of nothing but a hop, the hop."""
        return (self.statements or self.hops or (UNBUILT,))[-1]


def expand_report(report: ReportItem, claim: str, book: Book, drafts: Drafts, named: Mapping[str, str]) -> Expanded:
    """The report's statements on this claim and the hops between them are drafted; the ids come back.

    The last link that speaks is the origin and takes what the report says about act, basis, interest and the like. Where the
    chain ends in a document or in another report, it is who read the one or has it from the other. `named` says which
    statements the other reports that it names stand for.
    """
    links = _links(report, book)
    speaking = [place for place, link in enumerate(links) if link.source is not None]
    last = speaking[-1] if speaking else -1
    root = links[-1] if last < len(links) - 1 else None
    polarity = _polarity(report, links[last], named.get(root.report or "") if root is not None else None, drafts)
    ends: list[str] = []
    for place, link in enumerate(links):
        if link.source is None:
            ends.append(named[link.report] if link.report else book.document(link.document or ""))
            continue
        members = _relay(link, polarity) if place < last else _origin(report, link, polarity, root, book, named)
        members |= {"kind": "statement", "claim": claim, "speaker": link.source}
        nearer = named.get(report.reported_by or "") if place == last else None
        members |= _where_and_when(report, place, place == last, link, nearer or (ends[-1] if ends else None), book, drafts)
        members |= {"reported_by": nearer} if nearer else {}
        members["quote"] = _quote(link.quote or (report.quote if place == 0 else None))
        ends.append(_drafted(members, place < last, drafts, link.line or report.line))
    hops = [
        _hopped(_hop(report, place, start, end, book), drafts, report.chain[place + 1].line or report.line)
        for place, (start, end) in enumerate(pairwise(ends))
        if UNBUILT not in (start, end)
    ]
    return Expanded(tuple(ends[place] for place in speaking), tuple(hops))


def _drafted(members: dict[str, Any], carries: bool, drafts: Drafts, line: int) -> str:
    """The statement's id. One article carries a claim once: where it is met again with no more said of it than before, it is
    the statement that an earlier report has drafted, quote and all."""
    document = members.get("document")
    if not carries or document is None:
        return drafts.add(StatementRecord, members, line)
    key = (members["claim"], members["speaker"], document, members["polarity"])
    plain = members["quote"] is None and (members["act"], members["basis"], members["interest"]) == (
        "reports",
        "told",
        "neutral",
    )
    if plain and members["certainty"] == "unstated" and key in drafts.carried:
        return drafts.carried[key]
    name = drafts.add(StatementRecord, members, line)
    drafts.carried.setdefault(key, name)
    return name


def _hopped(members: dict[str, Any], drafts: Drafts, line: int) -> str:
    """The hop's id; one of which nothing more is said than of an earlier one is that one."""
    key = (members["from"], members["to"], members["mode"], members["standing"])
    if key in drafts.carried and all(value is None for name, value in members.items() if name not in _HOP_MEMBERS):
        return drafts.carried[key]
    name = drafts.add(AttributionRecord, members, line)
    drafts.carried.setdefault(key, name)
    return name


def check_report(report: ReportItem, book: Book, drafts: Drafts) -> bool:
    """Whether the chain can be expanded; what stands against it becomes a fault."""
    before = len(drafts.faults)
    hops = len(report.chain) - 1
    if report.mode is not None and len(report.mode) not in (1, hops):
        drafts.fault(report.line_at("mode"), f"mode: found {len(report.mode)}, wanted one, or one for each of {hops} hops")
    for place, link in enumerate(report.chain):
        silent = link.source is None and link.report is None and _publisher(link, book) is None
        if silent and (place == 0 or place < hops):
            drafts.fault(
                link.line,
                f"found the document {link.document!r} alone, wanted who said it there: only the last link may be a document",
            )
    first = report.chain[0]
    for member in OF_HOP:
        if getattr(first, member) is not None:
            drafts.fault(
                first.line_at(member), f"{member} belongs to the hop that leads to a link, and none leads to the first"
            )
    _warn_of_credit(report, drafts)
    _warn_of_dates(report, book, drafts)
    return len(drafts.faults) == before


def _links(report: ReportItem, book: Book) -> list[Link]:
    """The links, each that speaks with its source. A document speaks through its publisher, but for one at the end."""
    return [
        link.model_copy(update={"source": _publisher(link, book)})
        if link.source is None and link.report is None and (place < len(report.chain) - 1 or place == 0)
        else link
        for place, link in enumerate(report.chain)
    ]


def _publisher(link: Link, book: Book) -> str | None:
    item = book.items.get(link.document or "")
    return item.publisher if item is not None else None


def _polarity(report: ReportItem, origin: Link, told: str | None, drafts: Drafts) -> str:
    """As said; of who has it from another report, as that one says."""
    if origin.polarity or report.polarity:
        return origin.polarity or report.polarity or "+"
    act = origin.act or report.act
    return "-" if act == "denies" else (drafts.polarity_of(told) if told and act is None else None) or "+"


def _relay(link: Link, polarity: str) -> dict[str, Any]:
    """What a link between reader and origin says: it reports what it was told, unless more is known of it."""
    return {
        "act": link.act or "reports",
        "polarity": link.polarity or ("-" if link.act == "denies" else polarity),
        "certainty": link.certainty or "unstated",
        "hedge_on": link.hedge_on,
        "basis": link.basis or "told",
        "interest": link.interest or "neutral",
        "interest_reason": link.interest_reason,
        "anonymity": link.anonymity,
        "described_as": link.described_as,
    }


def _origin(
    report: ReportItem, link: Link, polarity: str, root: Link | None, book: Book, named: Mapping[str, str]
) -> dict[str, Any]:
    """What the origin says, or who read the document or had it from the report in which the chain ends."""
    usual_basis = "not_stated" if root is None else "told" if root.report else "document"
    return {
        "act": link.act or report.act or _usual_act(report, link, root, book),
        "polarity": polarity,
        "certainty": link.certainty or report.certainty or "unstated",
        "hedge_on": link.hedge_on or report.hedge_on,
        "basis": link.basis or report.basis or usual_basis,
        "interest": link.interest or report.interest or ("neutral" if root is not None else "unknown"),
        "interest_reason": link.interest_reason or (None if link.interest else report.interest_reason),
        "anonymity": link.anonymity or report.anonymity,
        "described_as": link.described_as or report.described_as,
        "evidence": [book.document(ref) for ref in report.evidence] if report.evidence else None,
        "quantity": report.quantity,
        "joint_with": report.joint_with,
        "occasion": report.occasion,
        "withdraws": named[report.withdraws] if report.withdraws else None,
    }


def _usual_act(report: ReportItem, link: Link, root: Link | None, book: Book) -> str:
    if report.withdraws is not None:
        return "withdraws"
    if root is not None and root.report:
        return "reports"
    return "reports" if book.types.get(link.source or "") in _MEDIA else "asserts"


def _where_and_when(
    report: ReportItem, place: int, origin: bool, link: Link, nearer: str | None, book: Book, drafts: Drafts
) -> dict[str, Any]:
    """Document and time of a link's statement; with neither, the statement nearer the reader that reports it."""
    first = place == 0
    document = link.document or (report.document if first else None)
    published = link.published_at or (report.published_at if first else None)
    if document is not None and document in book.items and book.items[document].published_at == published:
        published = None  # the document says so already
    said_at = report.said_at if origin else None
    if document is not None:
        return {"document": book.document(document), "said_at": said_at or published}
    if published is not None:
        return {"document": _unseen(link, published, report.lang if first else None, drafts), "said_at": said_at}
    if said_at is not None:
        return {"said_at": said_at}
    if nearer is not None:
        return {"reported_by": nearer}
    drafts.warn(
        link.line or report.line,
        f"{link.source} has neither document nor published_at here: recorded as an undated report of {link.source}",
    )
    return {"document": _unseen(link, None, report.lang, drafts)}


def _unseen(link: Link, published_at: str | None, lang: str | None, drafts: Drafts) -> str:
    """A report of this source that nobody has at hand: what a reader saw counts as a document, whether or not we hold it."""
    members = {"kind": "document", "publisher": link.source, "published_at": published_at, "lang": lang}
    return drafts.add(DocumentRecord, members, link.line)


def _quote(quote: QuoteItem | None) -> dict[str, Any] | None:
    return quote.model_dump(exclude_none=True) if quote is not None else None


def _hop(report: ReportItem, place: int, start: str, end: str, book: Book) -> dict[str, Any]:
    """The hop that leads to the next link. What the report says of standing and mode holds for each, the rest for the first."""
    link = report.chain[place + 1]
    of_first = place == 0
    return {
        "kind": "attribution",
        "from": start,
        "to": end,
        "mode": link.mode or _mode(report.mode, place),
        "standing": link.standing or report.standing or "explicit",
        "known_from": link.known_from or report.known_from,
        "credited_as": link.credited_as or (report.credited_as if of_first else None),
        "credited_in": book.document(link.credited_in) if link.credited_in else None,
        "asserted_by": link.asserted_by,
        "relay_says": link.relay_says or (report.relay_says if of_first else None),
        "note": link.note or (report.note if of_first else None),
    }


def _mode(modes: Sequence[str] | None, place: int) -> str:
    if modes is None:
        return "cites"
    return modes[place] if len(modes) > 1 else modes[0]


def _warn_of_credit(report: ReportItem, drafts: Drafts) -> None:
    """A credit that is not in the words quoted may be somebody's inference."""
    quote, credit = report.quote, report.credited_as
    if quote is None or credit is None:
        return
    words = " ".join(part for part in (quote.prefix, quote.exact, quote.suffix) if part)
    if credit.casefold() not in words.casefold():
        drafts.warn(report.line_at("credited_as"), f"credited_as {credit!r} does not occur in the quote")


def _warn_of_dates(report: ReportItem, book: Book, drafts: Drafts) -> None:
    """Nobody cites what is said only after they spoke: one of the two dates is wrong, or the chain is."""
    nearer: tuple[str, str] | None = None
    for place, link in enumerate(report.chain):
        speaker, published = link.source or _publisher(link, book), _published(report, place, link, book)
        if speaker is None or (place and link.source is None):
            return  # a document at the end may be passed on before it is published
        said = (report.said_at if place == len(report.chain) - 1 else None) or published
        denied = place > 0 and (link.mode or _mode(report.mode, place - 1)) == "not_from"
        if nearer is not None and said is not None and not denied and is_later(said, nearer[1]):
            text = f"{nearer[0]}, dated {nearer[1]}, cites {speaker}, dated later, {said}"
            drafts.warn(link.line or report.line, text)
        nearer = (speaker, published) if published is not None else nearer


def _published(report: ReportItem, place: int, link: Link, book: Book) -> str | None:
    """When a reader could read this link's words, as far as the dossier says."""
    item = book.items.get(link.document or (report.document if place == 0 else None) or "")
    return link.published_at or (report.published_at if place == 0 else None) or (item.published_at if item else None)
