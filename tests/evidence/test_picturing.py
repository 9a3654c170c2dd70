"""A page's picture is drawn from its captured bytes alone: the browser reaches nobody, ends in time and leaves nothing."""

from __future__ import annotations

import io
import json
import os
import socket
import stat
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from ledger.errors import BusyError, StoreError, UsageError
from ledger.evidence.browser import find_browser
from ledger.evidence.capturing import capture_file, capture_page
from ledger.evidence.picturing import HEIGHT, MOST_HIGH, WIDTH, Drawn, add_picture, draw
from ledger.evidence.store import EvidenceStore, digest_of
from tests.browser import chromium, find_chromium
from tests.cli.conftest import Ran, run_here
from tests.evidence import site as sites
from tests.evidence.conftest import Clock, fetcher
from tests.evidence.site import Site
from tests.evidence.test_documented import no_browser
from tests.evidence.test_stamped import CLAIM
from tests.evidence.test_zipping import entries, packed, relisted

HTML = "text/html; charset=utf-8"
ADDRESS = "https://fjord.example/bridge"


@pytest.fixture
def program() -> str:
    found = find_chromium()
    if found is None:
        no_browser()
    assert found is not None
    return found


def pixels(drawn: Drawn) -> Image.Image:
    found = Image.open(io.BytesIO(drawn.content)).convert("RGB")
    assert found.size == (drawn.width, drawn.height)
    return found


def test_the_whole_page_is_drawn_to_its_last_line(program: str) -> None:
    page = b'<body style="margin:0"><div style="height:5000px;background:#00f"></div><div style="height:10px;background:#f00">'
    drawn = draw(program, ADDRESS, HTML, b"<!doctype html>" + page)
    assert (drawn.width, drawn.height, drawn.cut) == (WIDTH, 5_010, False)
    found = pixels(drawn)
    assert (found.getpixel((5, 3_000)), found.getpixel((5, 5_005))) == ((0, 0, 255), (255, 0, 0))
    assert "Chrom" in drawn.browser
    assert drawn.missing == {}


def test_a_page_without_end_is_cut_off_which_is_said(program: str) -> None:
    page = b'<!doctype html><body style="margin:0"><div style="height:900000px;background:#00ff00">'
    drawn = draw(program, ADDRESS, HTML, page)
    assert (drawn.height, drawn.cut) == (MOST_HIGH, True)
    assert pixels(drawn).getpixel((5, MOST_HIGH - 1)) == (0, 255, 0)


def test_a_short_page_is_as_long_as_a_window(program: str) -> None:
    assert draw(program, ADDRESS, HTML, b"<p>x").height == HEIGHT


def test_what_is_in_the_page_is_shown_and_nothing_in_it_runs(program: str) -> None:
    import base64

    out = io.BytesIO()
    Image.new("RGB", (100, 100), (0, 0, 255)).save(out, "PNG")
    own = base64.b64encode(out.getvalue()).decode()
    page = f"""<!doctype html><body style="margin:0"><img style="display:block" src="data:image/png;base64,{own}">
<img style="display:none" src=x onerror="document.body.style.background='red'">
<script>document.body.style.background = "red"</script>"""
    drawn = draw(program, ADDRESS, HTML, page.encode())
    found = pixels(drawn)
    assert (found.getpixel((50, 50)), found.getpixel((600, 400))) == ((0, 0, 255), (255, 255, 255))
    assert drawn.missing == {"pictures": 1}


def test_a_page_is_read_in_the_charset_that_it_was_sent_with(program: str) -> None:
    page = "<!doctype html><p style='font:30px sans-serif'>Мост закрыт"
    sent = draw(program, ADDRESS, "text/html; charset=windows-1251", page.encode("windows-1251"))
    assert sent.content == draw(program, ADDRESS, HTML, page.encode()).content
    assert sent.content != draw(program, ADDRESS, HTML, b"<!doctype html><p style='font:30px sans-serif'>").content


