"""Suspected copies as they are read and answered on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import run_here
from tests.core.test_copies import EDITED, REWRITTEN, TEXT

DOSSIER = f"""dossier: 1
sources:
  - {{id: courier, type: outlet, names: {{en: The Border Courier}}, reliability: B}}
  - {{id: gazette, type: outlet, names: {{en: Evening Gazette}}, reliability: B}}
  - {{id: herald, type: outlet, names: {{en: Northern Herald}}, reliability: C}}
claims:
  - {{id: crates, type: event, text: {{en: Crates were unloaded at the border}}}}
documents:
  - {{id: d1, publisher: courier, url: "https://courier.example/1", published_at: "2025-05-01"}}
  - {{id: d2, publisher: gazette, url: "https://gazette.example/1", published_at: "2025-05-02"}}
  - {{id: d3, publisher: herald, url: "https://herald.example/1", published_at: "2025-05"}}
reports:
  - {{claim: crates, chain: [courier], act: reports, basis: witnessed, document: d1, quote: {{exact: "{TEXT}"}}}}
  - {{claim: crates, chain: [gazette], act: reports, basis: witnessed, document: d2, quote: {{exact: "{EDITED}"}}}}
  - {{claim: crates, chain: [herald], act: reports, basis: witnessed, document: d3, quote: {{exact: "{REWRITTEN}"}}}}
