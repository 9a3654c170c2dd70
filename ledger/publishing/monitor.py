"""Watching a log from outside, served by a ledger or as plain files: every new entry, and that nothing before it changed."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from ledger.core.checkpoint import Checkpoint, parse_checkpoint
from ledger.core.encoding import parse_base64, print_base64
from ledger.core.evidence import Logged
from ledger.core.following import Bundle, Followed, Follower
from ledger.core.logkeys import LogTerms, check_not_retired, follow, is_log_word
from ledger.core.merkle import check_consistency, consistency_plan, prove_consistency, root_from_tiles, root_plan
from ledger.core.note import MAX_NOTE_BYTES, OpenedCheckpoint, parse_note
from ledger.core.records import read_entry
from ledger.core.tiles import (
    FULL_TILE_BYTES,
    HASH_BYTES,
    MAX_BUNDLE_ENTRY,
    TILE_WIDTH,
    entries_path,
    parse_entries,
    tile_path,
    tile_width,
    tiles_for,
)
from ledger.core.trust import Trust
from ledger.core.verifying.anchor import open_trusted
from ledger.core.verifying.entries import read_signed
from ledger.errors import CorruptError, FormatError, OnRecordError, StoreError, UnverifiableError, VerificationError
from ledger.publishing.places import CHECKPOINT, Folder

STATE, EVIDENCE = "followed.json", "evidence"
MOST_FAULTS = 100
_BUNDLE_BYTES = TILE_WIDTH * (MAX_BUNDLE_ENTRY + 2)
_MOST_AHEAD = 10_000_000
"""Entries that are looked through for words on the log's keys before any trusted key has signed that there are so many."""
_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_TRIES = 4
_MOMENT = 0.5
_HALF = "half a file, or another one: look again later"


@dataclass(frozen=True)
class Watched:
    """One look: from which size to which, the age of the checkpoint (None where its key tells no time), and what is wrong.

    `hidden` bundles were not given out now; `blind` as long as one is not: nobody can say who may sign what after it.
    """

    origin: str
    before: int
    size: int
    age: int | None
    hidden: int
    blind: bool = False
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Seen:
    """All that is kept of earlier looks: how far, the newest checkpoint as it was signed, and what was wrong up to there."""

    followed: Followed
    note: bytes
    faults: list[str]
    clear: _Clear | None = None


@dataclass(frozen=True)
class _Clear:
    """How it was before the first bundle that was not given out, if one was not: from there on all is read again once it is."""

    followed: Followed
    faults: list[str]


