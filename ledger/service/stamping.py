"""Time stamps asked for, and kept in a folder beside the ledger: tokens are public, and hold without us."""

from __future__ import annotations

import hashlib
import ipaddress
import os
import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ledger import logs
from ledger.core.checkpoint import parse_checkpoint
from ledger.core.ots import Told
from ledger.core.stamps import MAX_TOKEN_BYTES, Authority, Stamp, authority, check_token, parse_authorities, print_request
from ledger.errors import FormatError, NotFoundError, OnRecordError, StoreError
from ledger.net.guarded import Guard, Resolve, check_url, request
from ledger.service.witnesses import guard_of

_HEADERS = {"content-type": "application/timestamp-query", "accept": "application/timestamp-reply"}
# Many authorities answer plain http alone, and lose nothing by it: the token is signed, and says what it is over. A guard takes
# http where it has a network of its own; in this one, which is for examples (RFC 5737), nobody lives.
_NOBODY = ipaddress.ip_network("192.0.2.0/24")
_FILE = re.compile(r"(\d{1,18})-([0-9a-f]{16})\.([a-z0-9-]{1,40})\.(?:tsr|ots)")


@dataclass(frozen=True)
class Kept:
    """A token in the folder, over the checkpoint of that size; `text` is what it is over."""

    size: int
    authority: str
    path: Path
    text: Path

    @property
    def token(self) -> bytes:
        return self.path.read_bytes()


def read_authorities(file: Path) -> list[Authority]:
    """The authorities of a file of lines `authority NAME URL FILE`; certificates are files beside it."""
    try:
        lines = parse_authorities(file.read_text("utf-8"))
        return [authority(name, check_url(url, guard_for(url)), (file.parent / pem).read_bytes()) for name, url, pem in lines]
    except FileNotFoundError as error:
        raise NotFoundError(f"no file {error.filename}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise FormatError(f"{file} cannot be read: {type(error).__name__}") from None


def ask(one: Authority, digest: bytes, resolve: Resolve | None = None) -> tuple[bytes, Stamp]:
    """A new token over a SHA-256, checked as anybody will check it."""
    nonce = secrets.randbits(62) | 1 << 62
    asked = print_request(digest, nonce)
    answer = request("POST", one.url, guard=guard_for(one.url), headers=_HEADERS, content=asked, resolve=resolve)
    if answer.status != 200 or len(answer.body) > MAX_TOKEN_BYTES:
        raise StoreError(f"{one.name} answers {answer.status}, and no token")
    return answer.body, check_token(answer.body, digest, [one], nonce=nonce)


def guard_for(url: str) -> Guard:
    """Who asks clocks may ask over http too."""
    return Guard((*guard_of(url).allowed, _NOBODY))


class Tokens:
    """The folder: `SIZE-ROOT.txt` is a checkpoint's text, `SIZE-ROOT.AUTHORITY.tsr` a token over it,
    `SIZE-ROOT.CALENDAR.ots` a proof."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> list[Kept]:
        """Every token, by size and authority."""
        if not self.folder.is_dir():
            return []
        found = []
        for path in self.folder.iterdir():
            if (name := _FILE.fullmatch(path.name)) is not None:
                text = path.with_name(f"{name[1]}-{name[2]}.txt")
                found.append(Kept(int(name[1]), name[3], path, text))
        return sorted(found, key=lambda one: (one.size, one.authority))

    def over(self, text: bytes) -> list[Kept]:
        """Those over this checkpoint."""
        name = _name(text)
        return [one for one in self.all() if one.text.name == f"{name}.txt"]

    def keep(self, text: bytes, authority: str, token: bytes, end: str = "tsr") -> Kept:
        name = _name(text)
        self.folder.mkdir(parents=True, exist_ok=True)
        _write(self.folder / f"{name}.txt", text)
        path = self.folder / f"{name}.{authority}.{end}"
        _write(path, token)
        return Kept(parse_checkpoint(text.decode("utf-8")).size, authority, path, self.folder / f"{name}.txt")


def _name(text: bytes) -> str:
    checkpoint = parse_checkpoint(text.decode("utf-8"))
    return f"{checkpoint.size}-{checkpoint.root.hex()[:16]}"


def _write(path: Path, content: bytes) -> None:
    """The whole file or none of it, whenever the machine stops."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise StoreError(f"cannot write {path}: {error.strerror}") from None


@dataclass(frozen=True)
class Stamped:
    """What came of asking one authority: its word and where the token lies, or what went wrong. `new` if it was asked now."""

    authority: str
    said: Stamp | Told | None
    path: Path | None
    trouble: OnRecordError | None
    new: bool


def stamp(tokens: Tokens, text: bytes, authorities: Sequence[Authority]) -> list[Stamped]:
    """Each authority's word on this checkpoint; asked only where no good token of it is kept. One that fails stops no other."""
    return [_kept(tokens, text, one) or _asked(tokens, text, one) for one in authorities]


def _kept(tokens: Tokens, text: bytes, one: Authority) -> Stamped | None:
    kept = next((token for token in tokens.over(text) if token.authority == one.name and token.path.suffix == ".tsr"), None)
    if kept is None:
        return None
    try:
        return Stamped(one.name, check_token(kept.token, hashlib.sha256(text).digest(), [one]), kept.path, None, new=False)
    except OnRecordError:
        return None


def _asked(tokens: Tokens, text: bytes, one: Authority) -> Stamped:
    try:
        token, said = ask(one, hashlib.sha256(text).digest())
        kept = tokens.keep(text, one.name, token)
    except OnRecordError as error:
        logs.trouble("not_stamped", authority=one.name, error=type(error).__name__)
        return Stamped(one.name, None, None, error, new=True)
    logs.fact("stamped", authority=one.name, time=said.time)
    return Stamped(one.name, said, kept.path, None, new=True)