@contextmanager
def listening() -> Iterator[tuple[int, list[str]]]:
    """A port that notes whoever connects to it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        seen: list[str] = []

        def note() -> None:
            while True:
                try:
                    other, _ = server.accept()
                except OSError:
                    return
                seen.append("somebody")
                other.close()

        threading.Thread(target=note, daemon=True).start()
        yield server.getsockname()[1], seen
        time.sleep(0.2)
        server.shutdown(socket.SHUT_RDWR)


def test_a_hostile_page_reaches_nobody(program: str, site: Site) -> None:
    with listening() as (port, seen):
        there = f"http://127.0.0.1:{port}"
        page = f"""<!doctype html><html><head><base href="{there}/"><meta http-equiv="refresh" content="0;url={there}/refresh">
<link rel="preconnect" href="{there}"><link rel="dns-prefetch" href="{there}"><link rel="prefetch" href="{there}/prefetch">
<link rel="preload" as="image" href="{there}/preload">
<link rel="stylesheet" href="{there}/sheet"><link rel="icon" href="{there}/icon">
<link rel="manifest" href="{there}/manifest">
<script type="speculationrules">{{"prerender": [{{"urls": ["{there}/next"]}}]}}</script>
<style>@import "{there}/import";
@font-face {{ font-family: x; src: url({there}/font) }} p {{ font-family: x; background: url(/bg) }}</style>
</head><body><p>x</p><img src="/img"><img srcset="/img1 1x, /img2 2x"><iframe src="/frame"></iframe>
<iframe src="{ADDRESS}"></iframe>
<iframe srcdoc="<img src='{there}/inner'>"></iframe><iframe src="file:///etc/passwd"></iframe>
<iframe src="javascript:fetch('/js')"></iframe>
<object data="/object"></object><embed src="/embed"><video src="/video" poster="/poster"></video><audio src="/audio"></audio>
<svg><image href="/svg"/><use href="/use#a"/></svg><input type="image" src="/input"><script src="/script"></script>
<script>new WebSocket("ws://127.0.0.1:{port}/"); fetch("/fetch"); new RTCPeerConnection(
  {{iceServers: [{{urls: "stun:127.0.0.1:{port}"}}]}}).createOffer()</script></body></html>"""
        drawn = draw(program, ADDRESS, HTML, page.encode())
        assert drawn.missing["pictures"] >= 5
        assert {"frames", "styles", "typefaces", "films and sounds"} <= drawn.missing.keys()
    assert seen == []
    with listening() as (port, seen):  # what is written above would tell
        socket.create_connection(("127.0.0.1", port)).close()
    assert seen == ["somebody"]


def fake(place: Path, lines: str) -> str:
    """A program that is no browser."""
    file = place / "fake-browser"
    file.write_text(f"#!/bin/sh\n{lines}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return str(file)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where temporary files go meanwhile: browsers have sockets there, whose paths are short."""
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        monkeypatch.setattr("tempfile.tempdir", place)
        yield Path(place)


def gone(process: int) -> bool:
    """Whether it ended; a moment is given to it."""
    for _ in range(50):
        try:
            if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


def test_a_browser_that_hangs_is_stopped_with_all_that_it_started(tmp_path: Path, short: Path) -> None:
    program = fake(tmp_path, f"sleep 600 & echo $! $$ > {tmp_path}/processes; wait")
    begun = time.monotonic()
    with pytest.raises(BusyError, match="took too long"):
        draw(program, ADDRESS, HTML, b"<p>x", seconds=1.0)
    assert time.monotonic() - begun < 5
    assert all(gone(int(one)) for one in (tmp_path / "processes").read_text().split())
    assert not list(short.iterdir())


