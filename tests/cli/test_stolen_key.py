"""After a theft: the command names all that a revocation leaves as it is, and nobody endorses the thief's records unseen."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from ledger import wiring
from ledger.cli import keyring
from ledger.keys import Signer, new_key, sign_record
from tests import factory
from tests.cli.conftest import run_here
from tests.factory import claim

SINCE = "2025-01-01"


@pytest.fixture
def thief(fresh: str, tmp_path: Path) -> Signer:
    """An admin's key, in other hands by now: seven claims, and last a key that lets the thief in again."""
    key, door = new_key(tmp_path / "two.pem"), new_key(tmp_path / "door.pem")
    enrolled = run_here(
        "key", "enroll", key.did, "--subject", "two", "--role", "admin", "--role", "contributor", "--ledger", fresh
    )
    assert enrolled.code == 0, enrolled.err
    with closing(wiring.open_ledger(fresh)) as ledger:
        ledger.add([sign_record(claim(f"claim {number}"), key) for number in range(7)])
    opened = run_here("key", "enroll", door.did, "--subject", "door", "--ledger", fresh, "--key", str(tmp_path / "two.pem"))
    assert opened.code == 0, opened.err
    return key


def test_a_revocation_names_what_still_holds_however_much_was_signed(
    fresh: str, thief: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "_PAGE", 3)
    ran = run_here("key", "revoke", thief.did, "--compromised-since", SINCE, "--ledger", fresh)
    assert ran.code == 0
    assert "8 entries since then" in ran.err
    assert "a key, still holds" in ran.err


def test_what_is_in_doubt_is_endorsed_only_by_who_says_that_it_was_looked_at(fresh: str, thief: Signer) -> None:
    assert run_here("key", "revoke", thief.did, "--compromised-since", SINCE, "--ledger", fresh).code == 0
    listed = run_here("key", "signed", thief.did, "--ledger", fresh, "--json").json["entries"]
    doubted = [one["id"] for one in listed if one["in_doubt"] and one["kind"] == "claim"]
    assert len(doubted) == 7
    refused = run_here("endorse", *doubted[:3], "--ledger", fresh)
    assert refused.code == 2
    assert "3 of 3 records in doubt" in refused.err
    assert "--yes" in refused.err
    assert run_here("endorse", doubted[0], "--yes", "--ledger", fresh).code == 0
    again = run_here("endorse", *doubted[:3], "--ledger", fresh)
    assert "2 of 3 records in doubt" in again.err
    left = run_here("key", "signed", thief.did, "--ledger", fresh, "--json").json["entries"]
    assert [one["id"] for one in left if one["in_doubt"] and one["kind"] == "claim"] == doubted[1:]


def test_an_endorsed_rating_is_listed_as_the_other_persons(fresh: str, tmp_path: Path) -> None:
    key = new_key(tmp_path / "two.pem")
    assert run_here("key", "enroll", key.did, "--subject", "two", "--ledger", fresh).code == 0
    named = ("--type", "government_body", "--name", "en=Nis")
    assert run_here("source", "add", "nis", *named, "--ledger", fresh).code == 0
    rating = factory.assessment("nis", "A")
    with closing(wiring.open_ledger(fresh)) as ledger:
        ledger.add([sign_record(rating, key)])
    assert run_here("key", "revoke", key.did, "--compromised-since", SINCE, "--ledger", fresh).code == 0
    assert "in doubt" in run_here("key", "signed", key.did, "--ledger", fresh).out
    assert run_here("endorse", factory.id_of(rating), "--yes", "--ledger", fresh).code == 0
    listed = run_here("key", "signed", key.did, "--ledger", fresh)
    assert "assessment  stays out; alice's counts" in listed.out
    assert "in doubt" not in listed.out
    assert run_here("key", "signed", key.did, "--ledger", fresh, "--json").json["entries"][-1]["endorsed_by"] == ["alice"]
    shown = run_here("show", factory.id_of(rating), "--ledger", fresh).out
    assert "as a rating of alice alone" in shown


