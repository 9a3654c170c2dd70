"""Hostile bytes: made out of good ones a few changes at a time, and bombs, which are small to send and large to read."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping, Sequence
from random import Random

TOKENS = (
    b"\0", b"\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\\ud800", b"\\u0000", b"\xe2\x80\xae", b"\xcc\x81", b"\xc3\xa9",
    b"\xd9\xa3", b"\n", b"\r\n", b"\n\n", b"\t", b" ", b"\"", b"'", b"\\", b"/", b"//", b"..", b"%00", b"%2e%2e", b"+",
    b"-", b"=", b"*", b"&a ", b"*a", b"!!python/object:os.system ", b"<<: ", b"? ", b": ", b"- ", b"|\n", b"[", b"]",
    b"{", b"}", b"[[[[", b"{\"a\":", b",", b";", b"0", b"-0", b"1e999", b"1e-999", b"-1", b"9" * 18, b"9" * 19,
    b"9" * 400, b"1" + b"0" * 4_999, b"0.1", b"NaN", b"Infinity", b"1_0", b"true", b"false", b"null", b"~", b"0000",
    b"9999", b"-12-31", b"T24:00:00Z", b"2024-02-30", b"../2024", b"sha256:", b"did:key:z", b"http://", b"https://[",
    b"https://[::1]", b"https://x:99999/", b"@type", b"@id", b"@context", b"<!--", b"<script ", b"</script>",
    "\u2014 ".encode(), "\u0130".encode(), "\ufdfa".encode(), "\U0001f468\u200d\U0001f469".encode(), b"\x1f\x8b\x08",
)  # fmt: skip
"""What readers trip over: put in anywhere."""


def mutated(seeds: Sequence[bytes], choice: Random, most: int = 1 << 16) -> bytes:
    """One of these after one to six changes."""
    data = bytearray(choice.choice(seeds))
    for _ in range(choice.choice((1, 1, 2, 3, 6))):
        choice.choice(_CHANGES)(data, seeds, choice)
    return bytes(data[:most])


Change = Callable[[bytearray, Sequence[bytes], Random], None]


def _stretch(data: bytearray, choice: Random, most: int = 64) -> slice:
    start = choice.randrange(len(data) + 1)
    return slice(start, min(len(data), start + choice.randrange(1, most)))


def _flip(data: bytearray, _: Sequence[bytes], choice: Random) -> None:
    if data:
        data[choice.randrange(len(data))] ^= 1 << choice.randrange(8)


def _byte(data: bytearray, _: Sequence[bytes], choice: Random) -> None:
    if data:
        data[choice.randrange(len(data))] = choice.randrange(256)


def _cut(data: bytearray, _: Sequence[bytes], choice: Random) -> None:
    del data[_stretch(data, choice)]


def _truncate(data: bytearray, _: Sequence[bytes], choice: Random) -> None:
    del data[choice.randrange(len(data) + 1) :]


def _double(data: bytearray, _: Sequence[bytes], choice: Random) -> None:
    where = _stretch(data, choice, 400)
    data[where.start : where.start] = data[where] * choice.choice((1, 1, 2, 50))


def _token(data: bytearray, _: Sequence[bytes], choice: Random) -> None:
    where = _stretch(data, choice)
    data[where if choice.random() < 0.5 else slice(where.start, where.start)] = choice.choice(TOKENS)


def _splice(data: bytearray, seeds: Sequence[bytes], choice: Random) -> None:
    other = bytearray(choice.choice(seeds))
    data[_stretch(data, choice, 400)] = other[_stretch(other, choice, 400)]


def _number(data: bytearray, _: Sequence[bytes], choice: Random) -> None:
    """Digits become other digits: the places at which counts and sizes stand."""
    places = [place for place, byte in enumerate(data) if 0x30 <= byte <= 0x39]
    if places:
        place = choice.choice(places)
        data[place : place + 1] = choice.choice((b"0", b"-1", b"9" * 17, b"9" * 30, b"1e400", b"00", b"1.5", b"\xd9\xa3"))


def _nest(data: bytearray, _: Sequence[bytes], choice: Random) -> None:
    opening, closing = choice.choice(((b"[", b"]"), (b'{"a":', b"}"), (b"- ", b""), (b"(", b")")))
    where, times = _stretch(data, choice), choice.choice((1, 2, 20, 200))
    data[where] = opening * times + data[where] + closing * times


_CHANGES: tuple[Change, ...] = (_flip, _byte, _cut, _truncate, _double, _token, _token, _splice, _number, _nest)


SIZE = 1 << 18


def bombs() -> Mapping[str, bytes]:
    """About 256 KiB each, by what they attack."""
    aliases = b"a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + b"".join(
        b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 12)
    )
    return {
        "nothing": b"",
        "zeros": bytes(SIZE),
        "nested lists": b"[" * SIZE,
        "nested and closed": b"[" * (SIZE // 2) + b"]" * (SIZE // 2),
        "nested objects": b'{"a":' * (SIZE // 5),
        "nested dashes": b"- " * (SIZE // 2),
        "many small values": b"[" + b"0," * (SIZE // 2) + b"0]",
        "many members": b"{" + b",".join(b'"%d":0' % n for n in range(SIZE // 10)) + b"}",
        "one member many times": b"{" + b",".join([b'"a":0'] * (SIZE // 6)) + b"}",
        "a long number": b"9" * SIZE,
        "a long number in a list": b"[" + b"9" * SIZE + b"]",
        "a number with a long exponent": b"[1e" + b"9" * SIZE + b"]",
        "a string that never ends": b'"' + b"a" * SIZE,
        "backslashes": b'"' + b"\\" * SIZE,
        "escaped halves": b'"' + b"\\ud800" * (SIZE // 6) + b'"',
        "line feeds": b"\n" * SIZE,
        "signature lines": b"a\n\n" + "\u2014 a AAAAAAA=\n".encode() * (SIZE // 16),
        "blanks": b" " * SIZE,
        "tabs and words": b"a\t" * (SIZE // 2),
        "plus signs": b"a+" * (SIZE // 2),
        "combining marks": b'"a' + "\u0301\u0323".encode() * (SIZE // 4) + b'"',
        "combining marks in a table": b"owner,owned\na" + "\u0301\u0323".encode() * 49_000 + b",b\n",
        "combining marks in a review": b'{"@context":"https://schema.org","@type":"ClaimReview","claimReviewed":"a'
        + "\u0301\u0323".encode() * (SIZE // 4)
        + b'","inLanguage":"de"}',
        "aliases": b"dossier: 1\n" + aliases,
        "anchors": b"".join(b"- &a%d x\n" % n for n in range(SIZE // 12)),
        "merge keys": b"a: &a {b: c}\n" + b"d:\n" + b"  <<: *a\n" * (SIZE // 10),
        "quotation marks": b'"' * SIZE,
        "commas": b"," * SIZE,
        "tags that never end": b"<a " * (SIZE // 3),
        "comments that never end": b"<!--" * (SIZE // 4),
        "attributes that never end": b"<a " + b"b='" * (SIZE // 3),
        "scripts that never end": b"<script type=application/ld+json>" * (SIZE // 33),
        "links": b"https://a.example/?a=b&" * (SIZE // 23),
        "ampersands": b"a=b&" * (SIZE // 4),
        "gzip": gzip.compress(b"source\tobject\tattribute\tvalue\n" + b"a\tb\tc\td\n" * (32 * SIZE), 9),
        "gzip of one line": gzip.compress(bytes(256 * SIZE), 9),
    }
