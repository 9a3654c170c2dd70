"""What is kept of where claims stand, for whoever lists them: which of it is right in the state that is seen, what fits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast, get_args

from ledger.core.gist import Gist
from ledger.errors import FormatError
from ledger.operations import ClaimQuery
from ledger.service.standing import METHOD
from ledger.store.protocol import Snapshot, StandingFilter, StandingRow
from schemas.corroboration import Headline, Label
from schemas.lookups import ClaimFacets

HEADLINES: tuple[Headline, ...] = get_args(Headline)
LABELS: tuple[Label, ...] = get_args(Label)


class Kept:
    """Beside a snapshot's newest state."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._standing = snapshot.standing
        progress, newest = self._standing.progress(), snapshot.checkpoint
        kept = progress.policy == METHOD
        self.complete_to = progress.size if kept else 0
        looked_through = (progress.seen, progress.target, progress.target_time)
        self._up_to_date = kept and looked_through == (newest.size, newest.size, newest.time)

    def known(self, indexes: Sequence[int]) -> set[int]:
        """Those of these claims of which the row, or that there is none because the claim does not stand, is right now."""
        return set(indexes) - self._standing.due_among(indexes) if self._up_to_date else set()

    def rows(self, indexes: Sequence[int]) -> dict[int, StandingRow]:
        return self._standing.rows(indexes)


def gist_of(row: StandingRow) -> Gist:
    return Gist(
        headline=cast(Headline, row.headline),
        labels=cast(tuple[Label, ...], row.labels),
        probability=row.probability,
        n_for=row.n_for,
        n_against=row.n_against,
        confidence=row.confidence,
        showable=row.showable,
    )


def filter_of(query: ClaimQuery, size: int) -> StandingFilter | None:
    """What is asked of where a claim stands, if anything is. FormatError for what no claim can have."""
    _check("headline", query.headline, HEADLINES)
    _check("label", query.label, LABELS)
    since = query.changed_since
    if since is not None and not 0 <= since <= size:
        raise FormatError(f"changed_since is {since}, wanted a size of the ledger from 0 to {size}", hint="as in complete_to")
    asked = StandingFilter(query.headline, query.label, since)
    return None if asked == StandingFilter() else asked


def _check(name: str, value: str | None, known: Sequence[str]) -> None:
    if value is not None and value not in known:
        raise FormatError(f"{name} is {value[:40]!r}, wanted one of {', '.join(known)}")


def fits(wanted: StandingFilter, row: StandingRow | None) -> bool:
    """A claim whose row is out of date may fit by it: a headline that has changed since then has changed later still."""
    if row is None:
        return False
    changed = wanted.changed_since is None or row.changed_at > wanted.changed_since
    return changed and says(wanted, gist_of(row))


def says(wanted: StandingFilter, gist: Gist) -> bool:
    return wanted.headline in (None, gist.headline) and (wanted.label is None or wanted.label in gist.labels)


def facets(snapshot: Snapshot) -> ClaimFacets:
    """How many claims have each headline and each label, as far as it is worked out."""
    headlines, labels = snapshot.standing.counts()
    return ClaimFacets(
        headlines={name: headlines[name] for name in HEADLINES if name in headlines},
        labels={name: labels[name] for name in LABELS if name in labels},
        claims=sum(headlines.values()),
        size=snapshot.checkpoint.size,
        complete_to=Kept(snapshot).complete_to,
    )
