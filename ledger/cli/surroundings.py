"""What `onrecord doctor` looks at around a ledger: whether its keys fit, the disk, others' clocks, freshness, backups."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ledger import passphrases
from ledger.cli.finding import Finding
from ledger.cli.output import plural
from ledger.cli.outside import outside_backups, told_outside

if TYPE_CHECKING:
    from ledger.config import Settings
    from ledger.operations import Operations

_MIB = 1 << 20
_LITTLE_ROOM, _NO_ROOM = 1024 * _MIB, 128 * _MIB
_CLOCK_SLACK = 60
_STALE = 2 * 3_600 + 600
"""The log is signed anew each hour where it has witnesses; past twice that something does not run."""


def durability(ledger: Operations) -> Iterator[Finding]:
    """Whether the database is told to keep what it has committed."""
    from ledger.service.ledger import Ledger

    if not isinstance(ledger, Ledger):
        return
    found = ledger.durability()
    lax = [one for one in found if not one.enough]
    for one in lax:
        advice = f"a power cut may lose what was acknowledged: turn {one.name} on in the database's configuration"
        yield Finding("fault", "durability", f"{one.name} is {one.value}", advice)
    if not lax:
        yield Finding("ok", "durability", ", ".join(f"{one.name} {one.value}" for one in found))


def room_left(target: str) -> Iterator[Finding]:
    """Free space where the ledger's file is; a database server's own disk is not seen from here."""
    from ledger.keys import ledger_path

    path = ledger_path(target)
    if path is None:
        return
    used = shutil.disk_usage(path.absolute().parent)
    found = f"{used.free // _MIB:,} MiB free of {used.total // _MIB:,} where {path} is"
    advice = "make room: a full disk takes no records; reading goes on"
    if used.free < _NO_ROOM:
        yield Finding("fault", "disk", found, advice)
    elif used.free < _LITTLE_ROOM:
        yield Finding("warn", "disk", found, advice)
    else:
        yield Finding("ok", "disk", found)


def own_keys(ledger: Operations, place: Path | None) -> Iterator[Finding]:
    """The private keys in the folder open, and are those that sign this log and that its entries enrol as its issuer."""
    from ledger.core import vkey
    from ledger.core.note import open_checkpoint
    from ledger.errors import OnRecordError
    from ledger.keys import load_ledger_keys, log_pairs
    from ledger.service.ledger import Ledger

    if not isinstance(ledger, Ledger) or place is None or not log_pairs(place):
        return
    view = ledger.checkpoint()
    try:
        keys = load_ledger_keys(place, passphrases.at_hand())
        opened = open_checkpoint(view.note.encode(), keys.vkeys(view.origin), origin=view.origin)
    except OnRecordError as error:
        yield Finding("fault", "identity", error.message, error.hint or "are these the keys of this ledger?")
        return
    signing = {vkey.parse_vkey(key) for key in ledger.well_known().log_keys}
    if not signing <= set(keys.vkeys(view.origin)):
        yield Finding(
            "fault",
            "identity",
            f"a key that signs this log now is not in {place}",
            "the log's keys were rotated: put the new ones here, or nothing can be appended",
        )
    elif len(opened.log_keys) < 2:
        yield Finding(
            "fault", "identity", "only one of the two log keys signed the newest checkpoint", "are both of this ledger?"
        )
    else:
        yield Finding("ok", "identity", f"both log keys open and have signed the newest checkpoint of {view.origin}")


def witnesses_clock(ledger: Operations) -> Iterator[Finding]:
    """Witnesses sign after the log did, and before now: by their clocks as by ours."""
    from schemas.dates import seconds_of

    told = ledger.health().witnesses
    signed = [(one.url, seconds_of(one.signed_at)) for one in (told.asked if told else ()) if one.signed_at is not None]
    now = int(time.time())
    ahead = {url: moment - now for url, moment in signed if moment - now > _CLOCK_SLACK}
    for url, seconds in ahead.items():
        yield Finding(
            "warn", "clock", f"{seconds} s behind that of the witness at {url}", "is this machine's clock kept by NTP?"
        )
    if signed and not ahead:
        yield Finding("ok", "clock", "not behind those of its witnesses")


def freshness(ledger: Operations) -> Iterator[Finding]:
    """A log with witnesses is signed anew each hour, so that an old copy looks old."""
    health = ledger.health()
    told = health.witnesses
    if told is None or health.age is None:
        return
    if health.age > _STALE:
        advice = "does the server run, with ONRECORD_WITNESSES set? readers who ask for --max-age take the log for stale"
        yield Finding("warn", "freshness", f"the newest checkpoint is {health.age // 60} minutes old", advice)
        return
    yield Finding("ok", "freshness", f"the newest checkpoint is {health.age} s old")


def backups(ledger: Operations, settings: Settings, target: str) -> Iterator[Finding]:
    """The newest backup where ONRECORD_BACKUPS says: is there one, is it of this ledger, how old is it?"""
    from ledger.errors import OnRecordError
    from ledger.service.backups import list_backups, read_manifest
    from ledger.service.ledger import Ledger
    from schemas.dates import seconds_of

    place = settings.backups
    if place is None or not isinstance(ledger, Ledger):
        return
    advice = f"onrecord backup {place}"
    try:
        found = list_backups(place)
        if not found:
            yield Finding("fault", "backup", f"there is none in {place}", advice)
            return
        said = read_manifest(found[-1])
    except OnRecordError as error:
        yield Finding("fault", "backup", error.message, advice)
        return
    age = int(time.time()) - seconds_of(said.made_at)
    behind = ledger.health().size - said.size
    told = f"{found[-1].name}: {age // 3600} h old, {plural(behind, 'entry', 'entries')} behind"
    if said.origin != ledger.well_known().origin:
        yield Finding("fault", "backup", f"{found[-1].name} is of another ledger, {said.origin}", advice)
    elif age > settings.backup_max_age:
        yield Finding("fault", "backup", told, f"does the timer run? {advice}")
    else:
        yield Finding("ok", "backup", told)
    if left := told_outside(outside_backups(target)):
        yield Finding("ok", "not in backups", left)
