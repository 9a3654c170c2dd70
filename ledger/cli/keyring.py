"""`onrecord key ...`: signing keys, on disk and on record."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from ledger import passphrases
from ledger.cli import drafting, output
from ledger.cli.desk import Desk, command, group
from ledger.cli.unlocking import another, chosen, unlocked
from ledger.errors import AmbiguousError, FormatError, NotFoundError, UsageError

if TYPE_CHECKING:
    from ledger.operations import Operations
    from schemas.doubt import SignedList
    from schemas.lookups import RecordView
    from schemas.records import KeyRecord

app = group("key", "Keys: new, list, enroll, revoke, rotate, signed. Private keys never leave their owner.")

KeyArgument = Annotated[
    str, typer.Argument(metavar="DID|NAME", help="The public key, did:key:z6Mk..., or the name that it is enrolled under.")
]
DidArgument = Annotated[str, typer.Argument(metavar="DID", help="The public key: did:key:z6Mk...")]
RoleOption = Annotated[list[str] | None, typer.Option("--role", help="contributor, editor, admin or issuer; may be repeated.")]
_STILL_HOLD = ("key", "correction", "withhold")
"""Kinds that a compromised key's signature does not end by itself."""
_PAGE = 200
_STATES = {"enroll": "enrolled", "revoke": "revoked"}
ReasonOption = Annotated[str | None, typer.Option("--reason", help="Why; everybody can read it.")]


def new(
    desk: Desk, path: Annotated[Path, typer.Argument(metavar="PATH", help="Where the private key goes, as in alice.pem.")]
) -> None:
    """Make a signing key (0600). A passphrase encrypts it: asked for at a terminal, or ONRECORD_PASSPHRASE."""
    from ledger import keys

    signer = keys.new_key(path, chosen(str(path)))
    if desk.as_json:
        output.print_json({"did": signer.did, "path": str(path), "subject": signer.subject})
        return
    output.data(signer.did)
    output.prose(f"the private key is in {path}; keep it, and {path.with_suffix('.seal').name} beside it")
    output.prose(
        "an admin enrols it:\n"
        f"onrecord key enroll \\\n  {signer.did} \\\n  --subject {signer.subject or 'NAME'} --role contributor"
    )


def did(
    desk: Desk, where: Annotated[str, typer.Argument(metavar="KEY", help="Where the private key is, as --key takes it.")]
) -> None:
    """The public half of a private key, as others name it."""
    from ledger import keys

    signer = unlocked(lambda: keys.find_signer(desk.ledger_name, desk.keys_dir, where))
    if desk.as_json:
        output.print_json({"did": signer.did})
    else:
        output.data(signer.did)


def passphrase(
    desk: Desk,
    paths: Annotated[list[Path], typer.Argument(metavar="FILE|FOLDER...", help="Keys; of a folder, all in it.")],
    none: Annotated[bool, typer.Option("--none", help="Take the passphrase away.")] = False,
) -> None:
    """Put keys under a passphrase, or another one. People's keys, the log's and a witness's alike."""
    from ledger import keys
    from ledger.keepsake import Keepsake
    from ledger.signing import pemfile

    files = [one for path in paths for one in (sorted(path.glob("*.pem")) if path.is_dir() else [path])]
    if not files:
        raise NotFoundError(f"no key in {paths[0]}", hint="a key is a file that ends in .pem")
    old: dict[Path, str | None] = {}
    for file in files:  # all of them open, before the first is changed
        unlocked(partial(_open, file))
        old[file] = passphrases.at_hand()
    new = None if none else another()
    for file, was in old.items():
        openings = file.with_suffix(".openings")
        if openings.exists():
            Keepsake(openings, keys.load_signer(file, was).seal_secret, was).lock_again(new)
        pemfile.lock_again(file, was, new)
        output.prose(f"{file} has {'no passphrase' if none else 'the new passphrase'}")


def _open(file: Path) -> None:
    from ledger.signing import pemfile

    pemfile.check_opens(file, passphrases.at_hand())


def _did_in(path: Path) -> str | None:
    """The public half of the key in that file; None where it wants a passphrase that is not at hand."""
    from ledger import keys
    from ledger.errors import KeyMissingError

    try:
        return keys.load_signer(path, passphrases.at_hand()).did
    except KeyMissingError as error:
        if error.locked is None:
            raise
        return None


