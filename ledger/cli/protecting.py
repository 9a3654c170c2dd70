"""`source add --protect`: a source that nobody can find by what is on record."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ledger.cli import drafting, output
from ledger.cli.desk import Desk, keepsake_of
from ledger.errors import KeyMissingError, UsageError

if TYPE_CHECKING:
    from ledger.keepsake import Keepsake

_KINDS = ("person", "document", "media_reports")


def add(desk: Desk, names: list[str], telling: Mapping[str, object], kind: str | None, rating: dict[str, Any] | None) -> None:
    """The source is on record under a random id; its name is in the contributor's own file, and nowhere else."""
    from ledger.core.protecting import NAME, protected_id
    from ledger.core.sealing import SALT_BYTES, sealed_hash
    from schemas.ids import Opening

    _refuse(telling, kind)
    name, keepsake = _name(names), _keepsake(desk)
    # By chance, not derived: whoever gets the sealing secret one day cannot test guesses at the name.
    slug, salt = protected_id(secrets.token_bytes(8)), secrets.token_bytes(SALT_BYTES)
    digest = sealed_hash(salt, name)
    item = {"id": slug, "type": "unnamed", "unnamed_kind": kind or "person", "names": {NAME: {"sealed": digest}}}
    with desk.ledger() as ledger:
        draft = drafting.draft_items(ledger, desk.signer(), sources=[item | {"reliability": rating}])
        if not desk.dry_run:
            # First: a name that is nowhere cannot be shown to anybody, not even to its own contributor.
            keepsake.add({digest: Opening(salt=salt.hex(), value=name)})
        drafting.add_draft(desk, ledger, draft)
        if not desk.as_json and not desk.dry_run:
            output.data("", slug)
            output.prose(f"its name is in {keepsake.path} alone; lose the file or its passphrase, and nobody can show it again")
            output.prose("for one story: on another claim, `--protect` makes another one")
        drafting.offer_ratings(desk, ledger, [slug])


def _refuse(telling: Mapping[str, object], kind: str | None) -> None:
    for option, value in telling.items():
        if value:
            raise UsageError(f"--protect and {option}: what tells where a source belongs tells who it is", hint="leave it out")
    if kind is not None and kind not in _KINDS:
        raise UsageError(f"--unnamed-kind {kind} is none of {', '.join(_KINDS)}")


def _name(names: list[str]) -> str:
    """The one name, without a language: that would tell where it is from."""
    if len(names) != 1:
        raise UsageError("--protect takes one --name: how you know the source yourself")
    lang, equals, name = names[0].partition("=")
    return name if equals and lang.replace("-", "").isalnum() and len(lang) <= 8 else names[0]


def _keepsake(desk: Desk) -> Keepsake:
    keepsake = keepsake_of(desk.signer())
    if keepsake is None:
        raise KeyMissingError(
            "a protected source needs a key in a file: its name is kept beside it", hint="name one with --key"
        )
    if not keepsake.is_protected:
        raise KeyMissingError(
            "the name of a protected source is kept under a passphrase", hint="set ONRECORD_PASSPHRASE to one of your choice"
        )
    return keepsake
