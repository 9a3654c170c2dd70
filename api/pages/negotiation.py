"""Who asks: a person with a browser, or a program."""

from __future__ import annotations

import re
from collections.abc import Iterable

from fastapi import APIRouter, FastAPI, Request
from fastapi.routing import APIRoute

_PART = re.compile(r"\s*(?P<type>[\w*+.-]+/[\w*+.-]+)\s*(?:;.*?\bq=(?P<q>[0-9.]+))?")


def reads_html(accept: str) -> bool:
    """Whether HTML is named, and JSON is not liked better. `*/*` names nothing: programs send it."""
    liked = {found["type"].lower(): _quality(found["q"]) for part in accept[:2_000].split(",") if (found := _PART.match(part))}
    html = max(liked.get("text/html", 0.0), liked.get("application/xhtml+xml", 0.0))
    return html > 0 and html >= max(liked.get("application/json", 0.0), liked.get("application/problem+json", 0.0))


def _quality(text: str | None) -> float:
    try:
        return 1.0 if text is None else float(text)
    except ValueError:
        return 0.0


def for_person(request: Request) -> bool:
    """Whether to answer with a page: a browser asks, and not for something that belongs to the API."""
    inside: frozenset[str] = request.app.state.api_places
    return _place(request.scope["path"]) not in inside and reads_html(request.headers.get("accept", ""))


def api_places(app: FastAPI, routers: Iterable[APIRouter]) -> frozenset[str]:
    """The first parts of the API's paths: `v1`, `checkpoint`, ..."""
    paths = [route.path for router in routers for route in router.routes if isinstance(route, APIRoute)]
    return frozenset(map(_place, [app.openapi_url or "", *paths])) - {""}


def _place(path: str) -> str:
    return path.strip("/").split("/")[0].lstrip(".").split(".")[0]
