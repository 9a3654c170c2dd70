"""`init`, `serve`, `demo`, `doctor`, `db`: a ledger and where it lives."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger import passphrases
from ledger.cli import output
from ledger.cli.desk import Desk, command, group
from ledger.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    pass

EXAMPLE = "north-korea-troops.yaml"
database = group("db", "The database under a ledger: upgrade, prepare.")

PortOption = Annotated[int, typer.Option("--port", min=0, max=65_535)]


def register(app: typer.Typer) -> None:
    command(app, "init")(init)
    command(app, "demo")(demo)
    command(app, "serve")(serve)
    command(app, "doctor", brief="Look for what is wrong or missing.")(doctor)


def init(
    desk: Desk,
    origin: Annotated[
        str | None, typer.Option("--origin", metavar="NAME", help="The log's name for ever, as in ledger.example.org/log.")
    ] = None,
    name: Annotated[str, typer.Option("--name", help="The first person, who may do everything.")] = "admin",
    test_log: Annotated[
        bool, typer.Option("--test-log", help="A log that takes any bytes, for load tools; it never becomes a real ledger.")
    ] = False,
) -> None:
    """Make a ledger and its keys. Asks nothing."""
    from ledger import wiring

    created = wiring.create_ledger(
        desk.ledger_name,
        origin=origin,
        keys=desk.keys_dir,
        name=name,
        test_log=test_log,
        passphrase=passphrases.at_hand(),
    )
    if desk.as_json:
        made = {"ledger": desk.shown_name, "origin": created.origin, "keys": str(created.keys), "admin": created.admin}
        output.print_json(made | {"test_log": test_log})
        return
    output.data(
        *output.members(
            [("ledger", desk.shown_name), ("origin", created.origin), ("keys", created.keys), ("you are", created.admin)]
        )
    )
    output.prose("keep the folder of keys safe and secret: who has it is this ledger")
    where = desk.same_place
    output.prose(
        f"next: onrecord serve{where}" if test_log else f"next: onrecord import DOSSIER{where}, or onrecord serve{where}"
    )


def serve(
    desk: Desk,
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: PortOption = 8000,
    workers: Annotated[
        int, typer.Option("--workers", min=1, max=64, help="Processes that answer, all at this one address.")
    ] = 1,
    replica_of: Annotated[
        str | None,
        typer.Option(
            "--replica-of",
            metavar="URL",
            help="The database is a PostgreSQL standby: answer who reads, and send who writes to the server at URL. "
            "[env: ONRECORD_REPLICA_OF]",
        ),
    ] = None,
    witnesses: Annotated[
        Path | None,
        typer.Option(
            "--witnesses",
            metavar="POLICY",
            help="A tlog-policy file: who is asked to sign the log, and how many are enough. [env: ONRECORD_WITNESSES]",
        ),
    ] = None,
    fail_closed: Annotated[
        bool,
        typer.Option("--fail-closed", help="Show nothing of the log before enough witnesses have signed it."),
    ] = False,
) -> None:
    """Serve the ledger over HTTP until told to stop."""
    if fail_closed:
        os.environ["ONRECORD_FAIL_CLOSED"] = "1"
    if witnesses is not None:
        os.environ["ONRECORD_WITNESSES"] = str(witnesses)
    from ledger.cli.following import open_to_serve
    from ledger.cli.serving import serve as serve_app

    _refuse_address(desk, "serve")
    size = open_to_serve(desk, replica_of)
    output.prose(f"{desk.shown_name}: {size} entries")
    serve_app(desk, host, port, workers=workers)


def demo(
    desk: Desk,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop after printing.")] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser.")] = False,
    port: PortOption = 0,
) -> None:
    """Show an example: a claim, its chains, its score. In a fresh ledger, which is then served."""
    from ledger.cli import demonstrating

    _refuse_address(desk, "demo")
    # The environment names the ledger that somebody works with; the demonstration never touches it.
    if desk.target:
        demonstrating.run(desk, serve=not no_serve, browser=not no_browser, port=port)
        return
    with tempfile.TemporaryDirectory(prefix="onrecord-demo-") as place:
        moved = Desk(target=str(Path(place) / "demo.db"), keys=Path(place) / "demo.db.keys", as_json=desk.as_json)
        demonstrating.run(moved, serve=not no_serve, browser=not no_browser, port=port)


def doctor(desk: Desk) -> None:
    """Look for what is wrong or missing, and say what to do: keys, database, disk, clock, witnesses, backups, ratings.

    Each line is ok, warn or fault; exit 1 where there is a fault."""
    from ledger.cli.checkup import findings

    found = findings(desk)
    if desk.as_json:
        output.print_json({"findings": [vars(one) for one in found]})
    else:
        for one in found:
            first, *rest = output.wrapped(f"{one.what}: {one.found}", indent=8)
            output.data(f"{one.state:<8}{first.strip()}", *rest)
            if one.advice:
                output.data(*output.wrapped(one.advice, indent=8))
    if any(one.state == "fault" for one in found):
        raise typer.Exit(1)


def upgrade(desk: Desk) -> None:
    """Bring the database to the newest tables. Nothing else does so."""
    from ledger.keys import ledger_path
    from ledger.service import keeping
    from ledger.store import open_store

    _refuse_address(desk, "upgrade")
    path = ledger_path(desk.ledger_name)
    if path is not None and not path.exists():
        raise NotFoundError(f"there is no ledger at {path}", hint="`onrecord init` makes one")
    store = open_store(desk.ledger_name)
    try:
        keeping.upgrade(store)
    finally:
        store.close()
    if desk.as_json:
        output.print_json({"ledger": desk.shown_name, "upgraded": True})
        return
    output.data(f"{desk.shown_name} has the newest tables")


def prepare(desk: Desk) -> None:
    """Work out the answers about all claims, on all processors. A server does the same by itself, slowly."""
    from ledger.cli.waiting import counting
    from ledger.config import read_settings
    from ledger.service import Ledger
    from ledger.wiring import prepared_file

    _refuse_address(desk, "prepare")
    file = prepared_file(read_settings(), desk.ledger_name)
    if file is None:
        raise UsageError("there is no place for prepared answers", hint="ONRECORD_PREPARED names a file for them")
    with desk.ledger(reading=True) as ledger, counting("claims") as tell:
        assert isinstance(ledger, Ledger), "no address"
        ledger.prepare_in(file)
        done = ledger.prepare(tell)
    if desk.as_json:
        output.print_json({"ledger": desk.shown_name, "prepared": done, "file": str(file.path)})
        return
    output.data(f"{done} claims looked at; their answers are in {file.path}")


def _refuse_address(desk: Desk, what: str) -> None:
    if desk.ledger_name.startswith(("https://", "http://")):
        raise UsageError(f"{what} works on a ledger's own database", hint="--ledger takes a file or a database URL here")


command(database, "upgrade")(upgrade)
command(database, "prepare")(prepare)
