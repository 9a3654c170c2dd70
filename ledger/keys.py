"""Private keys on disk: a person's, the log's and the issuer's (docs/format.md §8, §10). They never leave their owner.

`<ledger>.keys/` is 0700, its files 0600: `log-ed25519.pem`, `log-mldsa44.pem` (after a rotation `log-2-ed25519.pem` and so on,
beside them or in their place), `issuer.pem`, one `<name>.pem` a person and
beside it `<name>.seal`, the secret from which the salts of that person's sealed values come, and `<name>.openings`, what
they say (ledger/keepsake.py). `head` is no key: it is the newest checkpoint that was signed with the log's
(ledger/service/heads.py).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from ledger import passphrases
from ledger.core import vkey
from ledger.core.canonical import parse_json
from ledger.core.didkey import SigningKey, did_key_of
from ledger.core.dsse import sign_envelope
from ledger.core.records import record_bytes
from ledger.core.sealing import derive_salt, sealed_hash
from ledger.errors import ConflictError, FormatError, KeyMissingError, StoreError, UsageError
from ledger.signing import pemfile
from ledger.signing.pemfile import make_place
from schemas.envelope import RECORD_TYPE, Envelope, Submission
from schemas.ids import Opening, Sealed
from schemas.records import Record

LOG_ED25519, LOG_MLDSA44, ISSUER = "log-ed25519", "log-mldsa44", "issuer"
_PAIR = ("ed25519", "mldsa44")
HEAD = "head"
LEDGERS_OWN = frozenset({LOG_ED25519, LOG_MLDSA44, ISSUER})
_LOG = "log"
_LOG_PAIR = re.compile(r"(log(?:-(?:[2-9]|[1-9][0-9]{1,2}))?)-(?:ed25519|mldsa44)")
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_SECRET = re.compile(r"[0-9a-f]{64}")
_FROM_FILE, _FROM_ENVIRONMENT, _FROM_AGENT = "file:", "env:", "agent:"

Pair = tuple[Ed25519PrivateKey, MLDSA44PrivateKey]


@dataclass(frozen=True)
class Signer:
    """Somebody's signing key. `subject` is the name that it goes by here; the log's `key` record says whose it is."""

    did: str
    private_key: SigningKey = field(repr=False)
    seal_secret: bytes = field(repr=False)
    subject: str | None = None
    seals: frozenset[str] = frozenset()
    """Members that it seals besides those that are sealed by default (ledger/imports/sealing.py)."""
    file: Path | None = None
    """Where the key is; beside it lies what else its owner keeps. None for a key from a variable or an agent."""


@dataclass(frozen=True)
class LedgerKeys:
    """What a ledger signs with: checkpoints with the two log keys, exports and reports with the issuer's."""

    ed25519: Ed25519PrivateKey = field(repr=False)
    mldsa44: MLDSA44PrivateKey = field(repr=False)
    issuer: Ed25519PrivateKey = field(repr=False)
    later: tuple[Pair, ...] = field(default=(), repr=False)
    """The pairs that are to take the place of the first, oldest first: which of them sign, the log says (core/logkeys.py)."""

    @property
    def issuer_did(self) -> str:
        return did_key_of(self.issuer)

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Every pair that signs checkpoints, or will, or did, oldest first."""
        return ((self.ed25519, self.mldsa44), *self.later)

    def vkeys(self, origin: str) -> tuple[vkey.VerifierKey, ...]:
        """The log's verifier keys under its name: of each pair Ed25519, then ML-DSA-44."""
        return tuple(one.verifier for one in self.signers(origin))

    def signers(self, origin: str) -> tuple[vkey.Signer, ...]:
        return tuple(signer for pair in self.pairs for signer in signers_of(origin, pair))

    def trusted(self, origin: str) -> list[str]:
        """What a reader trusts who trusts this ledger."""
        return [*map(vkey.print_vkey, self.vkeys(origin)), self.issuer_did]


