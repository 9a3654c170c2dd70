"""What is withheld or erased is not handed over by way of what was seen of it, and the zip says that it is left out."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import pytest

from tests.cli.conftest import Ran, run_here
from tests.evidence import site as sites

CLAIM = """dossier: 1
sources:
  - {id: fjord, type: outlet, names: {en: Fjord}, country: NO}
claims:
  - {id: bridge, type: event, text: {en: The bridge is closed}}
documents:
  - {id: quoted, title: Which is quoted, publisher: fjord, sha256: "QUOTED"}
  - {id: barred, title: Which a court bars, publisher: fjord, sha256: "BARRED"}
  - {id: plain, title: Which stays, publisher: fjord, sha256: "PLAIN"}
reports:
  - {id: r1, claim: bridge, chain: [fjord], document: quoted, act: reports, quote: {exact: Her name is Quokka}}
  - {id: r2, claim: bridge, chain: [fjord], document: barred, act: asserts}
  - {id: r3, claim: bridge, chain: [fjord], document: plain, act: confirms}
"""
SEEN = {"quoted": "Her name is Quokka.", "barred": "Her address is Wombat.", "plain": "It is closed."}


@pytest.fixture
def ledger(tmp_path: Path) -> str:
    """Three documents on record, each of them captured."""
    ledger, dossier = str(tmp_path / "ledger.db"), CLAIM
    assert run_here("init", "--ledger", ledger, "--name", "alice").code == 0
    for name, words in SEEN.items():
        (tmp_path / f"{name}.txt").write_text(words)
        ran = run_here("capture", str(tmp_path / f"{name}.txt"), "--ledger", ledger, "--json")
        assert ran.code == 0, ran.err
        dossier = dossier.replace(name.upper(), ran.json["document"]["sha256"])
    (tmp_path / "claim.yaml").write_text(dossier)
    assert run_here("import", str(tmp_path / "claim.yaml"), "--ledger", ledger).code == 0
    return ledger


def record(ledger: str, kind: str, words: str) -> str:
    """The id of the one record of that kind with these words in it."""
    run = run_here("export", claim(ledger), "--format", "bundle", "--ledger", ledger)
    from ledger.evidence.zipping import inside

    (found,) = (
        name
        for name, one in inside(run.out.encode()).opened.items()
        if one["kind"] == kind and words in json.dumps(one, ensure_ascii=False)
    )
    return found


def claim(ledger: str) -> str:
    found: str = run_here("claim", "list", "--json", "--ledger", ledger).json["claims"][0]["id"]
    return found


def export(ledger: str, file: Path) -> tuple[Ran, dict[str, bytes]]:
    """What the command says, and the files of its zip, unpacked to the last."""
    ran = run_here("export", claim(ledger), "--with-evidence", "-o", str(file), "--ledger", ledger)
    assert ran.code == 0, ran.err
    with zipfile.ZipFile(file) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    return ran, {name: gzip.decompress(one) if name.endswith(".gz") else one for name, one in files.items()}


def holding(files: dict[str, bytes], word: str) -> set[str]:
    return {name.partition("/")[0] for name, content in files.items() if word.encode() in content}


def verified(ledger: str, file: Path) -> str:
    keys = run_here("log", "keys", "--ledger", ledger).out.split()
    ran = run_here("verify", str(file), *(word for key in keys for word in ("--trust", key)))
    assert ran.code == 0, ran.out
    return " ".join(ran.out.split())


def test_what_was_seen_of_a_withheld_document_is_left_out_and_said_so(ledger: str, tmp_path: Path) -> None:
    _, before = export(ledger, tmp_path / "before.zip")
    assert holding(before, "Wombat") == {"warc", "seen"}
    barred = record(ledger, "document", "Which a court bars")
    withheld = run_here("withhold", barred, "--basis", "an order", "--authority", "a court", "--ledger", ledger)
    assert withheld.code == 0, withheld.err
    ran, files = export(ledger, tmp_path / "after.zip")
    assert holding(files, "Wombat") == set()
    assert holding(files, "Which a court bars") == set()
    assert holding(files, "It is closed.") == {"warc", "seen"}
    listed = json.loads(files["manifest.json"])
    assert (listed["withheld"], len(listed["documents"])) == (1, 2)
    assert barred not in {one["document"] for one in listed["documents"]}
    assert "<strong>1 entry of the ledger is withheld</strong>" in files["index.html"].decode()
    assert "1 entry is withheld: what was seen of it is left out" in ran.err
    assert "1 entry is withheld: what was seen of it is left out" in verified(ledger, tmp_path / "after.zip")


def test_what_was_seen_of_a_document_is_left_out_once_a_quote_from_it_is_erased(ledger: str, tmp_path: Path) -> None:
    _, before = export(ledger, tmp_path / "before.zip")
    assert holding(before, "Quokka") == {"warc", "seen", "index.html"}
    quoted, statement = record(ledger, "document", "Which is quoted"), record(ledger, "statement", "Quokka")
    erased = run_here("erase-opening", statement, "--ledger", ledger)
    assert erased.code == 0, erased.err
    ran, files = export(ledger, tmp_path / "after.zip")
    assert holding(files, "Quokka") == set()
    assert holding(files, "It is closed.") == {"warc", "seen"}
    (reason,) = {one["left_out"] for one in json.loads(files["manifest.json"])["documents"] if one["document"] == quoted}
    assert reason.startswith("erased: words of its record, or of a quote from it, are no longer shown")
    page = files["index.html"].decode()
    assert page.count("<strong>Not in this zip</strong>") == page.count("erased: words of its record") == 1
    assert f"left out of {quoted[:19]}: erased" in ran.err
    assert f"nothing was packed of {quoted[:19]}: erased" in verified(ledger, tmp_path / "after.zip")


def test_an_erased_title_takes_what_was_seen_with_it(tmp_path: Path) -> None:
    ledger = str(tmp_path / "ledger.db")
    assert run_here("init", "--ledger", ledger, "--name", "alice").code == 0
    (tmp_path / "seen.pdf").write_bytes(sites.pdf(["Her name is Quokka."]))
    seen = run_here("capture", str(tmp_path / "seen.pdf"), "--ledger", ledger, "--json").json["document"]["sha256"]
    only = CLAIM.replace("QUOTED", seen).replace("BARRED", "sha256:" + "ab" * 32).replace("PLAIN", "sha256:" + "cd" * 32)
    (tmp_path / "claim.yaml").write_text(only)
    assert run_here("import", str(tmp_path / "claim.yaml"), "--ledger", ledger, "--seal", "document.title").code == 0
    quoted = record(ledger, "document", "Which is quoted")
    _, before = export(ledger, tmp_path / "before.zip")
    assert "sealed: a part of its record is sealed" in before["index.html"].decode()
    assert run_here("erase-opening", quoted, "--ledger", ledger).code == 0
    _, files = export(ledger, tmp_path / "after.zip")
    assert not [name for name in files if name.startswith(("warc/", "seen/"))]
    assert holding(files, "Which is quoted") == set()
    assert "<bdi>(sealed)</bdi>" in files["index.html"].decode()
    assert "erased: words of its record" in verified(ledger, tmp_path / "after.zip")
