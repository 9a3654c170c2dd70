"""One zip that a judge opens and `verify` checks by name: nothing in it is trusted because it is inside."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.browser import chromium, find_chromium
from tests.cli.conftest import Ran, run_here
from tests.evidence import site as sites
from tests.evidence.site import Site

CLAIM = """dossier: 1
sources:
  - {id: fjord, type: outlet, names: {en: Fjord}, country: NO}
  - {id: ministry, type: government_body, names: {en: The Ministry}, country: NO, reliability: B}
claims:
  - {id: bridge, type: event, text: {en: The bridge is <b>closed</b>, ar: "الجسر مغلق"}}
documents:
  - {id: hidden, title: A title that tells too much, publisher: fjord, sha256: "HIDDEN"}
  - {id: unseen, url: "https://fjord.example/2", publisher: fjord, sha256: "UNSEEN"}
reports:
  - id: r1
    claim: bridge
    chain: [ministry]
    document: PAGE
    act: confirms
    quote: {exact: {plain: "<script>alert(1)</script> ist zu"}}
  - {id: r2, claim: bridge, chain: [fjord], document: hidden, act: reports}
  - {id: r3, claim: bridge, chain: [fjord], document: unseen, act: asserts}
"""


@dataclass(frozen=True)
class Made:
    ledger: str
    claim: str
    file: Path
    keys: tuple[str, ...]
    page: str

    def verify(self, file: Path) -> Ran:
        return run_here("verify", str(file), *(word for key in self.keys for word in ("--trust", key)))


@pytest.fixture(scope="module")
def made(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A ledger with a captured page, a captured but sealed document, one that was never seen, and its zip."""
    place = tmp_path_factory.mktemp("zip")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ONRECORD_CAPTURE_ALLOW", "127.0.0.1/32")
        patch.chdir(place)
        ledger = str(place / "ledger.db")
        assert run_here("init", "--ledger", ledger, "--name", "alice").code == 0
        hidden = place / "hidden.pdf"
        hidden.write_bytes(sites.pdf(["Who it is."]))
        kept = run_here("capture", str(hidden), "--ledger", ledger, "--json").json
        site.pages["/bridge"] = sites.page(
            "de", "Brücke <i>zu</i> & gesperrt", ["Die Brücke ist zu, sagt das Ministerium.", *sites.GERMAN]
        )
        done = run_here("capture", site.url("/bridge"), "--ledger", ledger, "--yes", "--json")
        assert done.code == 0, done.err
        page = done.json[0]["record_id"]
        dossier = (
            CLAIM.replace("HIDDEN", kept["document"]["sha256"]).replace("UNSEEN", "sha256:" + "ab" * 32).replace("PAGE", page)
        )
        (place / "claim.yaml").write_text(dossier)
        ran = run_here("import", str(place / "claim.yaml"), "--ledger", ledger, "--seal", "document.title", "--json")
        assert ran.code == 0, ran.err
        claim = ran.json["claims"]["bridge"]
        file = place / "claim.zip"
        done = run_here("export", claim, "--ledger", ledger, "--with-evidence", "-o", str(file))
        assert done.code == 0, done.err
        keys = tuple(run_here("log", "keys", "--ledger", ledger).out.split())
    return Made(ledger, claim, file, keys, page)