class Monitor:
    """Follows the log at an address, and remembers in a folder how far. What it saw is never looked at again; what was wrong in
    it is told at every look, so that a log cannot go on from a fault in two ways."""

    def __init__(self, address: str, state: Folder, trust: Trust, *, token: str | None = None, records: bool = True) -> None:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(base_url=address, timeout=_TIMEOUT, headers=headers, follow_redirects=False)
        self._state, self._trust, self._records = state, trust, records

    def close(self) -> None:
        self._http.close()

    def look(self, now: int, progress: Callable[[int, int], None] = lambda done, of: None) -> Watched:
        """The log grew since the last look, and by entries that their signers might add: or `faults` say what is wrong with
        these, or was with those before.

        VerificationError, with both checkpoints kept as evidence, if what the log signs now contradicts what it signed before.
        UnverifiableError where what is served is not what was signed: that may be a copy on the way, old or damaged.
        """
        note = self._get(CHECKPOINT, MAX_NOTE_BYTES)
        seen = self._remembered()
        origin = seen.followed.origin if seen else parse_checkpoint(parse_note(note).text).origin
        opened = self._open(note, origin, seen)
        new = opened.checkpoint
        old = seen.followed if seen else Followed(new.origin)
        if new.size <= old.size:
            self._check_no_growth(old, seen, opened, note)
        known = _Seen(old, note, seen.faults if seen else [], seen.clear if seen else None)
        if known.clear is not None and new.size >= old.size and self._is_given_out_now(known.clear, old, new):
            known = _Seen(known.clear.followed, note, known.clear.faults)
        if new.size <= known.followed.size:
            return Watched(new.origin, old.size, new.size, _age(opened, now), 0, old.blind, known.faults)
        found, hidden = self._followed(known, old, new, note, progress)
        self._check_not_retired(note, found.followed)
        self._remember(found)
        return Watched(new.origin, old.size, new.size, _age(opened, now), hidden, found.followed.blind, found.faults)

    def _followed(
        self, known: _Seen, old: Followed, new: Checkpoint, note: bytes, progress: Callable[[int, int], None]
    ) -> tuple[_Seen, int]:
        """The log up to the new checkpoint, from what is known on, and how many bundles of that were not given out."""
        follower, faults, clear, hidden = Follower(known.followed), list(known.faults), known.clear, 0
        for bundle in self._bundles(known.followed.size, new.size):
            if bundle.entries is None and not follower.followed.blind:
                clear = _Clear(follower.followed, faults[:MOST_FAULTS])
            try:
                faults += follower.take(bundle, records=self._records)
            except VerificationError as error:
                raise self._judged(error.message, old, new, note) from None
            hidden += bundle.entries is None
            progress(min(bundle.first + TILE_WIDTH, new.size), new.size)
        try:
            follower.check(new)
        except VerificationError as error:
            raise self._judged(error.message, old, new, note) from None
        return _Seen(follower.followed, note, faults[:MOST_FAULTS], clear), hidden

    def _is_given_out_now(self, clear: _Clear, old: Followed, new: Checkpoint) -> bool:
        """The bundle that was missing is there, in a log that begins with what was seen since."""
        index = clear.followed.size // TILE_WIDTH
        width = tile_width(0, index, new.size)
        if self._either(entries_path(index, width), entries_path(index), _BUNDLE_BYTES) is None:
            return False
        return new.size == old.size or self._begins(old.size, old.root, new.size, new.root) is True

    def _check_no_growth(self, old: Followed, seen: _Seen | None, opened: OpenedCheckpoint, note: bytes) -> None:
        new = opened.checkpoint
        if new.size == old.size:
            if new.root != old.root:
                raise self._contradiction(f"two roots for the size {new.size}", old, new, note)
            return
        what = f"the log had {old.size} entries and now shows {new.size}"
        before = None if seen is None else self._open(seen.note, old.origin, seen).time
        if opened.time is not None and before is not None and opened.time > before:
            raise self._contradiction(f"{what}, signed later: it lost entries", old, new, note)
        if new.size and self._begins(new.size, new.root, old.size, old.root) is False:
            raise self._contradiction(f"{what}, which are not how it began", old, new, note)
        raise UnverifiableError(f"{what}: an old copy, from before the last look", step="consistency", hint="look again later")

    def _judged(self, what: str, old: Followed, new: Checkpoint, note: bytes) -> OnRecordError:
        """The error for entries that do not follow from those seen before: a contradiction only where two signed checkpoints
        contradict each other."""
        if old.size and self._begins(old.size, old.root, new.size, new.root) is False:
            return self._contradiction(what, old, new, note)
        return UnverifiableError(
            f"{what}: what is served is not what was signed",
            step="log",
            hint="a copy on the way may be old or damaged; look again later, or where the log is served first",
        )

    def _begins(self, size: int, root: bytes, larger: int, larger_root: bytes) -> bool | None:
        """Whether the larger tree begins with the smaller one; None where the tiles there are not those of the larger one, so
        that nothing follows from them."""
        try:
            plan = [*consistency_plan(size, larger), *root_plan(size)]
            tiles = {tile.place: self._tile(*tile.place, tile.width) for tile in tiles_for(plan, larger)}
            found = root_from_tiles(size, tiles)
            check_consistency(size, larger, found, larger_root, prove_consistency(size, larger, tiles))
        except (VerificationError, CorruptError, StoreError, FormatError):
            return None
        return found == root

    # The log's keys

    def _open(self, note: bytes, origin: str, seen: _Seen | None) -> OpenedCheckpoint:
        """The checkpoint, signed by a key that is trusted, or by one that such a key has put in its place since: by what was
        seen before or, where the log did all of that since, by what it has now. Every word on a key of the log is signed by the
        key before, so it is believed wherever it is."""
        known = seen.followed.keys if seen else ()
        trust = self._trust.also(self._terms(known).keys)
        try:
            return open_trusted(note, origin, trust)
        except UnverifiableError:
            if not self._records:
                raise
            size = parse_checkpoint(parse_note(note).text).size
            later = self._words_ahead(seen.followed.size if seen else 0, size)
            more = trust.also(follow(self._trust.logs, [*_words_among(known), *later]).keys)
            if more == trust:
                raise
            return open_trusted(note, origin, more)

    def _check_not_retired(self, note: bytes, followed: Followed) -> None:
        terms = self._terms(followed.keys)
        if terms.terms:
            opened = open_trusted(note, followed.origin, self._trust.also(terms.keys))
            check_not_retired(opened.log_keys, opened.checkpoint.size, terms)

    def _words_ahead(self, start: int, size: int) -> list[Logged]:
        """Words on the log's keys from there on, as they are given out; that they are in the log is not proven, nor yet that
        it has so many entries: of very many it looks at the first."""
        bundles = self._bundles(start, min(size, (start + _MOST_AHEAD) // TILE_WIDTH * TILE_WIDTH))
        return [one for bundle in bundles for one in _words_among(enumerate(bundle.entries or (), start=bundle.first))]

    def _terms(self, entries: Iterable[tuple[int, bytes]]) -> LogTerms:
        return follow(self._trust.logs, _words_among(entries))

    # What is kept

    def _remembered(self) -> _Seen | None:
        kept = self._state.read(STATE)
        if kept is None:
            return None
        try:
            value = json.loads(kept)
            followed = Followed(
                value["origin"],
                value["size"],
                tuple(parse_base64(one) for one in value["edge"]),
                tuple((index, parse_base64(entry)) for index, entry in value["keys"]),
                value["blind"],
            )
            clear = value.get("clear")  # an older version kept none
            return _Seen(followed, value["checkpoint"].encode("utf-8"), value["faults"], clear and _read_clear(followed, clear))
        except (ValueError, KeyError, TypeError, AttributeError, FormatError, RecursionError) as error:
            raise CorruptError(
                f"{STATE} cannot be read: {type(error).__name__}",
                hint="move the folder away to look at the log from its first entry",
            ) from None

    def _remember(self, seen: _Seen) -> None:
        followed = seen.followed
        value: dict[str, Any] = {
            "origin": followed.origin,
            "size": followed.size,
            "edge": [print_base64(one) for one in followed.edge],
            "keys": [[index, base64.b64encode(entry).decode()] for index, entry in followed.keys],
            "blind": followed.blind,
            "checkpoint": seen.note.decode("utf-8"),
            "faults": seen.faults,
            "clear": seen.clear and _written_clear(seen.clear),
        }
        # One file: of two, one could be older than the other, and what is kept as evidence would be another state's.
        self._state.write(STATE, json.dumps(value).encode())

    def _contradiction(self, what: str, old: Followed, new: Checkpoint, note: bytes) -> VerificationError:
        """Both signed checkpoints are kept: whoever holds them can show that the log contradicts itself."""
        seen = self._remembered()
        name = f"{EVIDENCE}/{old.size}-{new.size}-{new.root.hex()[:8]}"
        self._state.write(f"{name}.now", note)
        if seen is not None:
            self._state.write(f"{name}.before", seen.note)
        return VerificationError(
            what, step="consistency", hint=f"what the log signed is kept under {self._state.root / name}.*"
        )

    # What is read

    def _bundles(self, before: int, size: int) -> Iterator[Bundle]:
        for index in range(before // TILE_WIDTH, -(-size // TILE_WIDTH)):
            width = tile_width(0, index, size)
            packed = self._either(entries_path(index, width), entries_path(index), _BUNDLE_BYTES)
            if packed is None:
                # A bundle that is withheld is not there for good, but so is one for a moment that is being put there.
                time.sleep(_MOMENT)
                packed = self._either(entries_path(index, width), entries_path(index), _BUNDLE_BYTES)
            if packed is None:
                tile = self._tile(0, index, width)
                bundle = Bundle(index, None, [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)])
            else:
                bundle = Bundle.of(index, _entries(index, packed)[:width])
            if len(bundle.leaves) != width:
                what = f"bundle {index} has {len(bundle.leaves)} entries, wanted {width}"
                raise UnverifiableError(what, step="entries", hint=_HALF)
            yield bundle

    def _tile(self, level: int, index: int, width: int) -> bytes:
        path = tile_path(level, index, width)
        found = self._either(path, tile_path(level, index), FULL_TILE_BYTES)
        if found is None:
            raise StoreError(f"{self._http.base_url} has no /{path}")
        return found[: width * HASH_BYTES]

    def _either(self, path: str, full: str, most: int) -> bytes | None:
        """What is at the path; where the log has grown past it since its checkpoint was read, at the full width's."""
        found = self._find(path, most)
        return self._find(full, most) if found is None and full != path else found

    def _get(self, path: str, most: int) -> bytes:
        found = self._find(path, most)
        if found is None:
            raise StoreError(f"{self._http.base_url} has no /{path}", hint="is this the address of a log (C2SP tlog-tiles)?")
        return found

    def _find(self, path: str, most: int) -> bytes | None:
        """The file, or None where it is not given out (404, 410, 451). Trouble on the way is tried again a few times."""
        for left in reversed(range(_TRIES)):
            try:
                with self._http.stream("GET", "/" + path) as response:
                    if response.status_code in (404, 410, 451):
                        return None
                    if response.status_code == 200:
                        return _read_bounded(response, path, most)
                    what = f"answered {response.status_code}"
                    if response.status_code < 500 and response.status_code != 429:
                        break
            except httpx.HTTPError as error:
                what = f"did not answer: {type(error).__name__}"
            if left:
                time.sleep(0.5 * (_TRIES - left))
        raise StoreError(f"{self._http.base_url} {what} for /{path}")


def _words_among(entries: Iterable[tuple[int, bytes]]) -> list[Logged]:
    """Those of the entries that are signed words on the log's keys. What cannot be read is told where all entries are."""
    found = []
    for index, entry in entries:
        with suppress(OnRecordError):
            if is_log_word(read_entry(index, entry).record):
                found.append(read_signed(index, entry))
    return found


def _written_clear(clear: _Clear) -> dict[str, Any]:
    """As much of it as the whole does not say already: keys are those of the whole up to there."""
    return {
        "size": clear.followed.size,
        "edge": [print_base64(one) for one in clear.followed.edge],
        "faults": clear.faults,
    }


def _read_clear(whole: Followed, value: dict[str, Any]) -> _Clear:
    size: int = value["size"]
    edge = tuple(parse_base64(one) for one in value["edge"])
    keys = tuple((index, entry) for index, entry in whole.keys if index < size)
    return _Clear(Followed(whole.origin, size, edge, keys), value["faults"])


def _entries(index: int, packed: bytes) -> list[bytes]:
    try:
        return parse_entries(packed)
    except FormatError as error:
        raise UnverifiableError(f"bundle {index} cannot be read: {error.message}", step="entries", hint=_HALF) from None


def _read_bounded(response: httpx.Response, path: str, most: int) -> bytes:
    content = bytearray()
    for part in response.iter_bytes():
        content += part
        if len(content) > most:
            raise FormatError(f"/{path} is longer than {most} bytes")
    return bytes(content)


def _age(opened: OpenedCheckpoint, now: int) -> int | None:
    return None if opened.time is None else max(0, now - opened.time)
