"""`onrecord log rotate`: the whole ceremony as it is typed, broken off anywhere, and beside a running server."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.points import Point
from tests.chaos.dying import Tell, killed_at
from tests.cli.conftest import run_here, serving


def lines(target: str) -> list[str]:
    return run_here("log", "keys", "--ledger", target).out.splitlines()


def signatures(target: str) -> int:
    return run_here("log", "checkpoint", "--ledger", target).out.count("\n\u2014 ")


def add(target: str, text: str) -> str:
    done = run_here("claim", "add", "--text", f"en={text}", "--json", "--ledger", target)
    assert done.code == 0, done.err
    return str(done.json[0]["record_id"])


def pems(target: str) -> set[str]:
    return {path.name for path in Path(f"{target}.keys").glob("log-*.pem")}


FIRST, SECOND = {"log-ed25519.pem", "log-mldsa44.pem"}, {"log-2-ed25519.pem", "log-2-mldsa44.pem"}


def test_the_whole_ceremony(fresh: str, tmp_path: Path) -> None:
    old, *_ = before = lines(fresh)
    claim = add(fresh, "something")
    bundle = str(tmp_path / "before.json")
    assert run_here("export", claim, "-o", bundle, "--ledger", fresh).code == 0
    begun = run_here("log", "rotate", "--reason", "once a year", "--ledger", fresh)
    assert begun.code == 0, begun.err
    new, *_ = now = lines(fresh)
    assert new in begun.err
    assert now[2] == before[2]
    assert not set(now[:2]) & set(before[:2])
    assert (signatures(fresh), pems(fresh)) == (4, FIRST | SECOND)
    assert run_here("log", "rotate", "--ledger", fresh).code == 8
    listed = run_here("key", "list", "--ledger", fresh).out
    assert listed.count("log  enrolled  log  did:key:") == 2
    ended = run_here("log", "rotate", "--finish", "--ledger", fresh)
    assert ended.code == 0, ended.err
    assert (pems(fresh), lines(fresh)) == (SECOND, now)
    later = add(fresh, "something else")
    assert signatures(fresh) == 2
    assert run_here("log", "rotate", "--finish", "--ledger", fresh).code == 8
    after = str(tmp_path / "after.json")
    assert run_here("export", later, "-o", after, "--ledger", fresh).code == 0
    for file, key, code in ((bundle, old, 0), (bundle, new, 7), (after, old, 0), (after, new, 0)):
        assert run_here("verify", file, "--trust", key).code == code
    assert run_here("log", "fsck", "--ledger", fresh).code == 0
    doctor = run_here("doctor", "--ledger", fresh).out
    assert "both log keys open" in doctor
    assert "fault" not in doctor


def test_it_is_done_again_and_again(fresh: str) -> None:
    for number in (2, 3):
        assert run_here("log", "rotate", "--ledger", fresh).code == 0
        assert run_here("log", "rotate", "--finish", "--ledger", fresh).code == 0
        assert pems(fresh) == {f"log-{number}-ed25519.pem", f"log-{number}-mldsa44.pem"}
    add(fresh, "something")
    assert run_here("log", "fsck", "--ledger", fresh).code == 0


def rotating(_: Tell, *words: str) -> None:
    run_here("log", "rotate", *words)


@pytest.mark.parametrize("point", ["log keys made", "checked", "signed", "before the commit", "committed", "head kept"])
def test_a_rotation_that_is_killed_is_taken_up_again(fresh: str, point: Point) -> None:
    killed_at(point, 1, rotating, "--ledger", fresh)
    add(fresh, "in between")
    again = run_here("log", "rotate", "--ledger", fresh)
    assert again.code == (8 if point in ("committed", "head kept") else 0), again.err
    assert (signatures(fresh), pems(fresh)) == (4, FIRST | SECOND)
    killed_at("log keys retired" if point == "log keys made" else point, 1, rotating, "--finish", "--ledger", fresh)
    add(fresh, "in between again")
    assert run_here("log", "rotate", "--finish", "--ledger", fresh).code == 0
    add(fresh, "afterwards")
    assert (signatures(fresh), pems(fresh)) == (2, SECOND)
    assert run_here("log", "fsck", "--ledger", fresh).code == 0


def test_half_a_pair_is_made_whole(fresh: str) -> None:
    half = Path(f"{fresh}.keys") / "log-2-ed25519.pem"
    assert run_here("key", "new", str(half)).code == 0
    half.with_suffix(".seal").unlink()
    add(fresh, "something")
    assert run_here("log", "rotate", "--ledger", fresh).code == 0
    assert pems(fresh) == FIRST | SECOND


def test_half_an_old_pair_that_was_left_is_removed(fresh: str) -> None:
    half = Path(f"{fresh}.keys") / "log-mldsa44.pem"
    kept = half.read_bytes()
    assert run_here("log", "rotate", "--ledger", fresh).code == 0
    assert run_here("log", "rotate", "--finish", "--ledger", fresh).code == 0
    half.write_bytes(kept)
    add(fresh, "something")
    assert run_here("log", "rotate", "--finish", "--ledger", fresh).code == 0
    assert pems(fresh) == SECOND


def test_other_commands_on_keys_leave_the_logs_own_alone(fresh: str) -> None:
    assert run_here("log", "rotate", "--ledger", fresh).code == 0
    on_record = run_here("key", "list", "--json", "--ledger", fresh).json["on_record"]
    did = next(one["did"] for one in on_record if one["roles"] == ["log"])
    for words in (("revoke", did), ("rotate", did, did), ("enroll", did, "--subject", "log", "--role", "log")):
        refused = run_here("key", *words, "--ledger", fresh)
        assert refused.code == 2
        assert "log rotate" in refused.err


def test_a_rotation_is_not_tried_and_not_done_from_afar(fresh: str) -> None:
    assert run_here("log", "rotate", "--dry-run", "--ledger", fresh).code == 2
    assert run_here("log", "rotate", "--finish", "--dry-run", "--ledger", fresh).code == 2
    assert pems(fresh) == FIRST


def test_without_a_private_half_nothing_is_signed_and_the_doctor_says_so(fresh: str) -> None:
    assert run_here("log", "rotate", "--ledger", fresh).code == 0
    for name in SECOND:
        (Path(f"{fresh}.keys") / name).unlink()
    assert run_here("log", "fsck", "--ledger", fresh).code == 0
    refused = run_here("claim", "add", "--text", "en=something", "--ledger", fresh)
    assert refused.code == 4
    assert "rotated" in refused.err
    assert "not in" in run_here("doctor", "--ledger", fresh).out


def test_a_running_server_signs_with_the_new_keys_from_then_on(fresh: str) -> None:
    with serving(fresh) as address:
        before = lines(address)
        assert run_here("log", "rotate", "--ledger", fresh).code == 0
        key = str(next(Path(f"{fresh}.keys").glob("alice.pem")))
        for trust in (before[0], lines(fresh)[0]):
            done = run_here(
                "claim", "add", "--text", f"en=trusting {trust[-9:]}", "--key", key, "--trust", trust, "--ledger", address
            )
            assert done.code == 0, done.err
        assert signatures(address) == 4
        assert run_here("log", "rotate", "--finish", "--ledger", fresh).code == 0
        assert (
            run_here("claim", "add", "--text", "en=afterwards", "--key", key, "--trust", before[0], "--ledger", address).code
            == 0
        )
        assert (signatures(address), lines(address)) == (2, lines(fresh))
        followed = run_here("log", "keys", "--trust", before[0], "--ledger", address)
        assert followed.out.splitlines() == lines(fresh)


def test_under_a_passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_PASSPHRASE", "correct horse")
    target = str(tmp_path / "locked.db")
    assert run_here("init", "--ledger", target).code == 0
    assert run_here("log", "rotate", "--ledger", target).code == 0
    assert all(b"ENCRYPTED" in (Path(f"{target}.keys") / name).read_bytes() for name in SECOND)
    assert run_here("log", "rotate", "--finish", "--ledger", target).code == 0


def test_two_admins_who_never_act_alone_rotate_together(fresh: str, tmp_path: Path) -> None:
    keys = {name: str(tmp_path / f"{name}.pem") for name in ("carla", "dora")}
    for name, path in keys.items():
        did = run_here("key", "new", path).out.strip()
        words = ("--subject", name, "--role", "admin", "--never-alone", "--ledger", fresh)
        assert run_here("key", "enroll", did, *words, "--key", f"{fresh}.keys/alice.pem").code == 0
    assert run_here("log", "rotate", "--key", keys["carla"], "--ledger", fresh).code == 4
    held = str(tmp_path / "rotation.held")
    assert run_here("log", "rotate", "--key", keys["carla"], "--hold", held, "--ledger", fresh).code == 0
    assert signatures(fresh) == 2
    approved = run_here("approve", held, "--key", keys["dora"], "--ledger", fresh)
    assert approved.code == 0, approved.err
    assert signatures(fresh) == 4
