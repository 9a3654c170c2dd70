"""The command `onrecord`: its commands by name, and how every error looks."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Sequence
from copy import copy
from typing import Annotated

import typer
from typer.exceptions import TyperException
from typer.main import get_command

from ledger.cli import (
    affected,
    approving,
    attributing,
    backing_up,
    capturing,
    claims,
    comparing,
    correcting,
    credibility,
    exporting,
    history,
    hooks,
    importing,
    keyring,
    log,
    lookups,
    places,
    quoting,
    rechecking,
    scoring,
    sealing,
    sources,
    stamping,
    suggesting,
    tools,
    witnessing,
)
from ledger.cli.desk import JsonOption, KeyOption, KeysOption, LedgerOption, TrustOption, remember
from ledger.cli.output import close_pipe, for_stderr
from ledger.errors import AmbiguousError, OnRecordError

INTERRUPTED = 130
_TAKING_VALUES = ("--ledger", "--keys", "--trust", "--key")
_WITH_VALUES = tuple(f"{option}=" for option in _TAKING_VALUES)

app = typer.Typer(
    name="onrecord",
    help="Who says so, who told them, how many independent origins there are, and proof of when it was on record.",
    epilog="Exit codes: 0 ok, 1 failed, 2 usage, 3 not found, 4 key, 5 invalid input, 6 verification failed, "
    "7 could not be verified, 8 conflict.",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)
for part in (
    places,
    backing_up,
    importing,
    capturing,
    rechecking,
    attributing,
    lookups,
    affected,
    scoring,
    history,
    comparing,
    approving,
    correcting,
    sealing,
    exporting,
    tools,
):
    part.register(app)
suggesting.register(credibility.app)
for part_group in (
    sources.app,
    claims.app,
    quoting.app,
    credibility.app,
    keyring.app,
    hooks.app,
    log.app,
    stamping.app,
    witnessing.app,
    places.database,
):
    app.add_typer(part_group)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            number = version("onrecord")
        except PackageNotFoundError:
            number = "(not installed, run from its sources)"
        typer.echo(f"onrecord {number}")
        raise typer.Exit


@app.callback()
def _root(
    context: typer.Context,
    ledger: LedgerOption = None,
    keys: KeysOption = None,
    trust: TrustOption = None,
    as_json: JsonOption = False,
    key: KeyOption = None,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Print the version and stop.")
    ] = False,
) -> None:
    remember(context, ledger, keys, trust, as_json, key)


def run() -> None:
    """The console script."""
    # Loading makes no garbage, and looking for some takes as long as a tenth of it; `desk.command` turns it on again.
    gc.disable()
    # No plug-in has a say in what a record is; looking for one opens every package that is installed.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")
    sys.exit(main(sys.argv[1:]))


def main(arguments: Sequence[str]) -> int:
    """The exit code of the command; every error is on stderr by then, in two lines, without a traceback."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show Hangul still shows everything else.
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
    try:
        code = get_command(part_of(arguments)).main(list(arguments), prog_name="onrecord", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        close_pipe()
        return 0
    except (KeyboardInterrupt, typer.Abort):
        return _fail("interrupted", None, INTERRUPTED)
    except OnRecordError as error:
        return _fail(error.message, _hint(error), error.exit_code)
    except TyperException as error:
        return _refuse_usage(error)
    except OSError as error:
        return _fail(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}", None, 1)
    except Exception as error:
        if os.environ.get("ONRECORD_DEBUG"):
            raise
        return _fail(f"unexpected {type(error).__name__}: {error}", "ONRECORD_DEBUG=1 shows where; please report it", 1)
    return code if isinstance(code, int) else 0


def part_of(arguments: Sequence[str]) -> typer.Typer:
    """The application with no other command than the one that the line names: making all of them takes longer than many a
    command takes. The whole of it where the line names none that there is, or may be about the whole."""
    name = _named(arguments)
    part = copy(app)
    part.registered_commands = [one for one in app.registered_commands if one.name == name]
    part.registered_groups = [
        one for one in app.registered_groups if one.typer_instance and one.typer_instance.info.name == name
    ]
    return part if part.registered_commands or part.registered_groups else app


def _named(arguments: Sequence[str]) -> str | None:
    """The first word that is no shared option nor its value."""
    rest = iter(arguments)
    for word in rest:
        if word in _TAKING_VALUES:
            next(rest, None)
        elif not word.startswith("-"):
            return word
        elif word != "--json" and not word.startswith(_WITH_VALUES):
            return None
    return None


def _hint(error: OnRecordError) -> str | None:
    if isinstance(error, AmbiguousError) and error.matches:
        listed = "".join(f"\n  {match}" for match in error.matches)
        return f"{error.hint or 'it fits each of these; name one of them in full'}:{listed}"
    return error.hint


def _refuse_usage(error: TyperException) -> int:
    """A line that does not parse, in the same form as every other error."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(error.format_message(), err=True)
        return 2
    path = context.command_path if context is not None else "onrecord"
    return _fail(
        _lower_first(error.format_message().rstrip(".").replace(": Value error, ", ": ")),
        f"`{path} --help` lists what it takes",
        2,
    )


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def _fail(message: str, hint: str | None, code: int) -> int:
    lines = [f"error: {message}"] + ([f"hint: {hint}"] if hint else [])
    with contextlib.suppress(BrokenPipeError):
        typer.echo(for_stderr("\n".join(lines)), err=True)
    return code
