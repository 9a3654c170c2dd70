"""From a name to a record id, from words to a state of the ledger, from a claim to all that its score rests on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from ledger.core.encoding import DECIMAL
from ledger.core.evidence import Logged
from ledger.core.force import Signers, doubts_among, signed_alone_by
from ledger.errors import AmbiguousError, FormatError, NotFoundError
from ledger.service.reading import BACK, Reading
from ledger.service.ties import Tied, key_name
from ledger.service.withholding import withheld_in
from ledger.store.protocol import Snapshot, StoredCheckpoint
from schemas.corroboration import AsOf
from schemas.dates import last_second, time_of
from schemas.records import (
    AssessmentRecord,
    AttributionRecord,
    ClaimRelationRecord,
    CorrectionRecord,
    StatementRecord,
)

FOLLOWED = ("claim", "from", "object", "replaced_by", "subject", "target", "withdraws")
"""Members by which records hang on a claim or on a statement about it."""
TIES = ("affiliation", "object", "same_as", "subject")
"""Members by which sources hang together."""
_BEGINNING = "key:"
"""Stands for entries 0 and 1 where keys are named."""
_HEX = re.compile(r"[0-9a-f]+")
_MATCHES = 20


# Names


def resolve(snapshot: Snapshot, name: str, kinds: Sequence[str] | None = None) -> str:
    """The full id of the one record (of these kinds) that the name fits: an id, or its first 8 or more hex digits."""
    digits = name.removeprefix("sha256:")
    what = " or ".join(kinds) if kinds else "record"
    if not _HEX.fullmatch(digits) or len(digits) > 64:
        raise NotFoundError(f"no {what} is called {name[:80]!r}", hint="an id is sha256: and 64 hex digits, or their first 8")
    if len(digits) < 8:
        raise FormatError(f"{name!r} is too short, wanted at least 8 hex digits")
    found = snapshot.find_prefix(digits, _MATCHES)
    fitting = _of_kinds(snapshot, found, kinds)
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise AmbiguousError(f"{name!r} fits {len(fitting)} records", matches=fitting, hint="give more digits")
    if found:
        raise NotFoundError(f"{found[0]} is on record, but it is no {what}")
    near = _of_kinds(snapshot, snapshot.find_prefix(digits[:8], 3), kinds)
    raise NotFoundError(f"no {what} {name} is on record", suggestions=near)


def _of_kinds(snapshot: Snapshot, ids: Sequence[str], kinds: Sequence[str] | None) -> list[str]:
    if not kinds or not ids:
        return list(ids)
    first = {one: indexes[0] for one, indexes in snapshot.find(ids).items()}
    kind = {entry.index: entry.kind for entry in snapshot.entries(sorted(first.values()))}
    return [one for one in ids if kind[first[one]] in kinds]


# States


def as_of(snapshot: Snapshot, text: str | None) -> AsOf:
    """The state of the ledger meant by a published tree size, a UTC time or a day (all of it); the newest without one."""
    if text is None:
        return _state(snapshot.checkpoint)
    if DECIMAL.fullmatch(text):
        return _state(_published(snapshot, int(text)))
    try:
        moment = last_second(text)
    except ValueError as error:
        raise FormatError(f"as_of is a tree size or a UTC time: {error}") from None
    found = snapshot.checkpoint_before(moment)
    if found is None:
        raise NotFoundError(f"the ledger has no state as old as {text}")
    return _state(found)


def _published(snapshot: Snapshot, size: int) -> StoredCheckpoint:
    found = snapshot.checkpoint_at(size) if size <= snapshot.checkpoint.size else None
    if found is None:
        lower, higher = snapshot.sizes_around(size)
        near = " and ".join(str(one) for one in (lower, higher) if one is not None)
        year = f"; the end of a year is written {size}-12-31" if 1990 <= size <= 2100 else ""
        raise FormatError(f"{size} is no published tree size", hint=f"the nearest are {near}{year}")
    return found


def _state(checkpoint: StoredCheckpoint) -> AsOf:
    return AsOf(size=checkpoint.size, root=checkpoint.root.hex(), time=time_of(checkpoint.time))


# Closures


def closure(snapshot: Snapshot, claim_id: str, size: int) -> list[Logged]:
    """Everything below `size` that the claim's score rests on, in index order (see `gather`)."""
    return gather(Reading(snapshot), [claim_id], size)


