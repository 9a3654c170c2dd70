"""How a record gets into the log: opened, held against the rules, appended, proven. All of a list, or nothing of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass

from ledger.core.canonical import digest
from ledger.core.checkpoint import Checkpoint
from ledger.core.encoding import print_base64
from ledger.core.evidence import Logged
from ledger.core.known import Known
from ledger.core.logkeys import is_log_word
from ledger.core.merkle import Growth, grow, leaf_hash
from ledger.core.note import sign_checkpoint_by
from ledger.core.rules import check_record
from ledger.core.vkey import Signer
from ledger.errors import (
    BusyError,
    KeyMissingError,
    NotFoundError,
    OnRecordError,
)
from ledger.keys import LedgerKeys
from ledger.points import reached
from ledger.service.facts import gather
from ledger.service.heads import Heads
from ledger.service.logkeys import next_signers
from ledger.service.openings import as_stored, erase, never_kept, project_again, withheld_by
from ledger.service.projecting import projection_of, stored_values
from ledger.service.submitted import Name, Opened, Submitted, naming
from ledger.service.tree import Edges, inclusion_proofs
from ledger.store.protocol import NewEntry, Projection, Snapshot, StoredCheckpoint, StoredOpening, Tile, Writer
from schemas.dates import time_of
from schemas.ids import Opening
from schemas.log import CheckpointView, Receipt
from schemas.records import AssessmentRecord, WithholdRecord

_LONGEST_WAIT = 3_600
RAW = "raw"
"""The kind under which a test log keeps bytes that are no record."""


@dataclass(frozen=True)
class Joining:
    """New records with their places, what is known once they are there, and which submissions of the group are refused."""

    new: list[tuple[Opened, Logged]]
    places: dict[Name, int]
    known: Known
    refused: dict[int, OnRecordError]


@dataclass(frozen=True)
class Desk:
    """What an append needs besides the store: the log's keys, its clock, edges of trees seen lately, how far the log went."""

    keys: LedgerKeys | None
    clock: Callable[[], int]
    edges: Edges
    heads: Heads

    def signing_keys(self) -> LedgerKeys:
        if self.keys is None:
            raise KeyMissingError("this side has no keys of the log, so it cannot append", hint="name them with --keys")
        return self.keys

    def next_time(self, last: int) -> int:
        """The time of the next checkpoint. The log's time never decreases, or receipts could be dated back."""
        now = self.clock()
        refuse_early(now, last)
        return now


def refuse_early(now: int, last: int) -> None:
    """BusyError if the clock says less than the newest checkpoint."""
    if now < last:
        raise BusyError(
            f"the clock says {time_of(now)}, the newest checkpoint is of {time_of(last)}",
            retry_after=min(last - now, _LONGEST_WAIT),
            hint="set this machine's clock; the log signs nothing that is older than what it signed",
        )


# Joining


def join(snapshot: Snapshot, opened: Submitted, desk: Desk) -> Joining:
    """As `join_group`, for one submission that must not be refused."""
    joining = join_group(snapshot, [opened], desk)
    if joining.refused:
        raise joining.refused[0]
    return joining


def join_group(snapshot: Snapshot, group: Sequence[Submitted], desk: Desk) -> Joining:
    """Those that are not on record yet get the next places; each is held against everything below it, as if the submissions
    had come one after the other. One that is refused leaves nothing behind for those after it."""
    opened = [one for submission in group for one in submission]
    now, last = desk.clock(), snapshot.checkpoint.time
    known = gather(snapshot, [one.draft for one in opened], max(now, last))
    places = _known_places(snapshot, opened)
    new: list[tuple[Opened, Logged]] = []
    refused: dict[int, OnRecordError] = {}
    for number, submission in enumerate(group):
        # Halfway through a list, what went before is known already.
        trial = known.copy() if len(submission) > 1 and len(group) > 1 else known
        try:
            taken = _held_against(trial, submission, places, lambda: refuse_early(now, last))
        except OnRecordError as error:
            refused[number] = error
            continue
        known = trial
        new += taken
        places |= {one.name: entry.index for one, entry in taken}
    return Joining(new, places, known, refused)


def _held_against(
    known: Known, submission: Submitted, places: Mapping[Name, int], before_signing: Callable[[], None]
) -> list[tuple[Opened, Logged]]:
    """The new ones of a submission, which are known from now on."""
    taken: dict[Name, tuple[Opened, Logged]] = {}
    for number, one in enumerate(submission):
        if one.name in places or one.name in taken:
            continue
        if not taken:
            # Where all is on record nothing is signed, and it does not matter what the clock says.
            before_signing()
        entry = Logged(known.size, one.draft.id, one.draft.record, one.draft.keys)
        with naming(number, len(submission)):
            check_record(entry, known)
        taken[one.name] = one, entry
        known.add(entry)
    return list(taken.values())


def _known_places(snapshot: Snapshot, opened: Submitted) -> dict[Name, int]:
    found = snapshot.find(sorted({one.draft.id for one in opened}))
    entries = snapshot.entries([index for indexes in found.values() for index in indexes])
    return {(entry.record_id, entry.keys): entry.index for entry in entries}