def list_(desk: Desk) -> None:
    """The keys in the ledger's folder of keys, and all that the ledger's log enrols: whose, what for, and if still."""
    from ledger import keys

    place = keys.keys_place(desk.ledger_name, desk.keys_dir)
    paths = keys.list_keys(place) if place else []
    dids = {path: _did_in(path) for path in paths}
    with desk.ledger(reading=True) as ledger:
        enrolled = _in_force(ledger, [did for did in dids.values() if did is not None])
        on_record = [{"did": view.record["public_key"], **_standing(view)} for view in _on_record(ledger) or ()]
    rows: list[dict[str, Any]] = [
        {"path": str(path), "did": did, **_standing(None if did is None else enrolled.get(did))} for path, did in dids.items()
    ]
    if desk.as_json:
        output.print_json({"keys": rows, "on_record": on_record})
        return
    if not rows:
        output.prose(f"no people's keys in {place}" if place else "no folder of keys; --keys names one")
        return
    for row in rows:
        if row["did"] is None:
            told = [("key", row["path"]), ("did", "under a passphrase: `onrecord key did` opens it")]
        else:
            roles = ", ".join(row["roles"]) if row["enrolled"] else "not enrolled"
            told = [("key", row["path"]), ("did", row["did"]), ("subject", row["subject"]), ("may", roles)]
        output.data(*output.members(told), "")
    for row in on_record:
        state = "enrolled" if row["enrolled"] else "revoked"
        output.data(f"{row['subject']}  {state}  {', '.join(row['roles'])}  {row['did']}")


def enroll(
    desk: Desk,
    did: DidArgument,
    subject: Annotated[str, typer.Option("--subject", metavar="NAME", help="Whose key it is, as in alice.")],
    role: RoleOption = None,
    not_before: Annotated[str | None, typer.Option("--not-before", metavar="TIME")] = None,
    not_after: Annotated[str | None, typer.Option("--not-after", metavar="TIME")] = None,
    never_alone: Annotated[
        bool, typer.Option("--never-alone", help="What it signs has to be signed by somebody else too: two persons.")
    ] = False,
    reason: ReasonOption = None,
) -> None:
    """Let a key write to this ledger (admin)."""
    _check_roles(role or [])
    with desk.ledger() as ledger:
        members: dict[str, object] = {"subject": subject, "roles": role or ["contributor"], "never_alone": never_alone or None}
        members |= {"not_before": not_before, "not_after": not_after}
        drafting.add_record(desk, ledger, _record(ledger, did, "enroll", members | {"reason": reason}))


def revoke(
    desk: Desk,
    whose: KeyArgument,
    reason: ReasonOption = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--compromised-since",
            metavar="DATE|TIME",
            help="Somebody else may have signed with it from then on: that counts for nothing until another key signs it.",
        ),
    ] = None,
) -> None:
    """End what a key may do, from now on (admin)."""
    with desk.ledger() as ledger:
        did = _did_of(ledger, whose)
        members = _enrolment(ledger, did) | {"reason": reason} | _compromise(ledger, did, since)
        signer = desk.signer()
        if did == signer.did:
            output.warn("this is the key that you sign with: after this it can do nothing here")
        draft = drafting.draft_record(signer, _record(ledger, did, "revoke", members))
        if since is None:
            drafting.add_draft(desk, ledger, draft)
        else:
            drafting.add_telling_headlines(desk, ledger, draft)


def _compromise(ledger: Operations, did: str, since: str | None) -> dict[str, object]:
    """The member that says since when, and how much of the log was there before."""
    from schemas.dates import bounds, time_of

    if since is None:
        return {}
    found = _all_signed(ledger, did, since)
    output.prose(
        f"{output.plural(len(found.entries), 'entry', 'entries')} since then: `onrecord key signed {did}` lists what it signed"
    )
    for one in found.entries:
        if one.kind in _STILL_HOLD:
            output.warn(f"entry {one.index}, a {one.kind}, still holds: look at it with `onrecord show {output.short(one.id)}`")
    return {"compromise": {"since": time_of(bounds(since)[0]), "size": found.since_size}}


def _all_signed(ledger: Operations, did: str, since: str | None) -> SignedList:
    """The list to its end, page by page."""
    first = page = ledger.signed(did, limit=_PAGE, since=since)
    entries = [*first.entries]
    while page.next is not None:
        page = ledger.signed(did, start=page.next, limit=_PAGE, since=since)
        entries += page.entries
    return first.model_copy(update={"entries": entries, "next": None})


def signed(
    desk: Desk,
    whose: KeyArgument,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE|TIME", help="Only what was not in the log before then.")
    ] = None,
) -> None:
    """Everything that a key signed, and what of it is in doubt. To go through after a theft."""
    with desk.ledger(reading=True) as ledger:
        found = _all_signed(ledger, _did_of(ledger, whose), since)
    if desk.as_json:
        output.print_shape(found)
        return
    if found.compromised:
        output.prose(f"compromised since {found.compromised.since}")
    for one in found.entries:
        mark = "  in doubt" if one.in_doubt else "  after the compromise" if one.after_compromise else ""
        if one.endorsed_by:
            mark = f"  stays out; {' and '.join(one.endorsed_by)}'s counts"
        output.data(f"{one.index:>8}  {one.logged_at}  {output.short(one.id)}  {one.kind}{mark}")
    if not found.entries:
        output.prose("it has signed nothing" + (" since" if since else ""))


