"""`onrecord backup` and `restore`: a copy of one moment while the ledger grows, and nothing put back that is not as it was."""

from __future__ import annotations

import random
import resource
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from starlette.applications import Starlette

from api.app import create_app
from api.witnessing import create_witness
from ledger import wiring
from ledger.config import Settings
from ledger.errors import OnRecordError, VerificationError
from ledger.keys import find_signer, sign_record
from ledger.service import Ledger
from ledger.service.backups import list_backups, make_backup, read_backup
from ledger.service.tree import root_at
from ledger.store import open_store
from ledger.store.copying import kept_in
from ledger.store.migrating import migrate
from ledger.store.protocol import Identity, StoredCheckpoint
from ledger.store.sqlite import SqliteBackend
from ledger.store.tables import REVISION
from ledger.store.writing import insert_head
from ledger.witness.keys import new_witness_keys
from tests.api.serving import served
from tests.backends import fresh_database
from tests.chaos.dying import Tell, done
from tests.cli.conftest import Ran, run_here
from tests.factory import EMPTY_ROOT, claim
from tests.witness.test_newsrooms import Newsroom

NOW = 1_764_200_000
SIZE = 178
"""Of the running example."""


def opened(target: str, keys: Path) -> Ledger:
    ledger = wiring.open_ledger(target, keys=keys)
    assert isinstance(ledger, Ledger)
    return ledger


def backed_up(target: str, keys: Path, place: Path, *more: str) -> Path:
    """The path of the backup that the command made."""
    ran = run_here("backup", str(place), "--ledger", target, "--keys", str(keys), *more, "--json")
    assert ran.code == 0, ran.err
    return Path(ran.json["backup"])


def restored(backup: Path, target: str, keys: Path, *more: str) -> Ran:
    return run_here("restore", str(backup), "--ledger", target, "--keys", str(keys), *more)


def said(ran: Ran) -> str:
    return " ".join(ran.err.split())


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """An empty place of each kind."""
    with fresh_database(request.getfixturevalue("postgres_url")) as url:
        yield {"sqlite": str(tmp_path / "elsewhere.db"), "postgresql": url}


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def mine_with_keys(mine: str) -> tuple[str, Path]:
    return mine, Path(f"{mine}.keys")


@contextmanager
def grown_meanwhile(target: str, keys: Path) -> Iterator[list[int]]:
    """Records are appended all the while, one by one; the list grows with each."""
    ledger, stop, added = opened(target, keys), threading.Event(), list[int]()
    signer = find_signer(target, keys)

    def append() -> None:
        while not stop.is_set():
            (receipt,) = ledger.add([sign_record(claim(f"claim {len(added)}"), signer)])
            added.append(receipt.index)

    thread = threading.Thread(target=append)
    thread.start()
    try:
        while not added:
            stop.wait(0.01)
        yield added
    finally:
        stop.set()
        thread.join()
        ledger.close()


def test_a_backup_is_one_moment_of_a_ledger_that_grows(database: str, keys: Path, tmp_path: Path) -> None:
    wiring.create_ledger(database, keys=keys)
    with grown_meanwhile(database, keys) as added:
        before = len(added)
        backups = []
        for number in range(3):
            with closing(open_store(database)) as store:
                backups.append(make_backup(store, tmp_path / "b", NOW + number, known=None))
        assert len(added) > before
    with closing(open_store(database)) as store, store.reading() as grown:
        for one in backups:
            assert 2 + before <= one.manifest.size <= grown.checkpoint.size
            assert one.manifest.root == f"sha256:{root_at(grown, one.manifest.size).hex()}"
    back = str(tmp_path / "back.db")
    shutil.copytree(keys, f"{back}.keys", ignore=shutil.ignore_patterns("head"))
    ran = run_here("restore", str(backups[-1].path), "--ledger", back)
    assert ran.code == 0, ran.err
    with closing(opened(back, Path(f"{back}.keys"))) as ledger:
        assert ledger.checkpoint().size == backups[-1].manifest.size
        ledger.add([sign_record(claim("what comes after"), find_signer(back))])
        assert ledger.fsck(helpers=0).faults == []