def gather(reading: Reading, roots: Sequence[str], size: int) -> list[Logged]:
    """What hangs together with these claims or statements, closed under references, without what was withheld by then.

    Claims connected by relations or replacements, the statements about them, their chains and documents; all sources they
    name, with everything that relations connect to these; ratings; corrections of all these; and the keys that signed them,
    back to entries 0 and 1. Queries grow with the length of chains of hops and relations, not with the number of records.
    """
    return _gathered(reading, roots, size).shown()


def with_endorsements(reading: Reading, logged: Sequence[Logged], signers: Sequence[str], size: int) -> list[Logged]:
    """What was gathered, and who else signed what these signers (enrolled names or did:keys) alone vouch for in it: where they
    are left out, that stays."""
    gathered = _Gathered(reading, size)
    gathered.logged = {entry.index: entry for entry in logged}
    places = reading.places({name for name, _ in signed_alone_by(signers, logged, Signers(logged))})
    gathered.take(index for indexes in places.values() for index in indexes)
    gathered.add_keys()
    return gathered.shown()


def gather_all(reading: Reading, roots: Sequence[str], size: int) -> list[Logged]:
    """As `gather`, withheld records included: what any earlier state of these claims rests on is in it."""
    return _gathered(reading, roots, size).everything()


def gather_about(reading: Reading, ids: Iterable[str], size: int, *, sources: bool = False) -> list[Logged]:
    """These records with what they name, what rates them or takes them back, and the keys behind all that.

    With `sources`, also everything that relations connect to the sources they name, with its ratings.
    """
    gathered = _Gathered(reading, size)
    gathered.keep(ids)
    gathered.add_endorsed_ratings()
    if sources:
        gathered.add_sources()
    gathered.add_keys()
    return gathered.shown()


def _gathered(reading: Reading, roots: Sequence[str], size: int) -> _Gathered:
    gathered = _Gathered(reading, size)
    gathered.follow(roots)
    gathered.add_endorsed_ratings()
    gathered.add_sources()
    gathered.add_keys()
    return gathered


