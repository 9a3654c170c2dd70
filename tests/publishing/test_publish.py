"""What is published can be read by a client of C2SP tlog-tiles that shares no code with us, at every step of the way."""

from __future__ import annotations

import functools
import http.server
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from obstore.store import MemoryStore
from typer.testing import CliRunner

from ledger.cli.main import app
from ledger.core.vkey import print_vkey
from ledger.errors import ConflictError, OnRecordError, StoreError, UsageError, VerificationError
from ledger.publishing.places import Bucket, Folder, place_at
from ledger.publishing.publish import publish
from ledger.service import Ledger
from tests.api.c2sp import Log, leaf, tree_root
from tests.factory import ORIGIN, Ready, claim, ready, ready_test_log, source, withhold
from tests.listening import listening


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A web server that knows nothing of logs."""
    handler = functools.partial(Quiet, directory=str(folder))
    with listening(handler) as address:
        yield address


def read_all(folder: Path, vkey: str) -> int:
    """The size of the log there, whose every entry and tile was read and gives the signed root."""
    with served(folder) as address, httpx.Client(base_url=address) as http:
        log = Log(http, vkey)
        head = log.head()
        leaves = [leaf(entry) for entry in log.entries(head.size)]
        assert tree_root(leaves) == head.root
        log.check_tiles(leaves)
        return head.size


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Callable[[int], Ledger]]:
    """A log of any bytes, which grows to the size that is asked for."""
    ledger = ready_test_log(str(tmp_path / "log.db"))

    def grown(size: int) -> Ledger:
        for number in range(ledger.checkpoint().size, size):
            ledger.add_entry(b"entry %d" % number)
        return ledger

    yield grown
    ledger.close()


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Ready]:
    ready_ledger = ready(str(tmp_path / "ledger.db"))
    yield ready_ledger
    ready_ledger.ledger.close()


def files(folder: Path) -> set[str]:
    return {str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file()}


def test_every_size_that_was_published_reads_whole(log: Callable[[int], Ledger], tmp_path: Path) -> None:
    place = tmp_path / "public"
    vkey = log(1).well_known().log_keys[0]
    for size in (1, 2, 255, 256, 257, 511, 513, 800):
        done = publish(log(size), Folder(place))
        assert done.size == size
        assert read_all(place, vkey) == size
    assert files(place) >= {
        "checkpoint",
        "tile/0/000",
        "tile/0/002",
        "tile/1/000.p/3",
        "tile/0/003.p/32",
        "tile/entries/003.p/32",
    }
    # Narrower widths of a tile that is full are gone; those of the last tile stay, for who read the checkpoint before.
    assert not [one for one in files(place) if one.startswith(("tile/0/000.p", "tile/entries/000.p"))]


def test_only_what_is_new_is_written(log: Callable[[int], Ledger], tmp_path: Path) -> None:
    place = Folder(tmp_path / "public")
    assert publish(log(520), place).files == 7
    assert publish(log(520), place).files == 0
    assert publish(log(521), place).files == 2
    assert publish(log(770), place).files == 5


class Breaking(Folder):
    """Fails at the so-many-th write."""

    def __init__(self, root: Path, at: int) -> None:
        super().__init__(root)
        self.left = at

    def write(self, path: str, content: bytes) -> None:
        self.left -= 1
        if self.left < 0:
            raise StoreError("the disk is full")
        super().write(path, content)


def test_a_reader_never_misses_anything_wherever_publishing_breaks_off(log: Callable[[int], Ledger], tmp_path: Path) -> None:
    place = tmp_path / "public"
    vkey = log(1).well_known().log_keys[0]
    publish(log(250), Folder(place))
    writes = 8
    for at in range(writes):
        with pytest.raises(StoreError, match="full"):
            publish(log(520), Breaking(place, at))
        assert read_all(place, vkey) == 250
    publish(log(520), Breaking(place, writes))
    assert read_all(place, vkey) == 520


def test_what_a_killed_run_left_is_swept_by_the_next(log: Callable[[int], Ledger], tmp_path: Path) -> None:
    place = tmp_path / "public"
    publish(log(3), Folder(place))
    left = [place / ".checkpoint.0123abcd", place / "tile" / "0" / "000.p" / ".3.89abcdef"]
    kept = [place / ".well-known", place / "tile" / ".htaccess", place / ".checkpoint.0123abce"]
    for one in (*left, *kept):
        one.write_bytes(b"half")
    for one in (*left, *kept[:2]):
        os.utime(one, (0, 0))
    publish(log(3), Folder(place))
    assert not any(one.exists() for one in left)
    assert all(one.exists() for one in kept), "others' files, and what a run is writing just now"


def test_nothing_is_left_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Folder(tmp_path)
    place.write("checkpoint", b"old")

    def fail(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(StoreError, match="No space left"):
        place.write("checkpoint", b"new")
    assert files(tmp_path) == {"checkpoint"}
    assert place.read("checkpoint") == b"old"


def test_another_log_is_not_written_over(log: Callable[[int], Ledger], here: Ready, tmp_path: Path) -> None:
    place = Folder(tmp_path / "public")
    publish(log(3), place)
    before = files(tmp_path / "public")
    with pytest.raises(ConflictError, match="is published there"):
        publish(here.ledger, place)
    assert files(tmp_path / "public") == before
    place.write("checkpoint", b"no note")
    with pytest.raises(ConflictError, match="the checkpoint there is none"):
        publish(log(3), place)


@pytest.mark.parametrize("own, theirs", [(3, 3), (5, 3), (3, 5)])
def test_a_fork_and_a_log_that_shrank_are_refused(log: Callable[[int], Ledger], tmp_path: Path, own: int, theirs: int) -> None:
    """The same origin and keys, other entries: what is public already stays."""
    other = ready_test_log(str(tmp_path / "other.db"))
    try:
        for number in range(theirs):
            other.add_entry(b"another %d" % number)
        place = Folder(tmp_path / "public")
        publish(other, place)
        shown = place.read("checkpoint")
        with pytest.raises(VerificationError):
            publish(log(own), place)
        assert place.read("checkpoint") == shown
    finally:
        other.close()


def test_a_bundle_with_a_withheld_record_is_taken_away(here: Ready, tmp_path: Path) -> None:
    place = tmp_path / "public"
    told = claim("a name that nobody may read")
    here.add(source(), told)
    publish(here.ledger, Folder(place))
    here.add(claim("another"))
    publish(here.ledger, Folder(place))
    assert {"tile/entries/000.p/4", "tile/entries/000.p/5"} <= files(place)
    here.add(withhold(told))
    done = publish(here.ledger, Folder(place))
    assert done.withheld == (0,)
    assert files(place) >= {"checkpoint", "tile/0/000.p/6"}
    assert not [one for one in files(place) if "entries" in one]
    for one in place.rglob("*"):
        assert not one.is_file() or b"nobody may read" not in one.read_bytes()
    here.add(claim("a third"))
    assert publish(here.ledger, Folder(place)).withheld == (0,)


def test_an_earlier_full_bundle_is_taken_away_too(here: Ready, tmp_path: Path) -> None:
    place = Folder(tmp_path / "public")
    told = claim("a name that nobody may read")
    here.add(told, *(claim(f"claim {number}") for number in range(300)))
    publish(here.ledger, place)
    assert "tile/entries/000" in files(tmp_path / "public")
    here.add(withhold(told))
    assert publish(here.ledger, place).withheld == (0,)
    assert files(tmp_path / "public") >= {"tile/0/000", "tile/entries/001.p/48"}
    assert "tile/entries/000" not in files(tmp_path / "public")


@pytest.mark.parametrize("published", [False, True])
def test_what_a_run_left_that_broke_off_is_taken_away_when_it_is_withheld(
    here: Ready, tmp_path: Path, *, published: bool
) -> None:
    place = tmp_path / "public"
    if published:
        publish(here.ledger, Folder(place))
    told = claim("a name that nobody may read")
    here.add(*(claim(f"claim {number}") for number in range(300)), told)
    # Of 0/000, entries/000, 0/001 and entries/001 all are written; the checkpoint is not.
    with pytest.raises(StoreError, match="full"):
        publish(here.ledger, Breaking(place, 5))
    assert "tile/entries/001.p/47" in files(place)
    here.add(withhold(told))
    assert publish(here.ledger, Folder(place)).withheld == (1,)
    assert not [one for one in files(place) if b"nobody may read" in (place / one).read_bytes()]
    assert "tile/entries/001.p/47" not in files(place)


def test_what_is_taken_away_stays_away_when_the_power_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Folder(tmp_path)
    place.write("tile/entries/000", b"a name that nobody may read")
    synced = []
    monkeypatch.setattr("os.fsync", lambda handle: synced.append((os.fstat(handle).st_ino, "000" in os.listdir(handle))))
    place.remove("tile/entries/000")
    assert synced == [((tmp_path / "tile/entries").stat().st_ino, False)]


def test_a_bucket_holds_the_same_files_with_the_headers_that_caches_need(log: Callable[[int], Ledger], tmp_path: Path) -> None:
    store = MemoryStore()
    publish(log(300), Bucket(store))
    publish(log(520), Bucket(store))
    publish(log(520), Folder(tmp_path / "public"))
    listed = {one["path"] for page in store.list() for one in page}
    assert listed >= files(tmp_path / "public")
    for path in files(tmp_path / "public"):
        assert bytes(store.get(path).bytes()) == (tmp_path / "public" / path).read_bytes()
    assert dict(store.get("checkpoint").attributes)["Cache-Control"] == "no-cache"
    assert "immutable" in dict(store.get("tile/0/000").attributes)["Cache-Control"]
    # A server says the same of what is not full yet.
    assert dict(store.get("tile/0/002.p/8").attributes)["Cache-Control"] == "max-age=60"


def test_places_by_their_names(tmp_path: Path) -> None:
    assert isinstance(place_at(str(tmp_path)), Folder)
    assert isinstance(place_at("memory:///"), Bucket)
    with pytest.raises(UsageError, match="no address of an object store"):
        place_at("ftp://example.org/log")
    (tmp_path / "file").write_text("")
    with pytest.raises(OnRecordError, match="cannot be"):
        place_at(str(tmp_path / "file")).write("checkpoint", b"")


def test_the_command_says_what_it_did(here: Ready, tmp_path: Path) -> None:
    here.add(source(), claim())
    place, ledger = str(tmp_path / "public"), str(tmp_path / "ledger.db")
    said = CliRunner().invoke(app, ["log", "publish", place, "--ledger", ledger])
    assert said.exit_code == 0, said.output
    assert said.output == f"{ORIGIN}: size 4, 4 entries more, 2 files and the checkpoint written to {place}\n"
    assert read_all(tmp_path / "public", print_vkey(here.keys.vkeys(ORIGIN)[0])) == 4
