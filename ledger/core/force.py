"""Which records are in force: what was taken back is out, and for one subject the newest stands (docs/format.md §4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ledger.core.doubt import NO_DOUBTS, Doubts, Name, NameOf, compromised, doubts, only_signed_by
from ledger.core.evidence import Logged
from ledger.core.subjects import is_private, subject_of
from ledger.errors import NotFoundError
from schemas.dates import bounds
from schemas.records import AssessmentRecord, CorrectionRecord, KeyRecord, SourceRecord, SourceRelationRecord


class Signers:
    """Who a key belonged to when it signed: enrolled names by did:key, as of the entries below an index."""

    def __init__(self, logged: Iterable[Logged]) -> None:
        self._enrolled: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for entry in logged:
            self.add(entry)

    def add(self, entry: Logged) -> None:
        """What a later entry says of keys is known too."""
        if isinstance(entry.record, KeyRecord) and entry.record.action == "enroll":
            self._enrolled[entry.record.public_key].append((entry.index, entry.record.subject))

    def name(self, entry: Logged) -> str:
        """The enrolled subject of the entry's first enrolled signer; the bare key if the log never enrolled one."""
        named = (self.name_of(key, entry.index) for key in entry.keys)
        return next((name for name, key in zip(named, entry.keys, strict=True) if name != key), (*entry.keys, "unsigned")[0])

    def names(self, entry: Logged) -> list[str]:
        """The enrolled subject of each of the entry's signers."""
        return [self.name_of(key, entry.index) for key in entry.keys]

    def name_of(self, key: str, index: int) -> str:
        """The subject that the key was enrolled for last, up to that entry; the bare key if it never was."""
        return next((subject for place, subject in reversed(self._enrolled.get(key, ())) if place <= index), key)


@dataclass(frozen=True)
class Standing:
    """Records that nobody took back. `chains` holds those of one subject, newest first; `free` those without a subject."""

    chains: dict[str, list[Logged]]
    free: list[Logged]
    corrections: dict[str, str]
    aliases: dict[str, str]
    signers: Signers
    of_kind: Mapping[str, list[list[Logged]]]
    """The chains of each kind of record."""
    loose: Mapping[str, list[Logged]]
    """The free ones of each kind of record."""
    doubts: Doubts = NO_DOUBTS
    """What is in doubt, where that was asked."""
    left_out: frozenset[str] = frozenset()
    """Statements that are left out with their signers, as asked."""


def _withheld(logged: Sequence[Logged]) -> set[str]:
    return {entry.record.target for entry in logged if entry.record.kind == "withhold"}


def _effective_corrections(logged: Sequence[Logged]) -> dict[str, Logged]:
    """The correction in force for each target. A correction can itself be taken back, always by a later record."""
    by_id: dict[str, Logged] = {}
    for entry in sorted((one for one in logged if one.record.kind == "correction"), key=lambda one: one.index):
        by_id.setdefault(entry.id, entry)  # who signs it again later changes nothing
    effective: dict[str, Logged] = {}
    for entry in sorted(by_id.values(), key=lambda one: -one.index):
        assert isinstance(entry.record, CorrectionRecord)
        if entry.id not in effective:
            effective.setdefault(entry.record.target, entry)
    return effective


def corrected(logged: Sequence[Logged]) -> dict[str, str]:
    """Record id -> id of the correction in force that takes it back."""
    return {target: entry.id for target, entry in _effective_corrections(logged).items()}


def aliases(logged: Sequence[Logged]) -> dict[str, str]:
    """Record id -> id of the record that stands in its place, followed to the end; a ring of replacements has no end."""
    return _aliases(_effective_corrections(logged))


def _aliases(effective: Mapping[str, Logged]) -> dict[str, str]:
    direct: dict[str, str] = {}
    for target, entry in effective.items():
        if isinstance(entry.record, CorrectionRecord) and entry.record.replaced_by:
            direct[target] = entry.record.replaced_by
    followed: dict[str, str] = {}
    for start in direct:
        seen, here = {start}, direct[start]
        while here in direct and here not in seen:
            seen.add(here)
            here = direct[here]
        if here not in seen:
            followed[start] = here
    return followed


def heard_standing(logged: Sequence[Logged], without: Sequence[str] = ()) -> Standing:
    """The same for who wants to know what counts: without what is in doubt, and what only these signers (an enrolled name or a
    did:key) vouch for. A statement stays, to be shown as set aside; so does the only record of a source. What a correction took
    back stays taken back, until an editor says otherwise. Nobody asks away that a person is private: who says so is heard."""
    signers = Signers(sorted(logged, key=lambda entry: entry.index))
    found = doubts(logged, _naming(signers))
    left = signed_alone_by(without, logged, signers) if without else set()
    for who in without:
        if not any(who in entry.keys or who in signers.names(entry) for entry in logged):
            raise NotFoundError(f"without signer:{who[:60]}: nothing that the claim rests on was put on record by them")
    if not found.names and not left:
        return standing(logged)
    private = {entry.id for entry in logged if isinstance(entry.record, SourceRecord) and is_private(entry.record)}
    stands = standing(logged, found.names | {name for name in left if name[0] not in private})
    return replace(stands, doubts=found, left_out=frozenset(name for name, _ in left))


