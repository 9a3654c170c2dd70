"""What a capture offers besides: its text, and what is known of when somebody could read it."""

from __future__ import annotations

import threading

import pytest

from ledger.evidence.capturing import capture_page
from ledger.evidence.store import EvidenceStore
from tests.cli.conftest import run_here
from tests.evidence import site as sites
from tests.evidence.conftest import fetcher
from tests.evidence.site import GERMAN, Site


@pytest.fixture(autouse=True)
def _reachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_CAPTURE_ALLOW", "127.0.0.1/32")


def test_the_text_alone_is_printed_where_it_is_asked_for(fresh: str, site: Site) -> None:
    ran = run_here("capture", site.url("/de"), "--text", "--ledger", fresh)
    assert ran.code == 0, ran.err
    assert all(sentence in ran.out for sentence in GERMAN)
    assert "sha256" not in ran.out
    assert "kept as evidence: sha256:" in ran.err
    assert "no document was put on record" in ran.err
    found = run_here("capture", site.url("/de"), "--text", "--json", "--ledger", fresh).json
    assert all(sentence in found["text"] for sentence in GERMAN)
    assert "text" not in run_here("capture", site.url("/de"), "--json", "--ledger", fresh).json


def test_what_has_no_words_says_so(fresh: str, site: Site) -> None:
    ran = run_here("capture", site.url("/png"), "--text", "--ledger", fresh)
    assert (ran.code, ran.out, "warning: no words can be read in it" in ran.err) == (0, "", True)


@pytest.mark.parametrize(
    "page, said",
    [
        (
            sites.page("en", "The bridge", ["The bridge is closed, says the ministry."]),
            "says that it was published 2025-04-28T06:00:00Z",
        ),
        (b"<html><p>The bridge is closed, says the ministry, and nobody may walk on it.", "; it could be read by 20"),
    ],
    ids=["dated", "undated"],
)
def test_without_a_date_what_is_known_of_it_is_told(mine: str, site: Site, page: bytes, said: str) -> None:
    site.pages["/when"] = page
    claim = run_here("search", "North Korea sent troops", "--ledger", mine, "--json").json["claims"][0]["id"]
    ran = run_here("attribute", claim, "--chain", "Yonhap", "--url", site.url("/when"), "--capture", "--ledger", mine)
    assert ran.code == 0, ran.err
    (told,) = [line for line in ran.err.splitlines() if line.startswith("no --at: ")]
    assert said in told
    assert "nor when anybody could read it" not in told


def test_readers_of_pages_are_loaded_while_the_page_is_on_its_way(
    site: Site, store: EvidenceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    monkeypatch.setattr(threading.Thread, "start", lambda self: begun.append(self.name))
    monkeypatch.setattr("ledger.evidence.capturing.fetch_page", lambda *_: pytest.fail("asked first") if not begun else 1 / 0)
    with pytest.raises(ZeroDivisionError):
        capture_page(store, fetcher(), site.url("/de"))
    assert begun == ["readers"]
