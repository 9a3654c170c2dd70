"""`capture`: what stands at an address or in a file, kept as evidence, and the document that records it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from ledger.cli import drafting, naming, output
from ledger.cli.desk import Desk, command
from ledger.cli.reading import read_bytes
from ledger.errors import OnRecordError

if TYPE_CHECKING:
    from ledger.evidence.capturing import Captured
    from ledger.evidence.store import EvidenceStore
    from ledger.net.fetching import Fetcher
    from ledger.operations import Operations
    from schemas.lookups import SourceSummary

DOCUMENT = "document"
MIB = 1 << 20

EvidenceOption = Annotated[
    str | None,
    typer.Option(
        "--evidence",
        metavar="PLACE",
        help="Where evidence is kept: a folder, or s3://BUCKET/PATH. [env: ONRECORD_EVIDENCE; else <ledger>.evidence]",
    ),
]
MostOption = Annotated[
    int, typer.Option("--most", metavar="MIB", min=1, max=512, help="Cut off what is larger; nothing of it is kept.")
]
SecondsOption = Annotated[float, typer.Option("--seconds", metavar="N", min=1, max=3_600, help="Cut off what takes longer.")]
RobotsOption = Annotated[
    bool, typer.Option("--ignore-robots", help="Ask also where the site's robots.txt says no: only where you may.")
]
AsFoundOption = Annotated[
    bool, typer.Option("--as-found", help="Keep also what is not what its name says, as what it is by its bytes.")
]


def register(app: typer.Typer) -> None:
    command(app, "capture", writes=True, brief="Keep a page or a file as evidence.")(capture)


def capture(
    desk: Desk,
    target: Annotated[str, typer.Argument(metavar="URL|FILE", help="The address of a page, or a file.")],
    title: Annotated[str | None, typer.Option("--title", help="Its title, instead of what was found.")] = None,
    publisher: Annotated[str | None, typer.Option("--publisher", metavar="SOURCE", help="Who published it.")] = None,
    author: Annotated[
        list[str] | None, typer.Option("--author", metavar="SOURCE", help="Who wrote it; may be repeated.")
    ] = None,
    published: Annotated[str | None, typer.Option("--published", metavar="DATE", help="When it was published.")] = None,
    lang: Annotated[str | None, typer.Option("--lang", help="Its language.")] = None,
    url: Annotated[str | None, typer.Option("--url", help="Where it is, for a file or instead of what was found.")] = None,
    version_of: Annotated[
        str | None, typer.Option("--version-of", metavar="ID", help="The document on record that this is a newer version of.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="What was found is right: put the document on record.")] = False,
    evidence: EvidenceOption = None,
    most: MostOption = 64,
    seconds: SecondsOption = 60,
    ignore_robots: RobotsOption = False,
    as_found: AsFoundOption = False,
    text: Annotated[bool, typer.Option("--text", help="Print what it says, as text, instead of what was kept.")] = False,
    picture: Annotated[
        bool, typer.Option("--picture", help="Have a browser draw the page, whole, from what was captured; it proves nothing.")
    ] = False,
) -> None:
    """Keep what stands at an address, or a file, byte for byte; and record the document once you say that it is right.

    What came over the wire is kept with all redirects as a WARC file under its own hash. Nothing is kept of what was cut off,
    of what the server did not send whole, or of what is not what it says.
    """
    with desk.ledger() as ledger, _store(desk, evidence) as store:
        captured = capture_one(store, target, most, seconds, ignore_robots, as_found)
        if picture:
            captured = _with_picture(store, captured)
        given = {
            "title": title,
            "published_at": published,
            "lang": lang,
            "url": url,
            **_named_records(ledger, publisher, author, version_of),
        }
        made = document_of(ledger, captured) | {name: value for name, value in given.items() if value}
        if text:
            _tell_text(desk, captured)
        else:
            _tell(desk, captured)
        if desk.dry_run or yes:
            _record(desk, ledger, store, captured, made)
        elif text and not desk.as_json:
            output.prose(f"kept as evidence: {captured.kept.sha256}; no document was put on record (--yes)")
        elif output.on_terminal() and not desk.as_json:
            _confirm(desk, ledger, store, captured, made)
        else:
            _show_draft(desk, captured, made, with_text=text)


def _named_records(
    ledger: Operations, publisher: str | None, authors: Sequence[str] | None, version_of: str | None
) -> dict[str, Any]:
    return {
        "publisher": naming.slug_of(ledger, publisher) if publisher else None,
        "authors": [naming.slug_of(ledger, one) for one in authors or ()],
        "version_of": ledger.document(version_of, limit=1).id if version_of else None,
    }


def _confirm(desk: Desk, ledger: Operations, store: EvidenceStore, captured: Captured, made: dict[str, Any]) -> None:
    from ledger.cli import wizard

    confirmed = wizard.confirm_document(made)
    if confirmed is None:
        output.prose("kept as evidence; no document was put on record")
    else:
        _record(desk, ledger, store, captured, confirmed)


def _record(desk: Desk, ledger: Operations, store: EvidenceStore, captured: Captured, made: dict[str, Any]) -> None:
    draft = drafting.draft_items(ledger, desk.signer(), documents=[made])
    drafting.add_draft(desk, ledger, draft)
    if not desk.dry_run:
        store.attach(captured.kept.sha256, draft.aliases[DOCUMENT])


def fetcher_of(most: int = 64, seconds: float = 60, *, ignore_robots: bool = False) -> Fetcher:
    """Who asks for pages, as the operator's settings say."""
    from ledger import wiring
    from ledger.config import read_settings
    from ledger.net.fetching import Fetcher, Limits
    from ledger.net.guarded import Guard, parse_networks

    settings = read_settings()
    return Fetcher(
        Guard(parse_networks(settings.capture_allow.split(","))),
        wiring.now,
        Limits(most * MIB, seconds),
        contact=settings.contact,
        heeds_robots=not ignore_robots,
    )


