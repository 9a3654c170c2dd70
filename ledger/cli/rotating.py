"""`onrecord log rotate`: new keys for the log, in two steps with as much time between them as its readers need."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger import passphrases
from ledger.cli import drafting, output
from ledger.cli.desk import Desk
from ledger.cli.unlocking import unlocked
from ledger.errors import ConflictError, KeyMissingError, UsageError
from ledger.points import reached

if TYPE_CHECKING:
    from ledger.keys import Pair, Signer
    from ledger.operations import Operations
    from ledger.service.ledger import Ledger
    from schemas.records import KeyRecord

SUBJECT = "log"


def rotate(
    desk: Desk,
    finish: Annotated[bool, typer.Option("--finish", help="The old keys sign no more, and are removed here.")] = False,
    reason: Annotated[str | None, typer.Option("--reason", help="Why; everybody can read it.")] = None,
) -> None:
    """New keys for the log itself (admin). From then on the old ones and the new ones sign, until --finish."""
    place = _place(desk)
    if finish:
        _finish(desk, place, reason)
    else:
        _begin(desk, place, reason)


def _begin(desk: Desk, place: Path, reason: str | None) -> None:
    from ledger import keys

    if desk.dry_run:
        raise UsageError("a rotation makes keys, so there is no dry run of it", hint="docs/keys.md says what it does")
    with desk.ledger() as opened:
        ledger = _local(opened)
        current, *newer = _signing(ledger, place)
        if newer:
            raise ConflictError("the log has new keys already, and the old ones still sign", hint="end that first: --finish")
        # A pair that is not on record was made by a command that was broken off.
        begun = [name for name in keys.log_pairs(place) if name not in {*_on_record(ledger, place), current}]
        name = begun[0] if begun else keys.next_pair(keys.log_pairs(place)[-1])
    old, new = keys.load_pair(place, current, passphrases.at_hand()), keys.complete_pair(place, name, passphrases.at_hand())
    reached("log keys made")
    with desk.ledger() as opened:  # anew: with both pairs
        ledger, person = _local(opened), desk.signer()
        first, second = _signer(old), _signer(new)
        draft = drafting.Draft([], [], [])
        if not ledger.log_terms().terms:
            draft += _signed(_word(ledger, old, "enroll", "the keys of this log from its beginning"), person, first)
        draft += _signed(_word(ledger, new, "enroll", reason), person, first, second)
        drafting.add_draft(desk, ledger, draft)
        said = ledger.well_known()
    output.prose("from now on every checkpoint carries the signatures of the old keys and of these:")
    for key in said.log_keys[:2]:
        output.prose(key)
    output.prose("give them to whoever reads, watches and witnesses this log; `onrecord log rotate --finish` ends the old ones")


def _finish(desk: Desk, place: Path, reason: str | None) -> None:
    from ledger import keys

    if desk.dry_run:
        raise UsageError("ending keys deletes them, so there is no dry run of it", hint="docs/keys.md says what it does")
    with desk.ledger() as opened:
        ledger = _local(opened)
        *old, newest = _signing(ledger, place)
        # Others that are still here were left by a command that was broken off.
        gone = keys.pairs_before(place, newest)
        if not old and not gone:
            raise ConflictError("the log's keys are not being rotated", hint="`onrecord log rotate` makes new ones")
        if old:
            *pairs, last = [keys.load_pair(place, name, passphrases.at_hand()) for name in (*old, newest)]
            person, draft = desk.signer(), drafting.Draft([], [], [])
            for pair in pairs:
                draft += _signed(_word(ledger, pair, "revoke", reason or "rotated"), person, _signer(last))
            drafting.add_draft(desk, ledger, draft)
            reached("log keys retired")
    for name in gone:
        keys.remove_pair(place, name)
        output.prose(f"the old private keys are gone: {place / name}-*.pem; destroy their copies too, as in backups")
    output.prose(
        "witnesses, policies and whoever trusts this log take the old keys' lines out now: who lists them believes them"
    )


def _place(desk: Desk) -> Path:
    from ledger import keys

    place = keys.keys_place(desk.ledger_name, desk.keys_dir)
    if place is None or not place.is_dir():
        raise KeyMissingError("no folder of the log's keys", hint="--keys or ONRECORD_KEYS names it")
    return place


def _local(ledger: Operations) -> Ledger:
    from ledger.service.ledger import Ledger

    if not isinstance(ledger, Ledger) or ledger.well_known().test_log:
        raise UsageError(
            "the log's keys are rotated where they are, and a test log's never", hint="--ledger names the file or database"
        )
    return ledger


def _signing(ledger: Ledger, place: Path) -> list[str]:
    """What the pairs are called that sign checkpoints now, oldest first."""
    from ledger.core.didkey import print_did_key
    from ledger.core.vkey import ED25519, parse_vkey

    pairs = _pairs(place)
    known = [parse_vkey(key) for key in reversed(ledger.well_known().log_keys)]
    dids = [print_did_key(key.public_key) for key in known if key.kind == ED25519]
    for did in dids:
        if did not in pairs:
            raise KeyMissingError(f"the log's key {did} is not in {place}", hint="all keys that sign the log have to be there")
    return [pairs[did] for did in dids]


def _on_record(ledger: Ledger, place: Path) -> set[str]:
    """What those pairs in the folder are called that the log has enrolled at some time."""
    terms = ledger.log_terms()
    return {name for did, name in _pairs(place).items() if terms.of(did) is not None}


def _pairs(place: Path) -> dict[str, str]:
    """The pairs in the folder: what each is called, by its did:key."""
    from ledger import keys
    from ledger.core.didkey import did_key_of

    names = keys.log_pairs(place)
    pairs = unlocked(lambda: [keys.load_pair(place, name, passphrases.at_hand()) for name in names])
    return {did_key_of(pair[0]): name for pair, name in zip(pairs, names, strict=True)}


def _signer(pair: Pair) -> Signer:
    from ledger.core.didkey import did_key_of
    from ledger.keys import Signer

    return Signer(did_key_of(pair[0]), pair[0], b"", SUBJECT)


def _word(ledger: Ledger, pair: Pair, action: str, reason: str | None) -> KeyRecord:
    from ledger.core.didkey import did_key_of
    from ledger.core.encoding import print_base64
    from ledger.core.subjects import subject_of
    from schemas.records import LOG_ROLES, KeyRecord

    members = {
        "kind": "key",
        "subject": SUBJECT,
        "public_key": did_key_of(pair[0]),
        "mldsa44": print_base64(pair[1].public_key().public_bytes_raw()),
        "roles": list(LOG_ROLES),
        "action": action,
        "reason": reason,
        "ledger": ledger.well_known().origin,
    }
    record = drafting.shaped(KeyRecord, members)
    return drafting.replacing(ledger, record, subject_of(record))


def _signed(word: KeyRecord, *signers: Signer) -> drafting.Draft:
    from ledger.keys import sign_record

    return drafting.Draft([word], [sign_record(word, signers)], [word])
