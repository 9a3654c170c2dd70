"""What the command line puts on record: by hand, in one line, from files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledger.cli.importing import progress_line
from ledger.core.canonical import canonical_bytes, digest, parse_json
from ledger.core.encoding import parse_base64
from ledger.core.records import record_id
from ledger.core.tiles import entries_path, parse_entries
from ledger.keys import load_signer, sign_record
from ledger.wiring import open_ledger
from schemas.records import ClaimRecord, ClaimRelationRecord
from tests.cli.conftest import REPOSITORY, Ran, run_here, serving

EXAMPLE = REPOSITORY / "ledger" / "examples" / "north-korea-troops.yaml"
CHAIN = ["--chain", "Unian < Yonhap < KCNA", "--act", "confirms", "--at", "2025-04-28"]
WHERE = [
    "--url",
    "https://unian.example/1",
    "--published",
    "2025-04-28T06:00:00Z",
    "--quote",
    "as Yonhap reports, it is confirmed",
]


def size(target: str) -> int:
    found: int = run_here("log", "checkpoint", "--json", "--ledger", target).json["size"]
    return found


def ids(ran: Ran) -> list[str]:
    assert ran.code == 0, ran.err
    return [receipt["record_id"] for receipt in ran.json]


@pytest.fixture
def newsroom(fresh: str) -> str:
    """A ledger with three sources, one of them unrated, and a claim."""
    add = ["source", "add", "--ledger", fresh]
    assert (
        run_here(
            *add, "yonhap", "--type", "news_agency", "--name", "en=Yonhap", "--name", "ko=연합뉴스", "--reliability", "B"
        ).code
        == 0
    )
    low = ["--reliability", "D", "--rationale", "speaks for the state"]
    assert (
        run_here(*add, "kcna", "--type", "news_agency", "--name", "en=Korean Central News Agency", "--country", "KP", *low).code
        == 0
    )
    assert run_here(*add, "unian", "--type", "outlet", "--name", "en=UNIAN", "--country", "UA").code == 0
    assert run_here("claim", "add", "--text", "en=North Korea sent troops", "--ledger", fresh).code == 0
    return fresh


def test_what_is_on_record_already_is_not_added_again(newsroom: str) -> None:
    before = size(newsroom)
    same = ["source", "add", "unian", "--type", "outlet", "--name", "en=UNIAN", "--country", "UA", "--ledger", newsroom]
    assert run_here(*same, "--json").json == []
    assert "nothing new" in run_here(*same).out
    assert size(newsroom) == before


def test_a_revised_source_replaces_the_one_in_force(newsroom: str) -> None:
    old = run_here("source", "show", "unian", "--json", "--ledger", newsroom).json["record_id"]
    assert run_here("source", "add", "unian", "--type", "outlet", "--name", "en=Unian", "--ledger", newsroom).code == 0
    new = run_here("source", "show", "unian", "--json", "--ledger", newsroom).json
    assert new["record"]["replaces"] == old
    assert new["names"] == {"en": "Unian"}


def test_a_rating_back_and_forth_is_three_records(newsroom: str) -> None:
    before = size(newsroom)
    for letter in "CBC":
        assert run_here("source", "rate", "yonhap", letter, "--ledger", newsroom).code == 0
    assert size(newsroom) == before + 3
    assert run_here("source", "show", "yonhap", "--json", "--ledger", newsroom).json["letter"] == "C"


def test_an_unrated_source_is_pointed_out_with_the_command_that_rates_it(newsroom: str) -> None:
    found = run_here("attribute", "sent troops", *CHAIN, *WHERE, "--ledger", newsroom)
    assert found.code == 0
    assert f"onrecord source rate unian LETTER --ledger {newsroom}" in found.err
    assert "yonhap" not in found.err


def test_a_chain_becomes_statements_and_hops(newsroom: str) -> None:
    made = ids(run_here("attribute", "sent troops", *CHAIN, *WHERE, "--json", "--ledger", newsroom))
    kinds = [run_here("show", one, "--json", "--ledger", newsroom).json["kind"] for one in made]
    assert kinds == ["document", "statement", "statement", "statement", "attribution", "attribution"]
    view = run_here("chain", "sent troops", "--json", "--ledger", newsroom).json
    assert [channel["speakers"] for channel in view["channels"]] == [["unian", "yonhap", "kcna"]]


def test_a_line_says_what_a_dossier_says(newsroom: str, tmp_path: Path) -> None:
    claim = run_here("claim", "list", "--json", "--ledger", newsroom).json["claims"][0]["id"]
    quote = "as Yonhap reports, it is confirmed"
    (tmp_path / "same.yaml").write_text(
        "dossier: 1\n"
        "documents:\n"
        '  - {id: d, publisher: unian, url: "https://unian.example/1", published_at: "2025-04-28T06:00:00Z"}\n'
        "reports:\n"
        f'  - {{claim: "{claim}", chain: [unian, yonhap, kcna], document: d, act: confirms, said_at: 2025-04-28,\n'
        f'     quote: "{quote}"}}\n'
    )
    assert run_here("attribute", claim, *CHAIN, *WHERE, "--ledger", newsroom).code == 0
    again = run_here("import", "same.yaml", "--json", "--ledger", newsroom).json
    assert (again["records"], again["new"]) == (6, 0)


def test_a_credit_that_is_not_in_the_quote_is_warned_of(newsroom: str) -> None:
    line = ["attribute", "sent troops", *CHAIN, *WHERE, "--dry-run", "--ledger", newsroom]
    assert "warning: " in run_here(*line, "--credited-as", "Reuters").err
    assert "warning: " not in run_here(*line, "--credited-as", "Yonhap").err


def test_a_chain_with_an_unknown_name_suggests_the_near_one(newsroom: str) -> None:
    before = size(newsroom)
    found = run_here("attribute", "sent troops", "--chain", "Uniann < Yonhap", "--ledger", newsroom)
    assert found.code == 3
    assert "did you mean unian (UNIAN)?" in found.err
    assert size(newsroom) == before


def test_claims_are_related_once(newsroom: str) -> None:
    more = ["claim", "add", "--text", "en=More than 10,000 soldiers", "--type", "quantity", "--unit", "soldiers"]
    assert run_here(*more, "--hedge", "more_than", "--low", "10000", "--ledger", newsroom).code == 0
    line = ["claim", "relate", "More than", "entails", "sent troops", "--json", "--ledger", newsroom]
    first, second = run_here(*line).json, run_here(*line).json
    assert first[0]["record_id"] == second[0]["record_id"]
    assert (first[0]["already_on_record"], second[0]["already_on_record"]) == (False, True)


def test_a_correction_takes_a_record_back_and_affected_says_who_rests_on_it(newsroom: str) -> None:
    made = ids(run_here("attribute", "sent troops", *CHAIN, *WHERE, "--json", "--ledger", newsroom))
    told = run_here("affected", made[3], "--json", "--ledger", newsroom).json
    assert {one["speaker"] for one in told["statements"]} >= {"unian", "yonhap"}
    assert run_here("correct", made[3], "--reason", "misread", "--ledger", newsroom).code == 0
    assert run_here("show", made[3], "--json", "--ledger", newsroom).json["state"] == "corrected"


def test_a_correction_may_bring_what_stands_in_its_place(newsroom: str, tmp_path: Path) -> None:
    made = ids(run_here("attribute", "sent troops", *CHAIN, *WHERE, "--json", "--ledger", newsroom))
    (tmp_path / "better.yaml").write_text(
        'dossier: 1\ndocuments:\n  - {id: d, publisher: unian, url: "https://unian.example/2", published_at: 2025-04-28}\n'
    )
    assert run_here("correct", made[0], "--reason", "moved", "--with", "better.yaml", "--ledger", newsroom).code == 0
    view = run_here("show", made[0], "--json", "--ledger", newsroom).json
    correction = run_here("show", view["corrected_by"], "--json", "--ledger", newsroom).json["record"]
    assert run_here("show", correction["replaced_by"], "--json", "--ledger", newsroom).json["record"]["url"].endswith("/2")


def test_a_report_is_corrected_by_a_dossier_that_names_its_claim_by_words(newsroom: str, tmp_path: Path) -> None:
    made = ids(run_here("attribute", "sent troops", *CHAIN, *WHERE, "--json", "--ledger", newsroom))
    claim = run_here("claim", "list", "--json", "--ledger", newsroom).json["claims"][0]["id"]
    for name in ("sent troops", claim[7:20], claim[:20]):
        report = (
            f'  - {{claim: "{name}", chain: [unian, yonhap], published_at: 2025-04-29, act: reports, said_at: 2025-04-28}}\n'
        )
        (tmp_path / "better.yaml").write_text("dossier: 1\nreports:\n" + report)
        line = ["correct", made[1], "--reason", "misread", "--with", "better.yaml", "--dry-run", "--ledger", newsroom]
        found = run_here(*line)
        assert found.code == 0, found.err
        assert "is the claim on record: North Korea sent troops" in found.err
    assert run_here(*(word for word in line if word != "--dry-run")).code == 0
    correction = run_here("show", made[1], "--json", "--ledger", newsroom).json["corrected_by"]
    replacement = run_here("show", correction, "--json", "--ledger", newsroom).json["record"]["replaced_by"]
    assert run_here("show", replacement, "--json", "--ledger", newsroom).json["record"]["speaker"] == "unian"


def test_a_replacement_without_a_statement_of_the_same_speaker_is_refused(newsroom: str, tmp_path: Path) -> None:
    made = ids(run_here("attribute", "sent troops", *CHAIN, *WHERE, "--json", "--ledger", newsroom))
    report = '  - {claim: "sent troops", chain: [yonhap], published_at: 2025-04-29}\n'
    (tmp_path / "better.yaml").write_text("dossier: 1\nreports:\n" + report)
    found = run_here("correct", made[1], "--reason", "misread", "--with", "better.yaml", "--ledger", newsroom)
    assert found.code == 5
    assert "brings no new statement of unian" in found.err


def test_words_in_an_imported_dossier_name_no_claim_on_record(newsroom: str) -> None:
    text = 'dossier: 1\nreports:\n  - {claim: "sent troops", chain: [yonhap], published_at: 2025-04-29}\n'
    found = run_here("import", "-", "--ledger", newsroom, stdin=text.encode())
    assert found.code == 5
    assert "claim: found 'sent troops', which this dossier does not define" in found.err


def test_who_corrects_a_second_time_is_told_of_the_first(newsroom: str) -> None:
    made = ids(run_here("attribute", "sent troops", *CHAIN, *WHERE, "--json", "--ledger", newsroom))
    line = ["correct", made[1], "--ledger", newsroom, "--reason"]
    assert "warning: " not in run_here(*line, "misread").err
    assert "warning: this was corrected on record before: misread" in run_here(*line, "misheard").err


def test_what_an_attribution_leaves_open_is_said_and_what_it_moves_is_shown(newsroom: str) -> None:
    bare = run_here("attribute", "sent troops", "--chain", "Unian < Yonhap", "--dry-run", "--ledger", newsroom)
    assert "no --act: yonhap reports it, as recorded" in bare.err
    assert "no --at: when yonhap said it is not on record, nor when anybody could read it" in bare.err
    whole = run_here("attribute", "sent troops", *CHAIN, *WHERE, "--ledger", newsroom)
    assert "no --a" not in whole.err
    assert "no reports -> not enough" in whole.out
    assert "  stays not enough" in run_here("source", "rate", "kcna", "B", "--ledger", newsroom).out


def test_nobody_has_it_from_themselves(newsroom: str) -> None:
    before = size(newsroom)
    found = run_here("attribute", "sent troops", "--chain", "Unian < unian", "--act", "reports", "--ledger", newsroom)
    assert (found.code, size(newsroom)) == (2, before)
    assert "unian twice in a row" in found.err


def test_who_cites_what_is_said_later_is_warned_of(newsroom: str) -> None:
    line = ["attribute", "sent troops", *CHAIN, *WHERE, "--dry-run", "--ledger", newsroom]
    early = [word.replace("2025-04-28T06:00:00Z", "2025-04-27") for word in line]
    wanted = "unian, dated 2025-04-27, cites kcna, dated later, 2025-04-28"
    assert "dated later" not in run_here(*line).err
    assert f"warning: {wanted}" in run_here(*early).err
    text = "dossier: 1\nclaims:\n  - {id: c, type: event, text: {en: It rains}}\nreports:\n"
    text += "  - {claim: c, chain: [unian, kcna], published_at: 2025-04-27, said_at: 2025-04-28}\n"
    for more in (["--dry-run"], []):
        found = run_here("import", "-", *more, "--ledger", newsroom, stdin=text.encode())
        assert "warning: line 5: unian, dated 2025-04-27, cites kcna, dated later, 2025-04-28" in found.err


def test_a_withheld_record_is_not_shown(newsroom: str) -> None:
    made = ids(run_here("attribute", "sent troops", *CHAIN, *WHERE, "--json", "--ledger", newsroom))
    assert run_here("withhold", made[0], "--basis", "court order", "--authority", "a court", "--ledger", newsroom).code == 0
    found = run_here("show", made[0], "--ledger", newsroom)
    assert (found.code, found.out) == (3, "")
    assert "court order" in found.err
    assert run_here("log", "fsck", "--ledger", newsroom).code == 0


def test_keys_are_enrolled_rotated_and_revoked(fresh: str) -> None:
    claim = ["claim", "add", "--ledger", fresh]
    bob = run_here("key", "new", "bob.pem").out.strip()
    assert run_here(*claim, "--text", "en=one", "--key", "bob.pem").code == 4
    assert run_here("key", "enroll", bob, "--subject", "bob", "--role", "contributor", "--ledger", fresh).code == 0
    assert run_here(*claim, "--text", "en=one", "--key", "bob.pem").code == 0
    next_bob = run_here("key", "new", "bob2.pem", "--json").json["did"]
    assert run_here("key", "rotate", bob, next_bob, "--ledger", fresh).code == 0
    assert run_here(*claim, "--text", "en=two", "--key", "bob.pem").code == 4
    assert run_here(*claim, "--text", "en=two", "--key", "bob2.pem").code == 0
    assert run_here("key", "revoke", next_bob, "--reason", "left", "--ledger", fresh).code == 0
    assert run_here(*claim, "--text", "en=three", "--key", "bob2.pem").code == 4


def test_a_revoked_key_is_told_since_when_and_why(fresh: str) -> None:
    bob = run_here("key", "new", "bob.pem").out.strip()
    assert run_here("key", "enroll", bob, "--subject", "bob", "--ledger", fresh).code == 0
    assert "warning: " not in run_here("key", "revoke", bob, "--reason", "left", "--ledger", fresh).err
    found = run_here("claim", "add", "--text", "en=one", "--key", "bob.pem", "--ledger", fresh)
    assert found.code == 4
    assert f"{bob} was revoked on 20" in found.err
    assert ": left" in found.err


def test_who_revokes_the_key_in_hand_is_warned(fresh: str) -> None:
    own = run_here("key", "list", "--json", "--ledger", fresh).json["keys"][0]["did"]
    assert "warning: this is the key that you sign with" in run_here("key", "revoke", own, "--dry-run", "--ledger", fresh).err


def test_a_role_that_is_none_is_refused_with_those_that_are(fresh: str) -> None:
    bob = run_here("key", "new", "bob.pem").out.strip()
    found = run_here("key", "enroll", bob, "--subject", "bob", "--role", "boss", "--ledger", fresh)
    assert (found.code, found.err) == (5, "error: found the role 'boss', wanted contributor, editor, admin, issuer\n")


def test_what_to_do_next_names_the_folder_of_keys_too(tmp_path: Path) -> None:
    found = run_here("init", "--ledger", "a.db", "--keys", "safe")
    assert "next: onrecord import DOSSIER --ledger a.db --keys safe, or onrecord serve --ledger a.db --keys safe" in found.err
    assert run_here("init", "--ledger", "b.db", "--keys", str(tmp_path / "none")).code == 0
    (tmp_path / "none" / "admin.pem").unlink()
    missing = run_here("claim", "add", "--text", "en=x", "--ledger", "b.db", "--keys", "none")
    assert missing.code == 4
    assert "--keys or ONRECORD_KEYS" in missing.err


def test_a_contributor_may_not_enrol_anybody(fresh: str) -> None:
    bob = run_here("key", "new", "bob.pem").out.strip()
    assert run_here("key", "enroll", bob, "--subject", "bob", "--ledger", fresh).code == 0
    eve = run_here("key", "new", "eve.pem").out.strip()
    assert run_here("key", "enroll", eve, "--subject", "eve", "--key", "bob.pem", "--ledger", fresh).code == 4


def test_a_key_may_come_from_the_environment(fresh: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEM", (Path(f"{fresh}.keys") / "alice.pem").read_text())
    assert run_here("claim", "add", "--text", "en=one", "--key", "env:PEM", "--ledger", fresh).code == 0
    monkeypatch.setenv("ONRECORD_KEY", "env:PEM")
    assert run_here("claim", "add", "--text", "en=two", "--ledger", fresh).code == 0


def test_the_keys_of_a_ledger_are_listed_with_what_they_may_do(fresh: str) -> None:
    [key] = run_here("key", "list", "--json", "--ledger", fresh).json["keys"]
    assert (key["subject"], key["roles"]) == ("alice", ["contributor", "editor", "admin"])


def test_importing_twice_adds_nothing(mine: str) -> None:
    before = size(mine)
    again = run_here("import", str(EXAMPLE), "--json", "--ledger", mine).json
    assert again["new"] == 0
    assert set(again["claims"]) >= {"troops-sent", "over-10000"}
    assert size(mine) == before


def test_a_dossier_comes_from_stdin_too(fresh: str) -> None:
    found = run_here("import", "-", "--json", "--ledger", fresh, stdin=EXAMPLE.read_bytes())
    assert found.json["new"] == found.json["records"] > 100


def test_a_dossier_with_bad_lines_stores_nothing_and_names_each(fresh: str) -> None:
    claims = ["  - {id: a, type: event, text: {en: x}, colour: red}", "  - {id: b, type: nonsense, text: {en: y}}"]
    text = "\n".join(["dossier: 1", "claims:", *claims, ""])
    before = size(fresh)
    found = run_here("import", "-", "--ledger", fresh, stdin=text.encode())
    assert found.code == 5
    assert "line 3: " in found.err
    assert "line 4: " in found.err
    assert size(fresh) == before


def test_a_dry_run_of_an_import_stores_nothing(fresh: str) -> None:
    before = size(fresh)
    found = run_here("import", str(EXAMPLE), "--dry-run", "--ledger", fresh)
    assert (found.code, "nothing was stored" in found.err) == (0, True)
    assert "new: " in found.out
    assert all(len(line) <= 80 for line in found.out.splitlines() if "https://" not in line)
    rows = [" ".join(line.split()[1:]) for line in found.out.splitlines()]
    assert "attribution harbour-times < yonhap, cites" in rows
    assert any(row.startswith("statement dprk confirms: North Korea sent") for row in rows)
    assert "source kremlin: The Kremlin" in rows
    assert size(fresh) == before


def test_a_commitment_shows_nothing_and_fits_what_is_imported_later(fresh: str) -> None:
    [committed] = run_here("commit", str(EXAMPLE), "--json", "--ledger", fresh).json
    before = size(fresh)
    record = run_here("show", committed["record_id"], "--json", "--ledger", fresh).json["record"]
    assert run_here("import", str(EXAMPLE), "--ledger", fresh).code == 0
    imported = sorted(_record_ids(fresh)[before:])
    assert record == {"kind": "commitment", "digest": digest(canonical_bytes(imported))}


def _record_ids(target: str) -> list[str]:
    """The id of every record in the log, as its own tiles have them."""
    ledger = open_ledger(target)
    try:
        packed = ledger.tile(entries_path(0, ledger.health().size))
    finally:
        ledger.close()
    envelopes = [parse_json(entry, max_bytes=1 << 20) for entry in parse_entries(packed)]
    return [digest(parse_base64(envelope["payload"])) for envelope in envelopes]


def signed_lines(target: str, count: int) -> list[str]:
    signer = load_signer(Path(f"{target}.keys") / "alice.pem")
    records = [ClaimRecord(kind="claim", type="event", text={"en": f"event {number}"}) for number in range(count)]
    return [sign_record(record, signer).envelope.model_dump_json() for record in records]


def test_signed_lines_are_added_in_batches_and_again_from_where_it_stopped(fresh: str, tmp_path: Path) -> None:
    lines = signed_lines(fresh, 1_300)
    before = size(fresh)
    bad = json.loads(lines[1_150])
    bad["signatures"][0]["sig"] = bad["signatures"][0]["sig"][::-1].replace("=", "A")[:86] + "=="
    broken = [*lines[:1_150], "", json.dumps(bad), *lines[1_151:]]
    (tmp_path / "r.jsonl").write_text("\n".join(broken) + "\n")
    found = run_here("import", "r.jsonl", "--format", "jsonl", "--ledger", fresh)
    assert found.code in (4, 5)
    assert "line 1152: " in found.err
    assert size(fresh) == before + 1_000
    again = run_here("import", "-", "--format", "jsonl", "--json", "--ledger", fresh, stdin="\n".join(lines).encode()).json
    assert again == {"records": 1_300, "new": 300, "already_on_record": 1_000}


def test_a_dry_run_of_lines_checks_what_rests_on_lines_far_above(fresh: str, tmp_path: Path) -> None:
    signer = load_signer(Path(f"{fresh}.keys") / "alice.pem")
    claims = [ClaimRecord(kind="claim", type="event", text={"en": f"event {number}"}) for number in range(1_001)]
    late = ClaimRelationRecord(
        kind="claim_relation", subject=record_id(claims[0]), relation="entails", object=record_id(claims[1])
    )
    lines = [sign_record(record, signer).envelope.model_dump_json() for record in [*claims, late]]
    (tmp_path / "r.jsonl").write_text("\n".join(lines))
    before = size(fresh)
    found = run_here("import", "r.jsonl", "--format", "jsonl", "--dry-run", "--ledger", fresh)
    assert (found.code, found.out) == (0, "1002 records, 1002 new\n")
    assert found.err.endswith("dry run: nothing was stored\n")
    assert size(fresh) == before


def test_a_line_that_is_no_record_is_named(fresh: str) -> None:
    found = run_here(
        "import", "-", "--format", "jsonl", "--ledger", fresh, stdin=signed_lines(fresh, 1)[0].encode() + b"\n{}\n"
    )
    assert found.code == 5
    assert found.err.startswith("error: line 2: ")


def test_one_writes_to_a_ledger_elsewhere_with_the_same_commands(fresh: str) -> None:
    keys = f"{fresh}.keys"
    with serving(fresh) as address:
        there = ["--ledger", address, "--keys", keys]
        assert run_here("import", str(EXAMPLE), "--json", *there).json["new"] > 100
        assert run_here("source", "rate", "yonhap", "A", *there).code == 0
        assert run_here("source", "rate", "yonhapp", "A", *there).code == 3
        trust = run_here("log", "keys", "--ledger", address).out.split()[0]
        assert run_here("claim", "add", "--text", "en=hello", "--trust", trust, *there).code == 0
        refused = run_here("claim", "add", "--text", "en=hello again", "--trust", trust.replace("+", "x+", 1), *there)
        assert refused.code in (5, 7)
    assert run_here("source", "show", "yonhap", "--json", "--ledger", fresh).json["letter"] == "A"


def test_the_same_commands_work_on_every_database(database: str, tmp_path: Path) -> None:
    here = ["--ledger", database, "--keys", str(tmp_path / "keys")]
    assert run_here("init", *here).code == 0
    assert run_here("init", *here).code == 8
    assert run_here("db", "upgrade", *here).code == 0
    assert run_here("import", str(EXAMPLE), "--json", *here).json["new"] > 100
    report = run_here("score", "sent troops", "--json", *here).json
    assert report["headline"] == "corroborated"
    assert run_here("log", "fsck", *here).code == 0
    assert run_here("log", "reindex", *here).code == 0
    assert run_here("score", "sent troops", "--json", *here).json == report


def test_a_password_of_a_database_is_not_printed(tmp_path: Path) -> None:
    found = run_here("init", "--ledger", "postgresql://me:hush@127.0.0.1:9/x", "--keys", str(tmp_path / "keys"))
    assert found.code == 1
    assert "hush" not in found.out + found.err


def test_a_test_log_has_keys_and_no_people() -> None:
    made = run_here("init", "--test-log", "--json").json
    assert made["origin"].startswith("test.")
    assert made["admin"] is None
    assert len(run_here("log", "keys").out.splitlines()) == 3


@pytest.mark.parametrize(
    "done,line",
    [
        ((0, 0, None, 0.001), "0 records, 0 a second"),
        ((1_000, 650_000, None, 0.5), "1,000 records, 2,000 a second"),
        ((1_000, 650_000, 65_000_000, 0.5), "1,000 records, 2,000 a second, 1 %, 50 s left"),
        ((5_000_000, 10**10, 10**12, 2_500.0), "5,000,000 records, 2,000 a second, 1 %, 68.8 h left"),
    ],
)
def test_an_import_says_how_much_is_left(done: tuple[int, int, int | None, float], line: str) -> None:
    assert progress_line(*done) == line
    assert len(line) < 79
