"""OpenTimestamps proofs (file format 1): a way of hashes from a SHA-256 to what attests it, a calendar or a block of Bitcoin.

A calendar only promises: nothing is proven until a block is named. That a block is in the chain no proof can say: it
is shown by its height, and is verified only against the header of that block, which whoever verifies has from elsewhere.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ledger.errors import FormatError, VerificationError
from schemas.dates import time_of

MAGIC = b"\x00OpenTimestamps\x00\x00Proof\x00\xbf\x89\xe2\xe8\x84\xe8\x92\x94"
MAX_PROOF_BYTES = 65_536
MAX_ATTESTATIONS = 100
MAX_STEPS = 256
MAX_CALENDARS = 20
_VERSION = b"\x01"
_SHA256, _APPEND, _PREPEND = 0x08, 0xF0, 0xF1
_ATTESTATION, _FORK = 0x00, 0xFF
_PENDING, _BITCOIN = bytes.fromhex("83dfe30d2ef90c8e"), bytes.fromhex("0588960d73d71901")
_MAX_MESSAGE, _MAX_PAYLOAD, _MAX_URI = 4_096, 8_192, 1_000
_URI = re.compile(rb"[A-Za-z0-9._/:-]{1,1000}")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_HEADER = re.compile(r"(0|[1-9][0-9]{0,8}) ([0-9a-f]{160})")
_STEP = "timestamp"
Step = tuple[int, bytes]
"""What is done to a message: its sign, and what is put behind or before."""


@dataclass(frozen=True)
class Attested:
    """A leaf: the steps that lead there, the message that stands there, and who attests it (a tag and its payload)."""

    steps: tuple[Step, ...]
    message: bytes
    tag: bytes
    payload: bytes

    @property
    def calendar(self) -> str | None:
        """The address that a calendar gives of itself, where it promises to get the message into a block."""
        return _Bytes(self.payload).sized(_MAX_URI).decode() if self.tag == _PENDING else None

    @property
    def height(self) -> int | None:
        """The block whose Merkle root the message is to be."""
        return _Bytes(self.payload).number() if self.tag == _BITCOIN else None


@dataclass(frozen=True)
class Proof:
    digest: bytes
    attested: tuple[Attested, ...]


@dataclass(frozen=True)
class Told:
    """What a proof comes to: `time` is that of the block, if its header was given; without a `height` it is only promised."""

    height: int | None
    time: str | None
    calendar: str | None


def parse_proof(content: bytes) -> Proof:
    """FormatError for what is no proof over a SHA-256, or goes another way than by SHA-256 and bytes behind or before."""
    if len(content) > MAX_PROOF_BYTES:
        raise FormatError(f"a proof of {len(content)} bytes, at most {MAX_PROOF_BYTES} are read")
    start = MAGIC + _VERSION + bytes([_SHA256])
    if not content.startswith(start):
        raise FormatError("no OpenTimestamps proof of form 1 over a SHA-256")
    rest = _Bytes(content[len(start) :])
    digest = rest.take(32)
    return Proof(digest, _leaves(rest, digest))


def parse_answer(content: bytes, message: bytes) -> tuple[Attested, ...]:
    """What a calendar answers about a message: where its steps lead."""
    if len(content) > MAX_PROOF_BYTES:
        raise FormatError(f"an answer of {len(content)} bytes, at most {MAX_PROOF_BYTES} are read")
    return _leaves(_Bytes(content), message)


def print_proof(proof: Proof) -> bytes:
    """As OpenTimestamps writes it: attestations and steps in their order, what they have in common once."""
    tree: _Node = _Node()
    for one in proof.attested:
        tree.add(one.steps, (one.tag, one.payload))
    return MAGIC + _VERSION + bytes([_SHA256]) + proof.digest + tree.printed()


def blinded(digest: bytes, nonce: bytes) -> tuple[tuple[Step, ...], bytes]:
    """The steps to a message that says nothing about the digest to whoever sees it."""
    steps: tuple[Step, ...] = ((_APPEND, nonce), (_SHA256, b""))
    return steps, _done(digest, steps)


def joined(digest: bytes, steps: tuple[Step, ...], answer: Sequence[Attested]) -> Proof:
    """The proof of what a calendar answered about the message that the steps lead to."""
    return Proof(digest, tuple(_behind(steps, one) for one in answer))


def completed(proof: Proof, promise: Attested, answer: Sequence[Attested]) -> Proof | None:
    """The proof with blocks in place of a promise; None where the answer names none."""
    blocks = [_behind(promise.steps, one) for one in answer if one.height is not None]
    if not blocks:
        return None
    kept = [one for one in proof.attested if one != promise]
    return Proof(proof.digest, tuple(dict.fromkeys([*kept, *blocks])))


def check_proof(content: bytes, digest: bytes, headers: Mapping[int, bytes]) -> Told:
    """What the proof says of a SHA-256. VerificationError where it is over another, or not what a given header says:

    1. the proof is one, and over this digest
    2. of each block whose header is given, the Merkle root is what the proof's steps lead to, and the header has its own proof
       of work
    """
    try:
        proof = parse_proof(content)
    except FormatError as error:
        raise VerificationError(f"there is no proof in it: {error.message}", step=_STEP) from None
    if proof.digest != digest:
        raise VerificationError("the proof is over other bytes", step=_STEP)
    blocks = sorted((one.height, one.message) for one in proof.attested if one.height is not None)
    times = {height: _block_time(height, message, headers[height]) for height, message in blocks if height in headers}
    if times:
        height = min(times, key=lambda one: times[one])
        return Told(height, time_of(times[height]), None)
    promised = next((one.calendar for one in proof.attested if one.calendar is not None), None)
    return Told(blocks[0][0] if blocks else None, None, promised if not blocks else None)


def told(found: Told) -> str:
    """In words, which claim no more than was shown."""
    if found.time is not None:
        return f"{found.time} by the header that was given of Bitcoin block {found.height}"
    if found.height is not None:
        return f"Bitcoin block {found.height}, not verified: no header of that block was given"
    return f"promised by {found.calendar or 'nobody who is known'}, which proves nothing yet"


def _block_time(height: int, message: bytes, header: bytes) -> int:
    if header[36:68] != message:
        raise VerificationError(f"the header of block {height} has another Merkle root than the proof", step=_STEP)
    bits = int.from_bytes(header[72:76], "little")
    target = (bits & 0x7FFFFF) << (8 * ((bits >> 24) - 3)) if 3 <= bits >> 24 <= 32 else 0
    if int.from_bytes(hashlib.sha256(hashlib.sha256(header).digest()).digest(), "little") > target:
        raise VerificationError(f"the header of block {height} has no proof of work: it is no block's", step=_STEP)
    return int.from_bytes(header[68:72], "little")


def parse_headers(text: str) -> dict[int, bytes]:
    """Headers of blocks by their heights: a line `HEIGHT HEADER`, the header in 160 hexadecimal digits; `#` begins a remark."""
    found: dict[int, bytes] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        words = " ".join(line.split("#", 1)[0].split())
        if not words:
            continue
        one = _HEADER.fullmatch(words)
        if one is None or int(one[1]) in found:
            raise FormatError(
                f"line {number} is no block header, wanted: HEIGHT HEADER", hint="a header has 160 hexadecimal digits"
            )
        found[int(one[1])] = bytes.fromhex(one[2])
    return found


def parse_calendars(text: str) -> list[tuple[str, str]]:
    """Name and address of each line `calendar NAME URL`; other lines are those of authorities."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split("#", 1)[0].split()
        if not words or words[0] != "calendar":
            continue
        if len(words) != 3 or not _NAME.fullmatch(words[1]):
            raise FormatError(f"line {number} is no calendar, wanted: calendar NAME URL", hint="NAME is like alice")
        found.append((words[1], words[2]))
    if len({name for name, _ in found}) != len(found) or len(found) > MAX_CALENDARS:
        raise FormatError(f"wanted up to {MAX_CALENDARS} calendars, each name once")
    return found


