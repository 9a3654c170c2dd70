"""`onrecord timestamp` with two authorities on loopback: asked, kept, checked offline and by openssl, and refused."""

from __future__ import annotations

import doctest
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.cli import stamping
from tests.cli.conftest import REPOSITORY, example_place, mine, run_here
from tests.cli.test_documented import RUN
from tests.stamps.authorities import Made, make, served

__all__ = ["example_place", "mine"]  # fixtures


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Made, Made]]:
    """The file that names both, while they answer; and each by itself."""
    place = tmp_path_factory.mktemp("two")
    one, two = make(place, "one"), make(place, "two")
    with served(one, two) as address:
        lines = [f"authority {made.name} {address}/{made.name} {made.name}/root.pem\n" for made in (one, two)]
        (place / "authorities").write_text("".join(lines))
        yield place / "authorities", one, two


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    assert run_here("init", "--ledger", "my.db", "--name", "alice").code == 0
    assert run_here("source", "add", "court", "--type", "organization", "--name", "en=The court", "--ledger", "my.db").code == 0
    return "my.db"


def stamp_log(ledger: str, known: Path) -> list[dict[str, str]]:
    ran = run_here("timestamp", "log", "--authorities", str(known), "--json", "--ledger", ledger)
    assert ran.code == 0, ran.err
    found: list[dict[str, str]] = ran.json["tokens"]
    return found


def test_the_log_is_stamped_by_both_and_asked_once(ledger: str, authorities: tuple[Path, Made, Made]) -> None:
    known, *_ = authorities
    first = stamp_log(ledger, known)
    assert [(one["authority"], one["new"]) for one in first] == [("one", True), ("two", True)]
    assert [one["new"] for one in stamp_log(ledger, known)] == [False, False]
    told = run_here("timestamp", "list", "--authorities", str(known), "--ledger", ledger)
    assert (told.code, told.out.count("over the checkpoint of size")) == (0, 2)


def test_openssl_verifies_each_token_offline(ledger: str, authorities: tuple[Path, Made, Made]) -> None:
    known, *made = authorities
    for row, one in zip(stamp_log(ledger, known), made, strict=True):
        token = Path(row["token"])
        text = next(token.parent.glob("*.txt"))
        words = ["openssl", "ts", "-verify", "-data", str(text), "-in", str(token), "-CAfile", str(one.root)]
        assert b"Verification: OK" in subprocess.run(words, capture_output=True, check=True).stdout


def test_a_checkpoint_and_a_bundle_of_it_hold_the_same_token(ledger: str, authorities: tuple[Path, Made, Made]) -> None:
    known, *_ = authorities
    assert run_here("claim", "add", "--text", "en=The bridge fell", "--ledger", ledger).code == 0
    (claim,) = run_here("claim", "list", "--json", "--ledger", ledger).json["claims"]
    assert run_here("export", claim["id"], "-o", "bundle.json", "--ledger", ledger).code == 0
    token = stamp_log(ledger, known)[0]["token"]
    Path("checkpoint").write_text(run_here("log", "checkpoint", "--ledger", ledger).out)
    for file in ("checkpoint", "bundle.json"):
        ran = run_here("timestamp", "verify", file, "--token", token, "--authorities", str(known))
        assert (ran.code, "over the checkpoint of size" in ran.out) == (0, True), ran.err


def test_export_puts_tokens_beside_the_bundle_and_verify_takes_them(ledger: str, authorities: tuple[Path, Made, Made]) -> None:
    known, one, _ = authorities
    assert run_here("claim", "add", "--text", "en=The bridge fell", "--ledger", ledger).code == 0
    (claim,) = run_here("claim", "list", "--json", "--ledger", ledger).json["claims"]
    line = ["export", claim["id"], "-o", "bundle.json", "--timestamp", "--authorities", str(known), "--ledger", ledger]
    assert run_here(*line).code == 0
    assert sorted(path.name for path in Path().glob("bundle.json*")) == [
        "bundle.json", "bundle.json.checkpoint", "bundle.json.one.tsr", "bundle.json.two.tsr",
    ]  # fmt: skip
    keys = run_here("log", "keys", "--ledger", ledger).out.split("\n")[0]
    check = ["verify", "bundle.json", "--trust", keys, "--token", "bundle.json.one.tsr", "--authorities", str(known)]
    ran = run_here(*check)
    assert (ran.code, "by one, over the checkpoint" in ran.out) == (0, True), ran.err
    words = ["openssl", "ts", "-verify", "-data", "bundle.json.checkpoint", "-in", "bundle.json.one.tsr"]
    done = subprocess.run([*words, "-CAfile", str(one.root)], capture_output=True, check=True)
    assert b"Verification: OK" in done.stdout


