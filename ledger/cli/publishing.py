"""`onrecord log publish`: the log as files for a web server or an object store."""

from __future__ import annotations

import sys
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

    with desk.ledger() as ledger:
        published = publish_log(ledger, place_at(place), _progress())
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


def _progress() -> Progress:
    def tell(done: int, of: int) -> None:
        if output.on_terminal() and done < of:
            sys.stderr.write(f"\r{done} of {of} files")
            sys.stderr.flush()

    return tell
