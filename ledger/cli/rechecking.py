"""`recheck`: pages that were captured, looked at again."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli import capturing, drafting, output
from ledger.cli.capturing import EvidenceOption, MostOption, RobotsOption, SecondsOption
from ledger.cli.desk import Desk, command
from ledger.errors import OnRecordError, UsageError

if TYPE_CHECKING:
    from ledger.evidence.rechecking import Rechecked
    from ledger.evidence.store import EvidenceStore
    from ledger.operations import Operations

_MOST_LINES = 20
_MOST_ASKED = 200
# What the new version of a document has in common with the one before.
_SAME_WORK = ("publisher", "authors", "purported_author", "published_at")


def register(app: typer.Typer) -> None:
    command(app, "recheck", writes=True, brief="Look at captured pages again: what changed, what is gone.")(recheck)


def recheck(
    desk: Desk,
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help="Only pages last seen since then.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Put what changed on record, as a newer version.")] = False,
    delay: Annotated[float, typer.Option("--delay", metavar="N", min=0, help="Seconds between two pages of one host.")] = 2.0,
    feed: Annotated[
        Path | None, typer.Option("--feed", metavar="FILE", help="Write what changed as a feed: Atom, or JSON if so named.")
    ] = None,
    evidence: EvidenceOption = None,
    most: MostOption = 64,
    seconds: SecondsOption = 60,
    ignore_robots: RobotsOption = False,
) -> None:
    """Capture every page again that is a document on record, and say what changed: sentences, quotes, pages that are gone.

    What is captured is kept. With --yes a page that changed is put on record as a newer version of its document.
    """
    from ledger.evidence.rechecking import Pace, feed_of, watched
    from ledger.evidence.rechecking import recheck as look

    if desk.dry_run:
        raise UsageError("recheck keeps what it captures; there is no dry run of it", hint="leave out --yes to record nothing")
    store, fetcher = capturing.store_of(desk, evidence), capturing.fetcher_of(most, seconds, ignore_robots=ignore_robots)
    pace = Pace(delay, time.monotonic, time.sleep)
    found: list[Rechecked] = []
    with desk.ledger(reading=not yes) as ledger:
        for one in look(store, fetcher, watched(store, _moment(since)), lambda name: quotes_of(ledger, name), pace):
            found.append(one)
            newer = _record(desk, ledger, store, one) if yes and one.outcome == "changed" else None
            if not desk.as_json:
                _tell(one, newer)
        if feed is not None:
            _write_feed(feed, feed_of(found, ledger.well_known().origin))
    if desk.as_json:
        output.print_json([_shape(one) for one in found])
        return
    counts = {name: sum(one.outcome == name for one in found) for name in ("changed", "vanished", "not reached")}
    told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    output.data(f"{output.plural(len(found), 'page')} looked at" + (f": {told}" if told else ", none of them changed"))


def quotes_of(ledger: Operations, document: str) -> list[str]:
    """The words that statements on record quote from the document, or from one that it is a newer version of."""
    quotes: list[str] = []
    name: str | None = document
    cursor: str | None = None
    for _ in range(_MOST_ASKED):
        if name is None:
            break
        try:
            view = ledger.document(name, cursor)
        except OnRecordError:  # withheld meanwhile: of what is in it nobody is told
            break
        quotes += [one.quote for one in view.statements if one.quote]
        cursor = view.next
        if cursor is None:
            name = view.record.get("version_of")
    return list(dict.fromkeys(quotes))


def _record(desk: Desk, ledger: Operations, store: EvidenceStore, one: Rechecked) -> str:
    assert one.captured is not None, "what changed was captured"
    before = ledger.document(one.watched.document, limit=1).record
    made = capturing.document_of(ledger, one.captured, quiet=True)
    made |= {name: before[name] for name in _SAME_WORK if before.get(name) is not None}
    made |= {"version_of": one.watched.document, "url": before.get("url") or made["url"]}
    draft = drafting.draft_items(ledger, desk.signer(), documents=[made])
    if draft.records:
        drafting.write(desk, ledger, draft)
    newer = draft.aliases[capturing.DOCUMENT]
    store.attach(one.captured.kept.sha256, newer)
    return newer


def _tell(one: Rechecked, newer: str | None) -> None:
    from ledger.evidence.rechecking import told

    output.data(f"{output.bold(one.outcome)}: {one.watched.url}")
    lines = told(one)
    for line in lines[:_MOST_LINES]:
        output.data(*output.wrapped(line, indent=2, hang=4))
    if len(lines) > _MOST_LINES:
        output.data(f"  and {len(lines) - _MOST_LINES} more")
    if newer is not None:
        output.data(f"  on record as {output.short(newer)}, a newer version of {output.short(one.watched.document)}")


def _shape(one: Rechecked) -> dict[str, Any]:
    return {
        "url": one.watched.url,
        "document": one.watched.document,
        "outcome": one.outcome,
        "at": one.at,
        "sha256": one.captured.kept.sha256 if one.captured else None,
        "changes": list(one.lines),
        "quotes": [{"quote": each.quote, "fate": each.fate, "now": each.now} for each in one.quotes],
        "why": one.why,
    }


def _moment(since: str | None) -> str | None:
    from schemas.dates import bounds, time_of

    if since is None:
        return None
    try:
        return time_of(bounds(since)[0])
    except ValueError as error:
        raise UsageError(f"--since: {error}") from None


def _write_feed(file: Path, feed: Any) -> None:
    from ledger.cli.exporting import write_whole
    from ledger.exports.feeds import print_atom, print_json_feed

    printer = print_json_feed if file.suffix == ".json" else print_atom
    write_whole(file, printer(feed, "", f"/{file.name}"))