def test_a_capture_is_stamped_and_other_bytes_are_refused(ledger: str, authorities: tuple[Path, Made, Made]) -> None:
    known, *_ = authorities
    Path("page.warc").write_bytes(b"WARC/1.1 and what was seen")
    assert run_here("timestamp", "file", "page.warc", "--authorities", str(known)).code == 0
    line = ["timestamp", "verify", "page.warc", "--token", "page.warc.one.tsr", "--authorities", str(known)]
    assert run_here(*line).code == 0
    Path("page.warc").write_bytes(b"WARC/1.1 and what was Seen")
    ran = run_here(*line)
    assert (ran.code, "the token is over other bytes" in ran.err) == (6, True)


def test_a_token_of_nobody_who_is_named_is_refused(ledger: str, authorities: tuple[Path, Made, Made], tmp_path: Path) -> None:
    known, _, two = authorities
    token = stamp_log(ledger, known)[0]["token"]
    (tmp_path / "only-two").write_text(f"authority two https://tsa.example {two.root}\n")
    Path("checkpoint").write_text(run_here("log", "checkpoint", "--ledger", ledger).out)
    ran = run_here("timestamp", "verify", "checkpoint", "--token", token, "--authorities", "only-two")
    assert (ran.code, "by no known authority: CN=one stamps" in ran.err) == (6, True)


def test_one_authority_that_is_away_stops_no_other(ledger: str, authorities: tuple[Path, Made, Made], tmp_path: Path) -> None:
    known, *_ = authorities
    here, away = known.read_text().splitlines(), f"authority one http://127.0.0.1:1/tsr {known.parent}/one/root.pem"
    (tmp_path / "half").write_text(f"{away}\n{here[1].replace('two/root.pem', f'{known.parent}/two/root.pem')}\n")
    ran = run_here("timestamp", "log", "--authorities", "half", "--json", "--ledger", ledger)
    assert (ran.code, [one["authority"] for one in ran.json["tokens"]]) == (1, ["two"])
    assert "one: cannot reach 127.0.0.1" in ran.err


def test_a_kept_token_that_was_changed_is_told(ledger: str, authorities: tuple[Path, Made, Made]) -> None:
    known, *_ = authorities
    token = Path(stamp_log(ledger, known)[0]["token"])
    token.write_bytes(token.read_bytes()[:-1])
    ran = run_here("timestamp", "list", "--authorities", str(known), "--ledger", ledger)
    assert (ran.code, "one: there is no time-stamp token in it" in ran.out) == (6, True)
    assert [one["new"] for one in stamp_log(ledger, known)] == [True, False]


def test_with_every_it_goes_on_and_asks_again_once_the_log_grew(
    ledger: str, authorities: tuple[Path, Made, Made], monkeypatch: pytest.MonkeyPatch
) -> None:
    known, *_ = authorities
    rounds: list[int] = []

    def between(seconds: int) -> None:
        rounds.append(seconds)
        if len(rounds) == 2:
            raise KeyboardInterrupt
        assert run_here("claim", "add", "--text", "en=The bridge fell", "--ledger", ledger).code == 0

    monkeypatch.setattr(stamping, "wait", between)
    run_here("timestamp", "log", "--every", "60", "--authorities", str(known), "--ledger", ledger)
    kept = run_here("timestamp", "list", "--authorities", str(known), "--json", "--ledger", ledger).json["tokens"]
    assert rounds == [60, 60]
    assert len({one["size"] for one in kept}) == 2
    assert len(kept) == 4


def test_every_command_of_the_page_does_what_is_shown(
    mine: str, authorities: tuple[Path, Made, Made], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    page = (REPOSITORY / "docs" / "timestamps.md").read_text("utf-8")
    monkeypatch.setenv("ONRECORD_AUTHORITIES", str(authorities[0]))
    Path("page.warc").write_bytes(b"WARC/1.1")
    found = RUN.findall(page)
    claim = next(one["id"] for one in run_here("claim", "list", "--json", "--ledger", mine).json["claims"])
    for command, shown in found:
        ran = run_here(*shlex.split(command.replace("my.db", mine).replace("CLAIM", claim).replace("KEY", key_of(mine))))
        assert ran.code == 0, f"{command}: {ran.err}"
        same = doctest.OutputChecker().check_output(shown, ran.out, doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
        assert same, f"{command} printed\n{ran.out}"
    assert len(found) == page.count("$ onrecord") == 6


def key_of(ledger: str) -> str:
    return run_here("log", "keys", "--ledger", ledger).out.split("\n")[0]