def capture_one(store: EvidenceStore, target: str, most: int, seconds: float, ignore_robots: bool, as_found: bool) -> Captured:
    """What is kept of the address or the file; warnings are told."""
    from ledger.evidence.capturing import capture_file, capture_page

    fetcher = fetcher_of(most, seconds, ignore_robots=ignore_robots)
    if target.startswith(("https://", "http://")):
        captured = capture_page(store, fetcher, target, as_found=as_found)
    else:
        content = read_bytes(target, most=most * MIB)
        captured = capture_file(store, target, content, fetcher.clock, fetcher.agent, as_found=as_found)
    for warning in captured.warnings:
        output.warn(warning)
    return captured


def _with_picture(store: EvidenceStore, captured: Captured) -> Captured:
    """What was captured, with its picture where there can be one. Nothing depends on it: trouble is told, and no more."""
    from ledger.config import read_settings
    from ledger.evidence.browser import find_browser
    from ledger.evidence.picturing import add_picture

    try:
        with_it = add_picture(store, captured, find_browser(read_settings().browser))
    except OnRecordError as error:
        output.warn(f"no picture: {error.message}" + (f" ({error.hint})" if error.hint else ""))
        return captured
    if with_it is captured:
        output.prose("no picture: what was captured is no page")
    return with_it


def kept_of(desk: Desk, url: str, evidence: str | None) -> tuple[Captured, EvidenceStore]:
    """The page, kept, and where; of a dry run in a folder that goes with the process."""
    with _store(desk, evidence) as store:
        return capture_one(store, url, 64, 60, False, False), store


@contextmanager
def _store(desk: Desk, evidence: str | None) -> Iterator[EvidenceStore]:
    """The evidence of this ledger; of a dry run, one that is gone afterwards."""
    from ledger.evidence.store import EvidenceStore

    if desk.dry_run:
        with tempfile.TemporaryDirectory(prefix="onrecord-dry-") as place:
            yield EvidenceStore.at(place)
        return
    yield store_of(desk, evidence)


def store_of(desk: Desk, evidence: str | None) -> EvidenceStore:
    from ledger.evidence.store import EvidenceStore, evidence_place

    return EvidenceStore.at(evidence_place(desk.ledger_name, evidence))