def test_it_goes_from_each_back_end_to_each(
    mine_with_keys: tuple[str, Path], elsewhere: dict[str, str], tmp_path: Path, keys: Path
) -> None:
    target, own_keys = mine_with_keys
    run_here("log", "standing", "--ledger", target)
    shutil.copytree(own_keys, keys)
    with closing(open_store(target)) as store:
        wanted = {name: told for name, told in store.derived().items() if not name.startswith("standing")}
    source = target
    for kind in ("postgresql", "sqlite"):
        place = elsewhere[kind]
        ran = restored(backed_up(source, keys, tmp_path / kind), place, keys)
        assert ran.code == 0, ran.err
        with closing(open_store(place)) as store:
            assert {name: told for name, told in store.derived().items() if name in wanted} == wanted
        assert run_here("log", "fsck", "--ledger", place, "--keys", str(keys)).code == 0
        source = place
    one, other = (run_here("score", "sent troops to fight", "--json", "--ledger", one).json for one in (target, source))
    assert one == other


def test_no_changed_byte_is_put_back(mine_with_keys: tuple[str, Path], tmp_path: Path) -> None:
    backup = backed_up(*mine_with_keys, tmp_path / "b", "--with-keys")
    chance = random.Random(7)
    files = sorted(path for path in backup.rglob("*") if path.is_file())
    assert {path.name for path in files} >= {"ledger.db", "manifest.json", "log-ed25519.pem", "alice.pem", "alice.seal"}
    for number in range(200):
        path = files[number % len(files)]
        whole = path.read_bytes()
        place = chance.randrange(len(whole))
        changed = bytearray(whole)
        changed[place] ^= 1 << chance.randrange(8)
        path.write_bytes(changed)
        with pytest.raises(VerificationError):
            read_backup(backup)
        path.write_bytes(whole)
    assert read_backup(backup).manifest.size == SIZE


@pytest.mark.parametrize("fault", ["shorter", "longer", "gone", "one more", "a link", "no manifest"])
def test_files_are_those_that_were_written(mine_with_keys: tuple[str, Path], tmp_path: Path, fault: str) -> None:
    backup = backed_up(*mine_with_keys, tmp_path / "b")
    path = backup / "ledger.db"
    whole = path.read_bytes()
    if fault == "shorter":
        path.write_bytes(whole[:-4096])
    elif fault == "longer":
        path.write_bytes(whole + b"\0")
    elif fault == "gone":
        path.unlink()
    elif fault == "one more":
        (backup / "keys").mkdir()
        (backup / "keys" / "evil.pem").write_bytes(b"x")
    elif fault == "a link":
        path.rename(tmp_path / "aside.db")
        path.symlink_to(tmp_path / "aside.db")
    else:
        (backup / "manifest.json").unlink()
    ran = restored(backup, str(tmp_path / "new.db"), tmp_path / "no-keys")
    assert ran.code == (5 if fault == "no manifest" else 6), ran.err
    assert not (tmp_path / "new.db").exists()


def test_entries_that_were_changed_before_the_backup_are_found(mine_with_keys: tuple[str, Path], tmp_path: Path) -> None:
    """The hashes of such a backup are right, so only the log's own proofs tell."""
    import sqlite3

    target, keys = mine_with_keys
    with closing(sqlite3.connect(target)) as plain:
        plain.execute("DROP TRIGGER entry_update")
        changed = "CAST(replace(CAST(envelope AS TEXT), 'eyJ', 'eyK') AS BLOB)"
        plain.execute(f'UPDATE entry SET envelope = {changed} WHERE "index" = 40')
        plain.commit()
    backup = backed_up(target, keys, tmp_path / "b")
    ran = restored(backup, str(tmp_path / "new.db"), keys, "--check")
    assert (ran.code, "entry 40" in said(ran)) == (1, True), ran.err
    shutil.copytree(keys, tmp_path / "new.db.keys")
    ran = run_here("restore", str(backup), "--ledger", str(tmp_path / "new.db"))
    assert ran.code == 1
    assert not (tmp_path / "new.db").exists()


def test_a_living_ledger_is_never_written_over(database: str, keys: Path, tmp_path: Path) -> None:
    wiring.create_ledger(database, keys=keys)
    backup = backed_up(database, keys, tmp_path / "b", "--with-keys")
    with closing(opened(database, keys)) as ledger:
        ledger.add([sign_record(claim("newer"), find_signer(database, keys))])
    for more in ([], ["--accept-loss"]):
        ran = restored(backup, database, tmp_path / "fresh-keys", *more)
        assert ran.code == 8, ran.err
        assert not (tmp_path / "fresh-keys").exists()
    with closing(opened(database, keys)) as ledger:
        assert ledger.checkpoint().size == 3
    # Nor are keys, unless they are the very same.
    (keys / "head").unlink()
    issuer = (keys / "issuer.pem").read_bytes()
    (keys / "issuer.pem").write_bytes((keys / "log-ed25519.pem").read_bytes())
    ran = restored(backup, str(tmp_path / "new.db"), keys)
    assert (ran.code, "never written over" in said(ran)) == (8, True)
    assert not (tmp_path / "new.db").exists()
    (keys / "issuer.pem").write_bytes(issuer)
    assert restored(backup, str(tmp_path / "new.db"), keys).code == 0


