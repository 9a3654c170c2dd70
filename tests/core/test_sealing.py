from __future__ import annotations

import hashlib
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.sealing import check_opening, derive_salt, sealed_hash
from ledger.errors import FormatError, VerificationError

SALT = bytes(range(16))
SECRET = b"s" * 32


def test_a_sealed_value_is_the_hash_of_salt_and_value() -> None:
    wanted = hashlib.sha256(b"onrecord/sealed/v1\x00" + SALT + "Łódź".encode()).hexdigest()
    assert sealed_hash(SALT, "Łódź") == f"sha256:{wanted}"
    check_opening(f"sha256:{wanted}", SALT, "Łódź")


@pytest.mark.parametrize("sealed", ["", "sha256:", "x", "ü", "\ud800", sealed_hash(SALT, "no").upper()])
def test_another_hash_is_not_opened(sealed: str) -> None:
    with pytest.raises(VerificationError):
        check_opening(sealed, SALT, "no")


@pytest.mark.parametrize("salt, value", [(SALT, "other"), (bytes(16), "value"), (SALT[:15], "value"), (SALT, "\ud800")])
def test_another_salt_or_value_does_not_open(salt: bytes, value: str) -> None:
    with pytest.raises(VerificationError) as caught:
        check_opening(sealed_hash(SALT, "value"), salt, value)
    assert caught.value.step == "opening"


def test_a_value_has_one_spelling() -> None:
    loose = unicodedata.normalize("NFD", "é")
    for seal in (lambda value: sealed_hash(SALT, value), lambda value: derive_salt(SECRET, "quote", value)):
        seal("é")
        for wrong in (loose, "\ud800"):
            with pytest.raises(FormatError):
                seal(wrong)


def test_a_salt_has_sixteen_bytes_and_a_secret_at_least_as_many() -> None:
    for size in (0, 15, 17):
        with pytest.raises(FormatError):
            sealed_hash(bytes(size), "value")
    with pytest.raises(FormatError):
        derive_salt(b"short", "field", "value")


def test_a_salt_depends_on_secret_field_and_value_and_their_bounds() -> None:
    inputs = [(SECRET, "ab", "c"), (SECRET, "a", "bc"), (SECRET, "abc", ""), (SECRET, "", "abc"), (b"t" * 32, "ab", "c")]
    salts = [derive_salt(*one) for one in inputs]
    assert len(set(salts)) == len(inputs)
    assert {len(salt) for salt in salts} == {16}
    assert salts == [derive_salt(*one) for one in inputs]


@given(st.text(max_size=20).map(lambda text: unicodedata.normalize("NFC", text)), st.binary(min_size=16, max_size=40))
@settings(max_examples=50, deadline=None)
def test_what_was_sealed_opens(value: str, secret: bytes) -> None:
    salt = derive_salt(secret, "note", value)
    check_opening(sealed_hash(salt, value), salt, value)