def _behind(steps: tuple[Step, ...], one: Attested) -> Attested:
    return Attested((*steps, *one.steps), one.message, one.tag, one.payload)


def _done(message: bytes, steps: Sequence[Step]) -> bytes:
    for sign, words in steps:
        message = (
            hashlib.sha256(message).digest() if sign == _SHA256 else message + words if sign == _APPEND else words + message
        )
    return message


# The bytes


class _Bytes:
    def __init__(self, content: bytes) -> None:
        self._content, self._at = content, 0

    @property
    def over(self) -> bool:
        return self._at == len(self._content)

    def take(self, count: int) -> bytes:
        found = self._content[self._at : self._at + count]
        if len(found) != count:
            raise FormatError("the proof is cut off")
        self._at += count
        return found

    def number(self) -> int:
        """Seven bits a byte, the lowest first, in one spelling."""
        found = 0
        for shift in range(0, 63, 7):
            (byte,) = self.take(1)
            found |= (byte & 0x7F) << shift
            if byte < 0x80:
                if byte == 0 and shift:
                    break
                return found
        raise FormatError("the proof has a number that is none")

    def sized(self, most: int) -> bytes:
        count = self.number()
        if count > most:
            raise FormatError(f"the proof has {count} bytes at once, at most {most} are read")
        return self.take(count)


