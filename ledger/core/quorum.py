"""Trust policies (C2SP tlog-policy): known logs, known witnesses, and how many of them are enough."""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass, field

from ledger.core.encoding import parse_decimal, parse_utf8
from ledger.core.note import OpenedCheckpoint, open_checkpoint
from ledger.core.vkey import ED25519, ED25519_COSIGNATURE, MLDSA44, VerifierKey, parse_vkey, print_vkey
from ledger.errors import FormatError, TooLargeError, UnverifiableError

MAX_POLICY_BYTES = 1 << 20
MAX_POLICY_LINES = 1_000
NO_QUORUM = "none"
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SPACES = re.compile(r"[ \t]+")  # str.split() would also split at spaces beyond ASCII


@dataclass(frozen=True)
class PolicyLog:
    key: VerifierKey
    url: str | None = None


@dataclass(frozen=True)
class PolicyWitness:
    name: str
    key: VerifierKey
    url: str | None = None


@dataclass(frozen=True)
class PolicyGroup:
    """Counts as a witness when at least `threshold` of its members do. `rule` is how the file says so."""

    name: str
    rule: str
    members: tuple[str, ...]

    @property
    def threshold(self) -> int:
        if self.rule == "all":
            return len(self.members)
        return 1 if self.rule == "any" else int(self.rule)


@dataclass(frozen=True)
class Policy:
    """`quorum` names a witness or group, or is `none`."""

    logs: tuple[PolicyLog, ...]
    witnesses: tuple[PolicyWitness, ...]
    groups: tuple[PolicyGroup, ...]
    quorum: str

    @property
    def log_keys(self) -> tuple[VerifierKey, ...]:
        return tuple(log.key for log in self.logs)

    @property
    def witness_keys(self) -> tuple[VerifierKey, ...]:
        return tuple(witness.key for witness in self.witnesses)


def parse_policy(data: bytes) -> Policy:
    """The policy of a file, its comments and spacing forgotten."""
    draft = _Draft()
    for number, line in enumerate(_lines(data), start=1):
        words = [word for word in _SPACES.split(line) if word]
        if not words or words[0].startswith("#"):
            continue
        try:
            draft.take(words)
        except FormatError as error:
            raise FormatError(f"policy line {number}: {error.message}") from None
    return draft.finish()


def print_policy(policy: Policy) -> bytes:
    """The policy without comments: logs, witnesses, groups, quorum. `parse_policy` reads it back."""
    lines = [_words("log", print_vkey(log.key), log.url) for log in policy.logs]
    lines += [_words("witness", one.name, print_vkey(one.key), one.url) for one in policy.witnesses]
    lines += [_words("group", group.name, group.rule, *group.members) for group in policy.groups]
    lines.append(_words("quorum", policy.quorum))
    try:
        data = "".join(line + "\n" for line in lines).encode()
    except UnicodeEncodeError:
        raise FormatError("a policy holds half a surrogate pair") from None
    if parse_policy(data) != policy:
        raise FormatError("a policy that cannot be printed and read again")
    return data


def quorum_met(policy: Policy, cosigned: Set[str]) -> bool:
    """Whether these witnesses (by their names in the policy) are enough."""
    if policy.quorum == NO_QUORUM:
        return True
    met = {witness.name for witness in policy.witnesses if witness.name in cosigned}
    for group in policy.groups:  # members are defined before their group, so one pass will do
        if sum(member in met for member in group.members) >= group.threshold:
            met.add(group.name)
    return policy.quorum in met


def cosigners(policy: Policy, opened: OpenedCheckpoint) -> frozenset[str]:
    """The policy's names of the witnesses that cosigned: found by key, since names in a policy are its own."""
    keys = {one.key for one in opened.cosignatures}
    return frozenset(witness.name for witness in policy.witnesses if witness.key in keys)