@dataclass(frozen=True)
class ReplicaKeys:
    """What a side has that signs nothing into the log: the log's verifier keys, whom to trust as an issuer, and an issuer's key
    where it may sign exports."""

    log: tuple[vkey.VerifierKey, ...]
    issuers: tuple[str, ...]
    issuer: Ed25519PrivateKey | None = field(repr=False)

    @property
    def issuer_did(self) -> str:
        """Its own, else the one that it was told."""
        return did_key_of(self.issuer) if self.issuer else next(iter(self.issuers), "")

    def vkeys(self, origin: str) -> tuple[vkey.VerifierKey, ...]:
        return self.log

    def trusted(self, origin: str) -> list[str]:
        return [*map(vkey.print_vkey, self.log), *dict.fromkeys([self.issuer_did, *self.issuers])]


KnownKeys = LedgerKeys | ReplicaKeys
"""What checkpoints are checked with, whether or not the private halves are here."""


# A person's key


def new_key(path: Path, passphrase: str | None = None) -> Signer:
    """A fresh key in `path` and its sealing secret beside it. ConflictError if a file is there already."""
    key = Ed25519PrivateKey.generate()
    pemfile.write(path, pemfile.pem_of(key, passphrase))
    secret = secrets.token_bytes(32)
    try:
        pemfile.write(_seal_path(path), secret.hex().encode() + b"\n")
    except (ConflictError, StoreError):
        path.unlink(missing_ok=True)
        raise
    return Signer(did_key_of(key), key, secret, _subject(path), file=path)


def load_signer(path: Path, passphrase: str | None = None) -> Signer:
    key = pemfile.ed25519_in(pemfile.read(path), str(path), passphrase)
    seal = _seal_path(path)
    secret = _parse_secret(pemfile.read(seal), seal) if seal.exists() else _secret_from(key)
    return Signer(did_key_of(key), key, secret, _subject(path), file=path)


