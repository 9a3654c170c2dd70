"""What is withheld, and the one place to ask. Whatever shows, lists, finds, exports or feeds records asks here first.

Who gathers records with `gathering.gather` or `gather_about` gets none that is withheld. Who reads them by other ways (an index
of words, a link, a prefix, a page of a list) asks `Reading.withheld` which of them are, and leaves them out; who was asked for
one by its name calls `refuse_withheld`. tests/api/test_withheld_everywhere.py asks every GET of the server.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ledger.core.encoding import print_base64
from ledger.core.evidence import Logged
from ledger.errors import WithheldError
from ledger.service.reading import BACK, Reading
from ledger.service.views import open_values_of
from schemas.dates import time_of
from schemas.ids import Sealed
from schemas.problems import Withheld
from schemas.records import StatementRecord, WithholdRecord


def refuse_withheld(reading: Reading, *ids: str) -> None:
    """WithheldError, with its basis and authority, if one of the records is not to be shown."""
    for target, record in reading.withheld(ids).items():
        said = f"{target} is withheld: {_open(record.basis)} ({_open(record.authority)})"
        raise WithheldError(said, withheld=told_of(reading, target))


def told_of(reading: Reading, target: str) -> Withheld:
    """What may be told of a withheld record: its place in the log, and the order."""
    (place,) = reading.stored(indexes[0] for indexes in reading.places([target]).values())
    orders = [entry for entry in reading.at(reading.referring([target], BACK)) if isinstance(entry.record, WithholdRecord)]
    (order,) = [entry for entry in orders if entry.record == reading.withheld([target])[target]][-1:]
    (logged_at,) = [entry.logged_at for entry in reading.stored([order.index])]
    said = open_values_of(reading, [order.record]).json(order.record)
    return Withheld(
        record=target,
        kind=place.kind,
        index=place.index,
        leaf_hash=print_base64(place.leaf_hash),
        basis=_read(said["basis"]),
        authority=_read(said["authority"]),
        order=order.id,
        ordered_at=time_of(logged_at),
    )


def shown(reading: Reading, entries: Sequence[Logged]) -> list[Logged]:
    """Those of the entries that are not withheld."""
    withheld = reading.withheld([entry.id for entry in entries])
    return [entry for entry in entries if entry.id not in withheld]


def telling(reading: Reading, entries: Sequence[Logged]) -> list[Logged]:
    """The statements among these whose claim is not withheld: what was said of one that is would tell it again."""
    said = [(entry, entry.record) for entry in entries if isinstance(entry.record, StatementRecord)]
    withheld = reading.withheld([record.claim for _, record in said])
    return [entry for entry, record in said if record.claim not in withheld]


def withheld_in(logged: Iterable[Logged]) -> set[str]:
    """What these records withhold."""
    return {entry.record.target for entry in logged if isinstance(entry.record, WithholdRecord)}


def _read(part: object) -> str | None:
    return part if isinstance(part, str) else None


def _open(part: str | Sealed) -> str:
    return part if isinstance(part, str) else "[sealed]"