def open_with_policy(data: bytes, policy: Policy) -> OpenedCheckpoint:
    """The checkpoint, if a log of the policy signed it and enough of its witnesses cosigned it."""
    opened = open_checkpoint(data, policy.log_keys, witnesses=policy.witness_keys)
    names = cosigners(policy, opened)
    if not quorum_met(policy, names):
        raise UnverifiableError(f"{len(names)} known witnesses cosigned: no quorum {policy.quorum!r}", step="quorum")
    return opened


@dataclass
class _Draft:
    """A policy while its lines are read."""

    logs: list[PolicyLog] = field(default_factory=list)
    witnesses: list[PolicyWitness] = field(default_factory=list)
    groups: list[PolicyGroup] = field(default_factory=list)
    quorum: str | None = None
    names: set[str] = field(default_factory=set)
    grouped: set[str] = field(default_factory=set)

    def take(self, words: list[str]) -> None:
        keyword, *rest = words
        if keyword == "log" and 1 <= len(rest) <= 2:
            self._log(*rest)
        elif keyword == "witness" and 2 <= len(rest) <= 3:
            self._witness(*rest)
        elif keyword == "group" and len(rest) >= 3:
            self._group(rest[0], rest[1], tuple(rest[2:]))
        elif keyword == "quorum" and len(rest) == 1:
            self._quorum(rest[0])
        else:
            raise FormatError(f"{keyword[:40]!r} with {len(rest)} words is not a line of a policy")

    def finish(self) -> Policy:
        if self.quorum is None:
            raise FormatError("a policy has one quorum line")
        return Policy(tuple(self.logs), tuple(self.witnesses), tuple(self.groups), self.quorum)

    def _log(self, vkey: str, url: str | None = None) -> None:
        key = parse_vkey(vkey)
        if key.kind not in (ED25519, MLDSA44):
            raise FormatError("a log's key has type 01 or 06")
        if any(log.key.public_key == key.public_key for log in self.logs):
            raise FormatError("the same log key twice")
        self.logs.append(PolicyLog(key, url))

    def _witness(self, name: str, vkey: str, url: str | None = None) -> None:
        key = parse_vkey(vkey)
        if key.kind not in (ED25519_COSIGNATURE, MLDSA44):
            raise FormatError("a witness's key has type 04 or 06")
        if any(witness.key.public_key == key.public_key for witness in self.witnesses):
            raise FormatError("the same witness key twice")
        self._define(name)
        self.witnesses.append(PolicyWitness(name, key, url))

    def _group(self, name: str, rule: str, members: tuple[str, ...]) -> None:
        for member in members:
            self._check_defined(member)
            if member in self.grouped:
                raise FormatError(f"{member!r} is a member twice")
            self.grouped.add(member)
        if rule not in ("all", "any") and not 1 <= parse_decimal(rule, what="threshold") <= len(members):
            raise FormatError(f"a threshold of {rule} among {len(members)}")
        self._define(name)
        self.groups.append(PolicyGroup(name, rule, members))

    def _quorum(self, name: str) -> None:
        if self.quorum is not None:
            raise FormatError("a second quorum line")
        if name != NO_QUORUM:
            self._check_defined(name)
        self.quorum = name

    def _define(self, name: str) -> None:
        if name == NO_QUORUM or name in self.names:
            raise FormatError(f"the name {name!r} is taken")
        self.names.add(name)

    def _check_defined(self, name: str) -> None:
        if name not in self.names:
            raise FormatError(f"{name!r} is not defined on an earlier line")


def _lines(data: bytes) -> list[str]:
    if len(data) > MAX_POLICY_BYTES or data.count(b"\n") > MAX_POLICY_LINES:
        raise TooLargeError(f"a policy has at most {MAX_POLICY_BYTES} bytes and {MAX_POLICY_LINES} lines")
    text = parse_utf8(data, what="a policy")
    if not text.endswith("\n") or _FORBIDDEN.search(text):
        raise FormatError("a policy's lines are ended by newlines and hold no control character but tab")
    return text[:-1].split("\n")


def _words(*words: str | None) -> str:
    return " ".join(word for word in words if word is not None)