def test_a_browser_leaves_no_process_and_no_profile(program: str, short: Path) -> None:
    draw(program, ADDRESS, HTML, b"<p>x")
    assert not list(short.iterdir())

    def running() -> list[str]:
        lines = (one for one in Path("/proc").glob("[0-9]*/cmdline"))
        return [str(one) for one in lines if str(short).encode() in _read(one)]

    for _ in range(50):
        if not running():
            break
        time.sleep(0.1)
    assert running() == []


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


@pytest.mark.parametrize(
    "lines, said",
    [("exit 1", "ended by itself"), ("printf 'what\\0' >&4; sleep 5", "no JSON"), ("cat <&3 >&4", "as no browser does")],
    ids=["dies", "babbles", "echoes"],
)
def test_a_program_that_is_no_browser_is_told(tmp_path: Path, lines: str, said: str) -> None:
    with pytest.raises(StoreError, match=said):
        draw(fake(tmp_path, lines), ADDRESS, HTML, b"<p>x", seconds=2.0)


def test_no_secret_of_the_environment_goes_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_PASSPHRASE", "open sesame")
    with pytest.raises(StoreError):
        draw(fake(tmp_path, f"env > {tmp_path}/environment; echo $@ > {tmp_path}/words"), ADDRESS, HTML, b"<p>x", seconds=5)
    told = (tmp_path / "environment").read_text()
    assert "HOME=" in told
    assert "ONRECORD" not in told
    assert ("--no-sandbox" in (tmp_path / "words").read_text()) == (os.geteuid() == 0)


def test_a_browser_that_is_not_there_is_told() -> None:
    with pytest.raises(UsageError, match="is no program"):
        find_browser("no-such-browser-anywhere")


def test_a_picture_is_kept_by_its_hash_and_named_at_its_capture(program: str, site: Site, store: EvidenceStore) -> None:
    first = add_picture(store, capture_page(store, fetcher(), site.url("/de")), program)
    again = capture_page(store, fetcher(), site.url("/de"))
    assert (first.capture.kind, again.capture.kind, again.capture.picture) == ("response", "revisit", None)
    assert first.capture.picture is not None
    content = store.picture(first.capture.picture.sha256)
    assert digest_of(content) == first.capture.picture.sha256
    kept = store.kept(first.kept.sha256)
    assert kept is not None
    assert [one.picture for one in kept.captures] == [first.capture.picture, None]
    seen = add_picture(store, again, program)
    assert seen.capture.picture == first.capture.picture, "the same bytes, drawn the same"


def test_what_is_no_page_has_no_picture(store: EvidenceStore) -> None:
    captured = capture_file(store, "a.pdf", sites.pdf(["x"]), Clock(), "test")
    assert add_picture(store, captured, "no browser is asked") is captured


def test_without_a_browser_a_page_is_captured_all_the_same(
    fresh: str, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONRECORD_CAPTURE_ALLOW", "127.0.0.1/32")
    monkeypatch.setenv("ONRECORD_BROWSER", "no-such-browser-anywhere")
    ran = run_here("capture", site.url("/de"), "--picture", "--ledger", fresh)
    assert (ran.code, "warning: no picture: no-such-browser-anywhere is no program" in ran.err) == (0, True)
    monkeypatch.setenv("ONRECORD_BROWSER", fake(tmp_path, "exit 1"))
    ran = run_here("capture", site.url("/ko"), "--picture", "--ledger", fresh)
    assert (ran.code, "warning: no picture: the browser ended by itself" in ran.err) == (0, True)
    assert "hash " in ran.out
    assert "picture" not in ran.out


@pytest.fixture(scope="module")
def zipped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[str, ...]]:
    """A zip of one page with its picture, and the keys of its ledger."""
    if find_chromium() is None:
        no_browser()
    place, found = tmp_path_factory.mktemp("pictured"), sites.serve()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ONRECORD_CAPTURE_ALLOW", "127.0.0.1/32")
        ledger = str(place / "ledger.db")
        assert run_here("init", "--ledger", ledger, "--name", "alice").code == 0
        seen = run_here("capture", found.url("/de"), "--picture", "--ledger", ledger, "--json").json
        sites.stop(found)
        assert seen["capture"]["picture"]["media_type"] == "image/png"
        (place / "claim.yaml").write_text(CLAIM.replace("SEEN", seen["document"]["sha256"]))
        claim = run_here("import", str(place / "claim.yaml"), "--ledger", ledger, "--json").json["claims"]["bridge"]
        done = run_here("export", claim, "--ledger", ledger, "--with-evidence", "-o", str(place / "claim.zip"))
        assert done.code == 0, done.err
    return place / "claim.zip", tuple(run_here("log", "keys", "--ledger", ledger).out.split())


