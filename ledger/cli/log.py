"""`onrecord log ...`: the log under the ledger, its keys and its proofs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ledger.cli import output
from ledger.cli.desk import Desk, command, group
from ledger.cli.publishing import monitor, publish
from ledger.cli.rotating import rotate
from ledger.cli.vouching import acknowledge, witnesses
from ledger.cli.waiting import counting, few_collections
from ledger.errors import UsageError

if TYPE_CHECKING:
    from ledger.operations import Operations
    from ledger.service.ledger import Ledger

app = group("log", "The log: checkpoint, keys, prove, publish, monitor, fsck.")


def checkpoint(desk: Desk) -> None:
    """The newest checkpoint, as signed."""
    with desk.ledger(reading=True) as ledger:
        view = ledger.checkpoint()
    if desk.as_json:
        output.print_shape(view)
        return
    typer.echo(view.note, nl=False)


def keys(desk: Desk) -> None:
    """Three lines: the log's two keys, then the issuer's. Ed25519, ML-DSA-44 and did:key: what `verify --trust` takes."""
    with desk.ledger() as ledger:
        known = ledger.well_known()
    if desk.as_json:
        output.print_json({"origin": known.origin, "log_keys": known.log_keys, "issuer": known.issuer})
        return
    for key in (*known.log_keys[:2], known.issuer):
        typer.echo(key)
    if len(known.log_keys) > 2:
        output.prose("the keys before these still sign beside them, until `onrecord log rotate --finish`")


def prove(
    desk: Desk,
    name: Annotated[str, typer.Argument(metavar="ID", help="A record's id, or 8 or more of its hex digits.")],
    format: Annotated[
        Literal["receipt", "tlog-proof"], typer.Option("--format", help="tlog-proof: the file C2SP tools read.")
    ] = "receipt",
) -> None:
    """Proof that a record is in the log."""
    with desk.ledger(reading=True) as ledger:
        if format == "tlog-proof":
            typer.echo(ledger.tlog_proof(name), nl=False)
            return
        receipt = ledger.receipt(name)
    if desk.as_json:
        output.print_shape(receipt)
        return
    signed = receipt.checkpoint
    output.data(
        receipt.record_id,
        *output.members(
            [
                ("entry", receipt.index),
                ("leaf hash", receipt.leaf_hash),
                ("checkpoint", f"{signed.origin}, size {signed.size}, {signed.time}"),
                ("root", signed.root),
                ("witnessed", "yes" if receipt.witnessed else "no"),
            ]
        ),
        *(f"proof  {hash}" for hash in receipt.proof),
    )


def consistency(
    desk: Desk,
    old: Annotated[int, typer.Argument(metavar="OLD", help="A published tree size.")],
    new: Annotated[int | None, typer.Argument(metavar="NEW", help="A later one; the newest if left out.")] = None,
) -> None:
    """Proof that the log only grew between two sizes."""
    with desk.ledger(reading=True) as ledger:
        proof = ledger.consistency(old, new)
    if desk.as_json:
        output.print_shape(proof)
        return
    output.data(f"{proof.old_size} -> {proof.new_size}", f"old root  {proof.old.root}", f"new root  {proof.new.root}")
    output.data(*(f"proof  {hash}" for hash in proof.proof))


def fsck(desk: Desk) -> None:
    """Hash every entry again. Does the store say what its entries say?"""
    from ledger import wiring

    with desk.ledger(unchecked=True) as ledger, counting("entries") as tell, few_collections():
        local = _local(ledger, "fsck")
        result = local.fsck(tell)
        cosigned = local.cosignature_faults(wiring.named_panel())
        result = result.model_copy(update={"faults": [*result.faults, *cosigned]})
    if desk.as_json:
        output.print_shape(result)
    else:
        checked = (
            f"{result.entries} entries, {result.tiles} tiles, {result.checkpoints} checkpoints, {result.derived} derived rows"
        )
        output.data(f"{'ok' if not result.faults else 'FAULTY'}: {checked} at size {result.size}")
        output.data(*(f"{fault.where}: found {fault.found}, wanted {fault.wanted}" for fault in result.faults))
    if result.faults:
        from ledger.errors import CorruptError

        raise CorruptError(
            f"{output.plural(len(result.faults), 'fault')} in the store",
            hint="`onrecord log reindex` rebuilds derived tables; entries come back from a backup only",
        )


def reindex(desk: Desk) -> None:
    """Build every derived table again from the entries."""
    from ledger.config import read_settings
    from ledger.wiring import prepared_file

    with desk.ledger() as ledger:
        local = _local(ledger, "reindex")
        prepared = prepared_file(read_settings(), desk.ledger_name)
        if prepared is not None and prepared.path.exists():
            local.prepare_in(prepared)
        local.reindex()
        size = local.health().size
    if desk.as_json:
        output.print_json({"size": size})
        return
    output.data(f"derived tables rebuilt from {size} entries")


def standing(desk: Desk) -> None:
    """Work out where every claim stands, as far as the log goes. Lists by headline and label rest on it."""
    with desk.ledger() as ledger:
        local = _local(ledger, "standing")
        complete_to = local.catch_up()
        size = local.health().size
        claims = 0 if local.well_known().test_log else local.facets().claims
    if desk.as_json:
        output.print_json({"claims": claims, "complete_to": complete_to, "size": size})
        return
    output.data(f"standing of {output.plural(claims, 'claim')} is complete to size {complete_to} of {size}")


def _local(ledger: Operations, what: str) -> Ledger:
    from ledger.service.ledger import Ledger

    if not isinstance(ledger, Ledger):
        raise UsageError(f"{what} works on the ledger's own database", hint="name the file or the database URL")
    return ledger


command(app, "checkpoint")(checkpoint)
command(app, "keys")(keys)
command(app, "rotate", writes=True)(rotate)
command(app, "prove")(prove)
command(app, "consistency")(consistency)
command(app, "publish")(publish)
command(app, "monitor")(monitor)
command(app, "witnesses")(witnesses)
command(app, "acknowledge")(acknowledge)
command(app, "fsck")(fsck)
command(app, "reindex")(reindex)
command(app, "standing")(standing)
