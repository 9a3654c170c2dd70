"""Base58 with Bitcoin's alphabet, as Multibase calls it `z`: how did:keys and Data Integrity proofs are spelt."""

from __future__ import annotations

from ledger.errors import FormatError

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DIGITS = {letter: value for value, letter in enumerate(_ALPHABET)}
# Reading takes time in the square of the length: nobody's key or signature is longer.
_MAX_LETTERS = 200


def print_base58(raw: bytes) -> str:
    number, letters = int.from_bytes(raw, "big"), []
    while number:
        number, digit = divmod(number, 58)
        letters.append(_ALPHABET[digit])
    zeros = len(raw) - len(raw.lstrip(b"\0"))
    return "1" * zeros + "".join(reversed(letters))


def parse_base58(text: str, *, what: str) -> bytes:
    """The bytes; each text is the one spelling of its bytes."""
    if len(text) > _MAX_LETTERS or not _DIGITS.keys() >= set(text):
        raise FormatError(f"{what} is not base58")
    number = 0
    for letter in text:
        number = number * 58 + _DIGITS[letter]
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")
