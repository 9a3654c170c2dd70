"""What stays out of the log on every road from the command line, and what can be done with it afterwards."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ledger.core.dsse import RECORD_TYPE, parse_envelope
from ledger.wiring import open_ledger
from tests.cli.conftest import run_here

DOSSIER = """\
dossier: 1
sources:
  - {id: anna, type: person, names: {en: Anna Quokka}}
  - {id: gazette, type: outlet, names: {en: Gazette}}
claims:
  - {id: fined, type: event, text: {en: Anna Quokka was fined}, concerns: [{source: anna, role: accused}]}
  - {id: burned, type: event, text: {en: The depot burned}}
"""


@pytest.fixture
def ledger(fresh: str, tmp_path: Path) -> str:
    (tmp_path / "d.yaml").write_text(DOSSIER)
    assert run_here("import", str(tmp_path / "d.yaml"), "--ledger", fresh).code == 0
    return fresh


def in_the_log(target: str) -> str:
    """Everything that is signed, as text."""
    opened = open_ledger(target)
    try:
        with opened._reading() as snapshot:  # type: ignore[attr-defined]
            entries = snapshot.entry_range(0, snapshot.checkpoint.size)
            return " ".join(parse_envelope(one.envelope, payload_type=RECORD_TYPE).payload.decode() for one in entries)
    finally:
        opened.close()


def claim(target: str, words: str) -> str:
    found = run_here("search", words, "--json", "--ledger", target).json["claims"]
    return str(found[0]["id"])


def test_a_title_given_with_a_private_claim_on_record_is_sealed(ledger: str) -> None:
    for words, title in (("Quokka", "Anna Quokka fined"), ("depot", "Depot in flames")):
        document = ("--url", f"https://gazette.example/{title[0]}", "--title", title)
        ran = run_here(
            "attribute", claim(ledger, words), "--chain", "gazette", "--act", "reports", *document, "--ledger", ledger
        )
        assert ran.code == 0, ran.err
    log = in_the_log(ledger)
    assert ("Depot in flames" in log, "Quokka" in log) == (True, False)


@pytest.mark.parametrize(
    "command",
    [
        ["claim", "add", "--text", "en=Secret Quokka"],
        ["claim", "add", "--text", "en=x", "--place", "Secret Quokka"],
        ["source", "add", "other", "--type", "outlet", "--name", "en=Secret Quokka"],
        ["correct", "CLAIM", "--reason", "Secret Quokka"],
        ["withhold", "CLAIM", "--basis", "Secret Quokka", "--authority", "a court"],
        ["claim", "relate", "CLAIM", "contradicts", "OTHER", "--reason", "Secret Quokka"],
        ["attribute", "CLAIM", "--chain", "gazette", "--act", "reports", "--url", "https://x.example/SecretQuokka"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_any_text_is_sealed_where_somebody_asks(ledger: str, command: list[str]) -> None:
    ids = {"CLAIM": claim(ledger, "depot"), "OTHER": claim(ledger, "Quokka")}
    ran = run_here(*(ids.get(word, word) for word in command), "--seal", "all", "--ledger", ledger)
    assert ran.code == 0, ran.err
    log = in_the_log(ledger)
    assert "Secret" not in log
    assert '"sealed"' in log


def test_a_member_that_nothing_has_is_refused_and_nothing_is_stored(ledger: str) -> None:
    before = in_the_log(ledger)
    ran = run_here("claim", "add", "--text", "en=Secret", "--seal", "titel", "--ledger", ledger)
    assert (ran.code, "claim.text" in ran.err) == (2, True)
    assert in_the_log(ledger) == before


def test_withholding_says_where_the_same_words_close_too(ledger: str) -> None:
    options = ("--chain", "gazette", "--act", "reports", "--at", "2025-05-01", "--quote", "It burned, I was there")
    for words in ("depot", "Quokka"):
        assert run_here("attribute", claim(ledger, words), *options, "--ledger", ledger).code == 0
    statements = [
        run_here("claim", "show", claim(ledger, words), "--json", "--ledger", ledger).json["statements"][0]["id"]
        for words in ("depot", "Quokka")
    ]
    ran = run_here("withhold", statements[0], "--basis", "an order", "--authority", "a court", "--ledger", ledger)
    assert (ran.code, statements[1] in ran.err) == (0, True)
    assert run_here("show", statements[0], "--ledger", ledger).code == 3


def test_who_erases_while_somebody_reads_is_told_that_it_is_not_yet_gone(ledger: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.service.scrubbing._PATIENCE", 0.05)
    quoted = ("--chain", "gazette", "--act", "reports", "--at", "2025-05-01", "--quote", "It burned all night")
    ran = run_here("attribute", claim(ledger, "depot"), *quoted, "--json", "--ledger", ledger)
    (name,) = (one["record_id"] for one in ran.json)
    with closing(sqlite3.connect(ledger, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT value FROM opening").fetchall()
        erased = run_here("erase-opening", name, "--ledger", ledger)
        doctor = run_here("doctor", "--ledger", ledger)
    assert "not yet gone from the ledger's disk" in erased.err
    assert "erased words are not yet gone" in doctor.out
    assert "erased words" not in run_here("doctor", "--ledger", ledger).out