def document_of(ledger: Operations, captured: Captured, *, quiet: bool = False) -> dict[str, Any]:
    """The document as a dossier has it. Who made it is named where it is a source on record."""
    found = captured.found
    sources = list(naming.every_source(ledger))
    authors = [slug for name in found.authors if (slug := _named(sources, name))]
    strangers = [name for name in found.authors if not _named(sources, name)]
    publisher = publisher_of(ledger, sources, captured)
    if strangers and not quiet:
        output.prose(f"written by {', '.join(strangers)}, as it says; no source of that name is on record, so it is left out")
    if publisher is None and found.publisher and not quiet:
        output.prose(f"published by {found.publisher}, as it says; no such source is on record: --publisher names one")
    return {
        "id": DOCUMENT,
        "url": captured.url,
        "title": found.title or (None if captured.url else captured.capture.url.rpartition("/")[2]),
        "publisher": publisher,
        "authors": list(dict.fromkeys(authors)),
        "published_at": found.published_at,
        "lang": found.lang,
        "medium": found.medium,
        "media_type": found.media_type,
        "sha256": captured.kept.sha256,
        "retrieved_at": captured.capture.at,
    }


def publisher_of(ledger: Operations, sources: Sequence[SourceSummary], captured: Captured) -> str | None:
    """The source on record whose name it states, or on whose own domain it stands."""
    if captured.found.publisher and (slug := _named(sources, captured.found.publisher)):
        return slug
    return owners_of_hosts(ledger, sources).get(host_of(captured.url)) if captured.url else None


def owners_of_hosts(ledger: Operations, sources: Iterable[SourceSummary]) -> dict[str, str]:
    """Host -> the one source whose own domain it is."""
    views = drafting.in_force(ledger, [f"source:{one.id}" for one in sources]).records.values()
    owned = [(host, view.record["id"]) for view in views if view for host in view.record.get("domains") or ()]
    return {host: slug for host, slug in owned if sum(host == other for other, _ in owned) == 1}


def host_of(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _named(sources: Sequence[SourceSummary], name: str) -> str | None:
    """The one source of exactly that name."""
    found = [one.id for one in sources if name.casefold() in (each.casefold() for each in one.names.values())]
    return found[0] if len(found) == 1 else None


def _tell(desk: Desk, captured: Captured) -> None:
    if desk.as_json:
        return
    known = captured.capture.kind == "revisit" or not captured.new
    times = f", seen {len(captured.kept.captures)} times" if len(captured.kept.captures) > 1 else ""
    pages = output.plural(captured.found.pages, "page") if captured.found.pages is not None else None
    words = len(captured.found.text.split())
    rows: list[tuple[str, object]] = [
        ("seen at", captured.capture.final or captured.capture.url),
        ("time", captured.capture.at),
        (
            "content",
            f"{captured.found.media_type}, {captured.kept.bytes} bytes{', the same as before' if known else ''}{times}",
        ),
        ("hash", captured.kept.sha256),
        ("capture", captured.capture.warc),
        ("text", ", ".join(filter(None, [output.plural(words, "word") if words else None, pages]))),
        ("picture", _told_picture(captured)),
    ]
    output.data(*output.members(rows), "")


def _told_picture(captured: Captured) -> str | None:
    drawn = captured.capture.picture
    if drawn is None:
        return None
    missing = [f"{count} {kind}" for kind, count in drawn.missing.items()]
    cut = ", cut off at the foot" if drawn.cut else ""
    without = f"not in it: {', '.join([*missing, 'what scripts do'])}"
    return f"{drawn.sha256}, {drawn.width} x {drawn.height}{cut}, by {drawn.browser}; {without}; it proves nothing"


def _tell_text(desk: Desk, captured: Captured) -> None:
    if not captured.found.text:
        output.warn("no words can be read in it")
    elif not desk.as_json:
        output.data(captured.found.text.replace("\f", "\n\n"))


def _show_draft(desk: Desk, captured: Captured, made: dict[str, Any], *, with_text: bool) -> None:
    told = {name: value for name, value in made.items() if value not in (None, [], "") and name != "id"}
    if desk.as_json:
        seen = captured.capture.model_dump(mode="json", exclude_none=True)
        words = {"text": captured.found.text} if with_text else {}
        output.print_json({"document": told, "capture": seen, "new": captured.new} | words)
        return
    output.data(*(["document, not on record yet", *output.record_members(told | {"kind": DOCUMENT})]))
    output.prose("--yes puts it on record; --title, --publisher, --author, --published, --lang and --url mend it first")
