"""What `onrecord doctor` looks at, one check after the other; each says what it found and what to do."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.cli.finding import Finding
from ledger.cli.output import plural
from ledger.errors import OnRecordError

if TYPE_CHECKING:
    from ledger.cli.desk import Desk
    from ledger.operations import Operations

_MOST_NAMED = 5
_CLOCK_SLACK = 60


def findings(desk: Desk) -> list[Finding]:
    """Everything that can be looked at; what cannot be opened ends the list."""
    from ledger.cli.surroundings import backups, durability, freshness, own_keys, room_left, witnesses_clock
    from ledger.config import read_settings
    from ledger.keys import keys_place

    found, place = [*_keys(desk)], keys_place(desk.ledger_name, desk.keys_dir)
    try:
        with desk.ledger() as ledger:
            for check in (
                _database,
                durability,
                lambda ledger: room_left(desk.ledger_name),
                _clock,
                witnesses_clock,
                _consistency,
                lambda ledger: own_keys(ledger, place),
                _witnesses,
                freshness,
                lambda ledger: backups(ledger, read_settings(), desk.ledger_name),
                _signer_check(desk),
                _ratings_check(desk),
            ):
                found += _guarded(check, ledger)
    except OnRecordError as error:
        found.append(Finding("fault", "ledger", error.message, error.hint))
    return found


def _guarded(check: Callable[[Operations], Iterator[Finding]], ledger: Operations) -> list[Finding]:
    try:
        return list(check(ledger))
    except OnRecordError as error:
        return [Finding("fault", check.__name__.strip("_"), error.message, error.hint)]


def _keys(desk: Desk) -> Iterator[Finding]:
    """The folder of keys is there, and nobody else can read it."""
    from ledger import keys

    place = keys.keys_place(desk.ledger_name, desk.keys_dir)
    if place is None:
        yield Finding("warn", "keys", "no folder of keys for this ledger", "reading works; --keys or --key is needed to write")
        return
    if not place.is_dir():
        found = f"no folder {place}: nothing can be appended, and the log's signatures cannot be checked"
        yield Finding("fault", "keys", found, "put the folder of keys back, or name it with --keys")
        return
    for path in (place, *sorted(place.iterdir())):
        yield from _permissions(path)
    if not os.access(place, os.W_OK | os.X_OK):
        found = f"nothing can be written in {place}, where appending keeps how far the keys have signed"
        yield Finding("fault", "keys", found, "let the folder be written to; reading works without")
    pairs = keys.log_pairs(place)
    wanted = (keys.ISSUER,) if pairs else (keys.LOG_ED25519, keys.LOG_MLDSA44, keys.ISSUER)
    missing = [name for name in wanted if not (place / f"{name}.pem").exists()]
    if missing:
        yield Finding("fault", "keys", f"{', '.join(missing)} missing in {place}", "without them this machine cannot append")
    else:
        people = len(keys.list_keys(place))
        yield Finding("ok", "keys", f"the ledger's three keys and {plural(people, 'key')} of people in {place}")


def _permissions(path: Path) -> Iterator[Finding]:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        wanted = "700" if path.is_dir() else "600"
        yield Finding("fault", "permissions", f"others may enter {path} ({mode:o})", f"chmod {wanted} {path}")
    if path.stat().st_uid != os.geteuid():
        found = f"{path} belongs to another user than the one who looks"
        yield Finding("warn", "permissions", found, "run this as the user that the server runs as")


def _database(ledger: Operations) -> Iterator[Finding]:
    health = ledger.health()
    known = ledger.well_known()
    kind = "a test log, never a real ledger" if known.test_log else known.origin
    yield Finding("ok", "database", f"{plural(health.size, 'entry', 'entries')} of {kind}")
    if health.standing_size < health.size and not known.test_log:
        found = f"where claims stand is worked out to entry {health.standing_size} of {health.size}"
        yield Finding("warn", "standing", found, "a running server catches up by itself; else onrecord log standing")
    if health.to_scrub:
        found = "erased words are not yet gone from the ledger's disk: somebody reads a state from before"
        yield Finding("warn", "erased", found, "it is tried again by itself; end what has been reading for long")
    if known.origin.startswith("onrecord.invalid/"):
        yield Finding(
            "warn", "origin", f"{known.origin} is a name for trying out", "a ledger for others: onrecord init --origin NAME"
        )


def _clock(ledger: Operations) -> Iterator[Finding]:
    """A log refuses to sign when its clock is behind its last checkpoint."""
    from schemas.dates import seconds_of

    ahead = seconds_of(ledger.checkpoint().time) - int(time.time())
    if ahead > 0:
        advice = "set this machine's clock; the log signs again once it has caught up"
        yield Finding("fault" if ahead > _CLOCK_SLACK else "warn", "clock", f"{ahead} s behind the newest checkpoint", advice)
    else:
        yield Finding("ok", "clock", "not behind the newest checkpoint")


def _consistency(ledger: Operations) -> Iterator[Finding]:
    """The newest checkpoint holds under the ledger's keys and grew from its first entries."""
    from ledger.core.note import open_checkpoint
    from ledger.core.vkey import parse_vkey

    view, known = ledger.checkpoint(), ledger.well_known().log_keys
    if not known:
        return  # the folder of keys is missing, which is told once
    open_checkpoint(view.note.encode(), [parse_vkey(key) for key in known], origin=view.origin)
    yield Finding("ok", "consistency", f"checkpoint of size {view.size} holds; `onrecord log fsck` hashes every entry again")


