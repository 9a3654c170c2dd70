"""What is asked of a ledger on its own machine only: checking it, keeping up what is derived from it, telling webhooks."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from ledger import logs
from ledger.errors import BusyError, CorruptError, NotFoundError, StoreError
from ledger.service import keeping, openings
from ledger.service.at_hand import AtHand, refuse_test_log
from ledger.service.duty import IsOnDuty, always
from ledger.service.keeper import Keeper
from ledger.service.logkeys import known_vkeys, terms_in
from ledger.service.panel import unacknowledged
from ledger.service.replica import check_role
from ledger.service.standing import CatchUp, Stopped, go_on_forever
from schemas.health import Fault, FsckResult

if TYPE_CHECKING:
    from ledger.core.logkeys import LogTerms
    from ledger.net.guarded import Guard
    from ledger.service.hooks import Hooks
    from ledger.service.panel import Panel
    from ledger.store.answerfile import AnswerFile
    from ledger.store.protocol import Durability, WitnessState

# What only some commands need is loaded where it is needed: a command that asks one question starts sooner.


_WORTH_HELP = 2_000
"""Entries that one process has checked before others are ready to help."""


class ForOperators(AtHand):
    """The part of `Ledger` that whoever runs it needs."""

    def fsck(self, tell: Callable[[int, int], None] | None = None, helpers: int | None = None) -> FsckResult:
        """`tell` hears how many entries were looked at, and of how many. `helpers` is how many processes help; as many as
        there are processors if it is left out, and none with what one process is done with before they had started."""
        from ledger.service import fsck
        from ledger.service.helpers import Helpers

        recalled = self._heads.recall()
        with self._store.reading() as snapshot:  # not as others read: a store that is behind is to be looked at too
            try:
                contradiction = self._heads.contradiction(snapshot, recalled)
            except CorruptError as error:
                contradiction = error.message
            if helpers is None and (snapshot.checkpoint.size < _WORTH_HELP or os.cpu_count() == 1):
                helpers = 0
            with Helpers(helpers) as others:
                others.start()
                return fsck.fsck(
                    snapshot,
                    self._keys,
                    contradiction,
                    target=self._store.target,
                    helpers=others,
                    tell=tell or fsck.tell_nobody,
                )

    def cosignature_faults(self, panel: Panel | None) -> list[Fault]:
        """What is wrong with the signatures of witnesses that are kept; they hold, where the policy knows their keys."""
        from ledger.service.fsck_cosignatures import cosignature_faults

        with self._store.reading() as snapshot:
            return cosignature_faults(snapshot, panel)

    def reindex(self) -> None:
        """The derived tables say what the entries say."""
        self.refuse_if_replica()
        with self._reading() as snapshot:
            refuse_test_log(snapshot)
        keeping.reindex(self._store)
        if self._prepared is not None:
            self._prepared.forget()
        self.catch_up()

    def catch_up(self, go_on: Callable[[], None] = go_on_forever) -> int:
        """Where claims stand is worked out; to what size that is complete now. `go_on` may raise `Stopped` to end it early."""
        self.refuse_if_replica()
        with suppress(Stopped):
            return CatchUp(self._store, go_on).run()
        with self._reading() as snapshot:
            return snapshot.standing.progress().size

    def catch_up_after_writing(self, seconds: float) -> None:
        """For a process that ends soon: if it has appended, where claims stand is worked out, for so long at most."""
        if not self._appended:
            return
        try:
            self.catch_up(_until(monotonic() + seconds))
        except StoreError as error:
            # What was appended is in the log; the next to write goes on with this.
            logs.trouble("standing_waits", error=type(error).__name__)

    def keep_standing(self, is_on_duty: IsOnDuty = always) -> None:
        """From now on, until `close` or `stop_keeping`, a thread keeps up where claims stand, and prepares answers if that was
        asked for. On a replica where claims stand arrives by itself. In a process that is not on duty the thread only lets go
        of what was erased."""
        self._keeper = Keeper(
            self._store,
            self._scrubbing,
            lambda: self._counter.is_quiet,
            lambda: self._counter.is_settling,
            self._forgetting.look,
            self._prepared,
            only_reads=self.is_replica,
            is_on_duty=is_on_duty,
        )
        self._keeper.start()

    def prepare_in(self, file: AnswerFile) -> None:
        """Answers about claims are given from this file, as far as they are prepared; `keep_standing` is what prepares them."""
        from ledger.service.preparing import Prepared

        self._prepared = Prepared(file, self._store)

    def prepare(self, tell: Callable[[int, int], None] | None = None) -> int:
        """All answers are prepared, on all processors, as far as there is a place for them; how many claims were looked at.
        `tell` hears how many that are, and of how many."""
        from ledger.service.helpers import Helpers

        if self._prepared is None:
            return 0
        with Helpers() as helpers:
            self._prepared.follow(go_on_forever)
            done = self._prepared.fill_with(helpers, tell or (lambda done, of: None))
            while self._prepared.fill(go_on_forever):
                pass
        return done

    def forget_with(self, empty: Callable[[], None]) -> None:
        """Whoever keeps words of records in this process has `empty` called when some are erased or withheld, here or by
        another process (while `keep_standing` is at work)."""
        self._forgetting.with_(empty)

    def stop_keeping(self) -> None:
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.stop()
        calling, self._calling = self._calling, None
        if calling is not None:
            calling.stop()
        asking, self._witness_thread = self._witness_thread, None
        if asking is not None:
            asking.stop()

    # Webhooks: the operator's own, on the ledger's own machine only

    def hooks(self, guard: Guard) -> Hooks:
        """Those that there are, to be added to and taken away from."""
        from ledger.service.hooks import Hooks

        self.refuse_if_replica()
        return Hooks(self._store, self._desk.clock, guard)

    def call_hooks(self, guard: Guard, is_on_duty: IsOnDuty = always) -> None:
        """From now on, until `close` or `stop_keeping`, a thread tells webhooks what moved.

        The primary does that for its replicas."""
        from ledger.service.calling import Calling

        if self.is_replica:
            return
        self._calling = Calling(self._store, self._desk.clock, guard, is_on_duty)
        self._calling.start()

    def log_terms(self) -> LogTerms:
        """When each pair of the log's keys signs, as its entries say; nothing where it was never rotated."""
        with self._reading() as snapshot:
            return terms_in(snapshot, self._own_keys())

    # Witnesses

    def name_witnesses(self, panel: Panel) -> None:
        """Whose signatures count here, from now on. UsageError if the policy is about another log."""
        from ledger.service.witnesses import check_panel

        with self._reading() as snapshot:
            check_panel(panel, known_vkeys(snapshot, self._own_keys()))
        self._panel = panel

    def ask_witnesses(self, *, republish: int = 0) -> None:
        """Those that were named are asked now, and then by a thread, until `close` or `stop_keeping`. Where `republish` is not
        0, the log's state is signed anew once it is so many seconds old. The primary does that for its replicas."""
        from ledger.service.witness_thread import WitnessThread
        from ledger.service.witnesses import Rounds

        if self._panel is None or self.is_replica:
            return
        with self._reading() as snapshot:
            own = known_vkeys(snapshot, self._own_keys())
        rounds = Rounds(self._store, self._edges, self._panel, own, self._desk.clock, random.random)
        self._witness_thread = WitnessThread(rounds, self._look_at_witnesses, lambda: self.republish(republish))
        self._witness_thread.start()

    def republish(self, after: int) -> None:
        """The log's state is signed anew if it is older than so many seconds; 0: never."""
        from ledger.service.republishing import republish

        if not after or self._now() - self._store.state().checkpoint.time < after:
            return
        with self._writing() as writer:
            checkpoint = republish(writer, self._desk, after)
        if checkpoint is not None:
            logs.fact("republished", size=checkpoint.size)

    def witnesses(self) -> list[WitnessState]:
        """How those stand that were asked."""
        return self._store.witnesses()

    def acknowledge(self, url: str) -> WitnessState:
        """The operator has seen what this witness objects to, and goes on all the same."""
        self.refuse_if_replica()
        found = next((one for one in self._store.witnesses() if one.url == url.rstrip("/")), None)
        if found is None or found.alarm is None:
            raise NotFoundError(f"no witness at {url[:200]!r} objects", hint="`onrecord log witnesses` lists them")
        after = replace(found, acknowledged=True)
        if not self._store.change_witness(found, after):
            raise BusyError("it is being asked just now", hint="try again in a moment")
        logs.trouble("witness_objection_acknowledged", witness=found.url)
        self._look_at_witnesses()
        return after

    def _look_at_witnesses(self) -> None:
        self._heads.object(unacknowledged(self._store.witnesses()))

    def check_start(self) -> None:
        """CorruptError if the newest checkpoint, its signatures, the entries under it, or what the keys have signed since
        contradict each other."""
        recalled = self._heads.recall()
        with self._reading() as snapshot:
            keeping.check_start(snapshot, self._edges, self._keys)
            self._heads.refuse_fork(snapshot, recalled)
            held = [] if snapshot.identity.test_log else openings.held_for_withheld(snapshot)
            gone = [] if snapshot.identity.test_log else openings.kept_though_erased(snapshot)
        if held or gone:
            logs.trouble("openings_held", withheld=held, erased=gone)
        if not self.is_replica:
            self._scrubbing.look()
            self._look_at_witnesses()

    def durability(self) -> list[Durability]:
        """The database's settings by which what was acknowledged outlives a power cut."""
        return self._store.durability()

    def check_role(self) -> None:
        """UsageError where this server is to be a replica's and its database follows nobody, or the other way round."""
        check_role(self._store.following(), self._primary)

    def close(self) -> None:
        """What was handed in is settled first."""
        self._counter.close()
        self._raw_counter.close()
        self.stop_keeping()
        if self._prepared is not None:
            self._prepared.close()
        self._store.close()


def _until(moment: float) -> Callable[[], None]:
    def go_on() -> None:
        if monotonic() > moment:
            raise Stopped

    return go_on
