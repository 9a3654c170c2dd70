"""Checking a bundle or a score without trusting this server: a page that does it in the browser."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from api.verify_page import verify_page

# No part of the API, and nothing of the ledger is in it: it is open even where reading needs a token.
pages = APIRouter(include_in_schema=False)


@pages.get("/verify")
@pages.get("/verify/onrecord-verify.html")
async def verify_in_browser() -> Response:
    """One file that loads nothing, so that a saved copy does the same."""
    page = verify_page()
    headers = {"Content-Security-Policy": page.policy, "Referrer-Policy": "no-referrer"}
    return Response(page.html, media_type="text/html; charset=utf-8", headers=headers)