def test_a_key_is_named_by_whose_it_is_once_its_file_is_gone(fresh: str, tmp_path: Path) -> None:
    key, second = new_key(tmp_path / "two.pem"), new_key(tmp_path / "second.pem")
    assert run_here("key", "enroll", key.did, "--subject", "two", "--ledger", fresh).code == 0
    (tmp_path / "two.pem").unlink()
    assert f"two  enrolled  contributor  {key.did}" in run_here("key", "list", "--ledger", fresh).out
    assert run_here("key", "signed", "two", "--ledger", fresh).code == 0
    assert run_here("key", "revoke", "nobody", "--ledger", fresh).code != 0
    assert run_here("key", "revoke", "two", "--compromised-since", SINCE, "--ledger", fresh).code == 0
    listed = run_here("key", "list", "--ledger", fresh, "--json").json["on_record"]
    assert {"did": key.did, "enrolled": False, "subject": "two", "roles": ["contributor"]} in listed
    # The name has a new key: it is not that one which a second word on the theft means.
    assert run_here("key", "enroll", second.did, "--subject", "two", "--ledger", fresh).code == 0
    refused = run_here("key", "revoke", "two", "--ledger", fresh)
    assert refused.code != 0
    assert f"{key.did} (revoked)" in refused.err
    assert f"{second.did} (enrolled)" in refused.err


def test_the_command_that_enrols_a_new_key_fits_a_narrow_terminal_and_can_be_pasted(tmp_path: Path) -> None:
    told = run_here("key", "new", str(tmp_path / "anna.pem")).err
    command = told[told.index("onrecord key enroll") :].strip().split("\n")
    assert all(line.endswith(" \\") for line in command[:-1])
    assert max(map(len, command)) < 80


def test_whoever_only_a_stolen_key_calls_public_is_spoken_of_under_seal(fresh: str, tmp_path: Path) -> None:
    with closing(wiring.open_ledger(fresh)) as ledger:
        key = new_key(tmp_path / "two.pem")
        assert run_here("key", "enroll", key.did, "--subject", "two", "--ledger", fresh).code == 0
        public = factory.source("jane", type="person", names={"en": "Jane"}, public_role="minister")
        ledger.add([sign_record(public, key)])
    dossier = tmp_path / "claim.yaml"
    dossier.write_text(
        "dossier: 1\nclaims:\n  - {id: c, type: event, text: {en: Jane took it}, concerns: [{source: jane, role: accused}]}\n"
    )
    assert run_here("key", "revoke", key.did, "--compromised-since", SINCE, "--ledger", fresh).code == 0
    claim_id = run_here("import", str(dossier), "--ledger", fresh, "--json").json["claims"]["c"]
    shown = run_here("show", claim_id, "--ledger", fresh, "--json").json
    assert len(shown["openings"]) == 1


def test_a_source_is_shown_with_what_of_it_is_in_doubt(fresh: str, tmp_path: Path) -> None:
    key = new_key(tmp_path / "two.pem")
    assert run_here("key", "enroll", key.did, "--subject", "two", "--ledger", fresh).code == 0
    nis = factory.source("nis", names={"en": "Nis"})
    later = factory.source("nis", names={"en": "Liar"}, replaces=factory.id_of(nis))
    with closing(wiring.open_ledger(fresh)) as ledger:
        records = [
            nis,
            later,
            factory.source("owner"),
            factory.relation("nis", "owned_by", "owner"),
            factory.assessment("nis", "A"),
        ]
        ledger.add([sign_record(record, key) for record in records])
    assert "in doubt" not in run_here("source", "show", "nis", "--ledger", fresh).out
    assert run_here("key", "revoke", key.did, "--compromised-since", SINCE, "--ledger", fresh).code == 0
    shown = run_here("source", "show", "nis", "--ledger", fresh).out
    assert "en: Nis" in shown
    assert "by a key in doubt alone: it counts for nothing" in shown
    assert shown.count("(in doubt)") == 4


def test_it_is_said_which_claims_have_another_headline(mine: str, tmp_path: Path) -> None:
    """Of the example everything was signed by one person, whose key is stolen; somebody else signs one claim anew."""
    other = str(tmp_path / "other.pem")
    did = run_here("key", "new", other).out.strip()
    roles = ("--role", "contributor", "--role", "editor", "--role", "admin")
    assert run_here("key", "enroll", did, "--subject", "other", *roles, "--ledger", mine).code == 0
    ran = run_here("key", "revoke", "alice", "--compromised-since", SINCE, "--ledger", mine, "--key", other)
    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    (told,) = [number for number, line in enumerate(lines) if "another headline" in line]
    assert lines[told].split()[0].isdigit()
    shown = lines[told + 1 :]
    assert len(shown) > 1
    assert all(" -> " in line for line in shown if not line.startswith("  and "))
    assert all(len(line) <= 80 for line in shown)
    signed = run_here("key", "signed", "alice", "--ledger", mine, "--json").json["entries"]
    doubted = [one["id"] for one in signed if one["in_doubt"] and one["kind"] != "key"]
    again = run_here("endorse", *doubted, "--yes", "--ledger", mine, "--key", other)
    assert again.code == 0, again.err
    assert " have another headline" in again.out
