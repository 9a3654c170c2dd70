"""Pages are kept as they came, whatever script, packing or road they came by; WARC files are read by warcio, which did not make
the captures, and its digests hold."""

from __future__ import annotations

import hashlib
import io
import os
import resource
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.cli import main as warcio

from ledger.core.warcs import digest_fault, held
from ledger.errors import BusyError, CorruptError, ForbiddenError, FormatError, NotFoundError, StoreError, TooLargeError
from ledger.evidence.capturing import Captured, capture_file, capture_page
from ledger.evidence.store import EvidenceStore, warc_path
from ledger.net.fetching import Limits
from ledger.net.guarded import Guard
from tests.evidence import site as sites
from tests.evidence.conftest import Clock, fetcher
from tests.evidence.site import ARABIC, GERMAN, KOREAN, PNG, Site
from tests.evidence.tls import untrusted


def read_by_warcio(store: EvidenceStore, captured: Captured, tmp_path: Path) -> list[tuple[str, bytes, dict[str, str]]]:
    """Type, content and headers of every record, each digest checked by warcio itself."""
    file = tmp_path / "capture.warc.gz"
    file.write_bytes(store.warc(captured.capture.warc))
    with pytest.raises(SystemExit) as ended:
        warcio(["check", str(file)])
    assert ended.value.code == 0
    found = []
    for record in ArchiveIterator(io.BytesIO(file.read_bytes()), check_digests="raise"):
        assert record.rec_headers.protocol == "WARC/1.1"
        found.append((record.rec_type, record.content_stream().read(), dict(record.rec_headers.headers)))
    return found


def files(tmp_path: Path) -> list[str]:
    """What is in the evidence store, but for its lock."""
    found = (one for one in (tmp_path / "evidence").rglob("*") if one.is_file())
    return sorted(str(one.relative_to(tmp_path / "evidence")) for one in found if one.name != ".lock")


@pytest.mark.parametrize(
    "path, lang, title, words",
    [
        ("/de", "de", "Nordkorea bestätigt Entsendung", GERMAN),
        ("/ko", "ko", "북한, 파병 공식 확인", KOREAN),
        ("/ar", "ar", "كوريا الشمالية تؤكد إرسال قوات", ARABIC),
    ],
    ids=["german", "korean", "arabic"],
)
def test_a_page_is_kept_and_what_it_says_is_read(
    site: Site, store: EvidenceStore, tmp_path: Path, path: str, lang: str, title: str, words: list[str]
) -> None:
    captured = capture_page(store, fetcher(), site.url(path))
    assert (captured.found.title, captured.found.lang, captured.found.authors) == (title, lang, ("Anna Amsel",))
    assert (captured.found.published_at, captured.found.media_type) == ("2025-04-28T06:00:00Z", "text/html")
    text = store.text(captured.kept.sha256)
    assert text is not None
    assert all(sentence in text for sentence in words)
    assert "Start" not in text, "the menu is no part of the text"
    records = read_by_warcio(store, captured, tmp_path)
    assert [kind for kind, *_ in records] == ["warcinfo", "response", "request", "conversion"]
    assert hashlib.sha256(records[1][1]).hexdigest() == captured.kept.sha256.removeprefix("sha256:")
    assert records[3][1].decode() == text
    assert b"user-agent: OnRecord/" in store.records(captured.capture.warc)[2].block


def test_redirects_are_kept_with_every_hop(site: Site, store: EvidenceStore, tmp_path: Path) -> None:
    captured = capture_page(store, fetcher(), site.url("/moved"))
    assert (captured.capture.url, captured.capture.final) == (site.url("/moved"), site.url("/de"))
    hops = [one for one in store.records(captured.capture.warc) if one.type == "response"]
    assert [(one.url, one.answer.status) for one in hops] == [
        (site.url("/moved"), 301), (site.url("/moved-again"), 307), (site.url("/de"), 200),
    ]  # fmt: skip
    assert len(read_by_warcio(store, captured, tmp_path)) == 1 + 2 * 3 + 1


