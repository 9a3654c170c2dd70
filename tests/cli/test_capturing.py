"""`onrecord capture`: what is kept, what it would record, and that nothing is recorded before somebody says it is right."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Ran, run_here
from tests.evidence import site as sites
from tests.evidence.site import Site


@pytest.fixture(autouse=True)
def _reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_CAPTURE_ALLOW", "127.0.0.1/32")


def capture(mine: str, *arguments: str) -> Ran:
    return run_here("capture", *arguments, "--ledger", mine)


def test_a_capture_is_shown_and_recorded_only_when_confirmed(mine: str, site: Site) -> None:
    shown = capture(mine, site.url("/de"))
    assert shown.code == 0
    assert "document, not on record yet" in shown.out
    assert "no source of that name is on record" in shown.err
    size = run_here("log", "checkpoint", "--ledger", mine).out
    done = capture(mine, site.url("/de"), "--yes", "--publisher", "yonhap", "--json")
    record = run_here("show", json.loads(done.out)[0]["record_id"], "--ledger", mine, "--json").json["record"]
    assert (record["title"], record["lang"], record["publisher"]) == ("Nordkorea bestätigt Entsendung", "de", "yonhap")
    assert (record["published_at"], record["media_type"], record["medium"]) == ("2025-04-28T06:00:00Z", "text/html", "text")
    assert record["url"] == site.url("/de")
    digits = record["sha256"].removeprefix("sha256:")
    known = json.loads((Path(f"{mine}.evidence") / "of" / digits[:2] / f"{digits}.json").read_text())
    assert known["documents"] == [json.loads(done.out)[0]["record_id"]]
    assert [one["kind"] for one in known["captures"]] == ["response", "revisit"]
    assert run_here("log", "checkpoint", "--ledger", mine).out != size


def test_a_file_is_captured_with_its_hash_and_type(mine: str, tmp_path: Path) -> None:
    file = tmp_path / "statement.pdf"
    file.write_bytes(sites.pdf(["We confirm it."]))
    done = capture(mine, str(file), "--yes", "--json")
    record = run_here("show", json.loads(done.out)[0]["record_id"], "--ledger", mine, "--json").json["record"]
    assert (record["media_type"], record["title"]) == ("application/pdf", "Troops: a statement")
    assert capture(mine, str(file)).out.count("the same as before") == 1


def test_a_dry_run_keeps_nothing(mine: str, site: Site) -> None:
    assert capture(mine, site.url("/de"), "--dry-run").code == 0
    assert not Path(f"{mine}.evidence").exists()


@pytest.mark.parametrize(
    "path, options, code, said",
    [
        ("/stream", ["--most", "1"], 5, "error: cut off after 1048576 bytes: nothing was kept\nhint: --most takes more"),
        ("/endless", ["--seconds", "1"], 1, "error: 127.0.0.1 does not answer in time: cut off after 1 seconds"),
        ("/to-private", [], 4, "error: 10.0.0.1 leads to an address of this machine or its neighbours"),
        ("/not-a-picture", [], 5, "and is text/html by its bytes\nhint: nothing was kept; --as-found keeps it"),
        ("/gone", [], 3, "error: the page is gone"),
        ("/interrupted", [], 1, "error: 127.0.0.1 broke off"),
    ],
)
def test_what_goes_wrong_is_told_and_nothing_is_kept(
    mine: str, site: Site, path: str, options: list[str], code: int, said: str
) -> None:
    ran = capture(mine, site.url(path), *options)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err
    assert not list(Path(f"{mine}.evidence").rglob("*.gz"))


def test_this_machine_is_not_reached_unless_the_operator_says_so(
    mine: str, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ONRECORD_CAPTURE_ALLOW")
    ran = capture(mine, site.url("/de"))
    assert ran.code == 4
    assert "ONRECORD_CAPTURE_ALLOW" in ran.err


def test_a_ledger_elsewhere_needs_a_place_for_its_evidence(mine: str, site: Site, tmp_path: Path) -> None:
    done = capture(mine, site.url("/de"), "--evidence", str(tmp_path / "elsewhere"))
    assert done.code == 0
    assert list((tmp_path / "elsewhere" / "warc").rglob("*.warc.gz"))
    assert not Path(f"{mine}.evidence").exists()


def test_attribute_captures_the_page_and_fills_in_what_it_says(mine: str, site: Site, troops: str) -> None:
    line = [
        "attribute",
        troops,
        "--chain",
        "Yonhap",
        "--url",
        site.url("/de"),
        "--capture",
        "--title",
        "Mended",
        "--ledger",
        mine,
    ]
    ran = run_here(*line, "--json")
    assert ran.code == 0, ran.err
    records = [run_here("show", one["record_id"], "--ledger", mine, "--json").json["record"] for one in ran.json]
    document = next(one for one in records if one["kind"] == "document")
    assert (document["title"], document["lang"], document["published_at"]) == ("Mended", "de", "2025-04-28T06:00:00Z")
    digits = document["sha256"].removeprefix("sha256:")
    known = json.loads((Path(f"{mine}.evidence") / "of" / digits[:2] / f"{digits}.json").read_text())
    assert len(known["documents"]) == 1
    nothing = run_here("attribute", troops, "--chain", "Yonhap", "--capture", "--ledger", mine)
    assert nothing.code == 2


def attribute(mine: str, troops: str, url: str, *words: str) -> Ran:
    return run_here("attribute", troops, "--chain", "Yonhap", "--url", url, "--capture", *words, "--ledger", mine, "--json")


def records_of(mine: str, ran: Ran) -> dict[str, dict[str, object]]:
    found = [run_here("show", one["record_id"], "--ledger", mine, "--json").json["record"] for one in ran.json]
    return {one["kind"]: one for one in found}


def test_attribute_refuses_a_quotation_that_the_captured_page_does_not_have(mine: str, site: Site, troops: str) -> None:
    size = run_here("log", "checkpoint", "--ledger", mine).out
    forged = attribute(mine, troops, site.url("/de"), "--quote", "Der Minister hat zu allem gelogen und tritt zurück")
    assert forged.code == 6
    assert "the text has nothing like the quotation" in forged.err
    altered = attribute(mine, troops, site.url("/de"), "--quote", "Einzelheiten blieben nicht offen")
    assert altered.code == 7
    assert "the text says something else" in altered.err
    assert run_here("log", "checkpoint", "--ledger", mine).out == size
    ran = attribute(mine, troops, site.url("/de"), "--quote", "Einzelheiten blieben offen")
    assert ran.code == 0, ran.err
    quote = records_of(mine, ran)["statement"]["quote"]
    assert isinstance(quote, dict)
    assert quote["exact"] == "Einzelheiten blieben offen"
    assert quote["prefix"], "what stands around it is recorded too"


def test_attribute_takes_the_document_on_record_of_the_same_address_and_content(mine: str, site: Site, troops: str) -> None:
    document = json.loads(capture(mine, site.url("/de"), "--yes", "--json").out)[0]["record_id"]
    ran = attribute(mine, troops, site.url("/de"))
    assert ran.code == 0, ran.err
    assert "the document is on record already, with this address and this hash" in ran.err
    records = records_of(mine, ran)
    assert "document" not in records
    assert records["statement"]["document"] == document
    other = attribute(mine, troops, site.url("/de"), "--title", "Said otherwise", "--act", "reports")
    assert records_of(mine, other)["document"]["title"] == "Said otherwise", "what the line says is not lost"
