"""What the command line answers about the running example, to programs and to people."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel, TypeAdapter

from schemas.affected import Affected
from schemas.bundle import Verification
from schemas.copies import Copies
from schemas.corroboration import ChainView, Report
from schemas.health import FsckResult
from schemas.history import History
from schemas.log import CheckpointView, ConsistencyProof, Receipt
from schemas.lookups import CheckResult, ClaimList, ClaimView, RecordView, SourceList, SourceView
from tests.cli.conftest import REPOSITORY, run_here, serving

SHAPES: list[tuple[str, type[BaseModel]]] = [
    ("claim list", ClaimList),
    ("search troops", ClaimList),
    ("claim show {troops}", ClaimView),
    ("source list", SourceList),
    ("source show yonhap", SourceView),
    ("source show dprk --until 2024-10-30 --clock public --as-of 2030-01-01", SourceView),
    ("show {troops}", RecordView),
    ("show yonhap", RecordView),
    ("score {troops}", Report),
    ("score {troops} --until 2024-10-30 --clock public --without source:yonhap --without country:RU --base-rate .3", Report),
    ("chain {troops} --until 2025-01", ChainView),
    ("history {troops}", History),
    ("history {troops} --by world --until 2024-10 --clock public --without country:UA --base-rate .3", History),
    ("claim show {troops} --until 2024-10-30 --clock public --without source:yonhap", ClaimView),
    ("copies {troops} --until 2025-01", Copies),
    ("affected yonhap", Affected),
    ("log checkpoint", CheckpointView),
    ("log prove {troops}", Receipt),
    ("log consistency 2", ConsistencyProof),
]


@pytest.mark.parametrize("line, shape", SHAPES)
def test_json_is_in_the_shape_of_the_api(line: str, shape: type[BaseModel], example: str, troops: str) -> None:
    found = run_here(*line.format(troops=troops).split(), "--json", "--ledger", example)
    assert (found.code, found.err) == (0, "")
    read = shape.model_validate_json(found.out)
    assert read.model_dump_json(by_alias=True) == found.out.rstrip("\n")


@pytest.mark.parametrize(
    "line",
    [line for line, _ in SHAPES]
    + ["log keys", "log prove {troops} --format tlog-proof", "export {troops}", "export {troops} --format score"],
)
@pytest.mark.parametrize("form", ["people", "programs"])
def test_a_ledger_elsewhere_answers_the_same(line: str, form: str, example: str, served: str, troops: str) -> None:
    words = line.format(troops=troops).split() + (["--json"] if form == "programs" else [])
    assert run_here(*words, "--ledger", served) == run_here(*words, "--ledger", example)


@pytest.mark.parametrize(
    "line", ["show 00000000", "score nonsense", "source show yonhapp", "log consistency 7", "score {troops} --as-of 7"]
)
def test_errors_elsewhere_are_the_same_errors(line: str, example: str, served: str, troops: str) -> None:
    words = line.format(troops=troops).split()
    near, far = run_here(*words, "--ledger", example), run_here(*words, "--ledger", served)
    assert far == near
    assert near.code != 0


@pytest.mark.parametrize(
    "line", ["score {troops}", "claim list", "chain {troops}", "export {troops}", "log checkpoint", "log keys"]
)
def test_nothing_is_read_from_a_ledger_that_the_trusted_key_did_not_sign(
    line: str, example: str, fresh: str, served: str, troops: str
) -> None:
    words = [*line.format(troops=troops).split(), "--ledger", served, "--trust"]
    own, foreign = (run_here("log", "keys", "--ledger", target).out.split()[0] for target in (example, fresh))
    assert run_here(*words, own).code == 0
    refused = run_here(*words, foreign)
    assert (refused.code, refused.out) == (7, "")


READ_BY_PEOPLE = ["score {troops}", "score {troops} --why", "score {troops} --until 2024-10-30", "chain {troops}", "doctor"]
READ_BY_PEOPLE += ["claim list", "claim show {troops}", "source list", "source show yonhap", "show {troops}", "affected yonhap"]
READ_BY_PEOPLE += ["log prove {troops}", "copies {troops}", "source show dprk"]
READ_BY_PEOPLE += ["history {troops}", "history {troops} --until 2024-10-30 --clock public"]


@pytest.mark.parametrize("line", READ_BY_PEOPLE)
def test_what_people_read_fits_80_columns(line: str, example: str, troops: str) -> None:
    found = run_here(*line.format(troops=troops).split(), "--ledger", example)
    assert found.code == 0
    whole_words = [text for text in found.out.splitlines() if " " in text.strip() and "did:key" not in text and "/" not in text]
    assert max(len(text) for text in whole_words) <= 80
    assert "\x1b" not in found.out


def test_the_example_reads_as_it_should(example: str, troops: str) -> None:
    note = run_here("score", troops, "--ledger", example).out
    assert "CORROBORATED" in note
    assert "changed position: North Korea" in note
    assert "acknowledged: " in note
    assert "Russia" in note.partition("acknowledged: ")[2].partition("changed position")[0]
    assert "North Korea denies it (2024-10-22)" in note
    assert "Origins against" not in note


def test_a_root_that_speaks_for_another_says_so_and_roots_of_one_origin_stand_together(example: str, troops: str) -> None:
    roots = [line for line in run_here("chain", troops, "--ledger", example).out.splitlines()[3:] if line[:1].isupper()]
    assert any(line.startswith("The Kremlin, for Russia  confirms") for line in roots)
    named = ["North Korea" if "for North Korea" in line else line.partition("  ")[0] for line in roots]
    places = [place for place, name in enumerate(named) if name == "North Korea"]
    assert len(places) == 4
    assert places == list(range(places[0], places[0] + 4))


def test_what_rests_on_a_source_stands_under_its_claim_each_place_once(example: str) -> None:
    shown = run_here("affected", "yonhap", "--ledger", example).out
    assert all(len(line) <= 80 for line in shown.splitlines())
    for paragraph in shown.strip().split("\n\n")[1:]:
        lines = paragraph.splitlines()
        assert "without it" in " ".join(lines)
        places = [line for line in lines if "://" in line]
        assert len(places) == len(set(places))


def test_where_no_number_is_to_be_shown_none_is(example: str, troops: str) -> None:
    line = ["score", troops, "--until", "2024-10-30", "--ledger", example]
    report = Report.model_validate_json(run_here(*line, "--json").out)
    assert not report.showable
    note = run_here(*line).out
    assert "too thin" in note
    assert "log odds" not in note
    assert report.words not in note
    assert "log odds" in run_here(*line, "--why").out


def test_the_parts_sum_to_the_score(example: str, troops: str) -> None:
    report = run_here("score", troops, "--json", "--ledger", example).json
    parts = [report["base"], *(row["contribution"] for row in report["contributions"])]
    assert math.fsum(parts) == pytest.approx(report["log_odds"], abs=1e-12)


def test_the_chain_shows_origin_and_relays(example: str, troops: str) -> None:
    tree = run_here("chain", troops, "--ledger", example).out
    assert "National Intelligence Service  asserts" in tree
    assert "├─ Yonhap News Agency" in tree or "└─ Yonhap News Agency" in tree


def test_a_bundle_is_verified_with_keys_from_elsewhere(example: str, troops: str, tmp_path: Path) -> None:
    assert run_here("export", troops, "-o", "b.json", "--ledger", example).code == 0
    log_key, post_quantum_key, issuer = run_here("log", "keys", "--ledger", example).out.split()
    for trust in (
        ["--trust", log_key],
        ["--trust", log_key, "--trust", post_quantum_key],
        ["--trust", issuer, "--issuer-only"],
    ):
        assert run_here("verify", "b.json", *trust).code == 0
    shown = run_here("verify", "b.json", "--trust", log_key)
    assert "result: ok" in shown.out
    assert "the ledger's second log key, with --trust, would prove it" in " ".join(shown.out.split())
    assert all(len(line) <= 80 for line in shown.out.splitlines() if line.startswith("claim "))
    assert Verification.model_validate_json(run_here("verify", "b.json", "--trust", log_key, "--json").out).result == "ok"
    assert run_here("verify", "-", "--trust", log_key, stdin=Path("b.json").read_bytes()).code == 0


def test_a_bundle_that_is_not_to_be_believed_says_why(example: str, troops: str) -> None:
    assert run_here("export", troops, "-o", "b.json", "--ledger", example).code == 0
    log_key, _, issuer = run_here("log", "keys", "--ledger", example).out.split()
    whole = Path("b.json").read_bytes()
    untrusted = run_here("verify", "b.json")
    assert (untrusted.code, "hint: --trust" in untrusted.err) == (7, True)
    assert "headline" not in untrusted.out
    assert "probability" not in untrusted.out
    assert run_here("verify", "b.json", "--trust", issuer).code == 7
    assert run_here("verify", "-", "--trust", log_key, stdin=whole[:-20]).code == 5
    assert run_here("verify", "-", "--trust", log_key, stdin=b"").code == 5
    sig = whole.index(b'"sig":"') + 8
    flipped = whole[:sig] + (b"A" if whole[sig : sig + 1] != b"A" else b"B") + whole[sig + 1 :]
    found = run_here("verify", "-", "--trust", log_key, stdin=flipped)
    assert found.code == 6
    assert found.err.startswith("error: verification failed, do not trust it: step 3")


def test_a_bundle_for_a_folder_that_is_not_there_is_refused_by_the_folders_name(example: str, troops: str) -> None:
    found = run_here("export", troops, "-o", "nowhere/b.json", "--ledger", example)
    assert found.code == 3
    assert found.err.startswith("error: no folder nowhere for b.json")


def test_a_bundle_is_held_against_the_whole_log(example: str, served: str, troops: str) -> None:
    assert run_here("export", troops, "-o", "b.json", "--ledger", example).code == 0
    log_key = run_here("log", "keys", "--ledger", example).out.split()[0]
    found = run_here("verify", "b.json", "--trust", log_key, "--log", served, "--json")
    assert found.code == 0
    assert [step["name"] for step in found.json["steps"]][-2:] == ["log", "completeness"]


def test_the_log_of_another_ledger_does_not_vouch_for_a_bundle(example: str, fresh: str, troops: str) -> None:
    assert run_here("export", troops, "-o", "b.json", "--ledger", example).code == 0
    log_key = run_here("log", "keys", "--ledger", example).out.split()[0]
    with serving(fresh) as elsewhere:
        assert run_here("verify", "b.json", "--trust", log_key, "--log", elsewhere).code in (6, 7)


def test_fsck_finds_nothing_and_reindex_changes_nothing(mine: str, troops: str) -> None:
    before = run_here("score", troops, "--json", "--ledger", mine)
    assert run_here("log", "reindex", "--ledger", mine).code == 0
    assert run_here("score", troops, "--json", "--ledger", mine) == before
    checked = FsckResult.model_validate_json(run_here("log", "fsck", "--json", "--ledger", mine).out)
    assert (checked.faults, checked.entries) == ([], checked.size)


def test_the_server_stops_in_order_when_told_to(example: str) -> None:
    server = serving(example)
    with server as address:
        assert run_here("log", "keys", "--ledger", address).code == 0
    assert server.code == 0


def test_a_port_in_use_is_one_clear_error(example: str, served: str) -> None:
    port = served.rpartition(":")[2]
    found = run_here("serve", "--ledger", example, "--port", port)
    assert found.code == 8
    assert "hint: --port names another" in found.err


def test_errors_break_at_words_on_a_terminal_and_nowhere_else(example: str) -> None:
    command = f"{sys.executable} -m ledger.cli source show yonhapp --ledger {example}"
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "COLUMNS": "42"}
    shown = subprocess.run(
        ["script", "-qec", command, "/dev/null"], capture_output=True, text=True, env=environment, check=False
    )
    lines = [line.rstrip() for line in shown.stdout.splitlines()]
    assert "hint: did you mean yonhap (Yonhap News" in lines
    piped = subprocess.run(["sh", "-c", command], capture_output=True, text=True, env=environment, check=False, cwd=REPOSITORY)
    assert any(len(line) > 60 for line in piped.stderr.splitlines())


def test_the_demonstration_ends_after_printing() -> None:
    shown = run_here("demo", "--no-serve")
    assert shown.code == 0
    assert "changed position: North Korea" in shown.out
    assert "└─ Yonhap News Agency" in shown.out
    assert not list(Path.cwd().iterdir())


def test_the_doctor_names_what_is_wrong(mine: str) -> None:
    assert run_here("doctor", "--ledger", mine).code == 0
    key = Path(f"{mine}.keys") / "alice.pem"
    key.chmod(0o644)
    found = run_here("doctor", "--ledger", mine)
    assert found.code == 1
    assert f"chmod 600 {key}" in " ".join(found.out.split())


def test_the_doctor_offers_to_rate_who_speaks_unrated(example: str) -> None:
    assert "onrecord source rate reports-on-cmc LETTER" in " ".join(run_here("doctor", "--ledger", example).out.split())


def test_a_dry_run_answers_the_check_of_the_api(mine: str, troops: str) -> None:
    line = [
        "attribute",
        troops,
        "--chain",
        "TASS < Kremlin",
        "--act",
        "denies",
        "--at",
        "2025-06-01",
        "--dry-run",
        "--ledger",
        mine,
    ]
    before = run_here("log", "checkpoint", "--ledger", mine)
    check = TypeAdapter(CheckResult).validate_json(run_here(*line, "--json").out)
    assert [change.claim for change in check.changes][:1] == [troops]
    told = run_here(*line)
    assert "  single origin -> contested" in told.out
    assert "nothing was stored" in told.err
    assert run_here("log", "checkpoint", "--ledger", mine) == before


def test_a_search_that_finds_nothing_points_to_what_finds_more(example: str) -> None:
    found = run_here("search", "nroth zebra", "--ledger", example)
    assert (found.code, found.out) == (0, "")
    assert found.err == "no claims\nhint: `onrecord seen TEXT` finds what has only some of the words\n"
    assert "hint" not in run_here("search", "troops", "--ledger", example).err


def test_a_search_says_whether_a_source_is_called_so(example: str) -> None:
    found = run_here("search", "Yonhap", "--ledger", example)
    assert "1 source of that name: `onrecord source show yonhap`" in found.err
    assert (
        "1 source with a name like that: `onrecord source show yonhap`" in run_here("search", "Yonhpa", "--ledger", example).err
    )
    assert "source" not in run_here("search", "zzzzzzz", "--ledger", example).err
