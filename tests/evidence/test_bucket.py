"""Evidence in a bucket: the same as in a folder, over HTTP against a server that speaks S3 (moto)."""

from __future__ import annotations

import json
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from obstore.store import MemoryStore

from ledger.errors import CorruptError, StoreError
from ledger.evidence.capturing import capture_page
from ledger.evidence.store import EvidenceStore, warc_path
from ledger.publishing.places import Bucket, place_at
from tests.cli.conftest import run_here
from tests.evidence.conftest import fetcher
from tests.evidence.site import GERMAN, Site
from tests.evidence.test_stamped import CLAIM

BUCKET = "s3://evidence/of/newsroom"
PYTHON = Path(__file__).parents[2] / "build" / "s3" / "bin" / "python"
SERVE = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """One that runs until nobody holds its stdin any more."""
    if not PYTHON.exists():
        pytest.skip("no S3 server: `make bucket` has one")
    words = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen([PYTHON, "-c", SERVE], **words) as running:
        assert running.stdout is not None
        yield f"http://127.0.0.1:{int(running.stdout.readline())}"


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty bucket, and the environment that leads there."""
    httpx.post(f"{server}/moto-api/reset").raise_for_status()
    httpx.put(f"{server}/evidence", headers={"host": "s3.amazonaws.com"}).raise_for_status()
    for name, value in {
        "AWS_ENDPOINT_URL": server, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1",
        "ONRECORD_CAPTURE_ALLOW": "127.0.0.1/32",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    return BUCKET


def names(bucket: str) -> list[str]:
    return list(place_at(bucket).names(""))


def test_an_object_store_in_memory_keeps_the_same(site: Site) -> None:
    """obstore's own, which is there without a server."""
    store = EvidenceStore(Bucket(MemoryStore()))
    first, again = (capture_page(store, fetcher(), site.url("/de")) for _ in range(2))
    assert (first.capture.kind, again.capture.kind, len(again.kept.captures)) == ("response", "revisit", 2)
    assert [one.sha256 for one in store.everything()] == [first.kept.sha256]
    assert GERMAN[0] in str(store.text(first.kept.sha256))


def test_what_is_captured_is_kept_and_found_again_by_another_process(bucket: str, site: Site) -> None:
    first = capture_page(EvidenceStore.at(bucket), fetcher(), site.url("/de"))
    store = EvidenceStore.at(bucket)
    again = capture_page(store, fetcher(), site.url("/de"))
    assert (first.capture.kind, again.capture.kind, len(again.kept.captures)) == ("response", "revisit", 2)
    assert GERMAN[0] in store.content(first.kept.sha256).decode()
    assert GERMAN[0] in str(store.text(first.kept.sha256))
    assert [one.sha256 for one in store.everything()] == [first.kept.sha256]
    store.attach(first.kept.sha256, "sha256:" + "ab" * 32)
    kept = store.kept(first.kept.sha256)
    assert kept is not None
    assert kept.documents == ("sha256:" + "ab" * 32,)
    assert store.kept("sha256:" + "00" * 32) is None
    assert len(names(bucket)) == 3, "two captures, and what is known of their content"


def test_time_stamps_beside_captures_are_found(bucket: str, site: Site) -> None:
    store = EvidenceStore.at(bucket)
    seen = capture_page(store, fetcher(), site.url("/de")).capture
    place_at(bucket).write(f"{warc_path(seen.warc)}.one.tsr", b"a token")
    assert [(name.endswith(".one.tsr"), token) for name, token in store.tokens(seen.warc)] == [(True, b"a token")]


def test_a_capture_that_changed_there_is_refused(bucket: str, site: Site) -> None:
    store = EvidenceStore.at(bucket)
    seen = capture_page(store, fetcher(), site.url("/de")).capture
    place_at(bucket).write(warc_path(seen.warc), b"forged")
    with pytest.raises(CorruptError, match="its bytes are not those of its name"):
        store.warc(seen.warc)


def test_the_commands_keep_and_export_from_a_bucket(bucket: str, fresh: str, site: Site, tmp_path: Path) -> None:
    seen = run_here("capture", site.url("/de"), "--evidence", bucket, "--ledger", fresh, "--json")
    assert seen.code == 0, seen.err
    assert not Path(f"{fresh}.evidence").exists()
    (tmp_path / "claim.yaml").write_text(CLAIM.replace("SEEN", seen.json["document"]["sha256"]))
    claim = run_here("import", str(tmp_path / "claim.yaml"), "--ledger", fresh, "--json").json["claims"]["bridge"]
    words = ("--with-evidence", "--evidence", bucket, "-o", str(tmp_path / "claim.zip"))
    done = run_here("export", claim, "--ledger", fresh, *words)
    assert done.code == 0, done.err
    keys = run_here("log", "keys", "--ledger", fresh).out.split()
    ran = run_here("verify", str(tmp_path / "claim.zip"), *(word for key in keys for word in ("--trust", key)))
    assert ran.code == 0, ran.out
    with zipfile.ZipFile(tmp_path / "claim.zip") as made:
        assert json.loads(made.read("manifest.json"))["documents"][0]["files"]


def test_a_bucket_that_is_not_there_is_told_and_nothing_is_recorded(
    bucket: str, fresh: str, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = run_here("capture", site.url("/de"), "--yes", "--evidence", "s3://nowhere/at-all", "--ledger", fresh)
    assert ran.code == 1, ran.out
    assert "there is no such bucket" in ran.err
    with pytest.raises(StoreError, match="there is no such bucket"):
        EvidenceStore.at("s3://nowhere/at-all").warc("sha256:" + "00" * 32)
    assert run_here("search", "Nordkorea", "--ledger", fresh, "--json").json["claims"] == []
