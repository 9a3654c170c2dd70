"""A picture of a page as it was captured, drawn by a browser that is given the captured bytes and nothing else.

It shows how the page may have looked, and proves nothing: whoever has the file may have drawn it otherwise.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from ledger.core.sniffing import plain_type
from ledger.core.warcs import WarcRecord, held
from ledger.errors import FormatError, NotFoundError, StoreError, TooLargeError
from ledger.evidence.browser import Browser, started
from ledger.evidence.capturing import Captured
from ledger.evidence.store import EvidenceStore, digest_of
from schemas.evidence import Picture

PAGES = ("text/html", "application/xhtml+xml")
WIDTH, HEIGHT = 1_280, 800
MOST_HIGH = 16_000
"""Browsers of this kind draw nothing that is right beyond 16,384 points."""
MAX_PICTURE_BYTES = 32 << 20
SECONDS = 30.0
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_:.+-]{1,40})", re.IGNORECASE)
_PNG = b"\x89PNG\r\n\x1a\n"
# As DevTools names what a page asks for.
_PARTS = {
    "Stylesheet": "styles", "Image": "pictures", "Media": "films and sounds", "Font": "typefaces", "Script": "scripts",
    "Document": "frames",
}  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """A PNG file, what drew it, whether the page is longer than it shows, and how many parts of each kind were missing."""

    content: bytes
    width: int
    height: int
    cut: bool
    browser: str
    missing: dict[str, int]


def add_picture(store: EvidenceStore, captured: Captured, program: str, seconds: float = SECONDS) -> Captured:
    """The capture with its picture, which is kept beside it; what is no page is as it was."""
    if captured.kept.media_type not in PAGES:
        return captured
    drawn = draw(program, *_page(store, captured), seconds)
    picture = Picture(
        sha256=digest_of(drawn.content),
        media_type="image/png",
        bytes=len(drawn.content),
        width=drawn.width,
        height=drawn.height,
        cut=drawn.cut,
        browser=drawn.browser,
        missing=drawn.missing,
    )
    kept = store.add_picture(captured.kept.sha256, captured.capture.warc, picture, drawn.content)
    return replace(captured, kept=kept, capture=captured.capture.model_copy(update={"picture": picture}))


def draw(program: str, url: str, content_type: str, content: bytes, seconds: float = SECONDS) -> Drawn:
    """The whole page, as long as it is, without what it would load. BusyError where that takes longer; StoreError where the
    browser does not do it."""
    with started(program, WIDTH, HEIGHT, seconds) as browser:
        try:
            return _drawn(browser, url, content_type, content)
        except (LookupError, TypeError, ValueError, AttributeError):
            raise StoreError("it answers as no browser does", hint="ONRECORD_BROWSER names another") from None


def _drawn(browser: Browser, url: str, content_type: str, content: bytes) -> Drawn:
    target = browser.call("Target.createTarget", url="about:blank")["targetId"]
    session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    # What runs in a page could change what it shows, and is the greater part of what can be attacked.
    browser.call("Emulation.setScriptExecutionDisabled", session, value=True)
    size = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
    browser.call("Emulation.setDeviceMetricsOverride", session, **size)
    browser.call("Page.enable", session)
    browser.call("Fetch.enable", session, patterns=[{"urlPattern": "*"}])
    page = _Page(browser, session, target, content_type, content)
    browser.heed = page.heed
    browser.send("Page.navigate", session, url=url)
    browser.wait(lambda: page.loaded)
    box = browser.call("Page.getLayoutMetrics", session)["cssContentSize"]
    wide, high = min(max(int(box["width"]), WIDTH), 2 * WIDTH), max(int(box["height"]), 1)
    clip = {"x": 0, "y": 0, "width": wide, "height": min(high, MOST_HIGH), "scale": 1}
    shot = browser.call("Page.captureScreenshot", session, format="png", captureBeyondViewport=True, clip=clip)
    product = str(browser.call("Browser.getVersion").get("product"))[:100]
    return Drawn(_decoded(shot), wide, min(high, MOST_HIGH), high > MOST_HIGH, product, dict(sorted(page.missing.items())))


class _Page:
    """What the browser asks for, and is given: the page itself, once, and nothing else, however long it goes on asking."""

    def __init__(self, browser: Browser, session: str, frame: str, content_type: str, content: bytes) -> None:
        self._browser, self._session, self._frame = browser, session, frame
        self._content_type, self._content, self._given = content_type, content, False
        self.loaded, self.missing = False, Counter[str]()

    def heed(self, event: dict[str, Any]) -> None:
        if event["method"] == "Page.loadEventFired":
            self.loaded = True
        elif event["method"] == "Fetch.requestPaused":
            self._answer(event["params"])

    def _answer(self, asked: dict[str, Any]) -> None:
        kind, own = asked.get("resourceType", ""), asked.get("frameId") == self._frame
        if kind == "Document" and own and not self._given:
            self._given = True
            self._fulfil(asked, 200, [{"name": "Content-Type", "value": self._content_type}], self._content)
            return
        if kind in _PARTS and not (kind == "Document" and own):
            self.missing[_PARTS[kind]] += 1
        if kind == "Document":
            # No content: a frame stays empty, and a page that leads on stays where it is.
            self._fulfil(asked, 204, [], b"")
        else:
            words = {"requestId": asked["requestId"], "errorReason": "BlockedByClient"}
            self._browser.send("Fetch.failRequest", self._session, **words)

    def _fulfil(self, asked: dict[str, Any], status: int, headers: list[dict[str, str]], body: bytes) -> None:
        coded = base64.b64encode(body).decode()
        answer = {"requestId": asked["requestId"], "responseCode": status, "responseHeaders": headers, "body": coded}
        self._browser.send("Fetch.fulfillRequest", self._session, **answer)


def _decoded(shot: dict[str, Any]) -> bytes:
    try:
        content = base64.b64decode(str(shot.get("data")), validate=True)
    except (ValueError, binascii.Error):
        content = b""
    if not content.startswith(_PNG):
        raise StoreError("the browser's picture is none")
    if len(content) > MAX_PICTURE_BYTES:
        raise TooLargeError(f"a picture of {len(content)} bytes, at most {MAX_PICTURE_BYTES} are kept")
    return content


def _page(store: EvidenceStore, captured: Captured) -> tuple[str, str, bytes]:
    """Its address, its type with the charset that it was sent with, and its bytes."""
    record, content = _holding(store, captured.kept.sha256)
    seen, said = captured.capture, record.answer.header("content-type") if record.holds_answer else None
    # A file of somebody's disk has no address that a browser may be given: it would be one of this disk.
    url = (seen.final or seen.url) if seen.kind != "resource" else "http://file.invalid/"
    kind = captured.kept.media_type
    charset = _CHARSET.search(said) if said and plain_type(said) in PAGES else None
    return url, f"{kind}; charset={charset[1]}" if charset else kind, content


def _holding(store: EvidenceStore, sha256: str) -> tuple[WarcRecord, bytes]:
    kept = store.kept(sha256)
    for capture in kept.captures if kept else ():
        for record in store.records(capture.warc):
            if record.type not in ("response", "resource"):
                continue
            try:
                content = held(record)
            except FormatError:  # a redirect on the way may be packed as nobody can unpack it
                continue
            if digest_of(content) == sha256:
                return record, content
    raise NotFoundError(f"no content {sha256} in the evidence store")
