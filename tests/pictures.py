"""`python -m tests.pictures [FOLDER [PAGE]...]`: every kind of page, or these, as pictures: wide and narrow, light and dark.

The ledger is the running example with a chain of 60 statements beside it, made anew. Chromium writes WebP itself.
"""

from __future__ import annotations

import base64
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import BrowserContext, Page

from tests.browser import chromium, find_chromium
from tests.gallery import SHOWS, gallery

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pages"
WIDTHS = {"wide": 1200, "narrow": 390}
TALLEST = {"wide": 1_500, "narrow": 2_000}
"""Where a long page is cut: what is below looks like what is above."""
QUALITY = 30


def main(folder: Path, wanted: Sequence[str] = ()) -> None:
    """Without names, all of them, and nothing else stays in the folder."""
    program = find_chromium()
    if program is None:
        sys.exit("error: no chromium\nhint: apt-get install chromium")
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.webp") if not wanted else ():
        old.unlink()
    with tempfile.TemporaryDirectory() as place, gallery(Path(place)) as shown:
        for scheme in ("light", "dark"):
            with chromium(program, Path(place, scheme)) as browser:
                for name, path in shown.pages.items():
                    if wanted and name not in wanted:
                        continue
                    take(browser, shown.url + path, folder, name, scheme)
    names = list(shown.pages)
    (folder / "README.md").write_text(index(names), "utf-8")
    total = sum(one.stat().st_size for one in folder.glob("*.webp"))
    print(f"{len(names)} pages, {len(list(folder.glob('*.webp')))} pictures, {total / 1e6:.1f} MB in {folder}")


def take(browser: BrowserContext, address: str, folder: Path, name: str, scheme: str) -> None:
    """The page at every width, in this colour scheme."""
    page = browser.new_page()
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for kind, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(address, wait_until="load")
        see_all(page)
        folder.joinpath(f"{name}-{kind}-{scheme}.webp").write_bytes(_picture(page, width, TALLEST[kind]))
    page.close()


def see_all(page: Page) -> None:
    """What is loaded only when it comes into view has been loaded."""
    page.evaluate("() => document.querySelectorAll('img[loading=lazy]').forEach(one => { one.loading = 'eager' })")
    page.evaluate("() => Promise.all([...document.images].map(one => one.decode().catch(() => null)))")


def _picture(page: Page, width: int, tallest: int) -> bytes:
    height = min(page.evaluate("() => Math.ceil(document.documentElement.getBoundingClientRect().height)"), tallest)
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    asked = {"format": "webp", "quality": QUALITY, "captureBeyondViewport": True, "clip": clip}
    session = page.context.new_cdp_session(page)
    try:
        return base64.b64decode(session.send("Page.captureScreenshot", asked)["data"])
    finally:
        session.detach()


def index(names: list[str]) -> str:
    """The README beside the pictures: a line for each page."""
    lines = [
        "# The pages",
        "",
        "Every kind of page on the running example, as `make pictures` takes them: 1200 and 390 pixels wide, light and dark.",
        "Long pages are cut.",
        "",
        "| page | shows | wide | narrow |",
        "|---|---|---|---|",
    ]
    for name in names:
        links = [
            " · ".join(f"[{scheme}]({name}-{kind}-{scheme}.webp)" for scheme in ("light", "dark"))
            for kind in ("wide", "narrow")
        ]
        lines.append(f"| {name} | {SHOWS[name]} | {' | '.join(links)} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER, sys.argv[2:])