def signed_alone_by(who: Sequence[str], logged: Sequence[Logged], signers: Signers) -> set[Name]:
    """What these signers, all of them together, alone vouch for among these entries."""

    def is_theirs(entry: Logged, key: str) -> bool:
        return key in who or signers.name_of(key, entry.index) in who

    return only_signed_by(logged, is_theirs, _naming(signers))


def _naming(signers: Signers) -> NameOf:
    return lambda entry: (entry.id, signers.name(entry) if entry.record.kind == "assessment" else None)


def doubts_among(logged: Sequence[Logged]) -> Doubts:
    """Which of these records are in doubt."""
    if not compromised(logged):
        return NO_DOUBTS
    return doubts(logged, _naming(Signers(sorted(logged, key=lambda entry: entry.index))))


def free_of_doubt(logged: Sequence[Logged]) -> list[Logged]:
    """These records but for what is said, told on, rated or related in doubt."""
    names = doubts_among(logged).names
    if not names:
        return list(logged)
    name_of = _naming(Signers(sorted(logged, key=lambda entry: entry.index)))
    return [
        entry
        for entry in logged
        if name_of(entry) not in names or entry.record.kind not in _FALLS_OUT - {"source"} | {"statement"}
    ]


_FALLS_OUT = frozenset({"attribution", "source_relation", "claim_relation", "assessment", "source"})
"""Kinds that count for nothing without a word where they are left out."""


def standing(logged: Sequence[Logged], leaving: Collection[Name] = ()) -> Standing:
    """All records but those that were corrected or withheld, each once, ordered for the two clocks to choose from.

    `leaving` are to count for nothing, as far as their kind falls out without a word.
    """
    ordered = sorted(logged, key=lambda entry: entry.index)
    signers = Signers(ordered)
    effective = _effective_corrections(ordered)
    out = effective.keys() | _withheld(ordered)
    chains: dict[str, list[Logged]] = {}
    of_kind: dict[str, list[list[Logged]]] = defaultdict(list)
    free: list[Logged] = []
    loose: dict[str, list[Logged]] = defaultdict(list)
    only: dict[str, Logged] = {}
    seen: set[tuple[str, str | None]] = set()
    for entry in ordered:
        record = entry.record
        assessor = signers.name(entry) if record.kind == "assessment" else None
        if entry.id in out or (entry.id, assessor) in seen:
            continue
        seen.add((entry.id, assessor))
        subject = subject_of(record, assessor)
        if leaving and record.kind in _FALLS_OUT and (entry.id, assessor) in leaving:
            if isinstance(record, SourceRecord):
                _keep_only(only, record.id, entry)
        elif subject is None:
            free.append(entry)
            loose[record.kind].append(entry)
        elif subject in chains:
            chains[subject].insert(0, entry)
        else:
            chains[subject] = [entry]
            of_kind[record.kind].append(chains[subject])
    for slug, entry in only.items():
        if (subject := f"source:{slug}") not in chains:
            chains[subject] = [entry]
            of_kind["source"].append(chains[subject])
    corrections = {target: entry.id for target, entry in effective.items()}
    return Standing(chains, free, corrections, _aliases(effective), signers, of_kind, loose)


def _keep_only(only: dict[str, Logged], slug: str, entry: Logged) -> None:
    """Of a source of which nothing counts the first record, which is less likely the thief's; but for a person one that calls
    them private, since it is the owner who may have said so."""
    held = only.setdefault(slug, entry).record
    assert isinstance(held, SourceRecord)
    assert isinstance(entry.record, SourceRecord)
    if held.type == "person" and not is_private(held) and is_private(entry.record):
        only[slug] = entry


def in_force(logged: Sequence[Logged]) -> list[Logged]:
    """The records in force on the ledger's clock, in index order."""
    return in_force_of(standing(logged))


def in_force_of(stands: Standing) -> list[Logged]:
    """The same, of what was found to stand already."""
    newest = [chain[0] for chain in stands.chains.values()]
    return sorted([*stands.free, *newest], key=lambda entry: entry.index)


def valid_at(record: AssessmentRecord | SourceRelationRecord, moment: int) -> bool:
    """SCORING 2.1: valid_from absent or at most D, valid_to absent or past D."""
    started = record.valid_from is None or bounds(record.valid_from)[0] <= moment
    return started and (record.valid_to is None or bounds(record.valid_to)[1] > moment)


def in_force_at(chain: Sequence[Logged], moment: int) -> Logged | None:
    """The one record of a subject's chain that speaks for that moment of the world, or None.

    A newer record that begins later leaves the time before its beginning to the older one.
    """
    for entry in chain:
        record = entry.record
        assert isinstance(record, AssessmentRecord | SourceRelationRecord)
        if record.valid_from is None or bounds(record.valid_from)[0] <= moment:
            return entry if valid_at(record, moment) else None
    return None


def in_force_then(stands: Standing, moment: int) -> list[Logged]:
    """The records in force, in index order, of ratings and relations those that speak for that moment of the world."""
    dated = [chain for chain in stands.chains.values() if isinstance(chain[0].record, AssessmentRecord | SourceRelationRecord)]
    then = [entry for chain in dated if (entry := in_force_at(chain, moment)) is not None]
    others = [chain[0] for chain in stands.chains.values() if chain not in dated]
    return sorted([*stands.free, *then, *others], key=lambda entry: entry.index)
