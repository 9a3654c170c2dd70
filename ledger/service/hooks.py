"""Webhooks: whom the operator has told of moved scores, how far each was told, and what happens when one does not answer.

Each hook is told in rounds. A round leads from the size up to which it was told to the one to which the standing of claims is
complete; in it, every claim that an entry or time may have moved is looked at, lowest index first, and told of if what may be
shown of its score is another than it was at the round's start, or if it was taken back meanwhile. So nothing is missed and
nothing is kept for each claim. A message that fails is tried again, with longer and longer pauses; the messages after it wait.
Whoever is away for three days is stopped until the operator resumes it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ledger import logs, meters
from ledger.core.evidence import Logged
from ledger.core.force import aliases, corrected
from ledger.core.gist import Gist, gist
from ledger.core.views import claim_texts
from ledger.errors import BusyError, NotFoundError, OnRecordError
from ledger.net.guarded import Guard, Resolve, check_url
from ledger.net.hooks import new_secret, send
from ledger.service.gathering import as_of, gather_all, resolve
from ledger.service.kept import Kept
from ledger.service.reading import Reading
from ledger.service.standing import POLICY
from ledger.service.views import open_values_of
from ledger.store.protocol import Hook, Snapshot, Store
from schemas.corroboration import AsOf, Headline, Sides
from schemas.dates import time_of
from schemas.hooks import HookMessage, HookView, ScoreMoved, TakenBack
from schemas.records import ClaimRecord, CorrectionRecord, WithholdRecord

# Seconds after the first failure, the second ...; as Standard Webhooks suggests: three days in all, then it is stopped.
PAUSES = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
_PORTION = 50
# Nobody else tries this hook meanwhile; longer than one request can take.
_LEASE = 60


@dataclass(frozen=True)
class Herald:
    """Tells hooks. `clock` gives POSIX seconds; `go_on` is called before each message, and raises to end the work."""

    store: Store
    clock: Callable[[], int]
    guard: Guard
    go_on: Callable[[], None]
    resolve: Resolve | None = None

    def tell(self) -> int:
        """Every hook whose time has come is told what there is to tell; how many messages arrived."""
        return sum(self._tell_one(hook) for hook in self.store.hooks() if not hook.stopped and hook.next_at <= self.clock())

    def _tell_one(self, hook: Hook) -> int:
        arrived = 0
        while (step := self._next(hook)) is not None:
            self.go_on()
            if step.message is None:
                after = step.after
            else:
                leased = replace(hook, next_at=self.clock() + _LEASE)
                if not self.store.change_hook(hook, leased):
                    return arrived  # another process is at it
                hook, trouble = leased, self._send(hook, step.id, step.message)
                after = replace(step.after, next_at=0) if trouble is None else self._failed(hook, trouble)
                arrived += trouble is None
            if not self.store.change_hook(hook, after) or after.failures:
                return arrived
            hook = after
        return arrived

    def _next(self, hook: Hook) -> _Step | None:
        """What comes next for this hook; None where it knows everything."""
        with self.store.reading() as snapshot:
            kept = Kept(snapshot)
            if hook.goal is None:
                if kept.complete_to <= hook.told:
                    return None
                return _Step(replace(hook, goal=kept.complete_to, cursor=-1))
            return _in_round(snapshot, hook, hook.goal)

    def _send(self, hook: Hook, id: str, message: HookMessage) -> str | None:
        """None if it arrived; else what was wrong, in words that quote nobody."""
        try:
            answer = send(hook.url, hook.secret, id, self.clock(), _body(message), guard=self.guard, resolve=self.resolve)
        except OnRecordError as error:
            return error.message
        return None if 200 <= answer.status < 300 else f"answered {answer.status}"

    def _failed(self, hook: Hook, trouble: str) -> Hook:
        failures = hook.failures + 1
        stopped = failures > len(PAUSES)
        pause = 0 if stopped else PAUSES[failures - 1]
        meters.count("webhook failures")
        logs.trouble("hook_failed", hook=hook.id, failures=failures, stopped=stopped)
        return replace(hook, failures=failures, next_at=self.clock() + pause, trouble=trouble[:200], stopped=stopped)


@dataclass(frozen=True)
class _Step:
    """The hook as it is after this step, if `message` arrives or there is none."""

    after: Hook
    message: HookMessage | None = None
    id: str = ""


def _in_round(snapshot: Snapshot, hook: Hook, goal: int) -> _Step:
    """The next claim of the round of which there is something to tell; at its end, told is told."""
    reading = Reading(snapshot)
    cursor = hook.cursor
    indexes = _moved_since(snapshot, hook)
    for entry in reading.at(index for index in indexes if index < goal):
        message = _message(reading, entry, hook.told, goal)
        cursor = entry.index
        if message is not None:
            id = hashlib.sha256(f"{hook.id}\n{entry.id}\n{goal}".encode()).hexdigest()[:32]
            return _Step(replace(hook, cursor=cursor, failures=0, trouble=None), message, f"msg_{id}")
    if len(indexes) == _PORTION:
        return _Step(replace(hook, cursor=indexes[-1]))
    return _Step(replace(hook, told=goal, goal=None, cursor=-1))


def _moved_since(snapshot: Snapshot, hook: Hook) -> list[int]:
    """The next claims of the round that something may have moved, as far as the hook is to hear of them."""
    after = hook.cursor if hook.claim is None else max(hook.cursor, hook.claim - 1)
    moved = snapshot.standing.moved_since(hook.told, after, _PORTION if hook.claim is None else 1)
    # What was taken back stands nowhere, so nothing moved it.
    taken = [index for index in _taken_back_since(snapshot, hook.told) if index > after]
    found = sorted({*moved, *taken})[:_PORTION]
    return found if hook.claim is None else [index for index in found if index == hook.claim]


def _taken_back_since(snapshot: Snapshot, told: int) -> list[int]:
    """Records that a correction or a withholding from entry `told` on is about."""
    records = [entry.record for entry in Reading(snapshot).at(snapshot.of_kinds(["correction", "withhold"], after=told - 1))]
    targets = sorted({one.target for one in records if isinstance(one, CorrectionRecord | WithholdRecord)})
    return [indexes[0] for indexes in snapshot.find(targets).values()] if targets else []


def _message(reading: Reading, entry: Logged, told: int, goal: int) -> HookMessage | None:
    if not isinstance(entry.record, ClaimRecord):
        return None
    size = reading.snapshot.checkpoint.size
    logged = gather_all(reading, [entry.id], size)
    withholdings = [one.index for one in logged if isinstance(one.record, WithholdRecord)]
    if any(index >= goal for index in withholdings):
        return None  # what was so before is not told any more; the next round tells what is so now
    state = as_of(reading.snapshot, str(goal))
    now = gist(entry.id, logged, state, POLICY)
    if now is None:
        return _taken_back(reading, entry, logged, told, state)
    told_before = told > entry.index and not any(index >= told for index in withholdings)
    before = gist(entry.id, logged, as_of(reading.snapshot, str(told)), POLICY) if told_before else None
    if before is not None and _shown(before) == _shown(now):
        return None
    data = _moved(reading, entry, state, now, before.headline if before else None)
    return HookMessage(type="claim.score_moved", timestamp=state.time, ledger=reading.snapshot.identity.origin, data=data)


def _taken_back(reading: Reading, entry: Logged, logged: Sequence[Logged], told: int, state: AsOf) -> HookMessage | None:
    """That it stands no longer, to whoever was told of it while it stood, or how else it does not by now."""
    before, now = (_how_taken_back(entry.id, logged, size) for size in (told, state.size))
    if now is None or now == before or told <= entry.index:
        return None
    replaced = aliases([one for one in logged if one.index < state.size]).get(entry.id) if now == "corrected" else None
    path = f"/v1/records/{entry.id}"
    data = TakenBack(claim=entry.id, state=now, replaced_by=replaced, size=state.size, path=path)
    return HookMessage(type="claim.taken_back", timestamp=state.time, ledger=reading.snapshot.identity.origin, data=data)


def _how_taken_back(claim: str, logged: Sequence[Logged], size: int) -> Literal["corrected", "withheld"] | None:
    known = [one for one in logged if one.index < size]
    out = {one.record.target for one in known if isinstance(one.record, WithholdRecord)}
    if claim in out:
        return "withheld"
    return "corrected" if claim in corrected([one for one in known if one.id not in out]) else None


def _shown(found: Gist) -> tuple[object, ...]:
    """What a reader could tell apart: no change of a number that is not shown."""
    number = round(found.probability, 2) if found.showable else None
    return found.headline, found.labels, found.n_for, found.n_against, number


def _moved(reading: Reading, entry: Logged, state: AsOf, now: Gist, previous: Headline | None) -> ScoreMoved:
    texts = claim_texts([entry], open_values_of(reading, [entry.record]))
    return ScoreMoved(
        claim=entry.id,
        text=texts.get(entry.id, {}),
        headline=now.headline,
        previous=previous,
        labels=list(now.labels),
        independent_origins=Sides.model_validate({"for": now.n_for, "against": now.n_against}),
        showable=now.showable,
        probability=now.probability if now.showable else None,
        size=state.size,
        path=f"/v1/claims/{entry.id}/corroboration?as_of={state.size}",
    )


def view_of(snapshot: Snapshot, hook: Hook, secret: str | None = None) -> HookView:
    claim = snapshot.entries([hook.claim])[0].record_id if hook.claim is not None else None
    state = "stopped" if hook.stopped else "failing" if hook.failures else "waiting" if hook.goal is None else "behind"
    return HookView(
        id=hook.id,
        url=hook.url,
        claim=claim,
        state=state,  # type: ignore[arg-type]  # one of the four above
        told=hook.told,
        failures=hook.failures,
        next_try=time_of(hook.next_at) if hook.failures and not hook.stopped else None,
        trouble=hook.trouble,
        secret=secret,
    )


# What the operator does


@dataclass(frozen=True)
class Hooks:
    """The operator's list."""

    store: Store
    clock: Callable[[], int]
    guard: Guard

    def all(self) -> list[HookView]:
        with self.store.reading() as snapshot:
            return [view_of(snapshot, one) for one in self.store.hooks()]

    def add(self, url: str, claim: str | None = None) -> HookView:
        """From now on this address is told of moved scores, of all claims or of one. Its secret is shown here, once."""
        check_url(url, self.guard)
        with self.store.reading() as snapshot:
            index = None
            if claim is not None:
                found = resolve(snapshot, claim, ("claim",))
                index = snapshot.find([found])[found][0]
            told = Kept(snapshot).complete_to
            made = Hook(id=f"hook_{secrets.token_hex(6)}", url=url, secret=new_secret(), claim=index, told=told)
            self.store.add_hook(made)
            return view_of(snapshot, made, made.secret)

    def remove(self, id: str) -> None:
        if not self.store.remove_hook(id):
            raise _unknown(id)

    def resume(self, id: str) -> HookView:
        """It is tried again at once, whatever went wrong before; nothing that moved meanwhile is lost."""
        hook = self._one(id)
        after = replace(hook, failures=0, next_at=0, trouble=None, stopped=False)
        if not self.store.change_hook(hook, after):
            raise BusyError("its receiver is being told just now", hint="try again in a moment")
        with self.store.reading() as snapshot:
            return view_of(snapshot, after)

    def ping(self, id: str) -> int:
        """The status that its receiver answers to a message that says nothing."""
        hook, moment = self._one(id), self.clock()
        with self.store.reading() as snapshot:
            origin = snapshot.identity.origin
        message = HookMessage(type="ping", timestamp=time_of(moment), ledger=origin, data=None)
        id = f"msg_{secrets.token_hex(16)}"
        return send(hook.url, hook.secret, id, moment, _body(message), guard=self.guard).status

    def _one(self, id: str) -> Hook:
        found = next((hook for hook in self.store.hooks() if hook.id == id), None)
        if found is None:
            raise _unknown(id)
        return found


def _unknown(id: str) -> NotFoundError:
    return NotFoundError(f"no webhook {id[:40]!r}", hint="`onrecord hook list` names them")


def _body(message: HookMessage) -> bytes:
    return message.model_dump_json(by_alias=True).encode()
