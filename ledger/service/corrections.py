"""What was corrected and what is withheld, for everybody to see: the newest first."""

from __future__ import annotations

import heapq

from ledger.core.evidence import Logged
from ledger.core.force import Signers
from ledger.core.records import sealed_in
from ledger.service.gathering import gather_about
from ledger.service.projecting import SEALED
from ledger.service.reading import Reading
from ledger.service.views import open_values_of
from ledger.store.protocol import Snapshot
from schemas.dates import time_of
from schemas.lookups import CorrectionList, CorrectionView, ErasedView
from schemas.records import CorrectionRecord, WithholdRecord

_KINDS = ("correction", "withhold")


def corrections(snapshot: Snapshot, limit: int, before: int | None) -> CorrectionList:
    """Those logged before entry `before`, else all; of each what it is about, why and who signed; not one that is withheld."""
    reading = Reading(snapshot)
    below = snapshot.checkpoint.size if before is None else min(before, snapshot.checkpoint.size)
    places = snapshot.newest_of_kinds(_KINDS, below, limit + 1)
    shown = reading.at(places[:limit])
    hidden = reading.withheld([entry.id for entry in shown])
    signers = Signers(gather_about(reading, [entry.id for entry in shown], snapshot.checkpoint.size))
    opened = open_values_of(reading, (entry.record for entry in shown))
    logged_at = {entry.index: time_of(entry.logged_at) for entry in reading.stored(entry.index for entry in shown)}
    targets = {entry.id: entry.record.kind for entry in reading.records(_target(entry) for entry in shown)}

    def view(entry: Logged) -> CorrectionView:
        said, record = opened.json(entry.record), entry.record
        return CorrectionView(
            id=entry.id,
            index=entry.index,
            kind="correction" if isinstance(record, CorrectionRecord) else "withhold",
            target=_target(entry),
            target_kind=targets.get(_target(entry)),
            reason=_text(said.get("reason", said.get("basis"))),
            authority=_text(said.get("authority")),
            replaced_by=record.replaced_by if isinstance(record, CorrectionRecord) else None,
            by=[signers.name(Logged(entry.index, entry.id, record, (key,))) for key in entry.keys],
            logged_at=logged_at[entry.index],
        )

    views = [view(entry) for entry in reversed(shown) if entry.id not in hidden]
    return CorrectionList(
        corrections=views,
        next=places[limit - 1] if limit and len(places) > limit else None,
        size=snapshot.checkpoint.size,
        erased=_erased(reading, limit) if before is None else [],
    )


def _erased(reading: Reading, limit: int) -> list[ErasedView]:
    """The latest erasures that were ordered; they are kept beside the log."""
    latest = heapq.nlargest(limit, reading.snapshot.all_erasures(), key=lambda one: (one.time, one.digest))
    holding: dict[str, list[str]] = {one.digest: [] for one in latest}
    for entry in reading.at(reading.referring(holding, (SEALED,))) if latest else ():
        for digest in sealed_in(entry.record):
            if digest in holding and entry.id not in holding[digest]:
                holding[digest].append(entry.id)
    words = reading.of_subjects(f"key:{one.key}" for one in latest)
    signers = Signers(reading.at(index for indexes in words.values() for index in indexes))
    size = reading.snapshot.checkpoint.size
    return [
        ErasedView(
            value=one.digest, records=holding[one.digest], by=signers.name_of(one.key, size), erased_at=time_of(one.time)
        )
        for one in latest
    ]


def _target(entry: Logged) -> str:
    assert isinstance(entry.record, CorrectionRecord | WithholdRecord), "only these kinds were asked for"
    return entry.record.target


def _text(said: object) -> str | None:
    """None where it is sealed and can no longer be opened."""
    return said if isinstance(said, str) else None
