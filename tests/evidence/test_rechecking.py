"""Pages looked at again: silent edits, quotes gone or altered, pages that vanished, and a pace that no host suffers from."""

from __future__ import annotations

import xml.etree.ElementTree as xml
from pathlib import Path

import pytest

from ledger.core.edits import differences, fate_of, fates
from ledger.evidence.capturing import capture_page
from ledger.evidence.rechecking import Pace, recheck, watched
from ledger.evidence.store import EvidenceStore
from tests.cli.conftest import Ran, run_here
from tests.evidence import site as sites
from tests.evidence.conftest import Clock, fetcher
from tests.evidence.site import GERMAN, Site

QUOTE = "hieß es in der Mitteilung vom Montag; Einzelheiten blieben offen"


@pytest.mark.parametrize(
    "after, fate, now",
    [
        ("Vorher.\nDie Brücke  ist\nzu, sagt sie.", "stands", None),
        ("Die Brücke ist offen, sagt sie. Mehr nicht.", "altered", "Die Brücke ist offen, sagt sie."),
        ("Etwas ganz anderes.", "gone", None),
        ("", "gone", None),
    ],
)
def test_a_quote_stands_only_as_it_was(after: str, fate: str, now: str | None) -> None:
    found = fate_of("Die Brücke ist zu, sagt sie.", after)
    assert (found.fate, found.now) == (fate, now)


def test_a_quote_that_never_stood_there_is_nobodys_change() -> None:
    assert fates(["never there"], "before", "after") == []
    assert [one.fate for one in fates(["never known"], None, "after")] == ["gone"]


def test_differences_are_told_by_sentences() -> None:
    before, after = "Eins ist so. Zwei ist so. Drei.", "Eins ist so. Zwei ist anders. Drei. Vier."
    assert differences(before, after) == ["- Zwei ist so.", "+ Zwei ist anders.", "+ Vier."]
    assert differences("a.  b.", "a.\nb.") == []


@pytest.fixture(autouse=True)
def _reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_CAPTURE_ALLOW", "127.0.0.1/32")