def entries(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def packed(place: Path, files: dict[str, bytes]) -> Path:
    file = place / "changed.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return file


def test_the_zip_holds_the_bundle_the_captures_and_a_page_and_verifies(made: Made) -> None:
    names = set(entries(made.file))
    assert {"claim.bundle.json", "index.html", "manifest.json"} < names
    assert len([name for name in names if name.startswith("warc/")]) == 1
    assert len([name for name in names if name.startswith("seen/") and name.endswith(".txt")]) == 1
    ran = made.verify(made.file)
    assert ran.code == 0, ran.out
    assert "files have the hashes of the list" in ran.out
    assert "1 capture is whole and holds what the signed records name" in " ".join(ran.out.split())
    unknown = run_here("verify", str(made.file))
    assert unknown.code == 7, "without a key nothing is verified, however whole it is"


def test_time_stamps_of_captures_are_packed_beside_them(made: Made) -> None:
    from ledger.evidence.store import EvidenceStore
    from ledger.evidence.zipping import print_zip

    store = EvidenceStore.at(f"{made.ledger}.evidence")
    files = entries(made.file)
    name = next(name for name in files if name.startswith("warc/")).removeprefix("warc/")
    beside = Path(f"{made.ledger}.evidence") / "warc" / name[:2] / f"{name}.local.tsr"
    beside.write_bytes(b"a token")
    try:
        with zipfile.ZipFile(io.BytesIO(print_zip(files["claim.bundle.json"], store))) as opened:
            assert opened.read(f"tokens/{name}.local.tsr") == b"a token"
            assert f"tokens/{name}.local.tsr" in opened.read("index.html").decode()
    finally:
        beside.unlink()


def test_the_same_evidence_gives_the_same_zip(made: Made, tmp_path: Path) -> None:
    from ledger.evidence.store import EvidenceStore
    from ledger.evidence.zipping import print_zip

    bundle = entries(made.file)["claim.bundle.json"]
    assert print_zip(bundle, EvidenceStore.at(f"{made.ledger}.evidence")) == made.file.read_bytes()


def test_what_is_sealed_or_was_never_seen_is_left_out_and_said_so(made: Made) -> None:
    files = entries(made.file)
    told = {one.get("left_out", "")[:12] for one in json.loads(files["manifest.json"])["documents"]}
    assert told == {"", "sealed: a pa", "not captured"}
    page = files["index.html"].decode()
    assert page.count("<strong>Not in this zip</strong>") == 2
    assert page.index("1 of 3 documents") < page.index("Not in this zip: 2 of 3 documents")
    assert not any(content for name, content in files.items() if b"Who it is." in content and name != "claim.bundle.json")
    ran = " ".join(made.verify(made.file).out.split())
    assert "nothing was packed of" in ran
    assert "sealed: a part of its record is sealed" in ran


def test_one_changed_byte_in_any_file_fails_by_its_name(made: Made, tmp_path: Path) -> None:
    files = entries(made.file)
    for name in files:
        if name in ("manifest.json", "claim.bundle.json"):
            continue
        changed = bytearray(files[name])
        changed[len(changed) // 2] ^= 1
        ran = made.verify(packed(tmp_path, files | {name: bytes(changed)}))
        assert ran.code == 6, name
        assert name in ran.err, ran.err


def change_listed(files: dict[str, bytes]) -> dict[str, bytes]:
    """A capture of which a byte is changed, with a list that says so, as a forger would write it."""
    from ledger.evidence.store import digest_of

    name = next(name for name in files if name.startswith("warc/"))
    changed = bytearray(files[name])
    changed[len(changed) // 2] ^= 1
    content = bytes(changed)
    new = f"warc/{digest_of(content)[7:]}.warc.gz"
    manifest = json.loads(files["manifest.json"])
    del manifest["files"][name]
    manifest["files"][new] = {"sha256": digest_of(content), "bytes": len(content)}
    for one in manifest["documents"]:
        one["files"] = sorted(new if path == name else path for path in one.get("files", []))
    kept = {path: one for path, one in files.items() if path != name}
    return kept | {new: content, "manifest.json": json.dumps(manifest).encode()}


def swap_content(files: dict[str, bytes]) -> dict[str, bytes]:
    """Another page in the place of what was seen, in a capture whose digests are all right."""
    from ledger.core.sniffing import Found
    from ledger.evidence.extracting import Extract
    from ledger.evidence.store import digest_of
    from ledger.evidence.writing import print_file

    name = next(name for name in files if name.startswith("warc/"))
    found = Found("text/html", "text")
    content = print_file("file:///x", b"<html>forged</html>", 1_745_827_200, Extract(found.media_type, found.medium), "test")
    new = f"warc/{digest_of(content)[7:]}.warc.gz"
    manifest = json.loads(files["manifest.json"])
    del manifest["files"][name]
    manifest["files"][new] = {"sha256": digest_of(content), "bytes": len(content)}
    for one in manifest["documents"]:
        one["files"] = [new if path == name else path for path in one.get("files", [])]
    kept = {path: one for path, one in files.items() if path != name}
    return kept | {new: content, "manifest.json": json.dumps(manifest).encode()}


def hide_document(files: dict[str, bytes]) -> dict[str, bytes]:
    manifest = json.loads(files["manifest.json"])
    manifest["documents"] = manifest["documents"][1:]
    return files | {"manifest.json": json.dumps(manifest).encode()}


def other_hash(files: dict[str, bytes]) -> dict[str, bytes]:
    manifest = json.loads(files["manifest.json"])
    for one in manifest["documents"]:
        if one.get("files"):
            one["sha256"] = "sha256:" + "cd" * 32
    return files | {"manifest.json": json.dumps(manifest).encode()}


FORGED: dict[str, tuple[Callable[[dict[str, bytes]], dict[str, bytes]], str]] = {
    "a file more": (lambda files: files | {"more.html": b"<script>"}, "more.html is in no list"),
    "a file less": (lambda files: {name: one for name, one in files.items() if not name.startswith("warc/")}, "is missing"),
    "a changed capture, listed": (change_listed, "captures"),
    "another page": (swap_content, "holds what its record names"),
    "a document hidden": (hide_document, "the list is not that of the bundle's documents"),
    "another hash": (other_hash, "the list has another hash"),
    "no list": (lambda files: files | {"manifest.json": b"{}"}, "manifest.json is not what lists"),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_zip_is_told_from_a_true_one(made: Made, tmp_path: Path, name: str) -> None:
    change, said = FORGED[name]
    ran = made.verify(packed(tmp_path, change(entries(made.file))))
    assert ran.code == 6, ran.out
    assert said in ran.err


def relisted(files: dict[str, bytes], change: Callable[[list[dict[str, Any]]], None] = lambda _: None) -> dict[str, bytes]:
    """The files with a list that fits them, as a forger would write it, after a change to what it says of documents."""
    from ledger.evidence.store import digest_of

    manifest = json.loads(files["manifest.json"])
    kept = {path: one for path, one in files.items() if path != "manifest.json"}
    manifest["files"] = {path: {"sha256": digest_of(one), "bytes": len(one)} for path, one in kept.items()}
    change(manifest["documents"])
    return kept | {"manifest.json": json.dumps(manifest).encode()}


def of_text(files: dict[str, bytes]) -> str:
    return next(path for path in files if path.endswith(".txt"))


def other_page(files: dict[str, bytes]) -> dict[str, bytes]:
    page = files["index.html"].replace(b"Whether the claim is true is not said here", b"The claim is true")
    assert page != files["index.html"]
    return relisted(files | {"index.html": page})


def other_text(files: dict[str, bytes]) -> dict[str, bytes]:
    return relisted(files | {of_text(files): b"The bridge is open."})


@pytest.mark.parametrize("forge, name", [(other_page, "index.html"), (other_text, "seen/")])
def test_what_nobody_signed_is_made_again_and_another_is_not_proven(
    made: Made, tmp_path: Path, forge: Callable[[dict[str, bytes]], dict[str, bytes]], name: str
) -> None:
    assert "index.html says what the signed records say, texts: 1" in " ".join(made.verify(made.file).out.split())
    ran = made.verify(packed(tmp_path, forge(entries(made.file))))
    assert ran.code == 7, ran.out
    assert f"page: not proven: {name}" in ran.err
    assert "result: unverifiable" in ran.out


def without(files: dict[str, bytes], reason: str | None) -> dict[str, bytes]:
    """What was captured is dropped, and a reason given."""

    def change(documents: list[dict[str, Any]]) -> None:
        for one in documents:
            if one.pop("files", []):
                one.pop("media_type")
                one["left_out"] = reason

    return relisted({path: one for path, one in files.items() if not path.startswith(("warc/", "seen/"))}, change)


def added(files: dict[str, bytes], path: str) -> dict[str, bytes]:
    def change(documents: list[dict[str, Any]]) -> None:
        next(one for one in documents if one.get("files"))["files"].append(path)

    return relisted(files | {path: b"The minister lied."}, change)


REASON = "the page was taken down at our request"
RELISTED: dict[str, tuple[Callable[[dict[str, bytes]], dict[str, bytes]], str]] = {
    "an own reason": (lambda files: without(files, REASON), f'the packer says: "{REASON}"; nothing in the bundle says so'),
    "sealed, it is said": (
        lambda files: without(files, "sealed: a part of its record is sealed"),
        "nothing in the bundle says so",
    ),
    "a file of no document": (lambda files: relisted(files | {"seen/more.txt": b"x"}), "seen/more.txt is of no document"),
    "a file said to be a document's": (lambda files: added(files, "seen/more.txt"), "seen/more.txt is no file of"),
    "a token over nothing": (lambda files: added(files, "tokens/what he said.tsr"), "is no file of"),
}


@pytest.mark.parametrize("name", RELISTED)
def test_a_list_that_the_bundle_does_not_bear_out_fails(made: Made, tmp_path: Path, name: str) -> None:
    change, said = RELISTED[name]
    ran = made.verify(packed(tmp_path, change(entries(made.file))))
    assert ran.code == 6, ran.out
    assert said in ran.err


def test_captures_that_are_missing_are_warned_of_in_the_packers_words(made: Made, tmp_path: Path) -> None:
    from ledger.evidence.zipping import NEVER_SEEN

    told = " ".join(made.verify(made.file).out.split())
    assert told.count("captures are missing of sha256:") == 1, "the document that was never captured"
    dropped = " ".join(made.verify(packed(tmp_path, without(entries(made.file), NEVER_SEEN))).out.split())
    assert dropped.count("captures are missing of sha256:") == 2
    assert f'the packer says: "{NEVER_SEEN}", which nothing proves' in dropped
    assert "result: ok" not in dropped, "the page still lists them"


def test_no_byte_of_the_list_can_be_changed(made: Made, tmp_path: Path) -> None:
    from ledger.evidence.checking import verify_zip
    from schemas.bundle import Verification

    good = Verification.model_validate_json(run_here("verify", str(made.file), "--json", "--trust", made.keys[0]).out)
    good = good.model_copy(update={"steps": [], "notes": [], "result": "ok"})
    files = entries(made.file)
    assert verify_zip(made.file.read_bytes(), lambda _: good).result == "ok"
    for at in range(0, len(files["manifest.json"]), 11):
        changed = bytearray(files["manifest.json"])
        changed[at] ^= 1
        content = packed(tmp_path, files | {"manifest.json": bytes(changed)}).read_bytes()
        assert verify_zip(content, lambda _: good).result == "failed", changed[at - 20 : at + 20]


def test_without_what_reads_pages_their_texts_are_no_part_of_ok(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "trafilatura", None)
    told = " ".join(made.verify(made.file).out.split())
    assert "not checked 15. page: not proven: 1 text in seen/: made by whoever packed it" in told
    assert "result: ok" in told


def test_a_capture_that_two_documents_share_is_counted_once(tmp_path: Path) -> None:
    ledger, file = str(tmp_path / "ledger.db"), tmp_path / "seen.txt"
    file.write_text("The bridge is closed.")
    assert run_here("init", "--ledger", ledger, "--name", "alice").code == 0
    seen = run_here("capture", str(file), "--ledger", ledger, "--json").json["document"]["sha256"]
    (tmp_path / "claim.yaml").write_text(f"""dossier: 1
sources: [{{id: fjord, type: outlet, names: {{en: Fjord}}}}]
claims: [{{id: bridge, type: event, text: {{en: The bridge is closed}}}}]
documents:
  - {{id: one, title: One, publisher: fjord, sha256: "{seen}"}}
  - {{id: two, title: Two, publisher: fjord, sha256: "{seen}"}}
reports:
  - {{id: r1, claim: bridge, chain: [fjord], document: one, act: reports}}
  - {{id: r2, claim: bridge, chain: [fjord], document: two, act: asserts}}
""")
    claim = run_here("import", str(tmp_path / "claim.yaml"), "--ledger", ledger, "--json").json["claims"]["bridge"]
    assert run_here("export", claim, "--ledger", ledger, "--with-evidence", "-o", str(tmp_path / "c.zip")).code == 0
    ran = run_here("verify", str(tmp_path / "c.zip"), "--trust", run_here("log", "keys", "--ledger", ledger).out.split()[0])
    told = " ".join(ran.out.split())
    assert "2 documents, evidence of 2" in told
    assert "1 capture is whole" in told


def test_a_changed_bundle_fails_as_it_does_alone(made: Made, tmp_path: Path) -> None:
    files = entries(made.file)
    changed = files["claim.bundle.json"].replace(b'"payload":"ey', b'"payload":"ez')
    assert changed != files["claim.bundle.json"]
    assert made.verify(packed(tmp_path, files | {"claim.bundle.json": changed})).code in (5, 6, 7)


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("claim.bundle.json", bytes(64 << 20))
    return out.getvalue()


def climbing() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as opened:
        opened.writestr("claim.bundle.json", b"{}")
        opened.writestr("../up", b"x")
    return out.getvalue()


def twice() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as opened:
        opened.writestr("claim.bundle.json", b"{}")
        with pytest.warns(UserWarning, match="Duplicate"):
            opened.writestr("claim.bundle.json", b"{}")
    return out.getvalue()


@pytest.mark.parametrize(
    "content, said",
    [
        (bomb, "unpacks to more than 200 times its size"),
        (climbing, "which no such zip does"),
        (twice, "two files of one name"),
        (lambda: bomb()[:200], "cannot be read"),
        (lambda: b"PK\x03\x04", "cannot be read"),
    ],
    ids=["bomb", "climbing", "twice", "cut", "start"],
)
def test_a_zip_that_is_none_is_refused(made: Made, tmp_path: Path, content: Callable[[], bytes], said: str) -> None:
    file = tmp_path / "bad.zip"
    file.write_bytes(content())
    ran = made.verify(file)
    assert ran.code == 5
    assert said in ran.err


def test_the_page_opens_from_disk_without_a_network_and_runs_nothing(made: Made, tmp_path: Path) -> None:
    program = find_chromium()
    if program is None:
        _no_browser()
    assert program is not None
    with zipfile.ZipFile(made.file) as opened:
        opened.extractall(tmp_path / "open")
    with chromium(program, tmp_path / "profile") as context:
        context.set_offline(True)
        tab = context.new_page()
        asked: list[str] = []
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("dialog", lambda dialog: asked.append(f"dialog {dialog.message}"))
        tab.goto((tmp_path / "open" / "index.html").as_uri())
        assert tab.locator("h3").all_inner_texts()[0]
        assert tab.locator("blockquote").all_inner_texts() == ["<script>alert(1)</script> ist zu"]
        assert tab.locator("script, img, iframe, body style, [style], i, b").count() == 0
        assert "The bridge is <b>closed</b>" in tab.locator("main").inner_text()
        assert all(url.startswith("file://") for url in asked)
        tab.get_by_text("seen/").first.click()
        assert "Die Brücke ist zu, sagt das Ministerium." in tab.locator("body").inner_text()


def _no_browser() -> Any:
    import os

    if os.environ.get("ONRECORD_REQUIRE_BACKENDS") == "1":
        pytest.fail("no Chromium")
    pytest.skip("no Chromium")
