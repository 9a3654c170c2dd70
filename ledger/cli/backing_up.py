"""`onrecord backup` and `onrecord restore`: the whole ledger in a folder, and back."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger import passphrases
from ledger.cli import output
from ledger.cli.desk import Desk, command
from ledger.cli.outside import outside_backups, told_outside
from ledger.cli.waiting import counting, few_collections
from ledger.errors import ConflictError, KeyMissingError, NotFoundError, UsageError

if TYPE_CHECKING:
    from ledger.keys import KnownKeys
    from ledger.service.backups import Backup
    from ledger.service.panel import Panel

PlaceArgument = Annotated[Path, typer.Argument(metavar="FOLDER", help="Where backups are kept; each is a folder in it.")]


def register(app: typer.Typer) -> None:
    command(app, "backup", brief="Copy the whole ledger, while it is served.")(backup)
    command(app, "restore", brief="Put a backup back, in an empty place.")(restore)


def backup(
    desk: Desk,
    place: PlaceArgument,
    with_keys: Annotated[
        bool, typer.Option("--with-keys", help="The folder of keys too: whoever has such a backup is this ledger.")
    ] = False,
    keep: Annotated[int | None, typer.Option("--keep", min=1, help="Delete all but the newest N backups there.")] = None,
) -> None:
    """Copy all that the ledger keeps into a new folder in FOLDER, while it is served and written to.

    It holds what sealed values say, and the secrets of webhooks. It holds no key unless --with-keys says so, and neither the
    evidence store (my.db.evidence) nor the tokens of time-stamps (my.db.tokens): copy these folders too."""
    from ledger.keys import keys_place
    from ledger.service.backups import drop_older, make_backup
    from ledger.store import open_store
    from ledger.wiring import now

    if not _is_there(desk):
        raise NotFoundError(f"there is no ledger at {desk.shown_name}", hint="--ledger names another")
    keys = keys_place(desk.ledger_name, desk.keys_dir)
    if with_keys and (keys is None or not keys.is_dir()):
        raise KeyMissingError("no folder of keys to copy", hint="--keys names it")
    with closing(open_store(desk.ledger_name)) as store:
        made = make_backup(store, place, now(), known=_known(keys), keys=keys if with_keys else None)
    dropped = drop_older(place, keep) if keep else []
    said = made.manifest
    if desk.as_json:
        print_made = {"backup": str(made.path), "deleted": [str(one) for one in dropped]}
        output.print_json(print_made | said.model_dump(mode="json"))
        return
    told = [
        ("backup", made.path),
        ("origin", said.origin),
        ("size", said.size),
        ("root", said.root),
        ("made", said.made_at),
        ("keys", _told_of_keys(made)),
        ("not in it", told_outside(outside_backups(desk.ledger_name))),
        ("deleted", ", ".join(one.name for one in dropped) or None),
    ]
    output.data(*output.members(told))


def restore(
    desk: Desk,
    folder: Annotated[
        Path,
        typer.Argument(metavar="BACKUP", help="The folder of one backup; with --check also a folder of backups: its newest."),
    ],
    check: Annotated[
        bool, typer.Option("--check", help="In a temporary place only: could it be put back, and how old is it?")
    ] = False,
    witnesses: Annotated[
        Path | None,
        typer.Option(
            "--witnesses", metavar="POLICY", help="A tlog-policy file: who is asked what is missing. [env: ONRECORD_WITNESSES]"
        ),
    ] = None,
    no_witnesses: Annotated[bool, typer.Option("--no-witnesses", help="Ask nobody what is missing.")] = False,
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Put it back though others have seen entries that are not in it.")
    ] = False,
) -> None:
    """Put a backup back where no ledger is. Every hash and every entry is checked, and witnesses are asked what is missing."""
    from ledger.cli.putting_back import Restoring
    from ledger.service.backups import list_backups, read_backup

    if _is_there(desk) and not check and not desk.ledger_name.startswith("postgres"):
        hint = "a backup is put back in an empty place only: name another file with --ledger"
        raise ConflictError(f"{desk.shown_name} is there already", hint=hint)
    among = list_backups(folder) if check and folder.is_dir() else []
    whole = read_backup(among[-1] if among else folder)
    with counting("entries") as tell, few_collections():
        restoring = Restoring(whole, _panel(witnesses), not no_witnesses, output.prose, tell)
        if check:
            losses = restoring.check(desk.ledger_name, desk.keys_dir)
        else:
            said_keys = Path(desk.keys) if desk.keys else None
            losses = restoring.into(desk.ledger_name, said_keys, accept_loss=accept_loss)
    said = whole.manifest
    if desk.as_json:
        told = {"restored": not check, "origin": said.origin, "size": said.size, "root": said.root, "made_at": said.made_at}
        output.print_json(told | {"missing": [vars(one) for one in losses]})
        return
    what = "it can be put back" if check else f"put back as {desk.shown_name}"
    entries = output.plural(said.size, "entry", "entries")
    output.data(*output.wrapped(f"ok: {entries} of {said.origin}, made {said.made_at}: {what}", hang=4))
    output.data(*map(str, losses))
    if not check:
        _say_what_next(desk, whole, bool(losses))


def _say_what_next(desk: Desk, whole: Backup, lossy: bool) -> None:
    from ledger.keys import keys_place

    if lossy:
        output.prose("witnesses will object to what is signed from now on; `onrecord log acknowledge URL` answers them")
    output.prose(f"what was erased after {whole.manifest.made_at} is there again: order its erasure again")
    place = keys_place(desk.ledger_name, desk.keys_dir)
    if place is None or not place.is_dir():
        output.prose("there are no keys here: it can be read, not written")
    output.prose(f"next: onrecord doctor{desk.same_place}")


def _is_there(desk: Desk) -> bool:
    """Whether there is a file; of a database only the database knows."""
    from ledger.keys import ledger_path

    if desk.ledger_name.startswith(("https://", "http://")):
        raise UsageError("a ledger's own database is copied", hint="--ledger takes a file or a database URL here")
    path = ledger_path(desk.ledger_name)
    return path is None or path.exists()


def _known(keys: Path | None) -> KnownKeys | None:
    """The log's keys, where they can be opened: a backup needs none."""
    from ledger.keys import load_ledger_keys

    try:
        return load_ledger_keys(keys, passphrases.at_hand()) if keys else None
    except KeyMissingError as error:
        output.prose(f"{error.message}: the checkpoint's signatures are not checked")
        return None


def _panel(witnesses: Path | None) -> Panel | None:
    from ledger import wiring
    from ledger.config import read_settings

    settings = read_settings()
    if witnesses is not None:
        settings = settings.model_copy(update={"witnesses": witnesses})
    return wiring.read_panel(settings) if settings.witnesses else None


def _told_of_keys(made: Backup) -> str:
    if made.keys is None:
        return "none; keep the folder of keys elsewhere, without it nothing can be appended"
    open_ones = [path.name for path in sorted(made.keys.glob("*.pem")) if b"ENCRYPTED" not in path.read_bytes()]
    if open_ones:
        return f"in it, and {len(open_ones)} of them without a passphrase: whoever has this backup is this ledger"
    return "in it, under their passphrase"