# Appending


@dataclass(frozen=True)
class Added:
    """What a submission has become: where its first entry is, and its receipts in order, which raw bytes have none of.

    `erased`: openings went because of it, so the store is to be scrubbed. `signed`: whose signatures came with it, once for
    each record; not those that were on record already, which anybody can read there and hand in again.
    """

    index: int
    receipts: list[Receipt]
    erased: bool = False
    signed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Appended:
    """What a group of submissions has become, or why each was refused. `left_out` openings were sent and are not kept;
    `withholds`: something is not to be shown any more."""

    answers: list[Added | OnRecordError]
    new: int
    size: int
    left_out: int
    withholds: bool

    @property
    def known(self) -> int:
        """How many records of those that were taken had been on record before."""
        return sum(len(answer.receipts) for answer in self.answers if isinstance(answer, Added)) - self.new

    @property
    def refused(self) -> int:
        return sum(isinstance(answer, OnRecordError) for answer in self.answers)


@dataclass(frozen=True)
class Stored:
    """What a batch has become: so many records are new. `erased`: openings went because of it, so it is to be scrubbed."""

    new: int
    size: int
    left_out: int
    erased: bool
    withholds: bool


@dataclass(frozen=True)
class _Written:
    step: Step
    erased: set[str]
    left_out: int
    withholds: bool


def append_group(writer: Writer, desk: Desk, group: Sequence[Submitted]) -> Appended:
    """One step of the log for all that is new in a group of submissions. What was on record already keeps its place, and
    nothing is written for it: no opening either.

    What is withheld loses its openings in the same transaction, and gets none again; nor does what an order has erased.
    """
    joining = join_group(writer, group, desk)
    written = _write(writer, desk, group, joining)
    answers = _answers(writer, group, joining, written.step, written.erased)
    return Appended(answers, len(joining.new), written.step.size, written.left_out, written.withholds)


def append_batch(writer: Writer, desk: Desk, batch: Submitted) -> Stored:
    """One step of the log for all of a batch that is new, or the error of the first that is refused. Nobody gets receipts."""
    joining = join(writer, batch, desk)
    written = _write(writer, desk, [batch], joining)
    return Stored(len(joining.new), written.step.size, written.left_out, bool(written.erased), written.withholds)


def _write(writer: Writer, desk: Desk, group: Sequence[Submitted], joining: Joining) -> _Written:
    opened = [one for number, submission in enumerate(group) if number not in joining.refused for one in submission]
    withheld = withheld_by(writer, [one.draft for one in opened])
    openings = _to_keep(writer, joining, withheld)
    before = writer.openings(list(openings)) if openings else {}
    sealing = [entry for one, entry in joining.new if b'"sealed"' in one.payload]
    said = stored_values(writer, sealing) | {name: one.value for name, one in openings.items()}
    said = {name: value for name, value in said.items() if name not in withheld}
    entries = [_new_entry(one, entry, joining.known, said) for one, entry in joining.new]
    size = writer.checkpoint.size
    words = [entry for _, entry in joining.new if is_log_word(entry.record)]
    step = _take_step(writer, desk, entries, as_stored(openings), joining.known.time, words)
    project_again(writer, openings.keys() - before.keys(), size)
    erased = erase(writer, withheld)
    sent = {name for one in opened for name in one.openings}
    left_out = len(sent - openings.keys() - writer.openings(list(sent)).keys()) if sent else 0
    withholds = any(isinstance(one.draft.record, WithholdRecord) for one, _ in joining.new)
    return _Written(step, erased, left_out, withholds)


def _to_keep(writer: Writer, joining: Joining, withheld: set[str]) -> dict[str, Opening]:
    sent = {name: opening for one, _ in joining.new for name, opening in one.openings.items()}
    refused = withheld | never_kept(writer, sent.keys())
    return {name: opening for name, opening in sent.items() if name not in refused}


def _answers(
    writer: Writer, group: Sequence[Submitted], joining: Joining, step: Step, erased: set[str]
) -> list[Added | OnRecordError]:
    taken = [one for number, submission in enumerate(group) if number not in joining.refused for one in submission]
    indexes = sorted({joining.places[one.name] for one in taken})
    proofs = inclusion_proofs(writer, indexes, step.size, step.edge, step.new_tiles) if indexes else {}
    first_time = {entry.index: one for one, entry in joining.new}
    signed = _signed_first(joining, first_time.keys())
    view = checkpoint_view(writer.identity.origin, step.checkpoint)

    def receipt(one: Opened) -> Receipt:
        index = joining.places[one.name]
        known = first_time.get(index) is not one
        return receipt_of(one.draft.id, index, leaf_hash(one.envelope), proofs[index], view, known=known)

    def answer(submission: Submitted) -> Added:
        receipts = [receipt(one) for one in submission]
        erases = bool(erased) and not erased.isdisjoint(withheld_by(writer, [one.draft for one in submission]))
        own = (key for one in receipts if not one.already_on_record for key in signed[one.index])
        return Added(receipts[0].index, receipts, erases, tuple(own))

    return [joining.refused.get(number) or answer(submission) for number, submission in enumerate(group)]


