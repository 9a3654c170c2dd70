"""What is in doubt: only keys vouch for it that somebody else may have held by then (docs/format.md §8.7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ledger.core.evidence import Logged
from schemas.ids import UtcTime
from schemas.records import KeyRecord, Record


@dataclass(frozen=True, slots=True)
class Compromised:
    """A key that was revoked since somebody else may have signed with it: from `since` on, which is entry `size`."""

    key: str
    subject: str
    since: UtcTime
    size: int
    record: str
    """The id of the revocation that says so."""


def compromised(logged: Iterable[Logged]) -> dict[str, Compromised]:
    """The compromised keys, by their did:key. The newest revocation of a key decides: it can put right what an earlier one
    said. That the key is enrolled again later makes nothing good."""
    newest: dict[str, tuple[int, Logged, KeyRecord]] = {}
    for entry in logged:
        record = entry.record
        if not isinstance(record, KeyRecord) or record.action != "revoke":
            continue
        if record.public_key not in newest or newest[record.public_key][0] < entry.index:
            newest[record.public_key] = entry.index, entry, record
    return {
        key: Compromised(key, record.subject, record.compromise.since, record.compromise.size, entry.id)
        for key, (_, entry, record) in newest.items()
        if record.compromise is not None
    }


def may_move(record: Record) -> bool:
    """Whether the record can move a score: of words on keys only a revocation can, which says that a key was compromised or
    takes that back."""
    return not isinstance(record, KeyRecord) or record.action == "revoke"


Name = tuple[str, str | None]
"""A record; a rating besides by who gave it, since each who signs it vouches for their own."""
NameOf = Callable[[Logged], Name]


def only_signed_by(logged: Sequence[Logged], left: Callable[[Logged, str], bool], name_of: NameOf) -> set[Name]:
    """What nobody vouches for but with keys that are left out, as `left` says of an entry and one of its keys."""
    out: set[Name] = set()
    good: set[Name] = set()
    for entry in logged:
        (out if all(left(entry, key) for key in entry.keys) else good).add(name_of(entry))
    return out - good


@dataclass(frozen=True)
class Doubts:
    """Of some records those that are in doubt, by `name_of`; `of` says which keys signed a record."""

    names: frozenset[Name]
    keys: Mapping[Name, tuple[Compromised, ...]]
    others: Mapping[Name, tuple[str, ...]] = field(default_factory=dict)
    """Of a rating in doubt: who gave the same, out of doubt. Theirs counts, and the one in doubt stays out for good."""

    @property
    def awaited(self) -> frozenset[Name]:
        """What counts for nothing until somebody else signs it."""
        return self.names - self.others.keys()

    def of(self, name: Name) -> tuple[Compromised, ...]:
        return self.keys.get(name, ())


NO_DOUBTS = Doubts(frozenset(), {})


def doubts(logged: Sequence[Logged], name_of: NameOf) -> Doubts:
    """Records all of whose entries were signed with compromised keys alone, from the moment on since which they are. Whoever
    signs such a record anew vouches for it, and takes it out of doubt."""
    stolen = compromised(logged)
    if not stolen:
        return NO_DOUBTS

    def left(entry: Logged, key: str) -> bool:
        return key in stolen and entry.index >= stolen[key].size

    names = only_signed_by(logged, left, name_of)
    keys: dict[Name, dict[str, Compromised]] = {}
    for entry in logged:
        if (name := name_of(entry)) in names:
            keys.setdefault(name, {}).update({key: stolen[key] for key in entry.keys})
    told = {name: tuple(found.values()) for name, found in keys.items()}
    return Doubts(frozenset(names), told, _others(logged, name_of, names))


def _others(logged: Sequence[Logged], name_of: NameOf, doubted: set[Name]) -> dict[Name, tuple[str, ...]]:
    ratings = {one for one, who in doubted if who is not None}
    same: dict[str, set[str]] = {}
    for entry in logged:
        if entry.id in ratings and (name := name_of(entry)) not in doubted and name[1] is not None:
            same.setdefault(entry.id, set()).add(name[1])
    return {name: tuple(sorted(same[name[0]])) for name in doubted if name[0] in same}


def told_of(doubted: Doubts) -> str:
    """Why, for all of them together."""
    return reason_for(list(dict.fromkeys(one for keys in doubted.keys.values() for one in keys)))


def reason_for(keys: Sequence[Compromised]) -> str:
    """Why it counts for nothing, for readers."""
    since = min(one.since for one in keys)
    whose = " and ".join(sorted({one.subject for one in keys}))
    return f"signed only with a key of {whose} that was revoked as compromised since {since}"
