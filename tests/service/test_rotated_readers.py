"""Who reads a log whose keys change: with old keys, with new ones, with files of before, between and after."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from api.app import create_app
from api.witnessing import create_witness
from ledger.client import Client, entry_bytes
from ledger.core.checkpoint import Checkpoint
from ledger.core.encoding import parse_hash
from ledger.core.evidence import Logged
from ledger.core.keyring import KeyRing
from ledger.core.logkeys import follow
from ledger.core.note import open_checkpoint, sign_checkpoint
from ledger.core.records import record_id
from ledger.core.trust import parse_trust
from ledger.core.verify import verify
from ledger.core.verifying.entries import read_signed
from ledger.errors import RuleError, UnverifiableError, VerificationError
from ledger.keys import Pair, Signer, sign_record
from ledger.operations import Question
from ledger.publishing.monitor import Monitor, Watched
from ledger.publishing.places import Folder
from ledger.publishing.publish import publish
from ledger.service.panel import Panel
from ledger.service.witnesses import Rounds
from ledger.witness.keys import new_witness_keys
from ledger.witness.witness import Witness
from schemas.bundle import Verification
from schemas.records import Record
from tests import factory
from tests.api.serving import served as serving
from tests.core.faults import signed, statement_of
from tests.factory import ORIGIN, START, Ready
from tests.publishing.test_publish import served
from tests.service.rotated import NEW, OLD, begin, finish, owner, pair_named, printed, ready_to_rotate, vkeys, word
from tests.service.test_witnesses import policy_of

CLAIM = factory.claim()
SAID = factory.statement(CLAIM)
EVIL = pair_named("evil")


@dataclass
class Story:
    """One log, with a bundle and a score of each time."""

    here: Ready
    bundles: dict[str, bytes] = field(default_factory=dict)
    scores: dict[str, bytes] = field(default_factory=dict)

    def keep(self, name: str) -> None:
        self.bundles[name] = self.here.ledger.export(record_id(CLAIM), "bundle", Question())
        self.scores[name] = self.here.ledger.export(record_id(CLAIM), "score", Question())


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    here = ready_to_rotate(str(tmp_path_factory.mktemp("rotated") / "l.db"))
    here.add(factory.source(), CLAIM, SAID)
    told = Story(here)
    told.keep("before")
    begin(here)
    told.keep("between")
    finish(here)
    here.clock.now += 10
    here.add(factory.claim("something else"))
    told.keep("after")
    yield told
    here.ledger.close()


def checked(file: bytes, *trust: str) -> Verification:
    return verify(file, parse_trust(trust), signature_only=True)


@pytest.mark.parametrize(
    "when,trusted,result",
    [
        ("before", OLD, "ok"),
        ("before", NEW, "unverifiable"),
        ("between", OLD, "ok"),
        ("between", NEW, "ok"),
        ("after", OLD, "ok"),
        ("after", NEW, "ok"),
    ],
)
@pytest.mark.parametrize("kind", ["bundles", "scores"])
def test_a_file_is_verified_with_the_keys_of_its_time_and_with_earlier_ones(
    story: Story, kind: str, when: str, trusted: tuple[object, object], result: str
) -> None:
    found = checked(getattr(story, kind)[when], *printed(trusted))  # type: ignore[arg-type]  # one of the two pairs
    assert found.result == result, found.steps


def test_who_trusts_the_ml_dsa_key_alone_follows_nobody(story: Story) -> None:
    assert checked(story.bundles["between"], printed(OLD)[1]).result == "ok"
    assert checked(story.bundles["after"], printed(OLD)[1]).result == "unverifiable"


def test_a_checkpoint_of_retired_keys_alone_is_refused(story: Story) -> None:
    statement = statement_of(story.bundles["after"])
    at = statement["predicate"]["report"]["as_of"]
    forged = sign_checkpoint(Checkpoint(ORIGIN, at["size"], bytes.fromhex(at["root"])), *OLD, story.here.clock.now)
    statement["predicate"]["checkpoint"] = forged.decode()
    for trust in (printed(OLD), [*printed(OLD), *printed(NEW)]):
        found = checked(signed(statement, story.here.keys.issuer), *trust)
        assert found.result == "failed"
        assert "retired" in next(step.detail for step in found.steps if step.result == "failed")
    assert checked(signed(statement, story.here.keys.issuer), *printed(NEW)).result == "unverifiable"


def test_the_ledger_verifies_what_it_gave_out_under_its_earlier_keys(story: Story) -> None:
    for file in (*story.bundles.values(), *story.scores.values()):
        assert story.here.ledger.verify(file).result == "ok"


def test_a_client_follows_from_the_old_keys_to_the_new_and_a_stranger_does_not(story: Story) -> None:
    with serving(create_app(story.here.ledger)) as address:
        for trust in (printed(OLD), printed(OLD)[:1], printed(NEW)):
            client = Client(address, trust=trust)
            assert client.checkpoint().size == story.here.ledger.checkpoint().size
            assert client.receipt(record_id(CLAIM)).record_id == record_id(CLAIM)
            client.close()
        for trust in (printed(OLD)[1:], printed(pair_named("another"))):
            client = Client(address, trust=trust)
            with pytest.raises(UnverifiableError):
                client.checkpoint()
            client.close()


# Watching


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Ready]:
    made = ready_to_rotate(str(tmp_path / "l.db"))
    yield made
    made.ledger.close()


Look = Callable[..., Watched]


@pytest.fixture
def look(here: Ready, tmp_path: Path) -> Iterator[Look]:
    place = tmp_path / "public"
    place.mkdir()
    with served(place) as address:

        def looked(*trust: str, publishing: bool = True) -> Watched:
            if publishing:
                publish(here.ledger, Folder(place))
            monitor = Monitor(address, Folder(tmp_path / "state"), parse_trust(trust or printed(OLD)))
            try:
                return monitor.look(START)
            finally:
                monitor.close()

        yield looked


def test_a_monitor_that_trusts_the_old_keys_goes_on(here: Ready, look: Look) -> None:
    assert look().faults == []
    begin(here)
    assert look().faults == []
    finish(here)
    here.add(CLAIM)
    assert look().faults == []
    here.add(factory.claim("another"))
    assert (look().faults, look(*printed(NEW)).faults) == ([], [])


@pytest.mark.parametrize("looked_before", [True, False])
def test_a_monitor_that_slept_all_that_time_goes_on_too(here: Ready, look: Look, looked_before: bool) -> None:
    if looked_before:
        look()
    begin(here)
    finish(here)
    here.add(CLAIM)
    seen = look()
    assert (seen.faults, seen.size) == ([], 6)
    with pytest.raises(UnverifiableError):
        look(*printed(pair_named("another")))


def test_a_monitor_refuses_a_checkpoint_of_retired_keys_alone(here: Ready, look: Look, tmp_path: Path) -> None:
    begin(here)
    finish(here)
    look()
    here.add(CLAIM)
    publish(here.ledger, Folder(tmp_path / "public"))
    view = here.ledger.checkpoint()
    forged = sign_checkpoint(Checkpoint(ORIGIN, view.size, parse_hash(view.root, what="root")), *OLD, here.clock.now)
    (tmp_path / "public" / "checkpoint").write_bytes(forged)
    with pytest.raises(VerificationError, match="retired"):
        look(*printed(OLD), *printed(NEW), publishing=False)


# Witnesses


def test_a_witness_signs_on_once_it_is_told_of_the_new_keys(here: Ready, tmp_path: Path) -> None:
    keys = new_witness_keys(tmp_path / "w", "witness.example/w")

    def asked(*pairs: tuple[object, object]) -> int:
        logs = [key for pair in pairs for key in vkeys(pair)]  # type: ignore[arg-type]  # pairs of keys
        witness = Witness(tmp_path / "w", keys, logs, lambda: here.clock.now + 60)
        with serving(create_witness(witness)) as url:
            panel: Panel = policy_of([url], [keys])
            own = here.keys.vkeys(ORIGIN)
            return Rounds(here.store, here.ledger._edges, panel, own, here.clock, lambda: 0.5).ask(url)

    assert asked(OLD) == 2
    begin(here)
    assert asked(OLD) == 2  # it need not know of them while both sign
    here.add(CLAIM)
    assert asked(OLD, NEW) == 2
    finish(here)
    assert asked(OLD, NEW) == 2
    here.add(factory.claim("another"))
    assert asked(OLD) == 0
    assert asked(NEW) == 2
    note = here.ledger.checkpoint().note.encode()
    assert len(open_checkpoint(note, vkeys(NEW), witnesses=keys.vkeys).cosignatures) == 2


def test_a_word_on_the_logs_keys_by_a_stranger_takes_nobody_anywhere(story: Story) -> None:
    statement = statement_of(story.bundles["after"])
    sent = sign_record(word(EVIL), [factory.signer("stranger"), owner(EVIL)])
    entry = dict(statement["predicate"]["entries"][-1], envelope=sent.envelope.model_dump(mode="json"))
    statement["predicate"]["entries"][-1] = entry
    at = statement["predicate"]["report"]["as_of"]
    forged = sign_checkpoint(Checkpoint(ORIGIN, at["size"], bytes.fromhex(at["root"])), *EVIL, story.here.clock.now)
    statement["predicate"]["checkpoint"] = forged.decode()
    assert checked(signed(statement, story.here.keys.issuer), *printed(OLD)).result == "unverifiable"


# Who has stolen the old key


def evil_words(story: Story) -> list[Logged]:
    """All that the log says of its keys, and one thing more, which only the retired key says."""
    evil = sign_record(word(EVIL), [owner(OLD), owner(EVIL)]).envelope
    told = [*story.here.ledger.well_known().rotations, evil]
    return [read_signed(index, entry_bytes(one)) for index, one in enumerate(told)]


@pytest.mark.parametrize("known", [(OLD,), (NEW,), (OLD, NEW)], ids=["old", "new", "both"])
def test_a_retired_key_takes_no_reader_any_further(story: Story, known: tuple[Pair, ...]) -> None:
    keys = [key for pair in known for key in vkeys(pair)]
    assert not set(vkeys(EVIL)) & set(follow(keys, evil_words(story)).keys)


def test_a_key_of_the_log_is_nobody_s_in_a_file_either() -> None:
    """Else a thief's own log could make the retired key a person, who may then sign what he likes."""
    admin, issuer, old = factory.signer("admin"), factory.signer("issuer"), owner(OLD)
    ring = KeyRing(ORIGIN)

    def take(index: int, record: Record, *by: Signer) -> None:
        ring.take(Logged(index, record_id(record), record, tuple(sorted(one.did for one in by))))

    take(0, factory.key(admin, ["admin"]), admin)
    take(1, factory.key(issuer, ["issuer"], subject="issuer"), admin)
    take(2, word(OLD), admin, old)
    with pytest.raises(RuleError):
        take(3, factory.key(old, ["admin"], subject="log"), admin)


def test_a_log_of_a_thief_is_none_for_the_ledger_that_retired_his_key(story: Story, tmp_path: Path) -> None:
    thief = factory.ready(str(tmp_path / "evil.db"))  # the same name, under the old keys alone, and longer
    assert thief.ledger.checkpoint().note
    thief.add(factory.source(), CLAIM, SAID, *(factory.claim(f"something more {number}") for number in range(20)))
    for kind in ("bundle", "score"):
        file = thief.ledger.export(record_id(CLAIM), kind, Question())
        found = story.here.ledger.verify(file)
        assert found.result == "failed"
        assert "retired" in next(step.detail for step in found.steps if step.result == "failed")
    thief.ledger.close()


def test_a_client_that_was_told_of_the_end_takes_nothing_more_of_the_old_keys(story: Story) -> None:
    with serving(create_app(story.here.ledger)) as address:
        client = Client(address, trust=printed(OLD))
        client.checkpoint()
        late = sign_checkpoint(Checkpoint(ORIGIN, 99, bytes(32)), *OLD, START + 1_000)
        with pytest.raises(VerificationError, match="retired"):
            client._open_following(late)
        client.close()
