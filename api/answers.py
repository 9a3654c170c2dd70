"""Answers that are more than one JSON body: links to a next page, other addresses, files, tiles."""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel, TypeAdapter

from ledger.core import previews
from ledger.errors import FormatError
from ledger.exports.feeds import print_atom, print_json_feed
from schemas.bundle import Verification
from schemas.exports import EXPORT_FORMATS
from schemas.feeds import Feed

# Not "public": where reading needs a token, a shared cache must not answer for us.
FOREVER = "max-age=31536000, immutable"
A_MINUTE = "max-age=60"
# What a browser shows of a file, a picture with its own style, runs nothing and fetches nothing.
_PASSIVE = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_ANY: TypeAdapter[Any] = TypeAdapter(Any)
_GZIP = re.compile(r"(?:^|,)\s*gzip\s*(?:;\s*q=(?P<q>[0-9.]+)\s*)?(?:,|$)")


def next_page(request: Request, response: Response, cursor: str | None) -> None:
    """`Link` leads to the same question, continued (RFC 8288)."""
    if cursor is not None:
        asked = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
        response.headers["Link"] = f'<{_path(request)}?{urlencode([*asked, ("cursor", cursor)])}>; rel="next"'


def moved(request: Request, view: BaseModel, path: str) -> Response:
    """308 to where it is now. The body says what is here, for those who do not follow."""
    query = request.scope["query_string"].decode("ascii", "replace")
    location = request.scope.get("root_path", "") + path + (f"?{query}" if query else "")
    return Response(view.model_dump_json(by_alias=True), 308, {"Location": location}, "application/json")


def without_unknowns(answer: BaseModel | Mapping[str, BaseModel], *, pretty: bool = False) -> Response:
    """JSON in which a member that nothing is known for is absent, as the clients of others expect it."""
    text = _ANY.dump_json(answer, by_alias=True, exclude_none=True, indent=2 if pretty else None)
    return Response(text, media_type="application/json")


def preview_page(html: str) -> Response:
    """A page that may be framed by any tool, loads nothing, and says to nobody who looked at it."""
    headers = {"Content-Security-Policy": previews.POLICY, "Referrer-Policy": "no-referrer"}
    return Response(html, headers=headers, media_type="text/html")


def see_other(request: Request, path: str) -> Response:
    """Sent on within this server."""
    return Response(status_code=307, headers={"Location": request.scope.get("root_path", "") + path})


def export_file(id: str, format: str, content: bytes) -> Response:
    """The file under a name that says what it is of, for whoever saves it."""
    kind = EXPORT_FORMATS[format]
    name = f"{id.removeprefix('sha256:')[:12]}{kind.suffix}"
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Content-Security-Policy": _PASSIVE}
    return Response(content, media_type=kind.media_type, headers=headers)


def feed_file(kind: str, feed: Feed, base: str, request: Request) -> Response:
    """The feed under its own media type; `self` is the address that was asked for, question and all."""
    asked = urlencode(request.query_params.multi_items())
    own = _path(request) + (f"?{asked}" if asked else "")
    if kind == "atom":
        return Response(print_atom(feed, base, own), media_type="application/atom+xml")
    return Response(print_json_feed(feed, base, own), media_type="application/feed+json")


def unless_malformed(verification: Verification) -> Verification:
    """What is no bundle, score or credential is bad input; what is one, and does not hold, is an answer."""
    if verification.result == "malformed":
        raise FormatError(
            "; ".join(step.detail for step in verification.steps if step.result == "failed")
            or "no bundle, no score and no credential"
        )
    return verification


def kept_for(*, full: bool, closed: bool) -> str:
    """How long a tile may be kept; where reading needs a token (`closed`), by who asked alone."""
    kept = FOREVER if full else A_MINUTE
    return f"private, {kept}" if closed else kept


def tile_file(path: str, content: bytes, accept_encoding: str, *, closed: bool) -> Response:
    """A tile may be kept for ever once it is full. Entries are text and shrink well; hashes do not."""
    headers = {"Cache-Control": kept_for(full=".p/" not in path, closed=closed)}
    if path.startswith("tile/entries/"):
        content, more = shrunk(content, accept_encoding, level=6)
        headers |= {"Vary": "Accept-Encoding", **more}
    return Response(content, headers=headers, media_type="application/octet-stream")


def shrunk(content: bytes, accept_encoding: str, *, level: int) -> tuple[bytes, dict[str, str]]:
    """The content as it goes on the wire to who accepts gzip (RFC 9110 §12.5.3), and the header that says so."""
    if not _takes_gzip(accept_encoding):
        return content, {}
    return gzip.compress(content, compresslevel=level, mtime=0), {"Content-Encoding": "gzip"}


def _takes_gzip(accept_encoding: str) -> bool:
    found = _GZIP.search(accept_encoding.lower())
    return found is not None and (found["q"] is None or found["q"].strip("0.") != "")


def _path(request: Request) -> str:
    # Not request.url: that is made of the Host header, which the client may fill with anything.
    path: str = request.scope["path"]
    return path
