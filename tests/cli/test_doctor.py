"""`onrecord doctor`: each line says ok, warn or fault and what to do, and what is at fault is found."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections import namedtuple
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledger import wiring
from ledger.cli import checkup, surroundings
from ledger.store import open_store
from ledger.store.protocol import WitnessState
from tests.backends import fresh_database
from tests.cli.conftest import run_here

_Usage = namedtuple("_Usage", "total used free")
GIB = 1 << 30


def looked(target: str, *more: str) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    """The exit code, and the findings by what they are about."""
    ran = run_here("doctor", "--ledger", target, "--json", *more)
    found: dict[str, list[dict[str, Any]]] = {}
    for one in ran.json["findings"]:
        found.setdefault(one["what"], []).append(one)
    return ran.code, found


def states(found: dict[str, list[dict[str, Any]]], what: str) -> list[str]:
    return [one["state"] for one in found.get(what, [])]


def test_a_sound_ledger_is_sound(fresh: str) -> None:
    code, found = looked(fresh)
    assert code == 0
    for what in ("keys", "database", "durability", "disk", "clock", "consistency", "identity", "signer"):
        assert states(found, what) == ["ok"], what
    assert "backup" not in found  # nobody said where they are
    shown = run_here("doctor", "--ledger", fresh).out
    assert all(re.match(r"(ok|warn|fault) {2,}\S|        \S", line) for line in shown.splitlines())


@pytest.mark.parametrize("free,state,code", [(2 * GIB, "ok", 0), (GIB // 2, "warn", 0), (GIB // 100, "fault", 1)])
def test_a_disk_that_gets_full_is_told(fresh: str, monkeypatch: pytest.MonkeyPatch, free: int, state: str, code: int) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: _Usage(10 * GIB, 10 * GIB - free, free))
    given, found = looked(fresh)
    assert (given, states(found, "disk")) == (code, [state])
    if state != "ok":
        assert "make room" in found["disk"][0]["advice"]


def test_keys_that_others_may_read_or_that_are_not_this_ledgers_are_a_fault(fresh: str, tmp_path: Path) -> None:
    key = Path(f"{fresh}.keys") / "log-mldsa44.pem"
    key.chmod(0o644)
    code, found = looked(fresh)
    assert (code, states(found, "permissions")) == (1, ["fault"])
    key.chmod(0o600)
    assert run_here("init", "--ledger", str(tmp_path / "other.db")).code == 0
    whole = key.read_bytes()
    key.write_bytes((tmp_path / "other.db.keys" / key.name).read_bytes())
    code, found = looked(fresh)
    assert (code, states(found, "ledger")) == (1, ["fault"])
    key.write_bytes(whole)
    assert looked(fresh)[0] == 0


def test_a_key_under_a_passphrase_that_is_not_given_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = str(tmp_path / "l.db")
    monkeypatch.setenv("ONRECORD_PASSPHRASE", "correct horse")
    assert run_here("init", "--ledger", target).code == 0
    assert looked(target)[0] == 0
    monkeypatch.delenv("ONRECORD_PASSPHRASE")
    code, found = looked(target)
    assert code == 1
    assert found["ledger"][0]["advice"].startswith("set ONRECORD_PASSPHRASE")


def test_a_missing_folder_of_keys_is_one_fault(fresh: str) -> None:
    shutil.move(f"{fresh}.keys", f"{fresh}.elsewhere")
    code, found = looked(fresh)
    assert (code, states(found, "keys")) == (1, ["fault"])
    assert [one["what"] for group in found.values() for one in group if one["state"] == "fault"] == ["keys"]


def test_reading_wants_no_passphrase_and_writing_says_which_key_did_not_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = str(tmp_path / "l.db")
    monkeypatch.setenv("ONRECORD_PASSPHRASE", "correct horse")
    assert run_here("init", "--ledger", target, "--name", "anna").code == 0
    told = run_here("claim", "add", "--text", "en=It rained", "--ledger", target)
    assert told.code == 0, told.err
    for word in ("", "another"):
        monkeypatch.setenv("ONRECORD_PASSPHRASE", word)
        read = run_here("score", "It rained", "--ledger", target)
        assert read.code == 0, read.err
    refused = run_here("claim", "add", "--text", "en=It snowed", "--ledger", target)
    assert refused.code != 0
    said = " ".join(refused.err.split())
    assert "log-ed25519.pem does not open with this passphrase" in said
    assert "one passphrase for all keys" in said


def test_a_clock_that_is_behind_is_told(fresh: str, monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = time.time() - 7_200
    monkeypatch.setattr(checkup.time, "time", lambda: earlier)
    code, found = looked(fresh)
    assert (code, states(found, "clock")) == (1, ["fault"])
    assert "clock" in found["clock"][0]["advice"]


def witnessed(target: str, signed_at: int) -> None:
    with closing(open_store(target)) as store:
        states = {one.url: one for one in store.witnesses()}
        before = states.get("http://127.0.0.1:9")
        after = replace(before or WitnessState("http://127.0.0.1:9"), size=2, signed_at=signed_at)
        assert store.change_witness(before, after)


def test_witnesses_clocks_and_an_old_checkpoint_are_looked_at(fresh: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = int(time.time())
    witnessed(fresh, now)
    code, found = looked(fresh)
    assert (code, states(found, "clock"), states(found, "freshness")) == (0, ["ok", "ok"], ["ok"])
    witnessed(fresh, now + 600)
    code, found = looked(fresh)
    assert (code, states(found, "clock")) == (0, ["ok", "warn"])
    assert "NTP" in found["clock"][1]["advice"]
    monkeypatch.setattr(surroundings, "_STALE", -1)
    code, found = looked(fresh)
    assert (code, states(found, "freshness")) == (0, ["warn"])


def test_the_newest_backup_is_looked_at_where_it_is_said_where_they_are(
    fresh: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "backups"
    monkeypatch.setenv("ONRECORD_BACKUPS", str(place))
    assert (looked(fresh)[0], states(looked(fresh)[1], "backup")) == (1, ["fault"])
    place.mkdir()
    code, found = looked(fresh)
    assert (code, "there is none" in found["backup"][0]["found"]) == (1, True)
    assert run_here("backup", str(place), "--ledger", fresh).code == 0
    code, found = looked(fresh)
    assert (code, states(found, "backup")) == (0, ["ok"])
    # The setting says when it is too old.
    later = time.time() + 27 * 3_600
    monkeypatch.setattr(surroundings.time, "time", lambda: later)
    code, found = looked(fresh)
    assert (code, states(found, "backup")) == (1, ["fault"])
    assert "27 h old" in found["backup"][0]["found"]
    monkeypatch.setenv("ONRECORD_BACKUP_MAX_AGE", "100000")
    assert looked(fresh)[0] == 0
    other = str(tmp_path / "other.db")
    assert run_here("init", "--ledger", other).code == 0
    code, found = looked(other)
    assert (code, "of another ledger" in found["backup"][0]["found"]) == (1, True)


def test_a_database_that_may_lose_what_it_has_committed_is_a_fault(postgres_url: str, tmp_path: Path) -> None:
    with fresh_database(postgres_url) as url:
        wiring.create_ledger(url, keys=tmp_path / "keys")
        code, found = looked(url, "--keys", str(tmp_path / "keys"))
        # Tests run on a server that is told to be fast.
        lax = {one["found"] for one in found["durability"] if one["state"] == "fault"}
        assert (code, lax) == (1, {"fsync is off", "full_page_writes is off", "synchronous_commit is off"})
        assert "disk" not in found


def test_a_database_with_older_tables_says_how_to_upgrade(fresh: str) -> None:
    import sqlite3

    with closing(sqlite3.connect(fresh)) as plain:
        plain.execute("UPDATE alembic_version SET version_num = '0008'")
        plain.commit()
    code, found = looked(fresh)
    assert (code, found["ledger"][0]["advice"]) == (1, "onrecord db upgrade")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_keys_of_another_user_are_told(fresh: str) -> None:
    os.chown(Path(f"{fresh}.keys") / "issuer.pem", 12345, -1)
    code, found = looked(fresh)
    assert (code, states(found, "permissions")) == (0, ["warn"])
