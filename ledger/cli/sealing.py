"""`reveal` and `erase-opening`: what can be done with sealed values."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli import output
from ledger.cli.correcting import TargetArgument, record_name
from ledger.cli.desk import Desk, KeyOption, command, keepsake_of
from ledger.cli.exporting import write_whole
from ledger.errors import KeyMissingError, NotFoundError, OnRecordError

if TYPE_CHECKING:
    from ledger.keys import Signer
    from schemas.erasure import Erased
    from schemas.ids import Opening
    from schemas.lookups import RecordView

MemberOption = Annotated[
    list[str] | None,
    typer.Option("--member", metavar="NAME", help="Only this sealed member, as in quote.exact; may be repeated."),
]


def register(app: typer.Typer) -> None:
    command(app, "reveal", brief="Show sealed values to one reader.")(reveal)
    command(app, "erase-opening", writes=True)(erase_opening)


def reveal(
    desk: Desk,
    target: TargetArgument,
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="Where the file for the one reader goes.")],
    member: MemberOption = None,
    key: KeyOption = None,
) -> None:
    """Write what one reader needs to check sealed values of a record: openings, record, proof. `onrecord verify` reads it.

    Openings come from the ledger and from your own file; so what was erased or never handed in can be shown too.
    """
    from ledger.core.revealing import print_reveal

    with desk.ledger() as ledger:
        view = ledger.record(record_name(target))
        wanted = chosen(view, member)
        missing = set(wanted.values()) - view.openings.keys()
        held = view.openings | (_own(replace(desk, key=key)) if missing else {})
        openings = {digest: held[digest] for digest in wanted.values() if digest in held}
        closed = sorted(name for name, digest in wanted.items() if digest not in held)
        if not openings or (member and closed):
            raise NotFoundError(f"no opening of {', '.join(closed)}", hint="neither the ledger nor your own file has it")
        content = print_reveal(view.envelope, openings, ledger.tlog_proof(view.id))
    write_whole(to, content)
    to.chmod(0o600)
    for name in closed:
        output.warn(f"{name} stays closed: neither the ledger nor your own file has its opening")
    output.prose(f"{to}: {', '.join(name for name in wanted if name not in closed)}; for one reader")
    output.prose(f"it is checked with the ledger's keys (`onrecord log keys`): onrecord verify {to} --trust KEY")


def _own(desk: Desk) -> dict[str, Opening]:
    """The openings in the signer's own file; none where there is no such file."""
    try:
        keepsake = keepsake_of(desk.signer())
    except KeyMissingError:
        return {}
    return keepsake.read() if keepsake is not None else {}


def erase_opening(desk: Desk, target: TargetArgument, member: MemberOption = None) -> None:
    """Erase for good what sealed values of a record say. Its hash and every proof stay.

    An admin may, and so may whoever sealed them first. The order is signed, and it is not logged: the record stays as it is.
    """
    from ledger.core.erasing import sign_erasure
    from schemas.erasure import Erasure

    with desk.ledger() as ledger:
        view = ledger.record(record_name(target))
        values = chosen(view, member)
        if desk.dry_run:
            output.data(*output.members((name, digest) for name, digest in values.items()))
            output.prose("dry run: nothing was erased")
            return
        erasure = Erasure(ledger=ledger.well_known().origin, record=view.id, values=tuple(dict.fromkeys(values.values())))
        signer = desk.signer()
        erased = ledger.erase_openings(sign_erasure(erasure, [signer.private_key]))
    forgotten = _forget(signer, list(erasure.values))
    if desk.as_json:
        output.print_shape(erased)
        return
    _tell(erased)
    if forgotten:
        output.data(f"{output.plural(forgotten, 'opening')} erased from your own file")


def _forget(signer: Signer, values: list[str]) -> int:
    """They are gone from the signer's own file too. From the ledger they are gone already: what fails here is a warning."""
    keepsake = keepsake_of(signer)
    if keepsake is None:
        return 0
    try:
        return keepsake.forget(values)
    except OnRecordError as error:
        output.warn(f"not erased from your own file of openings: {error.message}" + (f" ({error.hint})" if error.hint else ""))
        return 0


def chosen(view: RecordView, wanted: list[str] | None) -> dict[str, str]:
    """The sealed members of a record by their names: those that are wanted, or all."""
    from ledger.core.canonical import parse_json
    from ledger.core.encoding import parse_base64
    from ledger.core.records import sealed_members

    payload = parse_base64(view.envelope.payload)
    found = sealed_members(parse_json(payload, max_bytes=len(payload)))
    if not found:
        raise NotFoundError(f"{view.id} seals nothing")
    for name in wanted or ():
        if name not in found:
            raise NotFoundError(f"{view.id} has no sealed member {name!r}", hint=f"it has {', '.join(found)}")
    return {name: digest for name, digest in found.items() if not wanted or name in wanted}


def _tell(erased: Erased) -> None:
    count = output.plural(len(erased.erased), "opening")
    output.data(f"{count} erased; whoever brings one again does not bring it back")
    output.warn_if_on_disk(erased.to_scrub)
    if erased.absent:
        output.data(f"{output.plural(len(erased.absent), 'opening')} not here before, and refused from now on")
    for name in erased.also_closed:
        output.data(f"closed too, since it holds the same sealed value: {name}")
    if erased.still_open:
        output.warn("the very same words are still open in other records, each with a seal of its own:")
        for name in erased.still_open:
            output.prose(f"  {name}")