def test_keys_are_in_it_only_if_asked_for(mine_with_keys: tuple[str, Path], tmp_path: Path) -> None:
    target, keys = mine_with_keys
    without = run_here("backup", str(tmp_path / "b"), "--ledger", target)
    assert "keys" in without.out
    assert "none" in without.out
    (path,) = list_backups(tmp_path / "b")
    secrets = [one.read_bytes() for one in keys.glob("*.pem")]
    assert len(secrets) == 4
    held = b"".join(one.read_bytes() for one in path.rglob("*") if one.is_file())
    assert not any(secret in held for secret in secrets)
    assert {oct(one.stat().st_mode & 0o777) for one in (path, tmp_path / "b")} == {"0o700"}
    assert {oct(one.stat().st_mode & 0o777) for one in path.iterdir()} == {"0o600"}
    with_keys = run_here("backup", str(tmp_path / "c"), "--with-keys", "--ledger", target)
    assert "whoever has this backup is this ledger" in " ".join(with_keys.out.split())
    # With its keys it goes on elsewhere as the same ledger.
    (path,) = list_backups(tmp_path / "c")
    moved = str(tmp_path / "moved.db")
    assert run_here("restore", str(path), "--ledger", moved).code == 0
    added = run_here("source", "add", "reuters", "--type", "news_agency", "--name", "en=Reuters", "--ledger", moved)
    assert added.code == 0, added.err


def test_what_is_in_no_backup_is_named(mine_with_keys: tuple[str, Path], tmp_path: Path) -> None:
    target, _ = mine_with_keys
    assert "not in it" not in run_here("backup", str(tmp_path / "b"), "--ledger", target).out
    Path(f"{target}.evidence").mkdir()
    told = "".join(run_here("backup", str(tmp_path / "c"), "--ledger", target).out.split())
    assert "notinit" in told
    assert f"{target}.evidence:copyittoo" in told


def test_what_the_keys_have_signed_is_not_forgotten(mine_with_keys: tuple[str, Path], tmp_path: Path) -> None:
    target, keys = mine_with_keys
    backup = backed_up(target, keys, tmp_path / "b")
    run_here("source", "add", "reuters", "--type", "news_agency", "--name", "en=Reuters", "--ledger", target)
    Path(target).unlink()
    for end in ("-wal", "-shm"):
        Path(target + end).unlink(missing_ok=True)
    ran = run_here("restore", str(backup), "--ledger", target)
    assert ran.code == 8
    assert f"has seen {SIZE + 1} entries, the backup has {SIZE}: 1 are missing" in said(ran)
    assert not Path(target).exists()
    ran = run_here("restore", str(backup), "--ledger", target, "--accept-loss")
    assert ran.code == 0, ran.err
    assert "1 are missing" in ran.out
    assert (keys / "head.before-restore").exists()
    assert run_here("log", "fsck", "--ledger", target).code == 0


