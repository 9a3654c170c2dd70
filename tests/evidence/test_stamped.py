"""Time stamps in a zip of evidence: taken along, verified offline by whoever names authorities, refused by name."""

from __future__ import annotations

import json
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger.core.stamps import print_request
from ledger.evidence.store import digest_of
from tests.cli.conftest import Ran, run_here
from tests.evidence import site as sites
from tests.stamps.authorities import Made, make, served

CLAIM = """dossier: 1
sources: [{id: fjord, type: outlet, names: {en: Fjord}, country: NO}]
claims: [{id: bridge, type: event, text: {en: The bridge is closed}}]
documents: [{id: seen, publisher: fjord, sha256: "SEEN"}]
reports: [{id: r1, claim: bridge, chain: [fjord], document: seen, act: reports}]
"""
Files = dict[str, bytes]


@dataclass(frozen=True)
class Zipped:
    file: Path
    known: Path
    one: Made
    keys: tuple[str, ...]

    def verify(self, file: Path, *words: str) -> Ran:
        return run_here("verify", str(file), *(word for key in self.keys for word in ("--trust", key)), *words)

    def files(self) -> Files:
        with zipfile.ZipFile(self.file) as opened:
            return {name: opened.read(name) for name in opened.namelist()}


@pytest.fixture(scope="module")
def zipped(tmp_path_factory: pytest.TempPathFactory) -> Zipped:
    """A zip whose one capture and whose checkpoint two authorities have stamped; nothing of theirs answers any more."""
    place = tmp_path_factory.mktemp("stamped")
    ledger, file, known = str(place / "ledger.db"), place / "claim.zip", place / "authorities"
    one, two = make(place, "one"), make(place, "two")
    (place / "seen.pdf").write_bytes(sites.pdf(["The bridge is closed."]))
    with pytest.MonkeyPatch.context() as patch, served(one, two) as address:
        patch.chdir(place)
        known.write_text("".join(f"authority {by.name} {address}/{by.name} {by.root}\n" for by in (one, two)))
        assert run_here("init", "--ledger", ledger, "--name", "alice").code == 0
        seen = run_here("capture", str(place / "seen.pdf"), "--ledger", ledger, "--json").json
        (place / "claim.yaml").write_text(CLAIM.replace("SEEN", seen["document"]["sha256"]))
        claim = run_here("import", str(place / "claim.yaml"), "--ledger", ledger, "--json").json["claims"]["bridge"]
        warc = next(Path(f"{ledger}.evidence").glob("warc/*/*.warc.gz"))
        assert run_here("timestamp", "file", str(warc), "--authorities", str(known)).code == 0
        words = ("--with-evidence", "--timestamp", "--authorities", str(known))
        ran = run_here("export", claim, "--ledger", ledger, *words, "-o", str(file))
        assert ran.code == 0, ran.err
        keys = tuple(run_here("log", "keys", "--ledger", ledger).out.split())
    return Zipped(file, known, one, keys)


def test_time_stamps_of_captures_and_checkpoint_are_verified_offline(zipped: Zipped) -> None:
    ran = zipped.verify(zipped.file, "--authorities", str(zipped.known), "--json")
    assert ran.code == 0, ran.out
    said = [note for note in ran.json["notes"] if note.startswith("time stamp: ")]
    assert len(said) == 4
    for name in ("one", "two"):
        assert sum(f" by {name}, over the bundle's checkpoint: tokens/checkpoint.{name}.tsr" in line for line in said) == 1
        assert sum(f" by {name}, over warc/" in line for line in said) == 1
    step = next(one for one in ran.json["steps"] if one["name"] == "time stamps")
    assert (step["name"], step["result"], step["detail"]) == ("time stamps", "ok", "4 by known authorities")