class _Gathered:
    """Records found so far. Followed ones bring what hangs on them; kept ones what they name and what takes them back."""

    def __init__(self, reading: Reading, size: int) -> None:
        self.reading = reading
        self.size = size
        self.logged: dict[int, Logged] = {}
        self.kept: set[str] = set()
        self.followed: set[str] = set()
        self.asked: set[str] = set()
        """Sources and keys of which all is here."""
        self._vouched: set[str] = set()

    def follow(self, ids: Iterable[str]) -> None:
        """Add these records and all that hangs on them."""
        self._grow(set(ids), set(ids))

    def keep(self, ids: Iterable[str]) -> None:
        """Add these records, what they name, and what takes them back."""
        self._grow(set(ids) - self.kept, set())

    def _grow(self, keep: set[str], follow: set[str]) -> None:
        while keep or follow:
            self.kept |= keep
            self.followed |= follow
            named = {target for entry in self._take(self.reading.records(keep)) for target in self.reading.named(entry)[0]}
            hanging = self._among(self.reading.hanging(follow, FOLLOWED))
            # What takes a followed one back hangs on it too, and has been read by now.
            back = self._among(self.reading.hanging(keep, BACK))
            leads = {target for entry in self.reading.records(follow) for target in leads_to(entry)}
            follow = {entry.id for entry in hanging} | leads
            keep = ({entry.id for entry in back} | named | follow) - self.kept
            follow -= self.followed

    def _among(self, entries: Iterable[Logged]) -> list[Logged]:
        return [entry for entry in entries if entry.index < self.size]

    def _below(self, indexes: Iterable[int]) -> list[Logged]:
        return self.reading.at(index for index in indexes if index < self.size)

    def take(self, indexes: Iterable[int]) -> None:
        """Add these entries, as far as they were there by then."""
        self._take(self._below(indexes))

    def _take(self, entries: Iterable[Logged]) -> list[Logged]:
        taken = self._among(entries)
        self.logged |= {entry.index: entry for entry in taken}
        return taken

    def add_endorsed_ratings(self) -> None:
        """A rating that several assessors signed is a rating of each."""
        ratings = [entry.id for entry in self.logged.values() if isinstance(entry.record, AssessmentRecord)]
        places = self.reading.places(ratings)
        self._take(self.reading.at(index for indexes in places.values() for index in indexes))

    def add_sources(self) -> None:
        """The sources that are named, all that relations connect to them (SCORING 3.7 needs the whole component), ratings."""
        self._bring(self._slugs_named(self.logged), _Gathered.reach_sources)

    def add_keys(self) -> None:
        """Entries 0 and 1, and every enrolment and revocation of the keys that signed what is here."""
        self._bring(self._keys() | {_BEGINNING}, _Gathered.reach_keys)
        self._add_vouchers()

    def _add_vouchers(self) -> None:
        """Where a key is compromised: who else signed what it alone vouches for here, since that takes it out of doubt."""
        while alone := {name for name, _ in doubts_among(self.everything()).names} - self._vouched:
            self._vouched |= alone
            places = self.reading.places(alone)
            self._take(self.reading.at(index for indexes in places.values() for index in indexes))
            self._bring(self._keys() | {_BEGINNING}, _Gathered.reach_keys)

    def reach_sources(self, slugs: set[str]) -> None:
        """Add these sources, all that relations connect to them, and the ratings of these."""
        seen: set[int] = set()
        while new := slugs - self.asked:
            self.asked |= new
            places = self.reading.of_subjects(f"source:{slug}" for slug in new)
            own = {index for indexes in places.values() for index in indexes}
            tied = self._among(self.reading.hanging(new, (*TIES, *BACK)))
            self.keep(entry.id for entry in [*self._below(own), *tied])
            fresh = self.logged.keys() - seen
            seen |= fresh
            slugs = self._slugs_named(fresh)
        self.add_endorsed_ratings()

    def reach_keys(self, names: set[str]) -> None:
        """Add the enrolments and revocations of these keys, and of those that signed them."""
        if _BEGINNING in names:
            self._take(self.reading.at(index for index in (0, 1) if index < self.size))
        while new := (names | self._keys()) - self.asked - {_BEGINNING}:
            self.asked |= new
            found = self.reading.of_subjects(new)
            self.keep(entry.id for entry in self._below(index for indexes in found.values() for index in indexes))

    def _bring(self, names: set[str], reach: Callable[[_Gathered, set[str]], None]) -> None:
        """Adds all that these sources or keys bring. Each brings the same whoever names it, so that can have been kept."""
        ties, snapshot = self.reading.ties, self.reading.snapshot
        if ties is None:
            reach(self, names)
            return
        known = ties.known(snapshot, names, self.size)
        if missing := names - known.keys():
            reach(_Gathered(self.reading, self.size), missing)  # read at once what each of them asks for again
            fresh = {name: self._alone(name, reach) for name in missing}
            if self.size == snapshot.checkpoint.size:
                ties.keep(snapshot, fresh)
            known |= fresh
        for tied in known.values():
            self.logged |= tied.entries

    def _alone(self, name: str, reach: Callable[[_Gathered, set[str]], None]) -> Tied:
        gathered = _Gathered(self.reading, self.size)
        reach(gathered, {name})
        return Tied(gathered.logged, frozenset(gathered.kept | gathered.asked))

    def _slugs_named(self, indexes: Iterable[int]) -> set[str]:
        return {slug for index in indexes for slug in self.reading.named(self.logged[index])[1]}

    def _keys(self) -> set[str]:
        return {key_name(key) for entry in self.logged.values() for key in entry.keys}

    def everything(self) -> list[Logged]:
        return [self.logged[index] for index in sorted(self.logged)]

    def shown(self) -> list[Logged]:
        entries = self.everything()
        withheld = withheld_in(entries)
        return [entry for entry in entries if entry.id not in withheld]


def leads_to(entry: Logged) -> list[str]:
    """Which of the records that this one names belong to the claim's matter as much as it does itself."""
    named: tuple[str | None, ...] = ()
    match entry.record:
        case ClaimRelationRecord() as record:
            named = (record.subject, record.object)
        case AttributionRecord() as record:
            named = (record.from_, record.to)
        case StatementRecord() as record:
            named = (record.reported_by, record.withdraws)
        case CorrectionRecord() as record:
            named = (record.target, record.replaced_by)
    return [one for one in named if one is not None]
