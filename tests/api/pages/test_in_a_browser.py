"""Every kind of page in a real browser: what axe-core finds, whether it fits a narrow window, whether a keyboard is enough."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser import chromium, find_chromium
from tests.conftest import _missing
from tests.gallery import SHOWS, Gallery

AXE = Path(__file__).resolve().parents[2] / "interop" / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = (390, 1200)
MOST_STEPS = 70
RUN = """only => axe.run(document, only ? {runOnly: {type: 'rule', values: only}} : {}).then(found => found.violations
  .filter(one => ['serious', 'critical'].includes(one.impact))
  .map(one => `${one.id} (${one.impact}): ${one.nodes.slice(0, 4).map(node => node.html.slice(0, 160)).join(' | ')}`))"""
# What can be reached with Tab, in the order of the page; a closed <details> hides what is in it.
REACHABLE = """() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
  .filter(one => one.type !== 'hidden' && !one.disabled && one.tabIndex >= 0)
  .filter(one => one.checkVisibility({visibilityProperty: true}))"""
FOCUSED = """all => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  return {place: all.indexOf(one), parts: one.type === 'date', what: one.outerHTML.slice(0, 120),
    seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2};
}"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    program = find_chromium()
    if program is None:
        _missing("no Chromium: neither `chromium` nor `chromium-browser`")
    with chromium(program, tmp_path_factory.mktemp("profile")) as context:
        yield context


@pytest.fixture
def page(browser: BrowserContext) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


def opened(page: Page, shown: Gallery, name: str, width: int = 1200) -> None:
    look(page, width)
    page.goto(shown.url + shown.pages[name])


def look(page: Page, width: int, scheme: Any = "light") -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})


@pytest.fixture(scope="module")
def axe() -> str:
    if not AXE.is_file():
        _missing("no axe-core: `npm ci` in tests/interop")
    return AXE.read_text("utf-8")


def test_the_gallery_has_every_kind_of_page(shown: Gallery) -> None:
    assert list(shown.pages) == list(SHOWS)


@pytest.mark.parametrize("name", SHOWS)
def test_axe_finds_nothing_serious(page: Page, shown: Gallery, axe: str, name: str) -> None:
    opened(page, shown, name)
    page.evaluate(axe)
    found = []
    # In the dark nothing but colours is otherwise.
    for scheme, only in (("light", None), ("dark", ["color-contrast"])):
        for width in WIDTHS:
            look(page, width, scheme)
            found += [f"{scheme} {width}: {one}" for one in page.evaluate(RUN, only)]
    assert found == []


def test_axe_would_find_something(page: Page, shown: Gallery, axe: str) -> None:
    opened(page, shown, "home", 390)
    page.evaluate("() => { document.querySelector('input[type=search]').labels[0].remove(); document.title = '' }")
    page.evaluate(axe)
    found = " ".join(page.evaluate(RUN, None))
    assert "label (critical)" in found
    assert "document-title (serious)" in found


@pytest.mark.parametrize("name", SHOWS)
def test_a_page_fits_a_narrow_window(page: Page, shown: Gallery, name: str) -> None:
    """WCAG 1.4.10: 320 CSS pixels are 1280 at 400 %."""
    opened(page, shown, name, 320)
    for width in (320, 390):
        look(page, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, beyond(page, width)


def beyond(page: Page, width: int) -> list[str]:
    """What reaches past the window's edge, for whoever has to mend it."""
    script = """width => [...document.querySelectorAll('main *, header *, footer *')]
      .filter(one => one.getBoundingClientRect().right > width).map(one => one.outerHTML.slice(0, 100)).slice(0, 8)"""
    found: list[str] = page.evaluate(script, width)
    return found


@pytest.mark.parametrize("name", SHOWS)
def test_tab_leads_through_the_page_in_order_and_is_seen(page: Page, shown: Gallery, name: str) -> None:
    opened(page, shown, name)
    reachable = page.evaluate_handle(REACHABLE)
    many = page.evaluate("all => all.length", reachable)
    at = {"place": -1, "parts": False}
    for step in range(min(many, MOST_STEPS)):
        while at["place"] < step:
            before = at["place"]
            page.keyboard.press("Tab")
            at = page.evaluate(FOCUSED, reachable)
            # Day, month and year of a date are a step each.
            assert at["place"] == step or (at["parts"] and at["place"] == before), (step, at)
        assert at["seen"], at
        assert at["outline"], at


# The page that verifies is one part from top to bottom, and so is a card.
@pytest.mark.parametrize("name", [name for name in SHOWS if name not in ("verify", "card")])
def test_the_first_step_skips_to_the_content(page: Page, shown: Gallery, name: str) -> None:
    opened(page, shown, name)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'main'")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement === document.body || !document.activeElement.closest('header')")


SEEN = """() => { const box = document.querySelector('.picture');
  return [box.classList.contains('fit'), box.scrollWidth > box.clientWidth]; }"""


def test_a_graph_opens_as_wide_as_the_page_where_it_can_be_read_so(page: Page, shown: Gallery) -> None:
    opened(page, shown, "claim")
    widths = "one => [one.getBoundingClientRect().width, Number(one.getAttribute('width'))]"
    room, drawn = page.locator(".picture svg").evaluate(widths)
    assert drawn > room >= 0.6 * drawn
    assert page.evaluate(SEEN) == [True, False]
    for name, width in (("claim", 390), ("claim-long", 1200)):
        opened(page, shown, name, width)
        assert page.evaluate(SEEN) == [False, True], (name, width)