def _witnesses(ledger: Operations) -> Iterator[Finding]:
    """Whether those who are asked to sign the log do, and remember no other history of it."""
    told = ledger.health().witnesses
    for one in told.asked if told else ():
        if one.objection is not None and not one.acknowledged:
            advice = "was an older copy put back? `onrecord log witnesses` shows more; nothing is signed until it is settled"
            yield Finding("fault", "witness", f"{one.url} remembers another history: {one.objection}", advice)
        elif one.trouble is not None:
            yield Finding("warn", "witness", f"{one.url}: {one.trouble}", "it is asked again by itself, less and less often")
        else:
            yield Finding("ok", "witness", f"{one.url} signed up to {plural(one.size, 'entry', 'entries')}")


def _signer_check(desk: Desk) -> Callable[[Operations], Iterator[Finding]]:
    def signer(ledger: Operations) -> Iterator[Finding]:
        from ledger.cli.drafting import enrolled_name
        from ledger.errors import ForbiddenError, KeyMissingError

        try:
            yield Finding("ok", "signer", f"you write as {enrolled_name(ledger, desk.signer())}")
        except (KeyMissingError, ForbiddenError) as error:
            yield Finding("warn", "signer", f"{error.message}: you can read, not write", error.hint)

    return signer


def _ratings_check(desk: Desk) -> Callable[[Operations], Iterator[Finding]]:
    return lambda ledger: _ratings(ledger, desk.same_place)


def _ratings(ledger: Operations, where: str) -> Iterator[Finding]:
    """Who speaks and is rated by nobody counts for nothing: worth knowing before wondering about a score."""
    from ledger.cli.naming import every_source
    from ledger.operations import ClaimQuery

    unrated = [source.id for source in every_source(ledger) if source.letter is None]
    speaking = [slug for slug in unrated[:200] if ledger.claims(ClaimQuery(source=slug, limit=1)).claims]
    if not speaking:
        yield Finding("ok", "ratings", "every source that speaks is rated")
        return
    named = ", ".join(speaking[:_MOST_NAMED]) + (" ..." if len(speaking) > _MOST_NAMED else "")
    advice = f"onrecord source rate {speaking[0]} LETTER --rationale WHY{where}"
    yield Finding("warn", "ratings", f"{plural(len(speaking), 'source')} on record count for nothing, unrated: {named}", advice)
