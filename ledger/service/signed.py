"""What a key signed: a list to go through, once somebody else may have held the key."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.core.didkey import parse_did_key
from ledger.core.doubt import Compromised, compromised
from ledger.core.evidence import Logged
from ledger.core.force import Signers, doubts_among
from ledger.core.views import told_doubts
from ledger.errors import FormatError, NotFoundError
from ledger.service.facts import size_before
from ledger.service.gathering import gather_about
from ledger.service.reading import Reading
from ledger.store.protocol import Snapshot
from schemas.dates import bounds, time_of
from schemas.doubt import SignedList, SignedRecord

MOST_SIGNED = 500
_LOOKED_THROUGH = 20_000
"""Entries that one answer looks at: the log says of each who signed it, and not of each key what."""


def signed(snapshot: Snapshot, key: str, start: int = 0, limit: int = 100, since: str | None = None) -> SignedList:
    """The entries from `start` on that this did:key signed, and of those the ones that were in no state of the log before
    `since`. NotFoundError for a key that the log never enrolled."""
    parse_did_key(key)
    if start < 0 or not 1 <= limit <= MOST_SIGNED:
        raise FormatError(f"{limit} from entry {start} on: wanted 1 to {MOST_SIGNED} from an entry of the log on")
    size = snapshot.checkpoint.size
    reading = Reading(snapshot)
    words = reading.at(index for indexes in reading.of_subjects([f"key:{key}"]).values() for index in indexes)
    if not words:
        raise NotFoundError(f"{key} was never enrolled here", hint="`onrecord show` names the keys of a record")
    stolen = compromised(words).get(key)
    since_size = None if since is None else size_before(snapshot, _first_second(since))
    start = max(start, since_size or 0)
    end = min(size, start + _LOOKED_THROUGH)
    found = snapshot.signed_by(key, start, end, limit=limit + 1)
    goes_on = found[limit] if len(found) > limit else end
    return SignedList(
        key=key,
        subject=Signers(words).name_of(key, size),
        compromised=told_doubts([stolen])[0] if stolen else None,
        entries=_told(reading, reading.at(found[:limit]), stolen),
        since_size=since_size,
        size=size,
        next=goes_on if goes_on < size else None,
    )


def _first_second(text: str) -> int:
    try:
        return bounds(text)[0]
    except ValueError as error:
        raise FormatError(f"since: {error}", hint="for example 2025-11-20 or 2025-11-20T08:00:00Z") from None


def _told(reading: Reading, entries: Sequence[Logged], stolen: Compromised | None) -> list[SignedRecord]:
    times = {one.index: time_of(one.logged_at) for one in reading.stored(entry.index for entry in entries)}
    about = gather_about(reading, [entry.id for entry in entries], reading.snapshot.checkpoint.size) if stolen else []
    doubts, signers = doubts_among(about), Signers(about)
    named = {entry.index: (entry.id, signers.name(entry) if entry.record.kind == "assessment" else None) for entry in entries}
    return [
        SignedRecord(
            id=entry.id,
            kind=entry.record.kind,
            index=entry.index,
            logged_at=times[entry.index],
            after_compromise=stolen is not None and entry.index >= stolen.size,
            in_doubt=told_doubts(doubts.of(named[entry.index])),
            endorsed_by=list(doubts.others.get(named[entry.index], ())),
        )
        for entry in entries
    ]
