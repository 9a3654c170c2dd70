"""The witnesses that the log asks: who they are, what they signed, and what they object to.

Nothing waits for them but a ledger that is told to. Of several server processes one asks at a time: whoever asks takes a lease
on the witness first, and looks at the log after that, so that no witness is ever asked about an older tree than before.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from ledger import logs, meters
from ledger.core.answering import Told, key_of, read_answer
from ledger.core.merkle import consistency_plan, prove_consistency
from ledger.core.note import open_checkpoint, print_signature_lines
from ledger.core.vkey import VerifierKey
from ledger.core.witnessing import parse_request, print_request, signed_part
from ledger.errors import FormatError, OnRecordError, UsageError
from ledger.net.guarded import Guard, Resolve, check_url, request
from ledger.service.logkeys import known_among
from ledger.service.panel import Panel, lines_of
from ledger.service.tree import Edges, read_tiles, root_at
from ledger.store.protocol import Snapshot, Store, StoredCheckpoint, StoredCosignature, WitnessState

_LEASE = 90
"""Longer than one round with a witness can take."""
_TURNS = 4
_LONGEST_PAUSE = 300
_LOOPBACK = ("127.0.0.0/8", "::1/128")


def check_panel(panel: Panel, own: Sequence[VerifierKey]) -> None:
    """UsageError for a policy that is not about this log, or that nobody can be asked by."""
    if panel.policy.logs and not any(log.key in own for log in panel.policy.logs):
        raise UsageError("the policy of witnesses names other logs", hint="its log lines are the keys of `onrecord log keys`")
    if not panel.by_url:
        raise UsageError("the policy names no witness with an address", hint="witness NAME KEY https://witness.example")
    for url in panel.by_url:
        try:
            check_url(url, guard_of(url))
        except (FormatError, ValueError) as error:
            raise UsageError(f"a witness at {url[:200]}: {error}") from None


def guard_of(url: str) -> Guard:
    """What may be reached for a witness: the public network, and an inner address where the operator wrote that very one."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return Guard(tuple(map(ipaddress.ip_network, _LOOPBACK)))
    try:
        return Guard((ipaddress.ip_network(host),))
    except ValueError:
        return Guard()


# Asking


