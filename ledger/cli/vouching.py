"""`onrecord log witnesses` and `acknowledge`: how the witnesses stand that this log asks, and what they object to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli import output
from ledger.cli.desk import Desk
from ledger.errors import UsageError, VerificationError

if TYPE_CHECKING:
    from ledger.operations import Operations
    from ledger.service.ledger import Ledger
    from ledger.store.protocol import WitnessState


def witnesses(
    desk: Desk,
    evidence: Annotated[
        bool,
        typer.Option("--evidence", help="Print the checkpoint of the other history that a witness showed."),
    ] = False,
) -> None:
    """How far each witness has signed, and what it objects to. Exit 6: one remembers another history of this log."""
    with desk.ledger(reading=True) as ledger:
        states = _own(ledger).witnesses()
    if evidence:
        output.data(*(one.evidence.rstrip("\n") for one in states if one.evidence is not None))
    elif desk.as_json:
        from ledger.service.witness_health import standing_of

        output.print_json({"witnesses": [standing_of(one).model_dump(mode="json") for one in states]})
    else:
        if not states:
            output.prose("no witness was asked yet; `onrecord serve --witnesses POLICY` asks them")
        for one in states:
            output.data(*_lines(one), "")
    if any(one.alarm is not None and not one.acknowledged for one in states):
        raise VerificationError(
            "a witness remembers another history of this log, and nothing is signed",
            step="witness",
            hint="was an older copy of the ledger put back? restore the newer one. "
            "`onrecord log acknowledge URL` signs on all the same",
        )


def acknowledge(
    desk: Desk, url: Annotated[str, typer.Argument(metavar="URL", help="The witness, as `log witnesses` names it.")]
) -> None:
    """Sign on though this witness remembers another history. Whoever trusts it will not trust what is signed from now on."""
    with desk.ledger() as ledger:
        state = _own(ledger).acknowledge(url)
    if desk.as_json:
        output.print_json({"acknowledged": state.url})
        return
    output.data(f"acknowledged: {state.url}: {state.alarm}")
    output.prose("a server that runs signs on within one round of asking")


def _lines(one: WitnessState) -> list[str]:
    from schemas.dates import time_of

    objection = one.alarm and one.alarm + (" (proven by a checkpoint that this log signed)" if one.evidence else "")
    return output.members(
        [
            ("witness", one.url),
            ("signed", f"size {one.size}, {time_of(one.signed_at)}" if one.signed_at else "nothing yet"),
            ("trouble", f"{one.trouble}, {output.plural(one.failures, 'time')}" if one.trouble else None),
            ("objects", objection),
            ("since", time_of(one.alarm_at) if one.alarm else None),
            ("acknowledged", "yes" if one.acknowledged else None),
        ]
    )


def _own(ledger: Operations) -> Ledger:
    from ledger.service.ledger import Ledger

    if not isinstance(ledger, Ledger):
        raise UsageError("witnesses are asked by a ledger's operator", hint="run it on that ledger's own machine")
    return ledger