def test_the_environment_names_the_authorities_too(zipped: Zipped, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_AUTHORITIES", str(zipped.known))
    assert "4 by known authorities" in zipped.verify(zipped.file).out


def test_without_authorities_they_are_not_checked_which_is_said_and_no_failure(zipped: Zipped) -> None:
    ran = zipped.verify(zipped.file)
    assert ran.code == 0, ran.err
    assert "time stamps: 4 time stamps are in it; no authorities are named (--authorities FILE)" in " ".join(ran.out.split())
    assert "not checked" in ran.out
    assert " by one" not in ran.out, "whose word nobody has checked is not told as theirs"


def test_openssl_verifies_them_as_they_lie_in_the_zip(zipped: Zipped, tmp_path: Path) -> None:
    with zipfile.ZipFile(zipped.file) as opened:
        opened.extractall(tmp_path)
    warc = next(tmp_path.glob("warc/*.warc.gz"))
    for data, token in ((tmp_path / "tokens/checkpoint.txt", "checkpoint.one.tsr"), (warc, f"{warc.name}.one.tsr")):
        words = ["openssl", "ts", "-verify", "-data", str(data), "-in", str(tmp_path / "tokens" / token)]
        done = subprocess.run([*words, "-CAfile", str(zipped.one.root)], capture_output=True, check=True)
        assert b"Verification: OK" in done.stdout


def test_the_page_names_the_stamps_of_the_state_and_what_they_are_over(zipped: Zipped) -> None:
    page = zipped.files()["index.html"].decode()
    for path in ("tokens/checkpoint.txt", "tokens/checkpoint.one.tsr", "tokens/checkpoint.two.tsr"):
        assert f'<a href="{path}">' in page


def _of_capture(files: Files) -> str:
    return next(path for path in files if path.startswith("tokens/") and path.endswith(".warc.gz.one.tsr"))


def other_bytes(files: Files, zipped: Zipped) -> str:
    """A capture's token is shown as the checkpoint's."""
    files["tokens/checkpoint.one.tsr"] = files[_of_capture(files)]
    return "tokens/checkpoint.one.tsr: the token is over other bytes"


def other_capture(files: Files, zipped: Zipped) -> str:
    files[_of_capture(files)] = files["tokens/checkpoint.one.tsr"]
    return f"{_of_capture(files)}: the token is over other bytes"


def stranger(files: Files, zipped: Zipped) -> str:
    """A token over the right bytes, by an authority that nobody has named."""
    three = make(zipped.file.parent, "three")
    digest = bytes.fromhex(digest_of(files["tokens/checkpoint.txt"]).removeprefix("sha256:"))
    files["tokens/checkpoint.one.tsr"] = three.reply(print_request(digest, 1 << 60))
    return "tokens/checkpoint.one.tsr: the token is by no known authority: CN=three stamps"


def changed(files: Files, zipped: Zipped) -> str:
    """One byte of the authority's signature."""
    token = bytearray(files["tokens/checkpoint.two.tsr"])
    token[-1] ^= 1
    files["tokens/checkpoint.two.tsr"] = bytes(token)
    return "tokens/checkpoint.two.tsr: the token is by no known authority"


def over_nothing(files: Files, zipped: Zipped) -> str:
    files[f"tokens/{'0' * 64}.warc.gz.one.tsr"] = files["tokens/checkpoint.one.tsr"]
    return f"tokens/{'0' * 64}.warc.gz.one.tsr is of no document of the bundle"


def other_text(files: Files, zipped: Zipped) -> str:
    files["tokens/checkpoint.txt"] = files["tokens/checkpoint.txt"].replace(b"\n", b"0\n", 1)
    return "tokens/checkpoint.txt is not the text of the bundle's checkpoint"


FORGERIES: list[Callable[[Files, Zipped], str]] = [other_bytes, other_capture, stranger, changed, over_nothing, other_text]


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
def test_a_time_stamp_that_is_not_what_it_seems_fails_by_name(
    zipped: Zipped, tmp_path: Path, forge: Callable[[Files, Zipped], str]
) -> None:
    """The list is the forger's own, so that nothing but the time stamps can tell."""
    files = zipped.files()
    said = forge(files, zipped)
    listed = json.loads(files.pop("manifest.json"))
    listed["files"] = {path: {"sha256": digest_of(one), "bytes": len(one)} for path, one in files.items()}
    with zipfile.ZipFile(tmp_path / "forged.zip", "w") as made:
        for path, content in (files | {"manifest.json": json.dumps(listed).encode()}).items():
            made.writestr(path, content)
    ran = zipped.verify(tmp_path / "forged.zip", "--authorities", str(zipped.known))
    assert ran.code == 6, ran.out
    assert said in ran.err


def test_where_the_library_is_missing_they_could_not_be_verified(zipped: Zipped, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "rfc3161_client", None)
    ran = zipped.verify(zipped.file, "--authorities", str(zipped.known))
    assert ran.code == 7
    assert "onrecord[timestamp]" in ran.err
    assert zipped.verify(zipped.file).code == 0, "who names no authorities needs no library"


def test_an_authority_that_is_away_leaves_a_zip_with_the_tokens_of_the_others(
    zipped: Zipped, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, known = str(zipped.file.parent / "ledger.db"), tmp_path / "half"
    known.write_text(zipped.known.read_text() + f"authority away http://127.0.0.1:1/tsr {zipped.one.root}\n")
    claim = run_here("claim", "list", "--json", "--ledger", ledger).json["claims"][0]["id"]
    words = ("--with-evidence", "--timestamp", "--authorities", str(known), "-o", str(tmp_path / "half.zip"))
    ran = run_here("export", claim, "--ledger", ledger, *words)
    assert (ran.code, "away: cannot reach 127.0.0.1" in ran.err) == (1, True)
    assert "4 by known authorities" in zipped.verify(tmp_path / "half.zip", "--authorities", str(zipped.known)).out