@dataclass(frozen=True)
class Rounds:
    """Asks all witnesses. `clock` gives POSIX seconds, `chance` numbers from 0 to 1."""

    store: Store
    edges: Edges
    panel: Panel
    own_keys: Sequence[VerifierKey]
    clock: Callable[[], int]
    chance: Callable[[], float]
    resolve: Resolve | None = None

    def ask(self, url: str) -> int:
        """One witness is asked about the newest checkpoint, if it is its turn and has not signed that yet; how many new
        signatures are kept."""
        before = next((one for one in self.store.witnesses() if one.url == url), None)
        now = self.clock()
        if (before is not None and before.next_at > now) or not self._is_wanted(url):
            return 0
        state = before or WitnessState(url)
        leased = replace(state, next_at=now + _LEASE)
        if not self.store.change_witness(before, leased):
            return 0  # another process is at it
        try:
            told, checkpoint, after = self._talk(leased)
        except OnRecordError as error:
            self.store.change_witness(leased, self._failed(leased, error.message))
            return 0
        if told.objection is not None:
            self.store.change_witness(leased, self._alarmed(leased, told, checkpoint))
            return 0
        signed = [
            StoredCosignature(key_of(one.key), one.time, print_signature_lines([one.signature]).encode()) for one in told.signed
        ]
        new = self.store.keep_cosignatures(checkpoint, signed)
        self.store.change_witness(leased, after)
        return new

    def is_anybody_asking(self) -> bool:
        """Whether some process waits for a witness's answer just now; of one that failed before, nobody can tell."""
        now, urls = self.clock(), self.panel.by_url
        states = [one for one in self.store.witnesses() if one.url in urls]
        return any(one.next_at > now and not one.failures and one.alarm is None for one in states)

    def _is_wanted(self, url: str) -> bool:
        with self.store.reading() as snapshot:
            signed = {line.split(" ", 2)[1] for line in lines_of(snapshot, snapshot.checkpoint)}
        # By name: a witness that has two keys here may sign with one of them alone.
        return not signed & {key.name for key in self.panel.by_url[url]}

    def _talk(self, state: WitnessState) -> tuple[Told, StoredCheckpoint, WitnessState]:
        """Asked from the size that it signed last, as far as that is known, and again from what it says instead."""
        old = state.size
        for _ in range(_TURNS):
            with self.store.reading() as snapshot:
                checkpoint = snapshot.checkpoint
                old = min(old, checkpoint.size)
                body = self._request(snapshot, old)
            told = self._post(state.url, body)
            if told.signed:
                done = WitnessState(state.url, size=checkpoint.size, signed_at=max(one.time for one in told.signed))
                return told, checkpoint, done
            if told.objection is not None:
                if told.size is not None and self._has_grown_to(told.size):
                    continue  # what it saw is ours: another process asked it about a newer tree
                return told, checkpoint, state
            assert told.size is not None
            old = told.size
        raise FormatError("it names another size each time that it is asked")

    def _request(self, snapshot: Snapshot, old: int) -> bytes:
        checkpoint = snapshot.checkpoint
        proof: list[bytes] = []
        if old:
            plan = consistency_plan(old, checkpoint.size)
            tiles = read_tiles(snapshot, plan, checkpoint.size, self.edges.of(snapshot), {})
            proof = prove_consistency(old, checkpoint.size, tiles)
        # Only the log's own signatures: witnesses read 16 KiB.
        keys = known_among(snapshot, self.own_keys)
        return print_request(old, proof, signed_part(checkpoint.note or b"", keys))

    def _post(self, url: str, body: bytes) -> Told:
        headers = {"content-type": "text/plain; charset=utf-8", "user-agent": "OnRecord-Log/1"}
        address, guard = f"{url}/add-checkpoint", guard_of(url)
        answer = request("POST", address, guard=guard, headers=headers, content=body, resolve=self.resolve)
        media_type = answer.headers.get("content-type", "").strip()
        return read_answer(parse_request(body), answer.status, media_type, answer.body, self.panel.by_url[url])

    def _has_grown_to(self, size: int) -> bool:
        return self.store.state().checkpoint.size >= size

    def _failed(self, state: WitnessState, trouble: str) -> WitnessState:
        """Longer and longer pauses, no two alike, so that logs that lost a witness together do not come back together."""
        failures = state.failures + 1
        pause = min(self.panel.interval * 2 ** min(failures, 10), _LONGEST_PAUSE) * (0.5 + self.chance())
        meters.count("witness failures")
        logs.trouble("witness_silent", witness=state.url, failures=failures, trouble=trouble[:200])
        return replace(state, failures=failures, trouble=trouble[:200], next_at=self.clock() + max(1, int(pause)))

    def _alarmed(self, state: WitnessState, told: Told, checkpoint: StoredCheckpoint) -> WitnessState:
        """It stands as it is until the operator has seen it. A witness whose objection was acknowledged is asked on."""
        evidence = self._evidence(state.url, checkpoint)
        logs.trouble(
            "witness_objects", witness=state.url, size=checkpoint.size, proven=evidence is not None, why=told.objection or ""
        )
        pause = int(_LONGEST_PAUSE * (0.5 + self.chance()))
        known = state.alarm is not None and state.acknowledged
        moment = state.alarm_at if known else self.clock()
        return replace(
            state,
            next_at=self.clock() + pause,
            trouble=None,
            alarm=told.objection,
            alarm_at=moment,
            evidence=evidence or state.evidence,
            acknowledged=known,
        )

    def _evidence(self, url: str, ours: StoredCheckpoint) -> str | None:
        """A checkpoint that this log's keys signed and that is not of the history here, where the witness shows one: then it is
        no mistake of the witness's."""
        with self.store.reading() as snapshot:
            origin = snapshot.identity.origin
        address = f"{url}/{hashlib.sha256(origin.encode()).hexdigest()}/checkpoint"
        try:
            answer = request("GET", address, guard=guard_of(url), resolve=self.resolve)
            if answer.status != 200:
                return None
            shown = open_checkpoint(answer.body, self.own_keys, origin=origin).checkpoint
        except OnRecordError:
            return None
        if shown.size <= ours.size and self._root_at(shown.size) == shown.root:
            return None
        return answer.body.decode("utf-8")

    def _root_at(self, size: int) -> bytes:
        with self.store.reading() as snapshot:
            return root_at(snapshot, size)
