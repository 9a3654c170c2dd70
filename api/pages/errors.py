"""What a browser is shown where a page cannot be: what is wrong, and where to go from here."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request
from fastapi.responses import Response

from api.pages.framing import CARDS, card_page
from api.pages.rendering import page
from schemas.problems import Problem

TOLD = frozenset({401, 404, 405, 422, 429, 451, 500, 503})
"""Statuses that a page has its own words for; any other is told by its title."""


def error_page(request: Request, problem: Problem, headers: Mapping[str, str]) -> Response:
    """The problem as a page, with the headers that it has anyway."""
    known, told = problem.status in TOLD, problem.withheld
    if request.scope["path"].startswith(CARDS):
        # A page that may not be framed would leave a hole in the article.
        shown = card_page(request, "card/error.html", status=problem.status, problem=problem, told=known)
    elif told is not None:
        shown = page(request, "withheld.html", status=problem.status, about=told.record, told=told, problem=problem)
    else:
        shown = page(request, "error.html", status=problem.status, problem=problem, told=known)
    shown.headers.update(headers)
    return shown
