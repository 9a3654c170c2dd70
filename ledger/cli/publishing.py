"""`onrecord log publish` and `monitor`: the log as files for a web server or an object store, and watched from outside."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli import output
from ledger.cli.desk import Desk

if TYPE_CHECKING:
    from ledger.publishing.publish import Progress


def publish(
    desk: Desk,
    place: Annotated[
        str,
        typer.Argument(
            metavar="PLACE", help="A folder, or an address such as s3://bucket/path (pip install 'onrecord[bucket]')."
        ),
    ],
) -> None:
    """Write the log as files that any web server can serve: tiles and entries first, the checkpoint last.

    Again: only what is new is written. Entry bundles with a withheld record are left out; every proof still holds.
    """
    from ledger.publishing.places import place_at
    from ledger.publishing.publish import publish as publish_log

    with desk.ledger(reading=True) as ledger:
        published = publish_log(ledger, place_at(place), _progress("files"))
    if desk.as_json:
        output.print_json(
            {
                "origin": published.origin,
                "before": published.before,
                "size": published.size,
                "files": published.files,
                "withheld": list(published.withheld),
            }
        )
        return
    output.data(
        f"{published.origin}: size {published.size}, {published.size - published.before} entries more, "
        f"{output.plural(published.files, 'file')} and the checkpoint written to {place}"
    )
    if published.withheld:
        bundles = ", ".join(str(one) for one in published.withheld)
        output.prose(f"left out, since a record in them is withheld: entry bundle {bundles}")


def monitor(
    desk: Desk,
    url: Annotated[str, typer.Argument(metavar="URL", help="Where the log is served: a ledger, or files of `log publish`.")],
    state: Annotated[Path, typer.Option("--state", metavar="DIR", help="Where to keep what was seen; made by the first look.")],
    policy: Annotated[
        str | None, typer.Option("--policy", metavar="FILE", help="A tlog-policy: logs, witnesses, quorum.")
    ] = None,
    max_age: Annotated[
        int | None, typer.Option("--max-age", metavar="SECONDS", min=1, help="A checkpoint older than that is a fault.")
    ] = None,
    hashes_only: Annotated[bool, typer.Option("--hashes-only", help="Of a log whose entries are no records of ours.")] = False,
) -> None:
    """Watch a log from outside: it only grew, and by entries whose signers were allowed to add them.

    Each look begins where the last one ended. Exit 6: something is wrong. What the log signed is then kept as evidence.
    """
    import os

    from ledger import wiring
    from ledger.cli.trusting import trust_of
    from ledger.errors import UsageError, VerificationError
    from ledger.net.talking import check_address
    from ledger.publishing.monitor import Monitor
    from ledger.publishing.places import Folder

    trust = trust_of(desk.trust, policy)
    if not trust.logs:
        raise UsageError(
            "whose signature to trust?", hint="--trust KEY, the first line of `onrecord log keys` there, or --policy FILE"
        )
    token = os.environ.get("ONRECORD_READ_TOKEN")
    watching = Monitor(check_address(url), Folder(state), trust, token=token, records=not hashes_only)
    try:
        seen = watching.look(wiring.now(), _progress("entries"))
    finally:
        watching.close()
    faults = list(seen.faults)
    if max_age is not None and (seen.age is None or seen.age > max_age):
        age = "of an unknown age" if seen.age is None else f"{seen.age} seconds old"
        faults.append(f"the checkpoint is {age}, wanted at most {max_age} seconds")
    if desk.as_json:
        output.print_json(dataclasses.asdict(seen) | {"faults": faults})
    else:
        output.data(
            f"{seen.origin}: size {seen.size}, {seen.size - seen.before} entries more, "
            + (output.plural(len(faults), "fault") if faults else f"{'their hashes ' if seen.blind else ''}as they should be"),
            *faults,
        )
        if seen.hidden:
            output.prose(
                f"{output.plural(seen.hidden, 'entry bundle')} not given out: who signed those entries was not checked"
            )
        if seen.blind:
            output.prose("entry bundles are missing, which may have held keys: who was allowed to sign could not be checked")
    if faults:
        raise VerificationError(f"{output.plural(len(faults), 'fault')} in the log at {url}", step="log")


def _progress(what: str) -> Progress:
    def tell(done: int, of: int) -> None:
        if output.on_terminal() and done < of:
            sys.stderr.write(f"\r{done} of {of} {what}")
            sys.stderr.flush()

    return tell
