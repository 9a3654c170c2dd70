"""The page that verifies a file in the reader's browser: one HTML file that holds all it needs, and works from a disk."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_SCRIPTS = ("bytes.js", "json.js", "log.js", "records.js", "steps.js", "screen.js")


@dataclass(frozen=True)
class VerifyPage:
    """The page, and the policy that it also states itself: its own style and script, and nothing else."""

    html: bytes
    policy: str


@cache
def verify_page() -> VerifyPage:
    """The same bytes for everybody, whether served or saved."""
    style, script = _read("style.css"), "".join(_read(name) for name in _SCRIPTS)
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    html = _read("page.html").replace("{{policy}}", policy).replace("{{style}}", style).replace("{{script}}", script)
    # What frames a page cannot be said inside it.
    return VerifyPage(html.encode(), f"{policy}; frame-ancestors 'none'")


def _read(name: str) -> str:
    return files(__name__).joinpath(name).read_text("utf-8")


def _hash(inline: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
