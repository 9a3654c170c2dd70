"""What adding some records would do: the same checks, and how scores would move. Nothing is stored."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.service.adding import Desk, join
from ledger.service.changes import changes
from ledger.service.submitted import Opened
from ledger.store.protocol import Snapshot
from schemas.lookups import CheckResult


def check(snapshot: Snapshot, desk: Desk, opened: Sequence[Opened]) -> CheckResult:
    """`add` would take these records, as the log stands now."""
    joining = join(snapshot, opened, desk)
    coming = {one.name for one, _ in joining.new}
    return CheckResult(
        records=[one.draft.id for one in opened],
        already_on_record=[one.draft.id for one in opened if one.name not in coming],
        changes=changes(snapshot, [entry for _, entry in joining.new]),
    )