Zipped = tuple[Path, tuple[str, ...]]


def verify(file: Path, zipped: Zipped) -> Ran:
    return run_here("verify", str(file), *(word for key in zipped[1] for word in ("--trust", key)))


def test_a_zip_holds_the_picture_and_says_that_it_is_not_proven(zipped: Zipped) -> None:
    ran = verify(zipped[0], zipped)
    told = " ".join(ran.out.split())
    assert (ran.code, "result: ok" in told) == (0, True)
    assert "pictures: not proven: 1 picture of pages, which prove nothing: drawn by whoever packed them" in told


def test_the_page_shows_the_picture_from_disk_under_words_that_it_is_not_proven(
    zipped: Zipped, program: str, short: Path
) -> None:
    with zipfile.ZipFile(zipped[0]) as made:
        made.extractall(short / "open")
    with chromium(program, short / "profile") as context:
        context.set_offline(True)
        tab, told = context.new_page(), list[str]()
        tab.on("console", lambda message: told.append(message.text))
        tab.set_viewport_size({"width": 390, "height": 800})
        tab.goto((short / "open" / "index.html").as_uri())
        picture = tab.locator("figure img")
        picture.scroll_into_view_if_needed()
        tab.wait_for_function("document.querySelector('figure img').complete")
        assert picture.evaluate("one => [one.naturalWidth, one.width <= 390]") == [WIDTH, True]
        assert "not proven" in tab.locator("figcaption").inner_text()
        assert tab.evaluate("document.documentElement.scrollWidth") == 390
        assert told == []


def other_bytes(files: dict[str, bytes], path: str) -> str:
    files[path] = files[path] + b"x"
    return "is not the file of its name"


def no_picture(files: dict[str, bytes], path: str) -> str:
    content = b"<html>forged"
    _renamed(files, path, f"pictures/{digest_of(content)[7:]}.png", content)
    return "is no picture"


def of_nothing(files: dict[str, bytes], path: str) -> str:
    files["pictures/more.png"] = files[path]
    return "pictures/more.png is of no document"


def as_an_earlier_page(files: dict[str, bytes], path: str) -> str:
    """Form 1 has no words about pictures: there it would be shown as a file that was seen."""
    listed = json.loads(files["manifest.json"]) | {"page": 1}
    files["manifest.json"] = json.dumps(listed).encode()
    return f"{path} is no file of"


def _renamed(files: dict[str, bytes], path: str, new: str, content: bytes) -> None:
    del files[path]
    files[new] = content
    for name in ("manifest.json", "index.html"):
        files[name] = files[name].replace(path.encode(), new.encode())


@pytest.mark.parametrize("forge", [other_bytes, no_picture, of_nothing, as_an_earlier_page])
def test_a_picture_that_is_not_what_it_seems_fails_by_name(
    zipped: Zipped, tmp_path: Path, forge: Callable[[dict[str, bytes], str], str]
) -> None:
    files = entries(zipped[0])
    said = forge(files, next(path for path in files if path.startswith("pictures/")))
    ran = verify(packed(tmp_path, relisted(files)), zipped)
    assert ran.code == 6, ran.out
    assert said in ran.err
