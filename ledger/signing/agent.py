"""Keys in an ssh-agent: it signs, and the key never comes here (draft-ietf-sshm-ssh-agent; RFC 8709 for Ed25519).

Of the protocol only two questions are asked: which keys are there, and to sign these bytes. An agent's Ed25519 signature is the
plain one of RFC 8032 over the bytes as they were sent, so nobody can tell afterwards where the key was.
"""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.core.didkey import print_did_key
from ledger.errors import FormatError, KeyMissingError

_SOCKET = "SSH_AUTH_SOCK"
_ED25519 = b"ssh-ed25519"
_LIST, _LISTED, _SIGN, _SIGNED = 11, 12, 13, 14
_MAX_BYTES = 1 << 18
_SECONDS = 60.0
"""So long somebody may take to touch a token, or to answer a question that the agent asks."""


@dataclass(frozen=True)
class AgentKey:
    """An Ed25519 key in the agent at a socket: it signs as a private key does that is here."""

    path: str
    raw: bytes
    comment: str

    @property
    def did(self) -> str:
        return print_did_key(self.raw)

    @property
    def fingerprint(self) -> str:
        """As `ssh-add -l` prints it."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self._blob).digest()).decode().rstrip("=")

    @property
    def _blob(self) -> bytes:
        return _string(_ED25519) + _string(self.raw)

    def public_key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.raw)

    def sign(self, data: bytes, /) -> bytes:
        """KeyMissingError if the agent refuses, or answers with anything but this key's signature."""
        answer = _ask(self.path, _SIGN, _string(self._blob) + _string(data) + struct.pack(">I", 0))
        if answer.kind != _SIGNED:
            raise KeyMissingError(f"the ssh-agent does not sign with {self.did}", hint="it may be locked, or somebody said no")
        inner = _Answer(answer.kind, answer.string())
        kind, signature = inner.string(), inner.string()
        try:
            if kind != _ED25519:
                raise InvalidSignature
            self.public_key().verify(signature, data)
        except InvalidSignature:
            raise KeyMissingError(f"the ssh-agent answered with no signature of {self.did}") from None
        return signature


def find_key(which: str, environ: Mapping[str, str] = os.environ) -> AgentKey:
    """The agent's key of that did:key, fingerprint (`SHA256:...`) or comment; its only Ed25519 key where nothing is said."""
    keys = list_keys(environ)
    fitting = [key for key in keys if which in ("", key.did, key.fingerprint, key.comment)]
    if len(fitting) == 1:
        return fitting[0]
    there = "; ".join(f"{key.did} ({key.comment})" for key in keys) or "none"
    found = f"{len(fitting)} Ed25519 keys" if fitting else "no Ed25519 key"
    named = f" called {which!r}" if which else ""
    raise KeyMissingError(f"the ssh-agent has {found}{named}", hint=f"it has {there}; name one as agent:COMMENT or agent:DID")


def list_keys(environ: Mapping[str, str] = os.environ) -> list[AgentKey]:
    """The Ed25519 keys of the agent that SSH_AUTH_SOCK names; keys of other kinds sign nothing here."""
    path = environ.get(_SOCKET)
    if not path:
        raise KeyMissingError(f"no ssh-agent is known: {_SOCKET} is not set", hint="start one with `eval $(ssh-agent)`")
    answer = _ask(path, _LIST, b"")
    if answer.kind != _LISTED:
        raise KeyMissingError("the ssh-agent does not list its keys", hint="unlock it with `ssh-add -X`")
    found = []
    for _ in range(answer.number()):
        blob, comment = _Answer(answer.kind, answer.string()), answer.string()
        if blob.string() != _ED25519:
            continue
        raw = blob.string()
        try:
            print_did_key(raw)
        except FormatError:
            continue  # under which anybody could sign
        found.append(AgentKey(path, raw, comment.decode("utf-8", "replace")))
    return found


class _Answer:
    """One message of the agent, read from its beginning."""

    def __init__(self, kind: int, body: bytes) -> None:
        self.kind = kind
        self._rest = body

    def number(self) -> int:
        return int.from_bytes(self._take(4), "big")

    def string(self) -> bytes:
        return self._take(self.number())

    def _take(self, length: int) -> bytes:
        if length > len(self._rest):
            raise KeyMissingError("the ssh-agent's answer is cut short")
        taken, self._rest = self._rest[:length], self._rest[length:]
        return taken


def _ask(path: str, kind: int, body: bytes) -> _Answer:
    message = bytes([kind]) + body
    if len(message) > _MAX_BYTES:
        raise KeyMissingError(f"{len(message)} bytes are more than an ssh-agent takes")
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(_SECONDS)
            line.connect(path)
            line.sendall(struct.pack(">I", len(message)) + message)
            length = int.from_bytes(_read(line, 4), "big")
            if not 1 <= length <= _MAX_BYTES:
                raise KeyMissingError(f"the ssh-agent answers with {length} bytes")
            answer = _read(line, length)
    except OSError as error:
        raise KeyMissingError(f"no ssh-agent answers at {path}: {error.strerror or error}") from None
    return _Answer(answer[0], answer[1:])


def _read(line: socket.socket, length: int) -> bytes:
    found = b""
    while len(found) < length:
        part = line.recv(length - len(found))
        if not part:
            raise KeyMissingError("the ssh-agent hung up")
        found += part
    return found


def _string(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value
