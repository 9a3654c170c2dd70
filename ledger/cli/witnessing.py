"""`onrecord witness ...`: signs what logs of others show, if they only grew since the last time."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli import output
from ledger.cli.desk import Desk, command, group

if TYPE_CHECKING:
    from ledger.config import Settings

app = group("witness", "A witness of other ledgers' logs: init, keys, serve, show.")

StateOption = Annotated[
    Path | None,
    typer.Option(
        "--state", metavar="DIR", help="Its keys and what it has seen. [env: ONRECORD_WITNESS; else ./onrecord.witness]"
    ),
]
LogOption = Annotated[
    list[str] | None,
    typer.Option(
        "--log",
        metavar="KEY|FILE",
        help="A log's key, or a file of keys or of a tlog-policy; may be repeated. [env: ONRECORD_WITNESS_LOGS, one a line]",
    ),
]


def init(
    desk: Desk,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Its name for ever, as in witness.example.org/w1.")],
    state: StateOption = None,
) -> None:
    """Make a witness: a folder with its name and keys. ONRECORD_PASSPHRASE encrypts them."""
    from ledger.core.vkey import print_vkey
    from ledger.witness.keys import new_witness_keys

    settings = _settings(state)
    place = _place(settings)
    keys = new_witness_keys(place, name, settings.passphrase_text())
    vkeys = [print_vkey(key) for key in keys.vkeys]
    if desk.as_json:
        output.print_json({"name": keys.name, "state": str(place), "keys": vkeys})
        return
    output.data(*vkeys)
    output.prose(f"keep {place} safe, and never put an older copy of it back: it is what this witness remembers")
    output.prose("next: onrecord witness serve --log KEY, with the keys that `onrecord log keys` prints there")


def keys(
    desk: Desk,
    state: StateOption = None,
    url: Annotated[
        str | None, typer.Option("--url", metavar="URL", help="Lines of a tlog-policy, for a witness that answers there.")
    ] = None,
) -> None:
    """Its two keys, Ed25519 and ML-DSA-44: what a log's policy names."""
    from ledger.core.vkey import print_vkey
    from ledger.witness.keys import load_witness_keys

    settings = _settings(state)
    known = load_witness_keys(_place(settings), settings.passphrase_text())
    vkeys = [print_vkey(key) for key in known.vkeys]
    if desk.as_json:
        output.print_json({"name": known.name, "keys": vkeys})
    elif url is None:
        output.data(*vkeys)
    else:
        both = [f"{known.name}/ed25519", f"{known.name}/mldsa44"]
        lines = [f"witness {name} {vkey} {url}" for name, vkey in zip(both, vkeys, strict=True)]
        # One witness is one voice, whichever of its keys is read.
        output.data(*lines, f"group {known.name} any {' '.join(both)}")


def serve(
    desk: Desk,
    state: StateOption = None,
    log: LogOption = None,
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65_535)] = 8700,
) -> None:
    """Answer logs that ask for a signature, until told to stop."""
    from ledger.cli.serving import serve_witness
    from ledger.witness.opening import open_witness

    settings = _settings(state, log)
    witness = open_witness(settings)
    output.prose(f"{_place(settings)}: witness of {output.plural(len(witness.origins), 'log')}: {', '.join(witness.origins)}")
    # The application reads its settings where every server process does.
    os.environ["ONRECORD_WITNESS"], os.environ["ONRECORD_WITNESS_LOGS"] = str(_place(settings)), settings.witness_logs
    serve_witness(host, port)


def show(desk: Desk, state: StateOption = None, log: LogOption = None) -> None:
    """How far each log was seen, and what was refused and kept. Exit 6 if a log signed two histories."""
    from ledger.errors import VerificationError
    from ledger.witness.opening import open_witness

    witness = open_witness(_settings(state, log))
    held = {origin: witness.held(origin) for origin in witness.origins}
    sizes = {origin: one.checkpoint.size if one else None for origin, one in held.items()}
    evidence = {origin: [str(path) for path in witness.evidence(origin)] for origin in witness.origins}
    if desk.as_json:
        output.print_json(
            {"logs": [{"origin": origin, "size": size, "evidence": evidence[origin]} for origin, size in sizes.items()]}
        )
    else:
        for origin, size in sizes.items():
            output.data(f"{origin}: " + ("not seen yet" if size is None else f"size {size}"))
            output.data(*(f"  refused: {path}" for path in evidence[origin]))
    if any(Path(path).name.startswith("roots-") for paths in evidence.values() for path in paths):
        raise VerificationError("a log signed two roots for one size", step="consistency", hint="publish both of the files")


def _settings(state: Path | None, log: list[str] | None = None) -> Settings:
    """As the environment says, and as this command says on top of that."""
    from ledger.config import read_settings

    said = {"witness": state, "witness_logs": "\n".join(log or ())}
    return read_settings().model_copy(update={name: value for name, value in said.items() if value})


def _place(settings: Settings) -> Path:
    from ledger.witness.opening import DEFAULT_PLACE

    return settings.witness or DEFAULT_PLACE


command(app, "init")(init)
command(app, "keys")(keys)
command(app, "serve")(serve)
command(app, "show")(show)