def find_signer(
    target: str,
    keys_dir: Path | None = None,
    given: str | None = None,
    *,
    passphrase: str | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Signer:
    """The key to sign with: `given`, else ONRECORD_KEY, else the one person's key beside the ledger. KeyMissingError says where
    it looked.

    `given` is a path or `file:PATH`, `env:NAME` (a variable that holds the PEM), or `agent:` and a key's comment, fingerprint
    or did:key (a key in the ssh-agent). A token with PKCS#11 would be the next such word.
    """
    given = given or environ.get("ONRECORD_KEY")
    passphrase = passphrase or passphrases.at_hand(environ)
    if given and given.startswith(_FROM_ENVIRONMENT):
        return _signer_from_environment(given.removeprefix(_FROM_ENVIRONMENT), passphrase, environ)
    if given and given.startswith(_FROM_AGENT):
        return _signer_from_agent(given.removeprefix(_FROM_AGENT), environ)
    if given:
        return load_signer(Path(given.removeprefix(_FROM_FILE)), passphrase)
    place = keys_place(target, keys_dir, environ)
    if place is None:
        raise KeyMissingError(
            "no key to sign with", hint="name it with --key or ONRECORD_KEY, or its folder with --keys or ONRECORD_KEYS"
        )
    return load_signer(_only_person(place), passphrase)


def list_keys(place: Path) -> list[Path]:
    """The files of people's keys in a folder of keys, by name; the ledger's own three are not among them."""
    if not place.is_dir():
        return []
    own = (path for path in place.glob("*.pem") if path.stem == ISSUER or _LOG_PAIR.fullmatch(path.stem))
    return sorted(set(place.glob("*.pem")).difference(own))


def log_pairs(place: Path) -> list[str]:
    """What the pairs of log keys in a folder are called, oldest first: `log`, then `log-2` and so on. Half a pair, as a process
    that died leaves it, is not among them."""
    return [name for name in _pair_names(place) if all((place / f"{name}-{kind}.pem").exists() for kind in _PAIR)]


def pairs_before(place: Path, name: str) -> list[str]:
    """What the pairs are called that were there before this one, halves of pairs too."""
    return [one for one in _pair_names(place) if _generation(one) < _generation(name)]


def _pair_names(place: Path) -> list[str]:
    names = {match.group(1) for path in place.glob("log-*.pem") if (match := _LOG_PAIR.fullmatch(path.stem))}
    return sorted(names, key=_generation)


def next_pair(after: str) -> str:
    """What the pair is called that takes the place of this one."""
    return f"{_LOG}-{_generation(after) + 1}"


def _generation(name: str) -> int:
    return int(name.removeprefix(f"{_LOG}-")) if name != _LOG else 1


def signers_of(origin: str, pair: Pair) -> tuple[vkey.Signer, vkey.Signer]:
    """The pair under the log's name, as it signs checkpoints."""
    return vkey.Signer(origin, vkey.ED25519, pair[0]), vkey.Signer(origin, vkey.MLDSA44, pair[1])


def keys_place(target: str, keys_dir: Path | None = None, environ: Mapping[str, str] = os.environ) -> Path | None:
    """Where the keys of a ledger are: as told, else ONRECORD_KEYS, else `<ledger>.keys` beside the file."""
    if keys_dir is not None:
        return keys_dir
    if environ.get("ONRECORD_KEYS"):
        return Path(environ["ONRECORD_KEYS"])
    path = ledger_path(target)
    return None if path is None else path.with_name(path.name + ".keys")


def ledger_path(target: str) -> Path | None:
    """The SQLite file that a target names, or None if it names no file."""
    if target.startswith("sqlite:///"):
        return Path(target.removeprefix("sqlite:///"))
    return None if "://" in target else Path(target)


def sign_record(
    record: Record, signers: Signer | Sequence[Signer], openings: Mapping[str, Opening] | None = None
) -> Submission:
    """The record signed by each of one to four keys, with the openings of its sealed values."""
    chosen = [signers] if isinstance(signers, Signer) else signers
    data = sign_envelope(record_bytes(record), RECORD_TYPE, [signer.private_key for signer in chosen])
    envelope = Envelope.model_validate(parse_json(data, max_bytes=len(data)))
    return Submission(envelope=envelope, openings=dict(openings) if openings else None)


def seal(signer: Signer, member: str, value: str) -> tuple[Sealed, Opening]:
    """A value sealed under the signer's secret: what stands in the record, and what travels beside it.

    Sealing the same value of the same member again gives the same seal, so that importing twice gives the same records.
    """
    salt = derive_salt(signer.seal_secret, member, value)
    return Sealed(sealed=sealed_hash(salt, value)), Opening(salt=salt.hex(), value=value)


# The ledger's own keys


def begin_keys(place: Path, mark: str, name: str) -> None:
    """A folder for keys that only its owner may enter, with a mark in it that says for whom they are, and for what."""
    make_place(place)
    pemfile.write(place / mark, name.encode() + b"\n")


def new_ledger_keys(place: Path, passphrase: str | None = None) -> LedgerKeys:
    """Three fresh keys in a folder that only its owner may enter. ConflictError if one is there already."""
    make_place(place)
    keys = LedgerKeys(Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate(), Ed25519PrivateKey.generate())
    for name, key in ((LOG_ED25519, keys.ed25519), (LOG_MLDSA44, keys.mldsa44), (ISSUER, keys.issuer)):
        pemfile.write(place / f"{name}.pem", pemfile.pem_of(key, passphrase))
    return keys


def load_ledger_keys(place: Path, passphrase: str | None = None) -> LedgerKeys:
    """The issuer's key and every whole pair of the log's."""
    first, *later = [load_pair(place, name, passphrase) for name in log_pairs(place) or [_LOG]]
    issuer = place / f"{ISSUER}.pem"
    return LedgerKeys(*first, pemfile.ed25519_in(pemfile.read(issuer), str(issuer), passphrase), tuple(later))


def new_pair(place: Path, name: str, passphrase: str | None = None) -> Pair:
    """A fresh key of each kind that signs checkpoints, `<name>-ed25519.pem` and `<name>-mldsa44.pem` in a folder that is only
    its owner's. ConflictError if one is there already."""
    make_place(place)
    pair = Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate()
    pems = [pemfile.pem_of(key, passphrase) for key in pair]
    for kind, pem in zip(_PAIR, pems, strict=True):
        pemfile.write(place / f"{name}-{kind}.pem", pem)
    return pair


def complete_pair(place: Path, name: str, passphrase: str | None = None) -> Pair:
    """The pair of that name, on disk for good; what of it was there already stays as it is."""
    fresh: Pair = Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate()
    pems = [pemfile.pem_of(key, passphrase) for key in fresh]
    for kind, pem in zip(_PAIR, pems, strict=True):
        path = place / f"{name}-{kind}.pem"
        if not path.exists():
            scratch = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
            pemfile.write(scratch, pem, durable=True)
            pemfile.put(scratch, path)
    return load_pair(place, name, passphrase)


def remove_pair(place: Path, name: str) -> None:
    """The private halves are gone from this folder."""
    for kind in _PAIR:
        (place / f"{name}-{kind}.pem").unlink(missing_ok=True)


def load_pair(place: Path, name: str, passphrase: str | None = None) -> Pair:
    ed25519, mldsa44 = (place / f"{name}-{kind}.pem" for kind in _PAIR)
    return pemfile.ed25519_in(pemfile.read(ed25519), str(ed25519), passphrase), pemfile.mldsa44_in(
        pemfile.read(mldsa44), str(mldsa44), passphrase
    )


def load_replica_keys(trust: Sequence[str], place: Path | None, passphrase: str | None = None) -> ReplicaKeys:
    """The log's two keys, and issuers if any are named; the issuer's own from the folder, where one lies there."""
    issuers = tuple(key for key in trust if key.startswith("did:key:"))
    log = tuple(sorted((vkey.parse_vkey(key) for key in trust if key not in issuers), key=lambda one: one.kind))
    kinds = [one.kind for one in log]
    if not log or kinds.count(vkey.ED25519) != kinds.count(vkey.MLDSA44) or len({one.name for one in log}) > 1:
        raise UsageError(
            "a replica is told both keys of its log, and no other log's", hint="the first two lines of `onrecord log keys`"
        )
    path = place / f"{ISSUER}.pem" if place else None
    issuer = pemfile.ed25519_in(pemfile.read(path), str(path), passphrase) if path and path.exists() else None
    return ReplicaKeys(log, issuers, issuer)


# Where signers come from


def _signer_from_environment(name: str, passphrase: str | None, environ: Mapping[str, str]) -> Signer:
    pem = environ.get(name)
    if not pem:
        raise KeyMissingError(f"the environment variable {name} holds no key", hint="put the key's PEM text into it")
    key = pemfile.ed25519_in(pem.encode(), f"the environment variable {name}", passphrase)
    return Signer(did_key_of(key), key, _secret_from(key), None)


def _signer_from_agent(which: str, environ: Mapping[str, str]) -> Signer:
    from ledger.signing.agent import find_key  # here: few need it

    key = find_key(which, environ)
    # An agent gives out no secret, but the same signature each time, here of bytes that are no record's: whoever sees
    # signatures of records does not learn it.
    secret = hashlib.sha256(key.sign(b"onrecord/seal-secret/v1")).digest()
    return Signer(key.did, key, secret, _subject(Path(key.comment)) if "/" not in key.comment else None)


def _only_person(place: Path) -> Path:
    people = list_keys(place)
    if not people:
        raise KeyMissingError(
            f"no person's key in {place}", hint="name it with --key or ONRECORD_KEY, or its folder with --keys or ONRECORD_KEYS"
        )
    if len(people) > 1:
        names = ", ".join(path.name for path in people)
        raise KeyMissingError(f"several people's keys in {place}: {names}", hint="name one with --key or ONRECORD_KEY")
    return people[0]


def _seal_path(path: Path) -> Path:
    return path.with_suffix(".seal")


def _parse_secret(content: bytes, path: Path) -> bytes:
    text = content.decode("ascii", "replace").strip()
    if not _SECRET.fullmatch(text):
        raise FormatError(f"{path} holds no sealing secret: wanted 64 hex digits")
    return bytes.fromhex(text)


def _secret_from(key: Ed25519PrivateKey) -> bytes:
    """The sealing secret of a key that has none of its own beside it, as where automation has only a variable."""
    return hmac.digest(key.private_bytes_raw(), b"onrecord/seal-secret/v1", "sha256")


def _subject(path: Path) -> str | None:
    return path.stem if _NAME.fullmatch(path.stem) else None
