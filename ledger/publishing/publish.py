"""Publishing a log as files: what never changes first, the checkpoint last, each time only what is new.

A reader at any moment finds every tile and entry bundle that the checkpoint there speaks of (C2SP tlog-tiles), but for the
bundles with a withheld entry, which are not given out: their leaf hashes and every proof stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain

from ledger.core.canonical import MAX_ENTRY_BYTES, parse_json
from ledger.core.checkpoint import Checkpoint, parse_checkpoint
from ledger.core.dsse import RECORD_TYPE, parse_envelope
from ledger.core.encoding import parse_hash
from ledger.core.note import parse_note
from ledger.core.tiles import MAX_LEVEL, TILE_HEIGHT, TILE_WIDTH, entries_path, parse_entries, tile_path, tile_width
from ledger.errors import ConflictError, FormatError, NotFoundError, VerificationError, WithheldError
from ledger.operations import Operations
from ledger.points import reached
from ledger.publishing.places import CHECKPOINT, Place

_AT_ONCE = 8
_PORTION = 1_024

Progress = Callable[[int, int], None]
"""Told how many files of how many are written."""


@dataclass(frozen=True)
class Published:
    """What a place holds now: the log up to `size`, after `before`; `withheld` are the bundles that are not given out."""

    origin: str
    before: int
    size: int
    files: int
    withheld: tuple[int, ...]


def publish(ledger: Operations, place: Place, progress: Progress = lambda done, of: None) -> Published:
    """The newest checkpoint of the ledger is at the place, and all that it speaks of.

    ConflictError if the place holds another log; VerificationError if what it holds is not how this log begins, and then
    nothing is changed there.
    """
    view = ledger.checkpoint()
    new = Checkpoint(view.origin, view.size, parse_hash(view.root, what="root hash"))
    old = _published(ledger, place, new)
    before = old.size if old else 0
    place.sweep()
    jobs = list(_new_paths(before, new.size))
    hidden: set[int | None] = set()
    withheld_more = False
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for at in range(0, len(jobs), _PORTION):
            for bundle, more in pool.map(lambda job: _copy(ledger, place, *job), jobs[at : at + _PORTION]):
                hidden.add(bundle)
                withheld_more = withheld_more or more
            progress(min(at + _PORTION, len(jobs)), len(jobs))
        if withheld_more and before:
            # What is withheld now may lie in a bundle that was given out before.
            given = range(-(-before // TILE_WIDTH))
            hidden.update(pool.map(lambda index: _take_away(ledger, place, index, new.size), given))
        reached("tiles published")
        place.write(CHECKPOINT, view.note.encode("utf-8"))
        reached("checkpoint published")
        # Only now: until a moment ago the checkpoint there spoke of these.
        list(pool.map(place.remove, _outgrown(before, new.size)))
    return Published(new.origin, before, new.size, len(jobs), tuple(sorted(one for one in hidden if one is not None)))


def _published(ledger: Operations, place: Place, new: Checkpoint) -> Checkpoint | None:
    """The checkpoint that is there, which must be how this log begins."""
    found = place.read(CHECKPOINT)
    if found is None:
        return None
    try:
        old = parse_checkpoint(parse_note(found).text)
    except FormatError as error:
        raise ConflictError(f"the checkpoint there is none: {error.message}", hint="publish into an empty place") from None
    if old.origin != new.origin:
        raise ConflictError(f"{old.origin} is published there, not {new.origin}", hint="publish into an empty place")
    if old.size > new.size:
        raise VerificationError(
            f"{old.size} entries are published there, the log has {new.size}",
            step="consistency",
            hint="a log that shrank is a log that lost entries: was an old backup restored?",
        )
    if old.size and old.root != _root_at(ledger, old.size, new):
        raise VerificationError("what is published there is not how this log begins", step="consistency")
    return old


def _root_at(ledger: Operations, size: int, new: Checkpoint) -> bytes | None:
    """The root that the log had at that size; None if it never published one."""
    if size == new.size:
        return new.root
    try:
        return parse_hash(ledger.consistency(size, new.size).old.root, what="root hash")
    except NotFoundError:
        return None


def _new_paths(before: int, size: int) -> Iterator[tuple[str, int | None]]:
    """Every tile and bundle of the tree of `size` that the one of `before` has not, each bundle with its index."""
    for level in range(MAX_LEVEL + 1):
        nodes, had = size >> TILE_HEIGHT * level, before >> TILE_HEIGHT * level
        if nodes == had:
            if nodes == 0:
                return
            continue
        for index in range(had // TILE_WIDTH, -(-nodes // TILE_WIDTH)):
            width = tile_width(level, index, size)
            yield tile_path(level, index, width), None
            if level == 0:
                yield entries_path(index, width), index


def _outgrown(before: int, size: int) -> Iterator[str]:
    """The narrower widths of tiles that are full now. Those of a tile that is not full stay: somebody may be reading."""
    for level in range(MAX_LEVEL + 1):
        had = before >> TILE_HEIGHT * level
        if had == 0:
            return
        index, width = divmod(had, TILE_WIDTH)
        if width and tile_width(level, index, size) == TILE_WIDTH:
            narrower = range(1, TILE_WIDTH)
            paths = (tile_path(level, index, one) for one in narrower)
            yield from chain(paths, (entries_path(index, one) for one in narrower)) if level == 0 else paths


def _copy(ledger: Operations, place: Place, path: str, bundle: int | None) -> tuple[int | None, bool]:
    """The file is at the place. Which bundle is not given out, and whether records were withheld that may lie before it."""
    try:
        content = ledger.tile(path)
    except WithheldError:
        if bundle is not None:
            # Written by a run that broke off before its checkpoint, it would be spoken of by none and stay.
            _remove_widths(place, bundle, TILE_WIDTH)
        # Whoever withheld what is in it may stand in it too.
        return bundle, True
    place.write(path, content)
    return None, bundle is not None and _withholds(content)


def _take_away(ledger: Operations, place: Place, index: int, size: int) -> int | None:
    """The bundle is not at the place, in any width, if it is not given out; its index then."""
    width = tile_width(0, index, size)
    try:
        ledger.tile(entries_path(index, width))
    except WithheldError:
        _remove_widths(place, index, width)
        return index
    return None


def _remove_widths(place: Place, index: int, most: int) -> None:
    for width in range(1, most + 1):
        place.remove(entries_path(index, width))


def _withholds(packed: bytes) -> bool:
    """Whether a record in the bundle withholds another. A test log holds any bytes."""
    return any(_kind(entry) == "withhold" for entry in parse_entries(packed) if b"payload" in entry)


def _kind(entry: bytes) -> object:
    try:
        record = parse_json(parse_envelope(entry, payload_type=RECORD_TYPE).payload, max_bytes=MAX_ENTRY_BYTES)
    except FormatError:
        return None
    return record.get("kind") if isinstance(record, dict) else None