@pytest.mark.parametrize("path", ["/gzip", "/chunked", "/chunked-gzip", "/hints"])
def test_what_is_packed_or_in_chunks_is_kept_as_it_came_and_known_by_its_content(
    site: Site, store: EvidenceStore, tmp_path: Path, path: str
) -> None:
    captured = capture_page(store, fetcher(), site.url(path))
    content = next(content for kind, content, _ in read_by_warcio(store, captured, tmp_path) if kind == "response")
    own = next(one for one in store.records(captured.capture.warc) if one.holds_answer)
    assert content == held(own) == store.content(captured.kept.sha256)
    assert content.startswith(b"<!doctype html>")
    packed, chunked = b"content-encoding: gzip" in own.block.lower(), b"transfer-encoding: chunked" in own.block.lower()
    assert (packed, chunked) == ("gzip" in path, "chunked" in path)


def test_a_pdf_file_is_kept_with_its_text_and_pages(site: Site, store: EvidenceStore, tmp_path: Path) -> None:
    captured = capture_page(store, fetcher(), site.url("/pdf"))
    assert (captured.found.media_type, captured.found.pages, captured.found.title) == (
        "application/pdf",
        2,
        "Troops: a statement",
    )
    assert store.text(captured.kept.sha256) == "The ministry confirms the deployment.\fSecond page."
    assert captured.found.published_at == "2025-04-28"
    read_by_warcio(store, captured, tmp_path)


def test_a_picture_is_kept_as_a_file(site: Site, store: EvidenceStore) -> None:
    captured = capture_page(store, fetcher(), site.url("/png"))
    assert (captured.found.medium, captured.found.media_type) == ("image", "image/png")
    assert store.content(captured.kept.sha256) == PNG


def test_a_stream_of_300_mb_is_cut_off_at_the_limit_and_nothing_is_kept(
    site: Site, store: EvidenceStore, tmp_path: Path
) -> None:
    with pytest.raises(TooLargeError, match=f"cut off after {8 << 20} bytes"):
        capture_page(store, fetcher(), site.url("/stream"))
    assert site.sent < 40 << 20, "what lies in the buffers of two sockets may have been sent, not 300 MB"
    assert files(tmp_path) == []


def test_a_page_that_unpacks_to_far_more_than_it_is_is_refused(site: Site, store: EvidenceStore, tmp_path: Path) -> None:
    with pytest.raises(TooLargeError, match="unpacks to more than"):
        capture_page(store, fetcher(), site.url("/bomb"))
    assert files(tmp_path) == []


def test_a_page_that_changes_between_visits_is_two_contents(site: Site, store: EvidenceStore) -> None:
    site.pages["/changing"] = sites.page("de", "Vorher", GERMAN)
    before = capture_page(store, fetcher(), site.url("/changing"))
    site.pages["/changing"] = sites.page("de", "Nachher", GERMAN[:2])
    after = capture_page(store, fetcher(), site.url("/changing"))
    assert before.kept.sha256 != after.kept.sha256
    assert b"Vorher" in store.content(before.kept.sha256)
    assert b"Nachher" in store.content(after.kept.sha256)


def test_the_same_bytes_are_stored_once(site: Site, store: EvidenceStore, tmp_path: Path) -> None:
    clock = Clock()
    first = capture_page(store, fetcher(clock=clock), site.url("/de"))
    again = capture_page(store, fetcher(clock=clock), site.url("/de"))
    assert (first.new, again.new, again.capture.kind) == (True, False, "revisit")
    assert [one.at for one in again.kept.captures] == ["2025-04-28T08:01:00Z", "2025-04-28T08:03:00Z"]
    kinds = [(kind, content) for kind, content, _ in read_by_warcio(store, again, tmp_path)]
    assert [kind for kind, _ in kinds] == ["warcinfo", "revisit", "request"]
    assert kinds[1][1] == b""
    revisit, kept = store.records(again.capture.warc)[1], store.records(first.capture.warc)[1]
    assert revisit.headers["warc-refers-to"] == kept.headers["warc-record-id"]
    assert revisit.headers["warc-payload-digest"] == kept.headers["warc-payload-digest"]


@pytest.mark.parametrize("path", ["/to-private", "/to-neighbour", "/to-metadata"])
def test_a_redirect_to_a_private_address_is_refused_before_anything_is_sent(
    site: Site, store: EvidenceStore, tmp_path: Path, path: str
) -> None:
    with pytest.raises(ForbiddenError, match="leads to an address of this machine or its neighbours"):
        capture_page(store, fetcher(heeds_robots=False), site.url(path))
    assert files(tmp_path) == []