def _leaves(rest: _Bytes, message: bytes) -> tuple[Attested, ...]:
    found: list[Attested] = []
    for one in _read(rest, message, ()):
        found.append(one)
        if len(found) > MAX_ATTESTATIONS:
            raise FormatError(f"the proof has more than {MAX_ATTESTATIONS} attestations")
    if not rest.over:
        raise FormatError("there is more than a proof in it")
    return tuple(dict.fromkeys(found))


def _read(rest: _Bytes, message: bytes, steps: tuple[Step, ...]) -> Iterator[Attested]:
    """Each leaf below a message. What follows a fork sign is one branch of several; the last branch has none before it."""
    while True:
        if len(steps) > MAX_STEPS:
            raise FormatError(f"the proof has more than {MAX_STEPS} steps one behind the other")
        (sign,) = rest.take(1)
        forked = sign == _FORK
        if forked:
            (sign,) = rest.take(1)
        if sign == _ATTESTATION:
            yield _attestation(rest, message, steps)
            if not forked:
                return
            continue
        if sign not in (_SHA256, _APPEND, _PREPEND):
            raise FormatError(f"the proof goes on with a step {sign:#04x}, wanted SHA-256, append or prepend")
        words = b"" if sign == _SHA256 else rest.sized(_MAX_MESSAGE)
        after = _done(message, [(sign, words)])
        if (sign != _SHA256 and not words) or len(after) > _MAX_MESSAGE:
            raise FormatError("the proof puts nothing, or too much, before or behind a message")
        if not forked:
            # The last branch goes on here, so that a long way is no deep one.
            message, steps = after, (*steps, (sign, words))
            continue
        yield from _read(rest, after, (*steps, (sign, words)))


def _attestation(rest: _Bytes, message: bytes, steps: tuple[Step, ...]) -> Attested:
    tag, payload = rest.take(8), rest.sized(_MAX_PAYLOAD)
    inner = _Bytes(payload)
    if tag == _PENDING and not _URI.fullmatch(inner.sized(_MAX_URI)):
        raise FormatError("the proof names a calendar that has no address")
    if tag == _BITCOIN:
        inner.number()
        if len(message) != 32:
            raise FormatError("the proof leads to a block with what is no Merkle root")
    if tag in (_PENDING, _BITCOIN) and not inner.over:
        raise FormatError("the proof says more of a calendar or a block than there is")
    return Attested(steps, message, tag, payload)


class _Node:
    def __init__(self) -> None:
        self.attested: set[tuple[bytes, bytes]] = set()
        self.steps: dict[Step, _Node] = {}

    def add(self, steps: Sequence[Step], attested: tuple[bytes, bytes]) -> None:
        node = self
        for step in steps:
            node = node.steps.setdefault(step, _Node())
        node.attested.add(attested)

    def printed(self) -> bytes:
        branches = [b"\x00" + tag + _sized(payload) for tag, payload in sorted(self.attested)]
        for (sign, words), node in sorted(self.steps.items()):
            branches.append(bytes([sign]) + (_sized(words) if sign != _SHA256 else b"") + node.printed())
        return b"".join(b"\xff" + one for one in branches[:-1]) + branches[-1]


def _sized(content: bytes) -> bytes:
    return _number(len(content)) + content


def _number(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])