def _signed_first(joining: Joining, new: Set[int]) -> dict[int, list[str]]:
    """Of each new entry the keys that had not signed its record before: under other signatures it is an entry of its own."""
    before: dict[str, set[str]] = {}
    found = {}
    for (name, keys), index in joining.places.items():  # what was on record comes first
        seen = before.setdefault(name, set())
        if index in new:
            found[index] = [key for key in keys if key not in seen]
        seen.update(keys)
    return found


def append_raw(writer: Writer, desk: Desk, group: Sequence[bytes]) -> list[Added | OnRecordError]:
    """The indexes of these bytes in a test log; the same bytes have one place."""
    names = [digest(data) for data in group]
    answers = {name: Added(indexes[0], []) for name, indexes in writer.find(sorted(set(names))).items()}
    coming = {name: data for name, data in zip(names, group, strict=True) if name not in answers}
    if coming:
        last = writer.checkpoint
        try:
            time = desk.next_time(last.time)
        except BusyError as error:
            return [answers.get(name, error) for name in names]
        nothing = Projection(False, None, (), (), ())
        entries = [NewEntry(name, RAW, (), leaf_hash(data), data, nothing) for name, data in coming.items()]
        _take_step(writer, desk, entries, [], time)
        answers |= {name: Added(index, []) for index, name in enumerate(coming, last.size)}
    return [answers[name] for name in names]


@dataclass(frozen=True)
class Step:
    """The log after an append, or as it was if there was nothing to append."""

    checkpoint: StoredCheckpoint
    edge: tuple[bytes, ...]
    new_tiles: Mapping[tuple[int, int], bytes]

    @property
    def size(self) -> int:
        return self.checkpoint.size


def _take_step(
    writer: Writer,
    desk: Desk,
    entries: Sequence[NewEntry],
    openings: Sequence[StoredOpening],
    time: int,
    words: Sequence[Logged] = (),
) -> Step:
    """The log with these entries, `words` of which are about its own keys."""
    last = writer.checkpoint
    # Of the edge first: it is held against the newest checkpoint's root, so that nothing is ever signed on top of a fault.
    edge = desk.edges.of(writer)
    desk.heads.refuse_fork(writer, desk.heads.recall())
    if not entries:
        return Step(last, edge, {})
    desk.heads.refuse_unwritable()
    reached("checked")
    growth = grow(last.size, edge, [entry.leaf_hash for entry in entries])
    signers = next_signers(desk.signing_keys(), writer, words)
    checkpoint = sign_growth(signers, writer.identity.origin, growth, last.seq + 1, time)
    reached("signed")
    tiles = [Tile(tile.level, tile.index, tile.hashes) for tile in growth.full]
    writer.append(entries, tiles, openings, checkpoint, time)
    desk.edges.remember(growth.size, growth.root, growth.edge)
    return Step(checkpoint, growth.edge, {(tile.level, tile.index): tile.hashes for tile in tiles})


def sign_growth(signers: Sequence[Signer], origin: str, growth: Growth, seq: int, time: int) -> StoredCheckpoint:
    note = sign_checkpoint_by(Checkpoint(origin, growth.size, growth.root), signers, time)
    return StoredCheckpoint(seq, growth.size, growth.root, time, note)


def _new_entry(one: Opened, entry: Logged, known: Known, said: Mapping[str, str]) -> NewEntry:
    first = known.first(entry.id) is entry
    name = known.name_of(entry.keys, entry.index) if isinstance(entry.record, AssessmentRecord) else None
    projection = projection_of(entry, name, said, first=first, seals=b'"sealed"' in one.payload, found=one.findable)
    return NewEntry(entry.id, entry.record.kind, entry.keys, leaf_hash(one.envelope), one.envelope, projection)


def checkpoint_view(origin: str, checkpoint: StoredCheckpoint) -> CheckpointView:
    if checkpoint.note is None:
        raise NotFoundError(f"the signatures of the checkpoint of size {checkpoint.size} were not kept")
    return CheckpointView(
        origin=origin,
        size=checkpoint.size,
        root=print_base64(checkpoint.root),
        time=time_of(checkpoint.time),
        note=checkpoint.note.decode("utf-8"),
    )


def receipt_of(
    record_id: str,
    index: int,
    leaf: bytes,
    proof: Sequence[bytes],
    view: CheckpointView,
    *,
    witnessed: bool = False,
    known: bool = True,
) -> Receipt:
    """The receipt of an entry under the checkpoint of that view. `known`: it was on record before it was sent, or asked for."""
    return Receipt(
        record_id=record_id,
        index=index,
        leaf_hash=print_base64(leaf),
        proof=[print_base64(one) for one in proof],
        checkpoint=view,
        witnessed=witnessed,
        already_on_record=known,
    )