def test_a_backup_behind_what_a_witness_remembers_is_put_back_only_knowingly(tmp_path: Path) -> None:
    room, friend = (Newsroom(f"{name}.example/log", tmp_path / name) for name in ("one", "other"))
    for one in (room, friend):
        one.place.mkdir()
        wiring.create_ledger(one.target, origin=one.name)
    with served(create_witness(friend.witness_for(room))) as url:
        room.asks(friend, url)
        old = backed_up(room.target, room.keys, tmp_path / "b", "--with-keys")
        with closing(opened(room.target, room.keys)) as ledger:
            ledger.add([sign_record(claim(f"claim {one}"), find_signer("", room.keys)) for one in range(5)])
            settings = Settings(ledger=room.target, witnesses=room.policy())
            ledger.name_witnesses(wiring.read_panel(settings))
            ledger.ask_witnesses()
        new = backed_up(room.target, room.keys, tmp_path / "b2", "--with-keys")
        policy = ("--witnesses", str(room.policy()))
        back = tmp_path / "back.db"
        ran = restored(old, str(back), tmp_path / "k1", *policy)
        assert (ran.code, back.exists(), (tmp_path / "k1").exists()) == (8, False, False)
        assert f"the witness at {url} has seen 7 entries, the backup has 2: 5 are missing" in said(ran)
        checked = restored(old.parent, str(back), tmp_path / "k1", *policy, "--check")  # the newest of those that are there
        assert (checked.code, "5 are missing" in checked.out) == (0, True)
        # The newer one is complete; and nobody forgets to ask, since it says whom its ledger had asked.
        ran = restored(new, str(back), tmp_path / "k2")
        assert (ran.code, url in said(ran)) == (2, True)
        assert restored(new, str(back), tmp_path / "k2", *policy).code == 0
        lossy = tmp_path / "lossy.db"
        ran = restored(old, str(lossy), tmp_path / "k3", *policy, "--accept-loss")
        assert (ran.code, "5 are missing" in ran.out) == (0, True)
        settings = Settings(ledger=str(lossy), keys=tmp_path / "k3", witnesses=room.policy(), witness_interval=60)
        with closing(opened(str(lossy), tmp_path / "k3")) as ledger, served(create_app(ledger, settings=settings)):
            told = ledger.health().witnesses
            assert told is not None
            assert told.state == "alarm"  # a restart with an old state still signs nothing by itself
    ran = restored(new, str(tmp_path / "later.db"), tmp_path / "k4", *policy)
    assert (ran.code, f"no answer from {url}" in said(ran)) == (7, True)
    assert restored(new, str(tmp_path / "later.db"), tmp_path / "k4", *policy, "--no-witnesses").code == 0


def test_a_witness_that_says_it_knows_nothing_has_not_said_that_nothing_is_missing(tmp_path: Path) -> None:
    """Another answers at its address, or somebody in between: the backup says that its ledger was witnessed there."""
    room, friend = (Newsroom(f"{name}.example/log", tmp_path / name) for name in ("one", "other"))
    for one in (room, friend):
        one.place.mkdir()
        wiring.create_ledger(one.target, origin=one.name)
    with served(create_witness(friend.witness_for(room))) as url, served(Starlette()) as nobody:
        room.asks(friend, url)
        settings = Settings(ledger=room.target, witnesses=room.policy())
        with closing(opened(room.target, room.keys)) as ledger:
            unasked = backed_up(room.target, room.keys, tmp_path / "b0", "--with-keys")
            ledger.name_witnesses(wiring.read_panel(settings))
            ledger.ask_witnesses()
            asked = backed_up(room.target, room.keys, tmp_path / "b1", "--with-keys")
        moved = tmp_path / "moved"
        moved.write_text(room.policy().read_text().replace(url, nobody))
        lax = tmp_path / "lax"
        lax.write_text("".join("quorum none\n" if line.startswith("quorum") else line for line in lines_of(moved)))
        both = tmp_path / "both"
        strange = run_here("witness", "keys", "--state", str(stranger(tmp_path)), "--url", nobody).out
        both.write_text(room.policy().read_text().replace("quorum", f"{strange}quorum"))
        for number, policy in enumerate((moved, lax)):
            back = tmp_path / f"back{number}.db"
            ran = restored(asked, str(back), tmp_path / f"k{number}", "--witnesses", str(policy))
            assert (ran.code, back.exists()) == (7, False)
            assert f"the witness at {nobody} was asked in vain: it knows nothing of this log" in said(ran)
            assert f"no answer from {url}" in said(ran)
        # One that was named since then need not know the log, if those do that were asked before.
        assert restored(asked, str(tmp_path / "b.db"), tmp_path / "k8", "--witnesses", str(both)).code == 0
        # And where none had been asked yet, none has to know it.
        assert restored(unasked, str(tmp_path / "c.db"), tmp_path / "k9", "--witnesses", str(moved)).code == 0


def lines_of(file: Path) -> list[str]:
    return file.read_text().splitlines(keepends=True)


def stranger(tmp_path: Path) -> Path:
    """The folder of a witness that nobody has asked."""
    place = tmp_path / "stranger"
    new_witness_keys(place, "stranger.example/witness")
    return place