def rotate(
    desk: Desk,
    did: DidArgument,
    successor: Annotated[str, typer.Argument(metavar="NEW_DID", help="The key that takes its place.")],
    reason: ReasonOption = None,
) -> None:
    """Put a new key in an old one's place (admin). The new one gets its name and roles, the old one is revoked."""
    with desk.ledger() as ledger:
        old = _enrolment(ledger, did)
        signer = desk.signer()
        kept = {"never_alone": _in_force(ledger, [did])[did].record.get("never_alone"), "reason": reason}
        fresh = drafting.draft_record(signer, _record(ledger, successor, "enroll", old | kept))
        ended = drafting.draft_record(signer, _record(ledger, did, "revoke", old | {"reason": reason or "rotated"}))
        drafting.add_draft(desk, ledger, fresh + ended)


def _check_roles(roles: list[str]) -> None:
    from schemas.records import Role

    known = [role for role in get_args(Role) if role != "log"]
    for role in roles:
        if role not in get_args(Role):
            raise FormatError(f"found the role {role!r}, wanted {', '.join(known)}")
    _refuse_logs(roles)


def _record(ledger: Operations, did: str, action: str, members: Mapping[str, object]) -> KeyRecord:
    from ledger.core.didkey import parse_did_key
    from ledger.core.subjects import subject_of
    from schemas.records import KeyRecord

    parse_did_key(did)
    whole: dict[str, object] = {
        "kind": "key",
        "public_key": did,
        "action": action,
        "ledger": ledger.well_known().origin,
        **members,
    }
    record = drafting.shaped(KeyRecord, whole)
    return drafting.replacing(ledger, record, subject_of(record))


def _enrolment(ledger: Operations, did: str) -> dict[str, object]:
    """Whose key it is and what it may do, as enrolled now."""
    view = _in_force(ledger, [did]).get(did)
    if view is None:
        raise NotFoundError(f"{did} is not enrolled", hint="`onrecord key list` shows the keys beside the ledger")
    _refuse_logs(view.record["roles"])
    return {"subject": view.record["subject"], "roles": view.record["roles"]}


def _refuse_logs(roles: list[str]) -> None:
    if "log" in roles:
        raise UsageError("the log's own keys are changed with `onrecord log rotate`", hint="docs/keys.md tells how")


def _on_record(ledger: Operations) -> list[RecordView] | None:
    """The word in force on each key; None from a server, which gives no such list."""
    from ledger.service.ledger import Ledger

    return ledger.keys_on_record() if isinstance(ledger, Ledger) else None


def _did_of(ledger: Operations, named: str) -> str:
    """The key of that did:key, or the one and only key that was ever enrolled under that name."""
    if named.startswith("did:"):
        return named
    views = _on_record(ledger)
    if views is None:
        raise FormatError(
            f"{named!r} is no did:key", hint="a server gives no list of names: `onrecord show` names a record's keys"
        )
    found = [view for view in views if view.record["subject"] == named]
    if not found:
        raise NotFoundError(f"no key is enrolled as {named!r}", hint="`onrecord key list` shows who is")
    if len(found) > 1:
        keys = [one.record["public_key"] for one in found]
        told = ", ".join(f"{one.record['public_key']} ({_STATES[one.record['action']]})" for one in found)
        raise AmbiguousError(f"{named} has {len(found)} keys: {told}", matches=keys, hint="say which, by its did:key")
    did: str = found[0].record["public_key"]
    return did


def _in_force(ledger: Operations, dids: list[str]) -> dict[str, RecordView]:
    if any(not did.startswith("did:key:") for did in dids):
        raise FormatError(f"{dids[0]!r} is no did:key", hint="as in did:key:z6Mk...")
    if not dids:
        return {}
    found = ledger.in_force([f"key:{did}" for did in dids]).records
    return {subject.removeprefix("key:"): view for subject, view in found.items() if view is not None}


def _standing(view: RecordView | None) -> dict[str, Any]:
    if view is None:
        return {"enrolled": False, "subject": None, "roles": []}
    return {"enrolled": view.record["action"] == "enroll", "subject": view.record["subject"], "roles": view.record["roles"]}


command(app, "new")(new)
command(app, "did")(did)
command(app, "passphrase")(passphrase)
command(app, "list")(list_)
command(app, "enroll", writes=True)(enroll)
command(app, "revoke", writes=True)(revoke)
command(app, "rotate", writes=True)(rotate)
command(app, "signed")(signed)
