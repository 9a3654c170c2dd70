"""A witness's own keys, in the folder where it keeps what it has seen: a name and two private keys, 0600 in a folder 0700."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from ledger.core.vkey import ED25519_COSIGNATURE, MLDSA44, Signer, VerifierKey, check_key_name
from ledger.errors import ConflictError, FormatError, KeyMissingError
from ledger.keys import load_pair, new_pair
from ledger.signing.pemfile import make_place
from ledger.store.headfile import HeadFile

_NAME, _STEM = "name", "witness"


@dataclass(frozen=True)
class WitnessKeys:
    """Ed25519 and ML-DSA-44 under one name, as the log itself signs with two kinds."""

    signers: tuple[Signer, Signer]

    @property
    def name(self) -> str:
        return self.signers[0].name

    @property
    def vkeys(self) -> tuple[VerifierKey, ...]:
        return tuple(signer.verifier for signer in self.signers)


def new_witness_keys(place: Path, name: str, passphrase: str | None = None) -> WitnessKeys:
    """Fresh keys under this name. ConflictError if a witness is there already."""
    check_key_name(name)
    if not name.isprintable():
        raise FormatError("a witness's name is printable")
    if (place / _NAME).exists():
        raise ConflictError(f"there is a witness in {place} already", hint="its name and its keys stay as they are")
    make_place(place)
    pair = new_pair(place, _STEM, passphrase)
    HeadFile(place / _NAME, "the keys are of no use without the name: remove the folder").replace(name.encode() + b"\n")
    return _keys(name, pair)


def load_witness_keys(place: Path, passphrase: str | None = None) -> WitnessKeys:
    kept = HeadFile(place / _NAME).read()
    if kept is None:
        raise KeyMissingError(f"there is no witness in {place}", hint="`onrecord witness init --name NAME` makes one")
    try:
        name = kept.decode("utf-8").removesuffix("\n")
        check_key_name(name)
    except UnicodeDecodeError:
        raise FormatError(f"{place / _NAME} is not UTF-8") from None
    return _keys(name, load_pair(place, _STEM, passphrase))


def _keys(name: str, pair: tuple[Ed25519PrivateKey, MLDSA44PrivateKey]) -> WitnessKeys:
    return WitnessKeys((Signer(name, ED25519_COSIGNATURE, pair[0]), Signer(name, MLDSA44, pair[1])))