def test_a_redirect_to_a_name_of_a_private_address_is_refused(site: Site, store: EvidenceStore) -> None:
    site.pages["/de2"] = b"never"
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return {"127.0.0.1": ["127.0.0.1"]}.get(host, ["10.1.2.3"])

    with pytest.raises(ForbiddenError):
        capture_page(store, fetcher(resolve=resolve), site.url("/de2", "inner.example"))
    assert asked == ["inner.example"]


@pytest.mark.parametrize("path, error", [("/to-file", FormatError), ("/round", FormatError), ("/brotli", FormatError)])
def test_what_cannot_be_followed_or_read_is_a_clear_error(
    site: Site, store: EvidenceStore, tmp_path: Path, path: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        capture_page(store, fetcher(), site.url(path))
    assert files(tmp_path) == []


def test_this_machine_is_not_captured_unless_the_operator_named_it(site: Site, store: EvidenceStore) -> None:
    with pytest.raises(ForbiddenError):
        capture_page(store, fetcher(guard=Guard()), site.url("/de"))


def test_a_wrong_certificate_is_told_by_its_fault(store: EvidenceStore, tmp_path: Path) -> None:
    with (
        untrusted(tmp_path) as url,
        pytest.raises(StoreError, match=r"the certificate of 127\.0\.0\.1 does not hold: self.signed"),
    ):
        capture_page(store, fetcher(), url)
    assert files(tmp_path) == []


def test_a_server_that_never_ends_is_cut_off(site: Site, store: EvidenceStore, tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(BusyError, match=r"cut off after 0\.4 seconds"):
        capture_page(store, fetcher(limits=Limits(1 << 20, 0.4)), site.url("/endless"))
    assert time.monotonic() - started < 3
    assert files(tmp_path) == []


@pytest.mark.parametrize("path", ["/interrupted", "/broken-chunks"])
def test_an_interrupted_download_leaves_nothing(site: Site, store: EvidenceStore, tmp_path: Path, path: str) -> None:
    with pytest.raises(StoreError, match="broke off"):
        capture_page(store, fetcher(), site.url(path))
    assert files(tmp_path) == []


def test_a_file_that_is_not_what_it_says_is_told_and_kept_only_when_asked(
    site: Site, store: EvidenceStore, tmp_path: Path
) -> None:
    with pytest.raises(FormatError, match="is sent as image/jpeg, and is text/html by its bytes"):
        capture_page(store, fetcher(), site.url("/not-a-picture"))
    assert files(tmp_path) == []
    captured = capture_page(store, fetcher(), site.url("/not-a-picture"), as_found=True)
    assert captured.kept.media_type == "text/html"
    with pytest.raises(FormatError, match=r"protocol\.pdf is named as application/pdf, and is .*executable"):
        capture_file(store, "protocol.pdf", b"MZ" + bytes(90), Clock(), "test")


@pytest.mark.parametrize("path, error", [("/nowhere", NotFoundError), ("/gone", NotFoundError), ("/failing", StoreError)])
def test_what_is_gone_or_fails_is_no_capture(
    site: Site, store: EvidenceStore, tmp_path: Path, path: str, error: type[Exception]
) -> None:
    with pytest.raises(error, match="answers"):
        capture_page(store, fetcher(), site.url(path))
    assert files(tmp_path) == []


@contextmanager
def files_of_at_most(most: int) -> Iterator[None]:
    """No file of this process grows past so many bytes: the disk ends there."""
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_leaves_no_half_stored_capture(site: Site, store: EvidenceStore, tmp_path: Path) -> None:
    with files_of_at_most(600), pytest.raises(StoreError, match="cannot be written"):
        capture_page(store, fetcher(), site.url("/de"))
    assert files(tmp_path) == []
    assert capture_page(store, fetcher(), site.url("/de")).new


def test_a_disk_that_fills_up_in_between_leaves_no_half_stored_capture(
    site: Site, store: EvidenceStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, real, calls = capture_page(store, fetcher(), site.url("/ko")), os.fsync, iter(range(9))

    def fsync(handle: int) -> None:
        if next(calls) == 2:  # the capture is there and its folder too; now what names it
            raise OSError(28, "No space left on device")
        real(handle)

    before = files(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        with pytest.raises(StoreError, match="No space left on device"):
            capture_page(store, fetcher(), site.url("/de"))
    assert files(tmp_path) == before
    assert store.content(kept.kept.sha256)


def test_a_changed_byte_in_the_store_is_found(site: Site, store: EvidenceStore, tmp_path: Path) -> None:
    captured = capture_page(store, fetcher(), site.url("/de"))
    file = tmp_path / "evidence" / warc_path(captured.capture.warc)
    changed = bytearray(file.read_bytes())
    changed[len(changed) // 2] ^= 1
    file.write_bytes(changed)
    with pytest.raises(CorruptError, match="has changed"):
        store.warc(captured.capture.warc)


def test_a_file_is_kept_once_with_its_text(store: EvidenceStore, tmp_path: Path) -> None:
    content, clock = sites.pdf(["One page."]), Clock()
    first = capture_file(store, "/somewhere/stäte.pdf", content, clock, "OnRecord/0.1")
    assert first.capture.url == "file:///st%C3%A4te.pdf", "where it lay on somebody's disk is nobody's business"
    assert [kind for kind, *_ in read_by_warcio(store, first, tmp_path)] == ["warcinfo", "resource", "conversion"]
    again = capture_file(store, "copy.pdf", content, clock, "OnRecord/0.1")
    assert (again.new, len(files(tmp_path)), store.content(again.kept.sha256)) == (False, 2, content)


@pytest.mark.parametrize(
    "robots, allowed",
    [
        (None, True),
        (b"User-agent: *\nDisallow: /de\n", False),
        (b"User-agent: *\nDisallow: /\n\nUser-agent: OnRecord\nAllow: /\n", True),
        (b"User-agent: OnRecord\nDisallow: /d*e$\n", False),
        (b"User-agent: *\nDisallow: /d\nAllow: /de\n", True),
        (b"User-agent: other\nDisallow: /\n", True),
        (b"\xff\xfe\x00garbage", True),
    ],
)
def test_a_site_that_does_not_wish_it_is_not_read_unless_told_otherwise(
    site: Site, store: EvidenceStore, robots: bytes | None, allowed: bool
) -> None:
    site.robots = robots
    try:
        if allowed:
            capture_page(store, fetcher(), site.url("/de"))
        else:
            visits = site.visits.get("/de", 0)
            with pytest.raises(ForbiddenError, match=r"robots\.txt"):
                capture_page(store, fetcher(), site.url("/de"))
            assert site.visits.get("/de", 0) == visits
        assert capture_page(store, fetcher(heeds_robots=False), site.url("/de")).kept
    finally:
        site.robots = None


def test_records_written_hold_their_digests_and_a_changed_one_does_not(site: Site, store: EvidenceStore) -> None:
    captured = capture_page(store, fetcher(), site.url("/moved"))
    for record in store.records(captured.capture.warc):
        assert digest_fault(record) is None
        if record.block:
            changed = type(record)(record.type, record.headers, record.block[:-1] + bytes([record.block[-1] ^ 1]))
            assert digest_fault(changed) is not None


def test_an_ordinary_page_takes_less_than_a_second_beyond_the_servers_own_time(
    site: Site, store: EvidenceStore, capsys: pytest.CaptureFixture[str]
) -> None:
    """By this process's own time: a busy machine takes none of it."""
    article = GERMAN * 60
    capture_page(store, fetcher(), site.url("/de"))  # libraries are loaded once
    took: list[tuple[float, float]] = []
    for number in range(5):
        site.pages["/long"] = sites.page("de", f"Lang {number}", article)
        wall, own = time.monotonic(), time.process_time()
        capture_page(store, fetcher(), site.url("/long"))
        took.append((time.process_time() - own, time.monotonic() - wall))
    own, wall = (sorted(one)[2] for one in zip(*took, strict=True))
    with capsys.disabled():
        load = os.getloadavg()[0]
        print(f"\ncapture of a page of {len(site.pages['/long'])} bytes: {own:.3f} s own, {wall:.3f} s in all, load {load:.1f}")
    assert own < 1


def test_the_fetcher_says_who_it_is() -> None:
    agent = fetcher(contact="mailto:desk@fjord.example").agent
    assert agent == "OnRecord/0.1 (keeps one page as evidence, asked for by a person; mailto:desk@fjord.example)"
