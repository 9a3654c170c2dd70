"""What every command has at hand: which ledger, who signs, how to print. Options of all commands are declared here, once."""

from __future__ import annotations

import gc
import inspect
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer
from typer.models import OptionInfo

from ledger import passphrases
from ledger.cli import output
from ledger.cli.unlocking import unlocked

if TYPE_CHECKING:
    from ledger.keepsake import Keepsake
    from ledger.keys import Signer
    from ledger.operations import Operations

DEFAULT_LEDGER = "onrecord.db"
_PASSWORD = re.compile(r"(://[^/@:]*):[^/@]*@")

LedgerOption = Annotated[
    str | None,
    typer.Option(
        "--ledger",
        metavar="WHERE",
        help=f"File, database URL, https:// or loopback http:// address. [env: ONRECORD_LEDGER; else ./{DEFAULT_LEDGER}]",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, in the shapes of the API.")]
KeysOption = Annotated[
    Path | None, typer.Option("--keys", metavar="DIR", help="The folder of keys. [env: ONRECORD_KEYS; else <ledger>.keys]")
]
TrustOption = Annotated[
    list[str] | None,
    typer.Option("--trust", metavar="KEY", help="A log key that a ledger elsewhere must sign with; may be repeated."),
]
KeyOption = Annotated[
    str | None,
    typer.Option("--key", metavar="FILE", help="Sign with this key: a file, env:NAME or agent:KEY. [env: ONRECORD_KEY]"),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Show the records, their ids and the change in score; store nothing.")
]

_SHARED: dict[str, tuple[Any, Any]] = {
    "ledger": (LedgerOption, None),
    "keys": (KeysOption, None),
    "trust": (TrustOption, None),
    "as_json": (JsonOption, False),
}
SealOption = Annotated[
    list[str] | None,
    typer.Option(
        "--seal", metavar="MEMBER", help="Keep this text out of the log: title, url, document.title, ..., all; may be repeated."
    ),
]
HoldOption = Annotated[
    Path | None,
    typer.Option("--hold", metavar="FILE", help="Sign, and send nothing: FILE is for somebody else, who approves it."),
]
_WRITING: dict[str, tuple[Any, Any]] = {
    "key": (KeyOption, None),
    "dry_run": (DryRunOption, False),
    "seal": (SealOption, None),
    "hold": (HoldOption, None),
}


@dataclass(frozen=True)
class Desk:
    """The shared options of one command, wherever on the line they stood."""

    target: str | None = None
    keys: Path | None = None
    trust: tuple[str, ...] = ()
    as_json: bool = False
    key: str | None = None
    dry_run: bool = False
    seal: tuple[str, ...] = ()
    hold: Path | None = None

    @property
    def ledger_name(self) -> str:
        """Where the ledger is: as said, or as the environment says, or the file of the usual name here."""
        return self.target or os.environ.get("ONRECORD_LEDGER") or DEFAULT_LEDGER

    @property
    def shown_name(self) -> str:
        """The ledger's name as it may be printed: a database's password is left out."""
        return _PASSWORD.sub(r"\1:***@", self.ledger_name)

    @property
    def same_place(self) -> str:
        """What another command needs to work on the same ledger with the same keys, as the options of this one said it."""
        ledger = f" --ledger {self.shown_name}" if self.target else ""
        return ledger + (f" --keys {self.keys}" if self.keys else "")

    @property
    def keys_dir(self) -> Path | None:
        """Where keys lie, if somebody said so; else it follows from the ledger's name."""
        given = self.keys or os.environ.get("ONRECORD_KEYS")
        return Path(given) if given else None

    @property
    def is_named(self) -> bool:
        return bool(self.target or os.environ.get("ONRECORD_LEDGER"))

    @contextmanager
    def ledger(self, *, unchecked: bool = False, reading: bool = False) -> Iterator[Operations]:
        """The ledger, open for as long as the command needs it; `unchecked` also where it contradicts itself, `reading` also
        where its keys want a passphrase that is not at hand."""
        from ledger import wiring
        from ledger.errors import NotFoundError

        def load() -> Operations:
            return wiring.open_ledger(
                self.ledger_name,
                keys=self.keys_dir,
                read_token=os.environ.get("ONRECORD_READ_TOKEN"),
                trust=self.trust,
                unchecked=unchecked,
                reading=reading,
            )

        try:
            operations = unlocked(load)
        except NotFoundError as error:
            where = "" if self.is_named else ", --ledger or ONRECORD_LEDGER names another"
            raise NotFoundError(error.message, hint=f"`onrecord init` makes one{where}") from None
        try:
            yield operations
            wiring.settle(operations)
        finally:
            operations.close()

    def signer(self) -> Signer:
        """The key that signs what this command writes."""
        from ledger import keys

        signer = unlocked(lambda: keys.find_signer(self.ledger_name, self.keys_dir, self.key))
        return replace(signer, seals=frozenset(self.seal)) if self.seal else signer


def keepsake_of(signer: Signer) -> Keepsake | None:
    """The signer's own file of openings; None where the key is in no file."""
    from ledger.keepsake import Keepsake

    if signer.file is None:
        return None
    passphrase = passphrases.at_hand()
    return Keepsake(signer.file.with_suffix(".openings"), signer.seal_secret, passphrase)


def command(
    app: typer.Typer,
    name: str,
    *,
    writes: bool = False,
    epilog: str | None = None,
    brief: str | None = None,
    soon_over: bool = False,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Registers a command whose first parameter is the desk; shared options are added to its own, `epilog` after the help.

    `brief` is for the list of commands, where the first sentence does not fit. `soon_over` says that it works on so little
    that memory need not be tidied before the process ends."""

    def register(body: Callable[..., None]) -> Callable[..., None]:
        shared = _SHARED | (_WRITING if writes else {})

        def run(context: typer.Context, **given: Any) -> None:
            desk = _desk(context, {member: given.pop(member) for member in shared})
            if not (soon_over or gc.isenabled()):
                gc.freeze()  # what is loaded stays: it need not be looked through
                gc.enable()
            try:
                body(desk, **given)
                sys.stdout.flush()
            except BrokenPipeError:
                output.close_pipe()
                raise typer.Exit from None

        own = [_titled(one) for one in list(inspect.signature(body, eval_str=True).parameters.values())[1:]]
        added = [
            inspect.Parameter(member, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
            for member, (annotation, default) in shared.items()
        ]
        context = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
        parameters = [context, *own, *added]
        run.__doc__ = body.__doc__
        # Typer reads the signature; this is how it learns of options that the body does not name itself.
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {one.name: one.annotation for one in parameters}
        app.command(name, epilog=epilog, short_help=brief)(run)
        return body

    return register


def remember(
    context: typer.Context,
    ledger: LedgerOption = None,
    keys: KeysOption = None,
    trust: TrustOption = None,
    as_json: JsonOption = False,
    key: KeyOption = None,
) -> None:
    """Options given before the command's name are kept for it."""
    given = {"ledger": ledger, "keys": keys, "trust": trust, "as_json": as_json, "key": key}
    context.obj = (context.obj or {}) | {name: value for name, value in given.items() if value}


def group(name: str, help: str) -> typer.Typer:
    """A group of commands that takes the shared options before its commands' names too."""
    app = typer.Typer(name=name, help=help, rich_markup_mode=None, no_args_is_help=True)
    app.callback(help=help)(remember)
    return app


def _titled(parameter: inspect.Parameter) -> inspect.Parameter:
    """The parameter, its help saying TEXT or N where Typer would print the name of a Python type."""
    kind, *notes = get_args(parameter.annotation)
    option = next((note for note in notes if isinstance(note, OptionInfo)), None)
    if option is None or option.metavar is not None or kind is bool or "Literal" in str(kind):
        return parameter
    titled = copy(option)
    titled.metavar = "N" if "int" in str(kind) else "TEXT"
    return parameter.replace(annotation=Annotated[kind, titled])


def _desk(context: typer.Context, given: dict[str, Any]) -> Desk:
    """What stands after the command's name wins over what stands before it."""
    said = (context.obj or {}) | {name: value for name, value in given.items() if value}
    return Desk(
        target=said.get("ledger"),
        keys=said.get("keys"),
        trust=tuple(said.get("trust") or ()),
        as_json=said.get("as_json", False),
        key=said.get("key"),
        dry_run=said.get("dry_run", False),
        seal=tuple(said.get("seal") or ()),
        hold=said.get("hold"),
    )
