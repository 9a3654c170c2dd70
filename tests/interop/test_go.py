"""The served log, read with golang.org/x/mod/sumdb: the packages that check every Go module's checksum."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.backends import fresh_database
from tests.interop.conftest import ENTRIES, WRITERS, Grown
from tests.interop.goclient import GoClient, Refused
from tests.interop.serving import ServedLog, lying, onrecord, served

Hammered = tuple[ServedLog, dict[str, int]]


def consistency_proof(log: ServedLog, old: int) -> list[str]:
    """What the server itself offers, from that size to now."""
    hashes: list[str] = json.loads(log.get(f"v1/log/consistency?old={old}&new={log.size}"))["proof"]
    return hashes


def test_go_derives_the_root_of_the_example_from_its_entries(go: GoClient, example: Grown) -> None:
    found = go.run("audit", example.log.url, example.log.vkey)
    assert found["size"] == found["included"] == example.log.size > 100
    assert found["root"].encode() == example.log.get("checkpoint").splitlines()[2]
    assert found["ignored_signatures"] == 1  # ML-DSA-44, which it does not know


def test_go_sees_that_the_example_only_grew(go: GoClient, example: Grown) -> None:
    found = go.run("grown", example.log.url, example.log.vkey, str(example.before))
    assert found == {"old": 2, "new": example.log.size}


def test_go_refuses_a_consistency_proof_that_is_cut_short(go: GoClient, example: Grown, tmp_path: Path) -> None:
    hashes = consistency_proof(example.log, 2)
    proof = tmp_path / "hashes.txt"
    proof.write_text("\n".join(hashes))
    assert go.run("given", example.log.url, example.log.vkey, "2", str(proof)) == {"old": 2, "new": example.log.size}
    proof.write_text("\n".join(hashes[:-1]))
    with pytest.raises(Refused, match="invalid transparency proof"):
        go.run("given", example.log.url, example.log.vkey, "2", str(proof))


def test_go_accepts_the_proof_file_of_every_claim(go: GoClient, example: Grown, tmp_path: Path) -> None:
    claims = json.loads(onrecord("claim", "list", "--json", "--ledger", example.log.ledger))["claims"]
    assert len(claims) > 10
    size, indexes = example.log.size, set()
    for claim in claims:
        proof = tmp_path / f"{claim['id'][7:15]}.tlog-proof"
        proof.write_bytes(example.log.get(f"v1/records/{claim['id']}/receipt?format=tlog-proof"))
        found = go.run("proof", example.log.url, example.log.vkey, str(proof))
        assert found["size"] == size
        indexes.add(found["index"])
    assert len(indexes) == len(claims)


def test_go_refuses_the_proof_file_of_another_index(go: GoClient, example: Grown, tmp_path: Path) -> None:
    claims = json.loads(onrecord("claim", "list", "--json", "--ledger", example.log.ledger))["claims"]
    text = example.log.get(f"v1/records/{claims[0]['id']}/receipt?format=tlog-proof").decode()
    head, index, rest = text.split("\n", 2)
    moved = tmp_path / "moved.tlog-proof"
    moved.write_text(f"{head}\nindex {int(index.removeprefix('index ')) - 1}\n{rest}")
    with pytest.raises(Refused, match="invalid transparency proof"):
        go.run("proof", example.log.url, example.log.vkey, str(moved))


def test_a_test_log_takes_the_load_of_eight_writers(hammered: Hammered) -> None:
    log, found = hammered
    assert found["size"] == found["included"] == log.size == ENTRIES
    assert found["tiles"] == 4  # three of leaves, one of their roots
    # Grown under the reader's eyes, each time proven consistent with the time before.
    assert found["checkpoints"] > 1


def test_a_test_log_on_postgresql_takes_the_load_too(
    go: GoClient, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONRECORD_KEYS", str(tmp_path / "keys"))
    with fresh_database(postgres_url) as database:
        onrecord("init", "--ledger", database, "--test-log")
        with served(database) as log:
            found = go.run("hammer", log.url, log.vkey, str(WRITERS), "300")
    assert found["size"] == found["included"] == 300
    assert found["tiles"] == 3


@pytest.mark.parametrize("old", [1, 255, 256, 257, 512, 599])
def test_go_accepts_our_consistency_proofs_across_tiles(go: GoClient, stepped: ServedLog, old: int, tmp_path: Path) -> None:
    proof = tmp_path / "hashes.txt"
    proof.write_text("\n".join(consistency_proof(stepped, old)))
    assert go.run("given", stepped.url, stepped.vkey, str(old), str(proof)) == {"old": old, "new": ENTRIES}


@pytest.mark.parametrize(
    "about,complaint",
    [
        ("checkpoint", "invalid signature for key"),
        ("tile/0/000", "does not hold what the entries make of it"),
        ("tile/0/002.p/88", "does not hold what the entries make of it"),
        ("tile/1/000.p/2", "does not hold what the entries make of it"),
        ("tile/entries/001", "the entries make|entry bundle 1"),
        ("tile/entries/002.p/88", "the entries make|entry bundle 2"),
    ],
)
def test_go_notices_one_wrong_bit(go: GoClient, hammered: Hammered, about: str, complaint: str) -> None:
    log, _ = hammered
    with lying(log, about) as mirror, pytest.raises(Refused, match=complaint):
        go.run("audit", mirror.url, log.vkey)


def test_go_refuses_the_checkpoint_of_another_log(go: GoClient, example: Grown, testlog: ServedLog) -> None:
    with pytest.raises(Refused, match="no verifiable signatures"):
        go.run("audit", example.log.url, testlog.vkey)


def test_the_same_bytes_again_get_the_same_index(hammered: Hammered) -> None:
    log, _ = hammered
    bundle = log.get("tile/entries/000")
    first = bundle[2 : 2 + int.from_bytes(bundle[:2], "big")]
    answer = log.http.post("/add", content=first)
    assert (answer.status_code, answer.text, log.size) == (200, "0", ENTRIES)