"""


@pytest.fixture
def desk(fresh: str, tmp_path: Path) -> str:
    (tmp_path / "crates.yaml").write_text(DOSSIER)
    assert run_here("import", "crates.yaml", "--ledger", fresh).code == 0
    return fresh


def pair(desk: str) -> tuple[str, str]:
    [hop] = run_here("copies", "crates", "--json", "--ledger", desk).json["supposing"]
    return hop["from"], hop["to"]


def score(desk: str) -> dict[str, object]:
    found: dict[str, object] = run_here("score", "crates", "--json", "--ledger", desk).json
    return found


def test_the_note_shows_suspected_copies_beside_the_score_and_does_not_apply_them(desk: str) -> None:
    note = run_here("score", "crates", "--ledger", desk).out
    section = " ".join(note.partition("Suspected copies (not applied)")[2].split())
    assert section.startswith("Evening Gazette (2025-05-02) is in nearly the same words as The Border Courier (2025-05-01)")
    assert "if they were one origin: corroborated .90, 2 origins for, 0 against" in section
    assert "as recorded: corroborated .97, 3 origins for, 0 against" in section
    assert "3 independent origins for" in note.partition("Suspected")[0]
    assert "copies" not in run_here("score", "crates", "--json", "--ledger", desk).out


def test_copies_show_the_words_what_they_share_and_what_to_do(desk: str) -> None:
    shown = run_here("copies", "crates", "--ledger", desk)
    text = " ".join(shown.out.split())
    assert (shown.code, shown.err) == (0, "")
    assert "3 statements speak to the claim, 3 with words to compare" in text
    assert TEXT in text
    assert EDITED in text
    assert REWRITTEN not in text
    assert "its quote shares 65% with the quote of The Border Courier" in text
    below, above = (name[7:19] for name in pair(desk))
    assert f"onrecord attribute --from {below} --to {above} --mode republishes --ledger {desk}" in text
    assert f"onrecord attribute --from {below} --to {above} --mode not_from --ledger {desk}" in text


def test_the_commands_that_are_shown_do_what_they_say(desk: str) -> None:
    suspected = run_here("copies", "crates", "--json", "--ledger", desk).json
    shown = run_here("copies", "crates", "--ledger", desk).out.splitlines()
    copied, apart = (line.split()[1:] for line in shown if "onrecord attribute" in line)
    assert run_here(*copied, "--dry-run").out.count("corroborated .97 -> corroborated .90") == 1
    told = run_here(*apart, "--note", "its own correspondent was there")
    assert told.code == 0
    after = run_here("copies", "crates", "--json", "--ledger", desk).json
    assert (after["groups"], after["now"]) == ([], suspected["now"])
    assert "Suspected" not in run_here("score", "crates", "--ledger", desk).out
    assert "nothing looks copied" in run_here("copies", "crates", "--ledger", desk).out
    assert run_here(*copied).code == 0
    assert score(desk)["probability"] == suspected["if_one"]["probability"]


def test_a_hop_between_records_is_found_later_and_its_note_sealed(desk: str) -> None:
    below, above = pair(desk)
    line = ["attribute", "--from", below, "--to", above, "--mode", "republishes", "--known-from", "2025-06-01"]
    [made] = run_here(*line, "--note", "the editor said so", "--json", "--ledger", desk).json
    view = run_here("show", made["record_id"], "--json", "--ledger", desk).json
    assert view["record"]["note"] == "the editor said so"
    assert len(view["openings"]) == 1
    assert (view["record"]["standing"], view["record"]["known_from"]) == ("found_later", "2025-06-01")
    assert score(desk)["origins"] == {"for": 2, "against": 0}
    [again] = run_here(*line, "--note", "the editor said so", "--json", "--ledger", desk).json
    assert again["already_on_record"]


def test_a_hop_may_lead_to_a_document(desk: str) -> None:
    below, above = pair(desk)
    document = run_here("show", above, "--json", "--ledger", desk).json["record"]["document"]
    assert run_here("attribute", "--from", below, "--to", document, "--mode", "not_from", "--ledger", desk).code == 0
    assert run_here("copies", "crates", "--json", "--ledger", desk).json["groups"] == []


@pytest.mark.parametrize(
    "line,code,words",
    [
        ("--from {below} --to {above}", 2, "one --mode"),
        ("--from {below} --mode cites", 2, "needs --from, --to"),
        ("--to {above} --mode cites", 2, "needs --from, --to"),
        ("--from {below} --to {above} --mode cites --mode relays", 2, "one --mode"),
        ("crates --from {below} --to {above} --mode cites", 2, "only what describes the hop"),
        ("--from {below} --to {above} --mode cites --act confirms", 2, "only what describes the hop"),
        ("--from {claim} --to {above} --mode cites", 2, "is a claim, wanted a statement"),
        ("--from {below} --to {claim} --mode cites", 2, "wanted a statement or document"),
        ("--from {below} --to {below} --mode cites", 5, "itself"),
        ("--from {below} --to {above} --mode copies", 5, "not_from"),
        ("--from {below} --to 00000000 --mode cites", 3, "00000000"),
        ("crates --chain courier --note x", 2, "--note describe"),
    ],
)
def test_a_hop_that_makes_no_sense_is_refused(desk: str, line: str, code: int, words: str) -> None:
    below, above = pair(desk)
    claim = run_here("claim", "list", "--json", "--ledger", desk).json["claims"][0]["id"]
    found = run_here("attribute", *line.format(below=below, above=above, claim=claim).split(), "--ledger", desk)
    assert found.code == code
    assert words in found.err
    assert ("hint: " in found.err) == (code == 2)


def test_many_copies_are_summed_up_beside_the_score_and_listed_in_full(fresh: str, tmp_path: Path) -> None:
    slugs = [f"paper-{number}" for number in range(12)]
    items = {
        "dossier": 1,
        "sources": [{"id": slug, "type": "outlet", "names": {"en": slug.title()}} for slug in slugs],
        "claims": [{"id": "crates", "type": "event", "text": {"en": "Crates were unloaded at the border"}}],
        "documents": [{"id": f"d-{slug}", "publisher": slug, "published_at": "2025-05-01", "title": TEXT} for slug in slugs],
        "reports": [{"claim": "crates", "chain": [slug], "act": "reports", "document": f"d-{slug}"} for slug in slugs],
    }
    (tmp_path / "many.yaml").write_text(json.dumps(items))
    assert run_here("import", "many.yaml", "--ledger", fresh).code == 0
    note, listed = (" ".join(run_here(command, "crates", "--ledger", fresh).out.split()) for command in ("score", "copies"))
    assert "and 5 more are in nearly the same words as Paper-0" in note
    assert "if they were one origin: not enough, 1 origin for, 0 against; as recorded: not enough, 12 origins" in note
    assert all(f"Paper-{number} (2025-05-01)" in listed for number in range(12))
    assert listed.count("which came first is not on record") == 11
    assert "and so on for 7 more pairs" in listed


def test_a_claim_with_nothing_to_compare_says_so(example: str, troops: str) -> None:
    shown = run_here("copies", troops, "--ledger", example).out
    assert "nothing looks copied that the record does not explain" in shown
    assert "statements speak to the claim" in shown


def test_no_copies_of_a_claim_that_is_not_there(fresh: str) -> None:
    assert run_here("copies", "0" * 64, "--ledger", fresh).code == 3