def test_no_host_is_asked_twice_within_the_delay(site: Site, store: EvidenceStore) -> None:
    clock = Clock()
    for path in ("/de", "/ko", "/ar"):
        captured = capture_page(store, fetcher(clock=clock), site.url(path))
        store.attach(captured.kept.sha256, "sha256:" + path[1:].encode().hex().ljust(64, "0"))
    moment, slept = [0.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        moment[0] += seconds

    found = list(recheck(store, fetcher(clock=clock), watched(store), lambda _: [], Pace(5.0, lambda: moment[0], sleep)))
    assert [one.outcome for one in found] == ["the same"] * 3
    assert slept == [5.0, 5.0]


def test_other_hosts_are_asked_while_one_is_waited_for(store: EvidenceStore, site: Site) -> None:
    from ledger.evidence.rechecking import Watched, _spread

    pages = [Watched(f"https://{host}.example/{n}", None, "d", "t") for host in "ab" for n in range(2)]  # type: ignore[arg-type]
    assert [one.url[8] for one in _spread(pages)] == ["a", "b", "a", "b"]


def look(ledger: str, *arguments: str) -> Ran:
    return run_here("recheck", "--ledger", ledger, "--delay", "0", *arguments)


def test_a_page_that_changed_is_told_recorded_and_fed(site: Site, fresh: str, tmp_path: Path) -> None:
    site.pages["/article"] = sites.page("de", "Entsendung", GERMAN)
    site.pages["/other"] = sites.page("de", "Anderes", GERMAN[::-1])
    document = run_here("capture", site.url("/article"), "--yes", "--ledger", fresh, "--json").json[0]["record_id"]
    gone = run_here("capture", site.url("/other"), "--yes", "--ledger", fresh, "--json").json[0]["record_id"]
    dossier = tmp_path / "d.yaml"
    dossier.write_text(f"""dossier: 1
sources: [{{id: fjord, type: outlet, names: {{en: Fjord}}}}]
claims: [{{id: c, type: event, text: {{en: Troops were sent}}}}]
reports:
  - {{id: r1, claim: c, chain: [fjord], document: "{document}", act: reports, quote: {{exact: "{QUOTE}"}}}}
  - {{id: r2, claim: c, chain: [fjord], document: "{gone}", act: asserts, quote: {{exact: "haltlose Gerüchte"}}}}
""")
    assert run_here("import", str(dossier), "--ledger", fresh).code == 0
    same = look(fresh)
    assert same.code == 0, same.err
    assert "2 pages looked at, none of them changed" in same.out

    site.pages["/article"] = sites.page(
        "de", "Entsendung", [GERMAN[0], GERMAN[1].replace("blieben offen", "wurden nicht genannt"), GERMAN[2]]
    )
    del site.pages["/other"]
    feed = tmp_path / "feed.atom"
    ran = look(fresh, "--yes", "--feed", str(feed))
    assert ran.code == 0, ran.err
    told = " ".join(ran.out.split())
    assert f"changed: {site.url('/article')}" in told
    assert f"quote altered: {QUOTE} ->" in told
    assert "+ Die Entscheidung stütze sich auf den Verteidigungspakt" in told
    assert f"vanished: {site.url('/other')}" in told
    assert "quote gone: haltlose Gerüchte" in told
    assert "2 pages looked at: 1 changed, 1 vanished" in told

    entries = xml.parse(feed).getroot().findall("{http://www.w3.org/2005/Atom}entry")
    titles = sorted(str(one.findtext("{http://www.w3.org/2005/Atom}title")) for one in entries)
    assert titles == [f"changed: {site.url('/article')}", f"vanished: {site.url('/other')}"]

    again = look(fresh, "--json").json
    newer = next(one for one in again if one["url"].endswith("/article"))
    assert newer["outcome"] == "the same"
    record = run_here("show", newer["document"], "--ledger", fresh, "--json").json["record"]
    assert record["version_of"] == document
    assert record["sha256"] == newer["sha256"]


def test_quotes_from_every_document_of_an_address_are_looked_at(site: Site, fresh: str, tmp_path: Path) -> None:
    """Two documents of one content, and one of an earlier content that is no version of them."""
    last = "Wer dort war, schweigt bis heute"
    site.pages["/many"] = sites.page("de", "Entsendung", GERMAN)
    first = run_here("capture", site.url("/many"), "--yes", "--ledger", fresh, "--json").json[0]["record_id"]
    site.pages["/many"] = sites.page("de", "Entsendung", [*GERMAN, f"{last}."])
    names = [first]
    for title in ("Eins", "Zwei"):
        ran = run_here("capture", site.url("/many"), "--title", title, "--yes", "--ledger", fresh, "--json")
        names.append(ran.json[0]["record_id"])
    assert len(set(names)) == 3
    quotes = (QUOTE, last, "Die Entscheidung stütze sich auf den Verteidigungspakt")
    (tmp_path / "d.yaml").write_text(
        "dossier: 1\nsources: [{id: fjord, type: outlet, names: {en: Fjord}}]\n"
        "claims: [{id: c, type: event, text: {en: Troops were sent}}]\nreports:\n"
        + "".join(
            f'  - {{id: r{at}, claim: c, chain: [fjord], document: "{name}", act: reports, quote: {{exact: "{quote}"}}}}\n'
            for at, (name, quote) in enumerate(zip(names, quotes, strict=True))
        )
    )
    done = run_here("import", str(tmp_path / "d.yaml"), "--ledger", fresh)
    assert done.code == 0, done.err
    site.pages["/many"] = sites.page("de", "Entsendung", ["Etwas ganz anderes steht jetzt hier, und sonst nichts."])
    (told,) = look(fresh, "--json").json
    assert {one["quote"]: one["fate"] for one in told["quotes"]} == dict.fromkeys(quotes, "gone")


def test_since_leaves_out_what_was_seen_before(site: Site, fresh: str) -> None:
    run_here("capture", site.url("/de"), "--yes", "--ledger", fresh)
    assert "1 page looked at" in look(fresh, "--since", "2020").out
    assert "0 pages looked at" in look(fresh, "--since", "2999").out
    assert look(fresh, "--since", "yesterday").code == 2


def test_a_site_that_does_not_answer_stops_no_other(site: Site, fresh: str) -> None:
    site.pages["/first"] = sites.page("de", "Erste", GERMAN)
    for path in ("/first", "/de"):
        assert run_here("capture", site.url(path), "--yes", "--ledger", fresh).code == 0
    site.robots = b"User-agent: *\nDisallow: /first\n"
    try:
        told = look(fresh)
    finally:
        site.robots = None
    assert told.code == 0
    assert "not reached" in told.out
    assert "2 pages looked at: 1 not reached" in told.out
