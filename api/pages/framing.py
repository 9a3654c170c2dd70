"""The pages that others may frame: cards, each one file that holds its own style and loads nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from api.pages.rendering import HEADERS, page

CARDS = "/embed/"
"""Only what is under this path may be framed."""


def card_page(request: Request, template: str, /, status: int = 200, **content: Any) -> HTMLResponse:
    return page(request, template, status=status, headers=framed_headers(), style=Markup(style()), **content)


@cache
def style() -> str:
    return files("api.pages").joinpath("card.css").read_text("utf-8")


@cache
def framed_headers() -> Mapping[str, str]:
    """Those of every page, but that anybody may frame it, and that its one style is known by its hash."""
    known = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{known}'; base-uri 'none'; form-action 'none'; frame-ancestors *"
    own = {name: value for name, value in HEADERS.items() if name != "X-Frame-Options"}
    return {**own, "Content-Security-Policy": policy, "Cross-Origin-Resource-Policy": "cross-origin"}
