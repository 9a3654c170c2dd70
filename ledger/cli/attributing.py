"""`attribute`: who says a claim, and who told them. One line, or a conversation on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli import capturing, drafting, naming, output
from ledger.cli.capturing import EvidenceOption
from ledger.cli.claims import full_id
from ledger.cli.desk import Desk, command
from ledger.errors import OnRecordError, UsageError

if TYPE_CHECKING:
    from ledger.evidence.capturing import Captured
    from ledger.evidence.store import EvidenceStore
    from ledger.operations import Operations

DOCUMENT = "document"
_FILLED_IN = ("title", "published_at", "lang", "authors", "medium", "media_type", "sha256", "retrieved_at")
_EXAMPLE = (
    'onrecord attribute CLAIM --chain "Unian < Yonhap < KCNA" --act confirms --at 2025-04-28 --quote "..." --url https://...'
)
_HOP = "onrecord attribute --from STATEMENT --to STATEMENT --mode republishes, or --mode not_from"


def register(app: typer.Typer) -> None:
    command(app, "attribute", writes=True)(attribute)


def attribute(
    desk: Desk,
    claim: Annotated[str | None, typer.Argument(metavar="CLAIM", help="The claim; leave everything out to be asked.")] = None,
    chain: Annotated[
        str | None, typer.Option("--chain", metavar='"A < B < C"', help="Nearest the reader first, the origin last.")
    ] = None,
    act: Annotated[
        str | None, typer.Option("--act", help="What the origin does: confirms, denies, claims, estimates, reports ...")
    ] = None,
    at: Annotated[str | None, typer.Option("--at", metavar="DATE", help="When the origin said it.")] = None,
    quote: Annotated[str | None, typer.Option("--quote", help="The words in the document nearest the reader.")] = None,
    text: Annotated[
        str | None, typer.Option("--in", metavar="FILE|-", help="That document's text: the quote must stand there.")
    ] = None,
    url: Annotated[str | None, typer.Option("--url", help="Where that document is.")] = None,
    title: Annotated[str | None, typer.Option("--title", help="Its title.")] = None,
    published: Annotated[str | None, typer.Option("--published", metavar="DATE", help="When it was published.")] = None,
    lang: Annotated[str | None, typer.Option("--lang", help="Its language.")] = None,
    document: Annotated[
        str | None, typer.Option("--document", metavar="ID", help="A document on record, instead of --url.")
    ] = None,
    basis: Annotated[
        str | None,
        typer.Option("--basis", help="How the origin knows: own_act, witnessed, document, imagery, intercept, data, analysis."),
    ] = None,
    certainty: Annotated[str | None, typer.Option("--certainty", help="certain, probable, possible or unstated.")] = None,
    interest: Annotated[
        str | None, typer.Option("--interest", help="Of the origin in saying so: against, for, neutral.")
    ] = None,
    interest_reason: Annotated[str | None, typer.Option("--interest-reason", help="Why; needed for against.")] = None,
    polarity: Annotated[
        str | None, typer.Option("--polarity", help="- if it speaks against the claim; denies implies it.")
    ] = None,
    mode: Annotated[
        list[str] | None, typer.Option("--mode", help="How each has it: cites, quotes, republishes ...; one, or one a hop.")
    ] = None,
    standing: Annotated[str | None, typer.Option("--standing", help="explicit, implied, found_later or disputed.")] = None,
    credited_as: Annotated[str | None, typer.Option("--credited-as", help='As in "according to Yonhap".')] = None,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="ID", help="A statement on record, to say where it has it from.")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="ID", help="The statement or document that --from has it from.")
    ] = None,
    known_from: Annotated[
        str | None, typer.Option("--known-from", metavar="DATE", help="Since when that can be known; with --from.")
    ] = None,
    capture: Annotated[
        bool,
        typer.Option(
            "--capture",
            help="With --url: keep what stands there as evidence, and fill in what it says of itself; --quote has to be in it.",
        ),
    ] = False,
    evidence: EvidenceOption = None,
    note: Annotated[str | None, typer.Option("--note", help="How you know; with --from. It is sealed.")] = None,
) -> None:
    """Record who says a claim, and who told them. In one line, or asked step by step; or a hop between records."""
    if from_ is not None or to is not None:
        described = (claim, chain, act, at, quote, url, title, published, lang, document, basis, certainty, interest, polarity)
        if any(one is not None for one in (*described, interest_reason, text)):
            raise UsageError("--from and --to join what is on record; only what describes the hop goes with them", hint=_HOP)
        _add_hop(desk, from_, to, mode or [], standing, credited_as, known_from, note)
        return
    if known_from is not None or note is not None:
        raise UsageError("--known-from and --note describe a hop between --from and --to", hint=_HOP)
    if claim is None and chain is None:
        _converse(desk)
        return
    if claim is None or chain is None:
        raise UsageError("attribute needs a claim and --chain, or neither", hint=_EXAMPLE)
    if text is not None and quote is None:
        raise UsageError("--in is where the words of --quote stand", hint=_EXAMPLE)
    with desk.ledger() as ledger:
        slugs, about = chain_slugs(ledger, chain), full_id(ledger, claim)
        made: dict[str, Any] = {"url": url, "title": title, "published_at": published, "lang": lang}
        seen = _captured(desk, made, evidence) if capture else None
        report = {
            "id": "report",
            "claim": about,
            "chain": slugs,
            "act": act,
            "said_at": at,
            "quote": _quoted(ledger, quote, text, seen, slugs, credited_as),
            "basis": basis,
            "certainty": certainty,
            "interest": interest,
            "interest_reason": interest_reason,
            "polarity": polarity,
            "mode": mode,
            "standing": standing,
            "credited_as": credited_as,
        }
        known = ledger.document(document, limit=1).id if document else None
        if seen is not None and known is None:
            known = _known(ledger, seen, made)
            made = {} if known else _filled_in(ledger, seen, made)
        sections = with_document(report, made, known, slugs[0])
        draft = drafting.draft_items(ledger, desk.signer(), **sections)
        for assumed in _assumptions(draft, slugs[-1], act, at, _readable(published or known, made, seen)):
            output.prose(assumed)
        drafting.add_judged(desk, ledger, draft)
        if seen is not None and not desk.dry_run:
            seen.store.attach(seen.captured.kept.sha256, known or draft.aliases[DOCUMENT])
        drafting.offer_ratings(desk, ledger, slugs)


@dataclass(frozen=True)
class _Seen:
    captured: Captured
    store: EvidenceStore


def _quoted(
    ledger: Operations, words: str | None, file: str | None, seen: _Seen | None, slugs: list[str], credited_as: str | None
) -> str | dict[str, Any] | None:
    """The words as they were typed, or as the text has them that was given or captured."""
    from ledger.cli.reading import read_text

    if words is None or (file is None and seen is None):
        return words
    if file is None and seen is not None and not seen.captured.found.text:
        output.warn("no words can be read in what was captured: that the quotation stands there was not checked")
        return words
    text = read_text(file) if file is not None else seen.captured.found.text if seen is not None else ""
    return quote_in(ledger, text, words, slugs, credited_as)


def quote_in(ledger: Operations, text: str, words: str, slugs: list[str], credited_as: str | None) -> dict[str, Any]:
    """The quotation as the text has it. Who is credited is the next in the chain, else who speaks."""
    from ledger.cli import quoting

    return quoting.anchored(text, words, quoting.names_of(ledger, slugs[min(1, len(slugs) - 1)], credited_as))


def _captured(desk: Desk, made: dict[str, Any], evidence: str | None) -> _Seen:
    if made["url"] is None:
        raise UsageError("--capture keeps what stands at --url", hint=_EXAMPLE)
    return _Seen(*capturing.kept_of(desk, made["url"], evidence))


def _known(ledger: Operations, seen: _Seen, made: dict[str, Any]) -> str | None:
    """The document on record of this address and content, if it says all that the line says; which is told."""
    capture = seen.captured.capture
    urls = {made["url"], seen.captured.url, capture.url, capture.final}
    stated = {name: value for name, value in made.items() if name != "url" and value is not None}
    for name in reversed(seen.captured.kept.documents):
        try:
            record = ledger.document(name, limit=1).record
        except OnRecordError:  # withheld meanwhile
            continue
        own = record.get("sha256") == seen.captured.kept.sha256 and record.get("url") in urls
        if own and all(record.get(member) == value for member, value in stated.items()):
            output.prose(f"the document is on record already, with this address and this hash: {output.short(name)}")
            return name
    return None


def _filled_in(ledger: Operations, seen: _Seen, made: dict[str, Any]) -> dict[str, Any]:
    """With what the page says of itself; what was said on the line wins."""
    found = capturing.document_of(ledger, seen.captured, quiet=True)
    return made | {name: made.get(name) or found[name] for name in _FILLED_IN}


def _add_hop(
    desk: Desk,
    from_: str | None,
    to: str | None,
    modes: list[str],
    standing: str | None,
    credited_as: str | None,
    known_from: str | None,
    note: str | None,
) -> None:
    """One hop between records: where a statement has it from, or with mode `not_from` where it has it not from."""
    from schemas.records import AttributionRecord

    if from_ is None or to is None or len(modes) != 1:
        raise UsageError("a hop needs --from, --to and one --mode", hint=_HOP)
    with desk.ledger() as ledger:
        members = {
            "kind": "attribution",
            "from": _on_record(ledger, from_, "statement"),
            "to": _on_record(ledger, to, "statement", "document"),
            "mode": modes[0],
            "standing": standing or "found_later",
            "credited_as": credited_as,
            "known_from": known_from,
            "note": note,
        }
        hop = drafting.shaped(AttributionRecord, members)
        drafting.add_judged(desk, ledger, drafting.draft_record(desk.signer(), hop))


def _on_record(ledger: Operations, name: str, *kinds: str) -> str:
    """The full id of the record, which is of one of these kinds."""
    view = ledger.record(name)
    if view.kind not in kinds:
        raise UsageError(f"{name} is a {view.kind.replace('_', ' ')}, wanted a {' or '.join(kinds)}", hint=_HOP)
    return view.id


def chain_slugs(ledger: Operations, chain: str) -> list[str]:
    """The sources of `A < B < C`, each of them on record."""
    parts = [part.strip() for part in chain.split("<")]
    if not all(parts):
        raise UsageError(
            f"the chain {chain!r} has a gap", hint='nearest the reader first, as in --chain "Unian < Yonhap < KCNA"'
        )
    slugs = [naming.slug_of(ledger, part) for part in parts]
    for slug, next_one in pairwise(slugs):
        if slug == next_one:
            raise UsageError(f"the chain {chain!r} has {slug} twice in a row", hint="nobody has it from themselves")
    for slug in dict.fromkeys(slugs):
        naming.check_source(ledger, slug)
    return slugs


def _readable(stated: str | None, made: dict[str, Any], seen: _Seen | None) -> str:
    """What is known of when anybody could read it, as the end of a sentence."""
    if stated is not None:
        return ""
    if made.get("published_at"):
        return f"; what it stands in says that it was published {made['published_at']}"
    return (
        f"; it could be read by {seen.captured.capture.at}, when it was captured"
        if seen
        else ", nor when anybody could read it"
    )


def _assumptions(draft: drafting.Draft, origin: str, act: str | None, at: str | None, readable: str) -> Iterator[str]:
    """What the line left to us, in words."""
    said = [record for record in draft.plain if record.kind == "statement" and record.speaker == origin]
    if act is None and said:
        yield f"no --act: {origin} {said[-1].act.replace('_', ' ')} it, as recorded"
    if at is None:
        yield f"no --at: when {origin} said it is not on record{readable}"


def with_document(report: dict[str, Any], made: dict[str, Any], known: str | None, publisher: str) -> dict[str, Any]:
    """The report as sections of a dossier, with its document: one on record, a new one, or none."""
    if known is not None:
        if any(made.values()):
            raise UsageError("--document is a document on record; --url, --title, --published and --lang describe a new one")
        return {"reports": [report | {"document": known}]}
    if not any(made.values()):
        return {"reports": [report]}
    return {
        "documents": [{"id": DOCUMENT, "publisher": publisher} | made],
        "reports": [report | {"document": DOCUMENT}],
    }


def _converse(desk: Desk) -> None:
    if not output.on_terminal():
        raise UsageError("attribute asks on a terminal only", hint=_EXAMPLE)
    from ledger.cli import wizard

    wizard.run(desk)
