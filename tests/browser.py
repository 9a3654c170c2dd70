"""Debian's Chromium, driven by playwright, which never downloads one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def find_chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def chromium(program: str, profile: Path) -> Iterator[BrowserContext]:
    """A browser that has never been anywhere."""
    with sync_playwright() as driver:
        context = driver.chromium.launch_persistent_context(profile, executable_path=program, headless=True, args=FLAGS)
        try:
            yield context
        finally:
            context.close()