def test_a_twin_that_went_another_way_is_refused_whatever_is_accepted(mine_with_keys: tuple[str, Path], tmp_path: Path) -> None:
    target, keys = mine_with_keys
    twin = tmp_path / "twin.db"
    shutil.copytree(keys, tmp_path / "twin.db.keys")
    shutil.copy(target, twin)
    for ledger, name in ((target, "reuters"), (str(twin), "afp")):
        ran = run_here("source", "add", name, "--type", "news_agency", "--name", f"en={name}", "--ledger", ledger)
        assert ran.code == 0, ran.err
    backup = backed_up(str(twin), tmp_path / "twin.db.keys", tmp_path / "b")
    ran = restored(backup, str(tmp_path / "new.db"), keys, "--accept-loss")
    assert (ran.code, f"remembers other first {SIZE + 1} entries" in said(ran)) == (1, True)


def test_a_drill_leaves_the_keys_that_the_environment_names_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are the ones that the ledger signs with: a `head` set back, or put aside, would be another history to it."""
    live, keys, drill = str(tmp_path / "live.db"), tmp_path / "keys", tmp_path / "drill.db"
    wiring.create_ledger(live, keys=keys)
    old = backed_up(live, keys, tmp_path / "b")
    monkeypatch.setenv("ONRECORD_KEYS", str(keys))
    afp = ("source", "add", "afp", "--type", "news_agency", "--name", "en=AFP")
    assert run_here(*afp, "--ledger", live).code == 0
    before = {path.name: path.read_bytes() for path in keys.iterdir()}

    def put_back(*more: str) -> Ran:
        ran = run_here("restore", str(old), "--ledger", str(drill), "--accept-loss", *more)
        assert {path.name: path.read_bytes() for path in keys.iterdir()} == before
        return ran

    ran = put_back()
    assert (ran.code, drill.exists(), "head is left as it is" in said(ran)) == (8, False, True)
    monkeypatch.setenv("ONRECORD_LEDGER", live)
    assert (put_back("--keys", str(keys)).code, drill.exists()) == (8, False)
    (tmp_path / "empty").mkdir()
    assert put_back("--keys", str(tmp_path / "empty")).code == 0
    assert run_here("source", "add", "apa", "--type", "news_agency", "--name", "en=APA", "--ledger", live).code == 0
    drill.unlink()
    Path(live).rename(tmp_path / "moved.db")  # now it is real, and said so
    assert run_here("restore", str(old), "--ledger", live, "--accept-loss", "--keys", str(keys)).code == 0
    assert (keys / "head.before-restore").exists()
    assert run_here(*afp, "--ledger", live).code == 0


def fill_the_disk(tell: Tell, target: str, place: Path) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with closing(open_store(target)) as store:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        try:
            make_backup(store, place, NOW, known=None)
        except OnRecordError as error:
            tell((type(error).__name__, error.message))


def test_a_full_disk_leaves_no_backup_and_no_half_of_one(mine_with_keys: tuple[str, Path], tmp_path: Path) -> None:
    place = tmp_path / "b"
    ((kind, message),) = done(fill_the_disk, mine_with_keys[0], place)
    assert (kind, "disk" in message) == ("StoreError", True)
    assert list(place.iterdir()) == []


def test_what_a_killed_process_left_is_no_backup_and_goes_with_the_next(
    mine_with_keys: tuple[str, Path], tmp_path: Path
) -> None:
    place = tmp_path / "b"
    (place / ".new-dead").mkdir(parents=True)
    (place / ".new-dead" / "ledger.db").write_bytes(b"half")
    assert list_backups(place) == []
    backup = backed_up(*mine_with_keys, place)
    assert list(place.iterdir()) == [backup]


def test_older_ones_go_when_only_so_many_are_kept(mine_with_keys: tuple[str, Path], tmp_path: Path) -> None:
    place = tmp_path / "b"
    with closing(open_store(mine_with_keys[0])) as store:
        old = [make_backup(store, place, NOW + number, known=None).path for number in range(3)]
    (place / "notes.txt").write_text("not ours")
    new = backed_up(*mine_with_keys, place, "--keep", "2")
    assert sorted(place.iterdir()) == sorted([old[2], new, place / "notes.txt"])


def test_a_backup_of_older_tables_is_read_as_todays(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    backend = SqliteBackend(path, 5.0)

    def build(connection: object) -> None:
        migrate(connection, "0008")  # type: ignore[arg-type]
        first = StoredCheckpoint(0, 0, EMPTY_ROOT, NOW, b"a note")
        insert_head(connection, backend, Identity("old.example/log", False), first)  # type: ignore[arg-type]

    backend.make(build)
    backend.engine.dispose()
    before = path.read_bytes()
    with kept_in(path) as (connection, _):
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == REVISION
        assert connection.exec_driver_sql("SELECT origin FROM head").scalar() == "old.example/log"
    assert path.read_bytes() == before
