"""A monitor sees a log grow, and sees through one that lies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ledger.cli.main import app, main
from ledger.core.checkpoint import Checkpoint
from ledger.core.dsse import RECORD_TYPE, sign_envelope
from ledger.core.merkle import grow, leaf_hash
from ledger.core.note import sign_checkpoint
from ledger.core.records import record_bytes
from ledger.core.tiles import entries_path, pack_entries, parse_entries, tile_path
from ledger.core.trust import parse_trust
from ledger.core.vkey import print_vkey
from ledger.errors import CorruptError, StoreError, UnverifiableError, VerificationError
from ledger.keys import LedgerKeys
from ledger.publishing.monitor import Monitor, Watched
from ledger.publishing.places import Folder
from ledger.publishing.publish import publish
from tests.factory import ORIGIN, START, Ready, claim, key, ledger_keys, ready, signer, source, withhold
from tests.publishing.test_publish import served


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Ready]:
    ready_ledger = ready(str(tmp_path / "ledger.db"))
    yield ready_ledger
    ready_ledger.ledger.close()


class Watch:
    """A log in a folder behind a plain web server, and somebody who looks at it."""

    def __init__(self, address: str, place: Path, state: Path, keys: LedgerKeys) -> None:
        self.address, self.folder, self.state, self.keys = address, place, state, keys
        self.place = Folder(place)
        self.vkey = print_vkey(keys.vkeys(ORIGIN)[0])

    def look(self, *, now: int = START) -> Watched:
        monitor = Monitor(self.address, Folder(self.state), parse_trust([self.vkey]))
        try:
            return monitor.look(now)
        finally:
            monitor.close()

    def evidence(self) -> set[str]:
        return {one.suffix for one in self.state.glob("evidence/*")}

    def serve(self, entries: list[bytes], *, shown: list[bytes] | None = None, time: int = START) -> None:
        """A log of these entries, rightly signed; of its bundles those of `shown`."""
        grown = grow(0, (), [leaf_hash(entry) for entry in entries])
        self.place.write(tile_path(0, 0, len(entries)), b"".join(leaf_hash(entry) for entry in entries))
        self.place.write(entries_path(0, len(entries)), pack_entries(shown or entries))
        signed = sign_checkpoint(Checkpoint(ORIGIN, grown.size, grown.root), self.keys.ed25519, self.keys.mldsa44, time)
        self.place.write("checkpoint", signed)


@pytest.fixture
def watch(here: Ready, tmp_path: Path) -> Iterator[Watch]:
    place = tmp_path / "public"
    place.mkdir()
    with served(place) as address:
        yield Watch(address, place, tmp_path / "state", here.keys)


def entries_of(here: Ready) -> list[bytes]:
    size = here.ledger.checkpoint().size
    return parse_entries(here.ledger.tile(entries_path(0, size)))


def test_a_log_that_only_grows_is_followed_from_where_the_last_look_ended(here: Ready, watch: Watch) -> None:
    for more, sizes in ((1, (0, 3)), (0, (3, 3)), (252, (3, 255)), (1, (255, 256)), (300, (256, 556))):
        here.add(*(claim(f"claim {here.ledger.checkpoint().size} {number}") for number in range(more))) if more else None
        publish(here.ledger, watch.place)
        seen = watch.look()
        assert (seen.before, seen.size, seen.faults, seen.hidden) == (*sizes, [], 0)
    assert not watch.evidence()


def test_keys_that_were_enrolled_before_the_last_look_count(here: Ready, watch: Watch) -> None:
    person = here.enroll("berta")
    publish(here.ledger, watch.place)
    assert watch.look().faults == []
    here.add(source(), claim(), by=person)
    publish(here.ledger, watch.place)
    assert watch.look().faults == []


def test_an_entry_by_somebody_who_may_not_is_found_again_at_every_look(here: Ready, watch: Watch) -> None:
    publish(here.ledger, watch.place)
    watch.look()
    stranger = sign_envelope(record_bytes(claim()), RECORD_TYPE, [signer("stranger").private_key])
    watch.serve([*entries_of(here), stranger])
    for _ in range(2):
        (fault,) = watch.look().faults
        assert fault.startswith("entry 2: ")
        assert "may not sign a claim" in fault


def test_a_log_cannot_go_on_from_a_fault_in_two_ways(here: Ready, watch: Watch) -> None:
    publish(here.ledger, watch.place)
    watch.look()
    bad = sign_envelope(record_bytes(claim()), RECORD_TYPE, [signer("stranger").private_key])
    one, other = (sign_envelope(record_bytes(claim(text)), RECORD_TYPE, [here.admin.private_key]) for text in ("one", "other"))
    begun = [*entries_of(here), bad]
    watch.serve([*begun, one])
    assert len(watch.look().faults) == 1
    watch.serve([*begun, other, one])
    with pytest.raises(VerificationError):
        watch.look()
    assert watch.evidence() == {".now", ".before"}


def test_a_key_that_a_stranger_enrolled_may_never_sign(here: Ready, watch: Watch) -> None:
    publish(here.ledger, watch.place)
    watch.look()
    stranger, friend = signer("stranger"), signer("friend")
    enrolled = sign_envelope(record_bytes(key(friend, ("contributor",))), RECORD_TYPE, [stranger.private_key])
    theirs = sign_envelope(record_bytes(claim()), RECORD_TYPE, [friend.private_key])
    watch.serve([*entries_of(here), enrolled])
    assert len(watch.look().faults) == 1
    watch.serve([*entries_of(here), enrolled, theirs])
    assert [one.partition(":")[0] for one in watch.look().faults] == ["entry 2", "entry 3"]


def test_an_entry_whose_signature_does_not_hold_is_found(here: Ready, watch: Watch) -> None:
    here.add(source())
    entries = entries_of(here)
    members = json.loads(entries[2])
    members["signatures"][0]["sig"] = json.loads(entries[1])["signatures"][0]["sig"]
    watch.serve([*entries[:2], json.dumps(members, separators=(",", ":"), sort_keys=True).encode()])
    (fault,) = watch.look().faults
    assert fault.startswith("entry 2: ")


def test_two_roots_for_one_size_are_kept_as_evidence(here: Ready, watch: Watch) -> None:
    here.add(source(), claim())
    publish(here.ledger, watch.place)
    watch.look()
    entries = entries_of(here)
    other = sign_envelope(record_bytes(claim("another")), RECORD_TYPE, [here.admin.private_key])
    watch.serve([*entries[:-1], other])
    with pytest.raises(VerificationError, match="two roots for the size 4"):
        watch.look()
    assert watch.evidence() == {".now", ".before"}


@pytest.mark.parametrize("count", [1, 3])
def test_a_longer_log_that_does_not_begin_with_what_was_seen_is_a_contradiction(here: Ready, watch: Watch, count: int) -> None:
    here.add(source(), claim())
    publish(here.ledger, watch.place)
    watch.look()
    entries = entries_of(here)
    others = [
        sign_envelope(record_bytes(claim(f"another {number}")), RECORD_TYPE, [here.admin.private_key])
        for number in range(count + 1)
    ]
    forked = [*entries[:-1], *others]
    # Once with the fork's own bundles, once with the entries that were seen before put in.
    for shown in (forked, [*entries, *others[1:]]):
        watch.serve(forked, shown=shown)
        with pytest.raises(VerificationError) as caught:
            watch.look()
        assert caught.value.hint is not None
        assert "is kept under" in caught.value.hint
        assert watch.evidence() == {".now", ".before"}


def test_a_log_that_lost_entries_signs_fewer_later(here: Ready, watch: Watch) -> None:
    watch.vkey = print_vkey(watch.keys.vkeys(ORIGIN)[1])
    here.add(source(), claim())
    entries = entries_of(here)
    watch.serve(entries)
    watch.look()
    watch.serve(entries[:3], time=START + 1)
    with pytest.raises(VerificationError, match="had 4 entries and now shows 3, signed later"):
        watch.look()
    assert watch.evidence() == {".now", ".before"}


def test_an_old_checkpoint_from_a_cache_is_no_fork(here: Ready, watch: Watch) -> None:
    here.add(source(), claim())
    entries = entries_of(here)
    for vkey in here.keys.vkeys(ORIGIN):
        watch.vkey, watch.state = print_vkey(vkey), watch.state.with_name(f"state-{vkey.key_id.hex()}")
        watch.serve(entries)
        watch.look()
        watch.serve(entries[:3])
        with pytest.raises(UnverifiableError, match="an old copy"):
            watch.look()
        assert not watch.evidence()
        watch.serve(entries)
        assert watch.look().faults == []


def test_a_shorter_log_that_is_no_beginning_of_what_was_seen_is_a_contradiction(here: Ready, watch: Watch) -> None:
    here.add(source(), claim())
    entries = entries_of(here)
    watch.serve(entries)
    watch.look()
    watch.serve([*entries[:2], entries[3]])
    watch.place.write(tile_path(0, 0, len(entries)), b"".join(leaf_hash(entry) for entry in entries))
    with pytest.raises(VerificationError, match="not how it began"):
        watch.look()
    assert watch.evidence() == {".now", ".before"}


@pytest.mark.parametrize("size", [4, 5])  # of a power of two the proof has not the old root in it
@pytest.mark.parametrize("fault", ["gone", "half", "stale", "other", "a page", "cut"])
def test_what_a_cache_may_do_to_files_is_no_fork(here: Ready, watch: Watch, size: int, fault: str) -> None:
    here.add(source(), claim(), *[claim("before")] * (size == 5))
    publish(here.ledger, watch.place)
    watch.look()
    here.add(claim("new"), claim("newer"))
    publish(here.ledger, watch.place)
    tile, bundle = (path(size + 2) for path in (lambda width: tile_path(0, 0, width), lambda width: entries_path(0, width)))
    entries = entries_of(here)
    leaves = (watch.folder / tile).read_bytes()
    if fault == "gone":
        for path in (tile, bundle):
            (watch.folder / path).unlink()
    elif fault == "half":
        watch.place.write(bundle, pack_entries(entries[:-1]))
        watch.place.write(tile, leaves[:-40])
    elif fault == "stale":
        watch.place.write(bundle, pack_entries([*entries[:-2], entries[-1], entries[-1]]))
        watch.place.write(tile, leaves[:-64] + leaves[:64])
    elif fault == "other":
        watch.place.write(bundle, pack_entries([entries[1], *entries[1:]]))
        watch.place.write(tile, bytes(32) + leaves[32:])
    elif fault == "a page":
        for path in (tile, bundle):
            watch.place.write(path, b"<!doctype html><title>Bad gateway</title>")
    else:
        watch.place.write(bundle, pack_entries(entries)[:-3])
    with pytest.raises((UnverifiableError, StoreError)) as caught:
        watch.look()
    assert caught.value.exit_code == (1 if fault == "gone" else 7)
    assert not watch.evidence()
    watch.place.write(tile, leaves)
    watch.place.write(bundle, pack_entries(entries))
    assert (watch.look().size, watch.look().faults) == (size + 2, [])


def test_bundles_that_are_not_what_was_signed_are_no_fork(here: Ready, watch: Watch) -> None:
    here.add(source())
    publish(here.ledger, watch.place)
    watch.look()
    here.add(claim())
    entries = entries_of(here)
    other = sign_envelope(record_bytes(claim("another")), RECORD_TYPE, [here.admin.private_key])
    watch.serve(entries, shown=[*entries[:-1], other])
    with pytest.raises(UnverifiableError, match="do not give the root"):
        watch.look()
    assert not watch.evidence()


def test_a_bundle_that_is_not_given_out_is_told_and_its_hashes_are_checked(here: Ready, watch: Watch) -> None:
    told = claim("a name that nobody may read")
    here.add(source(), told)
    here.add(withhold(told))
    publish(here.ledger, watch.place)
    seen = watch.look()
    assert (seen.size, seen.hidden, seen.faults) == (5, 1, [])
    person = here.enroll("berta")
    here.add(*(claim(f"claim {number}") for number in range(300)), by=person)
    publish(here.ledger, watch.place)
    seen = watch.look()
    assert (seen.before, seen.size, seen.hidden, seen.faults) == (5, 306, 1, [])


def test_that_nobody_can_say_who_may_sign_is_told_at_every_look(here: Ready, watch: Watch) -> None:
    told = claim("a name that nobody may read")
    here.add(source(), told)
    here.add(withhold(told))
    publish(here.ledger, watch.place)
    for _ in range(2):
        said = command(watch)
        assert said.exit_code == 0
        assert "their hashes as they should be" in said.output
        assert "who was allowed to sign could not be checked" in said.output
    seen = watch.look()
    assert (seen.hidden, seen.blind) == (0, True)


def test_an_unknown_signer_of_the_checkpoint_is_not_followed(here: Ready, watch: Watch) -> None:
    publish(here.ledger, watch.place)
    watch.vkey = print_vkey(ledger_keys("another log").vkeys(ORIGIN)[0])
    with pytest.raises(UnverifiableError):
        watch.look()
    assert not watch.state.exists()


def test_what_is_not_there_or_not_readable_is_said(here: Ready, watch: Watch) -> None:
    with pytest.raises(StoreError, match="has no /checkpoint"):
        watch.look()
    publish(here.ledger, watch.place)
    watch.look()
    (watch.state / "followed.json").write_text("{}")
    with pytest.raises(CorruptError, match=r"followed\.json cannot be read"):
        watch.look()


def command(watch: Watch, *more: str) -> Result:
    words = ["log", "monitor", watch.address, "--trust", watch.vkey, "--state", str(watch.state), *more]
    return CliRunner().invoke(app, words)


def test_the_command_says_what_it_saw(here: Ready, watch: Watch, capsys: pytest.CaptureFixture[str]) -> None:
    here.add(source(), claim())
    publish(here.ledger, watch.place)
    said = command(watch)
    assert said.exit_code == 0, said.output
    assert said.output == f"{ORIGIN}: size 4, 4 entries more, as they should be\n"
    assert json.loads(command(watch, "--json").output)["before"] == 4
    words = ["log", "monitor", watch.address, "--state", str(watch.state)]
    assert main([*words, "--trust", print_vkey(here.keys.vkeys(ORIGIN)[1]), "--max-age", "60"]) == 6
    assert "the checkpoint is" in capsys.readouterr().out
    assert main(words) == 2
    assert "whose signature to trust?" in capsys.readouterr().err


def without(watch: Watch, size: int) -> tuple[Path, bytes]:
    """The bundle of a log of that size is gone; where it was, and what it was."""
    place = watch.folder / entries_path(0, size)
    kept = place.read_bytes()
    place.unlink()
    return place, kept


def test_a_bundle_that_was_missing_once_is_read_when_it_is_there_again(here: Ready, watch: Watch) -> None:
    publish(here.ledger, watch.place)
    watch.look()
    person = here.enroll("berta")
    entries = entries_of(here)
    watch.serve(entries)
    place, kept = without(watch, 3)
    seen = watch.look()
    assert (seen.hidden, seen.blind) == (1, True)
    place.write_bytes(kept)
    for _ in range(2):  # without a word more in the log
        seen = watch.look()
        assert (seen.before, seen.size, seen.hidden, seen.blind, seen.faults) == (3, 3, 0, False, [])
    here.add(source(), by=person)
    publish(here.ledger, watch.place)
    assert (watch.look().faults, watch.look().blind) == ([], False)


def test_who_added_what_while_a_bundle_was_missing_is_found_when_it_is_there_again(here: Ready, watch: Watch) -> None:
    publish(here.ledger, watch.place)
    watch.look()
    here.enroll("berta")
    stranger = sign_envelope(record_bytes(claim()), RECORD_TYPE, [signer("stranger").private_key])
    entries = [*entries_of(here), stranger]
    for size in (3, 4):
        watch.serve(entries[:size])
        place, kept = without(watch, size)
        seen = watch.look()
        assert (seen.size, seen.blind, seen.faults) == (size, True, [])
    place.write_bytes(kept)
    for _ in range(2):
        seen = watch.look()
        (fault,) = seen.faults
        assert fault.startswith("entry 3: ")
        assert not seen.blind


def test_another_history_behind_a_missing_bundle_is_a_contradiction_still(here: Ready, watch: Watch) -> None:
    publish(here.ledger, watch.place)
    watch.look()
    here.add(source())
    entries = entries_of(here)
    watch.serve(entries)
    without(watch, 3)
    assert watch.look().blind
    other = sign_envelope(record_bytes(claim("another")), RECORD_TYPE, [here.admin.private_key])
    watch.serve([*entries[:2], other])
    with pytest.raises(VerificationError, match="two roots for the size 3"):
        watch.look()
    watch.serve([*entries[:2], other, other])
    with pytest.raises(VerificationError):
        watch.look()
    assert watch.evidence() == {".now", ".before"}
