"""`correct`, `endorse`, `withhold`: what else can be said about records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli import drafting, naming, output
from ledger.cli.desk import Desk, command
from ledger.cli.reading import read_text
from ledger.errors import FormatError, UsageError

if TYPE_CHECKING:
    from ledger.operations import Operations
    from schemas.lookups import RecordView

TargetArgument = Annotated[str, typer.Argument(metavar="ID", help="A record's id, or 8 or more of its hex digits.")]


def register(app: typer.Typer) -> None:
    command(app, "correct", writes=True)(correct)
    command(app, "endorse", writes=True)(endorse)
    command(
        app,
        "withhold",
        writes=True,
        epilog='As in: onrecord withhold 7a0c53de41f2 --basis "injunction 12 O 34/25" --authority "Landgericht Köln"',
    )(withhold)


def correct(
    desk: Desk,
    target: TargetArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why; everybody can read it.")],
    with_: Annotated[
        str | None,
        typer.Option("--with", metavar="ID|FILE", help="What stands in its place: a record, or a dossier with one item."),
    ] = None,
) -> None:
    """Take back or replace one of our records. A correction of a correction reinstates."""
    from ledger.core.subjects import subject_of
    from schemas.records import CorrectionRecord

    with desk.ledger() as ledger:
        view = ledger.record(record_name(target))
        _say_if_corrected(ledger, view)
        draft, replacement = _replacement(desk, ledger, with_, view)
        members = {
            "kind": "correction",
            "target": view.id,
            "reason": reason,
            "ledger": ledger.well_known().origin,
            "replaced_by": replacement,
        }
        record = drafting.shaped(CorrectionRecord, members)
        record = drafting.replacing(ledger, record, subject_of(record))
        correction = drafting.draft_record(desk.signer(), record)
        drafting.add_draft(desk, ledger, draft + correction if draft else correction)
        if not desk.as_json and not desk.dry_run:
            output.prose(f"`onrecord affected {view.id[:19]}` lists who rests on it")


def endorse(
    desk: Desk,
    targets: Annotated[
        list[str], typer.Argument(metavar="ID...", help="Records on record: ids, or 8 or more of their hex digits.")
    ],
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Also what is in doubt: each was looked at, and is known to be true.")
    ] = False,
) -> None:
    """Sign records anew that are on record. You vouch for them too, and take them out of doubt."""
    from base64 import b64decode

    from ledger import keys
    from ledger.core.records import parse_record

    with desk.ledger() as ledger:
        views = sorted((ledger.record(record_name(target)) for target in targets), key=lambda view: view.index)
        if not yes:
            _refuse_doubted(views)
        records = [parse_record(b64decode(view.envelope.payload)) for view in views]
        signer = desk.signer()
        signed = [keys.sign_record(record, signer, view.openings) for record, view in zip(records, views, strict=True)]
        drafting.add_telling_headlines(desk, ledger, drafting.Draft(records, signed, records))


def _refuse_doubted(views: Sequence[RecordView]) -> None:
    doubted = [view for view in views if view.in_doubt]
    if doubted:
        raise UsageError(
            f"{len(doubted)} of {output.plural(len(views), 'record')} in doubt: somebody else may have signed with that key",
            hint=f"look at each, as with `onrecord show {output.short(doubted[0].id)}`; --yes signs what is known to be true",
        )


def withhold(
    desk: Desk,
    target: TargetArgument,
    basis: Annotated[str, typer.Option("--basis", help="The legal or safety ground.")],
    authority: Annotated[str, typer.Option("--authority", help="Who ordered it.")],
) -> None:
    """Stop showing a record, for a stated reason. Its hash and proofs stay."""
    from schemas.records import WithholdRecord

    with desk.ledger() as ledger:
        view = ledger.record(record_name(target))
        for other in view.shares_seals_with:
            output.warn(f"the same sealed words are in {other}: they are closed there too")
        members = {
            "kind": "withhold",
            "target": view.id,
            "basis": basis,
            "authority": authority,
            "ledger": ledger.well_known().origin,
        }
        drafting.add_record(desk, ledger, drafting.shaped(WithholdRecord, members))


def _say_if_corrected(ledger: Operations, view: RecordView) -> None:
    if view.state == "corrected" and view.corrected_by is not None:
        reason = ledger.record(view.corrected_by).record.get("reason")
        output.warn(f"this was corrected on record before: {reason}; what you say now takes that correction's place")


def _replacement(
    desk: Desk, ledger: Operations, given: str | None, target: RecordView
) -> tuple[drafting.Draft | None, str | None]:
    """The draft that brings the replacement, if it is new, and its id."""
    if given is None:
        return None, None
    if naming.looks_like_id(given):
        return None, ledger.record(given).id
    draft = drafting.draft_dossier(ledger, desk.signer(), read_text(given), by_words=True)
    return draft, _fitting(draft, target, given)


def _fitting(draft: drafting.Draft, target: RecordView, file: str) -> str:
    """The record of the target's kind; of a chain's statements, the one of the target's speaker, on the target's claim."""
    found = [name for name, record in zip(draft.ids, draft.plain, strict=True) if record.kind == target.kind]
    what = target.kind.replace("_", " ")
    if target.kind == "statement":
        what = f"{what} of {target.record['speaker']}"
        same = [name for name in found if _said(draft, name)[0] == target.record["speaker"]]
        found = [name for name in same if _said(draft, name)[1] == target.record["claim"]] if len(same) > 1 else same
    if not found:
        raise FormatError(f"{file} brings no new {what}, and that is what would take the target's place")
    if len(found) > 1:
        raise FormatError(f"{file} brings {len(found)} records that are a {what}, wanted one", hint="leave the others out")
    return found[0]


def _said(draft: drafting.Draft, name: str) -> tuple[str, str]:
    """Who speaks in this statement, and on which claim."""
    from schemas.records import StatementRecord

    record = draft.plain[draft.ids.index(name)]
    assert isinstance(record, StatementRecord)
    return record.speaker, record.claim


def record_name(name: str) -> str:
    if not naming.looks_like_id(name):
        raise FormatError(f"{name!r} is no record id", hint="sha256: and 64 hex digits, or 8 or more of them")
    return name
