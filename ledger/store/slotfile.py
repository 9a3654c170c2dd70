"""The log's head in a file of two places that are written by turns: one flush a step, where replacing a file takes two."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass

from ledger.errors import StoreError
from ledger.points import reached
from ledger.store.headfile import HeadFile

_PLACE = 16_384
"""Bytes of one place: whole pages of any disk, so that a write that is cut short leaves the other place alone."""
_HEADER = re.compile(rb"onrecord head (\d{1,18}) (\d{1,5}) ([0-9a-f]{64})\n")


@dataclass(frozen=True)
class _Held:
    turn: int
    content: bytes


_Places = tuple[_Held | None, _Held | None]


class SlotFile(HeadFile):
    """As a file that is replaced whole. Each place says whose turn it was, how long what it holds is, and the SHA-256 of both,
    so one that was half written is told from one that is whole, and the other counts."""

    _parsed: tuple[bytes, _Places] | None = None
    """The file as it was found last, and its places: it is read several times for each append."""

    def read(self) -> bytes | None:
        """What was kept last. A file from before there were places is what it holds; one without a whole place, too, which
        whoever opens it will refuse."""
        data = self._data()
        if data is None or not data.startswith(b"onrecord head "):
            return data
        held = [one for one in self._places(data) if one is not None]
        return max(held, key=lambda one: one.turn).content if held else data

    def replace(self, content: bytes) -> None:
        data = self._data() or b""
        places = self._places(data)
        turn = max((one.turn for one in places if one is not None), default=0) + 1
        place = _place(turn, content)
        if len(place) > _PLACE:
            raise StoreError(f"{self.path} has room for {_PLACE} bytes, and the head takes {len(place)}", hint=self._lost)
        if len(data) != 2 * _PLACE or places == (None, None):
            super().replace(place.ljust(2 * _PLACE, b"\0"))
            return
        first, second = places
        older = 0 if first is None or (second is not None and first.turn < second.turn) else 1
        try:
            self._write_over(older * _PLACE, place)
        except OSError as error:
            raise StoreError(f"{self.path} cannot be written: {error.strerror}", hint=self._lost) from None

    def _data(self) -> bytes | None:
        return super().read()

    def _places(self, data: bytes) -> _Places:
        parsed = self._parsed
        if parsed is None or parsed[0] != data:
            parsed = self._parsed = data, (_held(data[:_PLACE]), _held(data[_PLACE : 2 * _PLACE]))
        return parsed[1]

    def _write_over(self, start: int, place: bytes) -> None:
        handle = os.open(self.path, os.O_WRONLY | os.O_NOFOLLOW)
        try:
            written = os.pwrite(handle, place, start)
            if written != len(place):
                raise OSError(0, f"{written} of {len(place)} bytes were taken")
            reached("place written")
            os.fdatasync(handle)
        finally:
            os.close(handle)


def _place(turn: int, content: bytes) -> bytes:
    return b"onrecord head %d %d %s\n" % (turn, len(content), _digest(turn, content)) + content


def _digest(turn: int, content: bytes) -> bytes:
    """Of the turn as well: a header that is half written must not give an older head a newer turn."""
    return hashlib.sha256(b"%d\n" % turn + content).hexdigest().encode()


def _held(place: bytes) -> _Held | None:
    found = _HEADER.match(place)
    if found is None:
        return None
    turn, content = int(found[1]), place[found.end() : found.end() + int(found[2])]
    return _Held(turn, content) if _digest(turn, content) == found[3] else None
