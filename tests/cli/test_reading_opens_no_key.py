"""Whoever only reads is asked for no passphrase: the keys lie encrypted beside the ledger, and stay closed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from ledger import passphrases
from ledger.cli import unlocking
from ledger.cli.main import app
from tests.cli.conftest import run_here

READING = {
    "affected": ("{claim}",),
    "chain": ("{claim}",),
    "claim facets": (),
    "claim list": (),
    "claim show": ("{claim}",),
    "copies": ("{claim}",),
    "corrections": (),
    "credibility estimate": (),
    "credibility show": ("dprk",),
    "export": ("{claim}", "--format", "csv"),
    "history": ("{claim}",),
    "hook list": (),
    "key list": (),
    "key signed": ("alice",),
    "log checkpoint": (),
    "log consistency": ("2",),
    "log prove": ("{claim}",),
    "log publish": ("{place}/public",),
    "log witnesses": (),
    "quote check": ("{quoted}", "--in", "{place}/text"),
    "score": ("{claim}",),
    "search": ("troops",),
    "seen": ("North Korea sent troops",),
    "show": ("{claim}",),
    "source list": (),
    "source show": ("dprk",),
}
OTHERS = frozenset(
    (
        "backup|demo|doctor|init|log fsck|log keys|restore|reveal|serve|"  # they look at keys, sign, or open what a key seals
        # an operator's
        "log acknowledge|log reindex|log standing|db prepare|db upgrade|hook add|hook remove|hook resume|hook test|"
        "key did|key new|key passphrase|witness init|witness keys|witness serve|witness show|"  # about keys
        # they open no ledger here, or wait for ever
        "credibility evaluate|log monitor|mcp|quote find|verify|"
        "timestamp complete|timestamp file|timestamp list|timestamp log|timestamp verify"
    ).split("|")
)


def commands(command: Any, name: str = "") -> dict[str, Any]:
    if not hasattr(command, "commands"):
        return {name: command}
    found: dict[str, Any] = {}
    for part, one in command.commands.items():
        found |= commands(one, f"{name} {part}".strip())
    return found


def test_every_command_that_does_not_write_is_looked_at_here() -> None:
    found = commands(get_command(app))
    assert {name for name, one in found.items() if all(own.name != "dry_run" for own in one.params)} == READING.keys() | OTHERS


@pytest.fixture(scope="module")
def locked(example_place: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    place = tmp_path_factory.mktemp("locked") / "place"
    shutil.copytree(example_place, place)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(unlocking.NEW_VARIABLE, "correct horse")
        assert run_here("key", "passphrase", str(place / "ledger.db.keys")).code == 0
    claims = run_here("claim", "list", "--json", "--ledger", str(place / "ledger.db")).json["claims"]
    claim = next(one["id"] for one in claims if one["text"]["en"].startswith("North Korea sent troops to fight"))
    said = run_here("claim", "show", claim, "--json", "--ledger", str(place / "ledger.db")).json["statements"]
    quoted = next(one for one in said if one.get("quote"))
    (place / "text").write_text(f"it said: {json.dumps(quoted['quote'], ensure_ascii=False)}", "utf-8")
    return {"claim": claim, "place": str(place), "quoted": quoted["id"]}


@pytest.mark.parametrize("name", READING)
def test_reading_asks_for_no_passphrase(locked: dict[str, str], name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unlocking, "can_ask", lambda: True)
    monkeypatch.setattr(unlocking, "_ask", lambda what: pytest.fail(f"asked for the {what}"))
    words = [word.format(**locked) for word in READING[name]]
    ran = run_here(*name.split(), *words, "--ledger", f"{locked['place']}/ledger.db")
    assert ran.code in ((0, 1, 6) if name == "quote check" else (0,)), ran.err


@pytest.mark.parametrize("format", ["bundle", "score", "vc"])
def test_what_the_issuer_signs_wants_its_key(locked: dict[str, str], format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("export", locked["claim"], "--format", format, "--ledger", f"{locked['place']}/ledger.db")
    refused = run_here(*words)
    assert refused.code == 4
    assert passphrases.VARIABLE in refused.err
    monkeypatch.setenv(passphrases.VARIABLE, "correct horse")
    assert run_here(*words).code == 0


def test_a_locked_key_is_listed_by_its_file(locked: dict[str, str]) -> None:
    listed = run_here("key", "list", "--json", "--ledger", f"{locked['place']}/ledger.db").json
    (own,) = listed["keys"]
    assert (Path(own["path"]).name, own["did"]) == ("alice.pem", None)
    assert "alice" in {one["subject"] for one in listed["on_record"]}
