"""`erase-opening`: what can still be done about sealed values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli import output
from ledger.cli.correcting import TargetArgument, record_name
from ledger.cli.desk import Desk, command, keepsake_of
from ledger.errors import NotFoundError, OnRecordError

if TYPE_CHECKING:
    from ledger.keys import Signer
    from schemas.erasure import Erased
    from schemas.lookups import RecordView

MemberOption = Annotated[
    list[str] | None,
    typer.Option("--member", metavar="NAME", help="Only this sealed member, as in quote.exact; may be repeated."),
]


def register(app: typer.Typer) -> None:
    command(app, "erase-opening", writes=True)(erase_opening)


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
    _forget(signer, list(erasure.values))
    if desk.as_json:
        output.print_shape(erased)
        return
    _tell(erased)


def _forget(signer: Signer, values: list[str]) -> None:
    """They are gone from the signer's own file too. From the ledger they are gone already: what fails here is a warning."""
    keepsake = keepsake_of(signer)
    if keepsake is None:
        return
    try:
        keepsake.forget(values)
    except OnRecordError as error:
        output.warn(f"not erased from your own file of openings: {error.message}" + (f" ({error.hint})" if error.hint else ""))


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
    if erased.absent:
        output.data(f"{output.plural(len(erased.absent), 'opening')} not here before, and refused from now on")
    for name in erased.also_closed:
        output.data(f"closed too, since it holds the same sealed value: {name}")
    if erased.still_open:
        output.warn("the very same words are still open in other records, each with a seal of its own:")
        for name in erased.still_open:
            output.prose(f"  {name}")
