"""`search`, `seen`, `show`, `corrections`: what is on record."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli import naming, output
from ledger.cli.claims import list_
from ledger.cli.desk import Desk, command

if TYPE_CHECKING:
    from ledger.operations import Operations
    from schemas.lookups import RecordView

_FEW_SOURCES = 5


def register(app: typer.Typer) -> None:
    command(app, "search", brief="Claims that hold these words; sources of that name.")(search)
    command(app, "seen", brief="Have we seen this? Claims that may say the same.")(seen)
    command(app, "show")(show)
    command(app, "corrections", brief="What was corrected and what is withheld.")(corrections)


def corrections(desk: Desk) -> None:
    """What was corrected on record and what is withheld, the newest first (the newest 50)."""
    with desk.ledger(reading=True) as ledger:
        found = ledger.corrections()
    if desk.as_json:
        output.print_shape(found)
        return
    for one in found.corrections:
        what = "withheld" if one.kind == "withhold" else "replaced" if one.replaced_by else "taken back"
        reason = f"{one.reason or '(sealed)'}{f' ({one.authority})' if one.authority else ''}"
        target = f"{(one.target_kind or 'record').replace('_', ' ')} {output.short(one.target)}"
        output.data(*output.wrapped(f"{one.logged_at} {target} {what}: {reason}, {', '.join(one.by)}", hang=2))
    for gone in found.erased:
        records = ", ".join(map(output.short, gone.records))
        output.data(*output.wrapped(f"{gone.erased_at} words of {records} erased by order of {gone.by}", hang=2))
    if not found.corrections and not found.erased:
        output.prose("nothing was corrected and nothing is withheld")


def search(
    desk: Desk,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Words that all must occur, in any language.")],
    **filters: Any,
) -> None:
    """Claims that hold these words; and whether a source is called so."""
    list_(desk, query=text, **filters)
    if not desk.as_json:
        with desk.ledger(reading=True) as ledger:
            _tell_sources(ledger, text)


def _tell_sources(ledger: Operations, text: str) -> None:
    """Sources with all of the words in their names; where none has them, those with nearly the same."""
    from ledger.core.protecting import is_protected

    named = [one for one in ledger.sources(text, limit=_FEW_SOURCES).sources if one.fit != "some" and not is_protected(one.id)]
    found = [one for one in named if one.fit != "spelling"]
    what = "of that name" if found else "with a name like that"
    for one in (found or named)[:1]:
        count = len(found or named)
        more = " or more" if count == _FEW_SOURCES else ""
        output.prose(f"{output.plural(count, 'source')}{more} {what}: `onrecord source show {one.id}`")
    for one in (found or named)[1:]:
        output.prose(f"  `onrecord source show {one.id}`")


def _with_filters_of_list() -> inspect.Signature:
    """The words, and every option of `claim list` but the words: the two commands are one."""
    own = inspect.signature(search, eval_str=True).parameters
    shared = inspect.signature(list_, eval_str=True).parameters
    return inspect.Signature(
        [own["desk"], own["text"], *(one for name, one in shared.items() if name not in ("desk", "query"))]
    )


# The command line reads a command's options from its signature.
search.__signature__ = _with_filters_of_list()  # type: ignore[attr-defined]


def seen(
    desk: Desk,
    text: Annotated[str, typer.Argument(metavar="TEXT|-", help="A sentence, a paragraph or a link; - for stdin.")],
    limit: Annotated[int, typer.Option("--limit", min=1, max=200, help="At most so many claims.")] = 10,
) -> None:
    """Have we seen this? Claims that may say the same, in any language, and why."""
    from ledger.cli.reading import read_text

    with desk.ledger(reading=True) as ledger:
        found = ledger.seen(read_text("-") if text == "-" else text, limit)
    if desk.as_json:
        output.print_shape(found)
        return
    if not found.claims:
        output.prose(found.hint or "no claim on record has anything to do with it")
    for one in found.claims:
        output.data(*output.wrapped(f"{output.short(one.claim.id)} {output.text_of(one.claim.text)}", hang=2))
        output.data(*output.wrapped(f"{one.score:.2f} {'; '.join(map(output.safe, one.reasons))}", indent=2, hang=4))


def show(
    desk: Desk,
    name: Annotated[str, typer.Argument(metavar="ID", help="A record's id or 8 or more of its hex digits; or a source.")],
) -> None:
    """Any record: what it says, who signed it, whether it stands."""
    with desk.ledger(reading=True) as ledger:
        if not naming.looks_like_id(name):
            name = naming.record_of_source(ledger, name)
        view = ledger.record(name)
    if desk.as_json:
        output.print_shape(view)
        return
    output.data(*_record(view))


def _record(view: RecordView) -> list[str]:
    signed = ", ".join(view.subjects) or "nobody enrolled"
    lines = output.members(
        [
            ("kind", view.kind),
            ("state", view.state.replace("_", " ") + (f" by {output.short(view.corrected_by)}" if view.corrected_by else "")),
            ("entry", ", ".join(map(str, view.entries))),
            ("logged at", view.logged_at),
            ("signed by", f"{signed} ({', '.join(view.signers)})"),
            *(("in doubt", f"{one.subject}'s key was compromised since {one.since}") for one in view.in_doubt),
            *([("counts", f"as a rating of {' and '.join(view.endorsed_by)} alone")] if view.endorsed_by else []),
        ]
    )
    return [output.bold(view.id), *lines, "", *output.record_members(view.record)]
