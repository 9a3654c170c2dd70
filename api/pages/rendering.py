"""How a page is made: templates that escape everything, the headers of a page, links that keep the reader's choices."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from threading import RLock
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, Template, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from api.answers import shrunk
from api.pages.contact import report_link
from api.pages.graph import legend_file
from api.pages.language import LANGUAGES, OWN_NAMES, Language, Tongue, chosen, tongue
from api.pages.spelling import plain, short
from ledger.exports.svgstyle import STYLE

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # What a page says, and how it comes, depends on these besides its address.
    "Vary": "Accept, Accept-Encoding, Accept-Language",
}


@dataclass(frozen=True)
class Reader:
    """Who a page is for: the language, and whether it was asked for by name, so that links keep it."""

    t: Tongue
    language: Language
    named: bool
    root: str
    path: str
    asked: tuple[tuple[str, str], ...]

    def link(self, path: str, /, **query: object) -> str:
        """An address within this ledger, in the reader's language."""
        kept = {"lang": self.language} if self.named else {}
        pairs = [(name, one) for name, value in {**query, **kept}.items() for one in _values(value)]
        return self.root + quote(path, safe="/:") + (f"?{urlencode(pairs)}" if pairs else "")

    def static(self, name: str) -> str:
        """The address of a file that may be kept for ever: another version has another address."""
        return f"{self.root}/static/{name}?v={static_files()[name][1]}"

    def moved(self, path: str) -> str:
        """The same question of something else."""
        return self.root + quote(path, safe="/:") + (f"?{urlencode(self.asked)}" if self.asked else "")

    def again(self, /, **changed: object) -> str:
        """This very question with something else in it; what is None is left out."""
        kept = [(name, value) for name, value in self.asked if name not in changed]
        pairs = [*kept, *((name, one) for name, value in changed.items() for one in _values(value))]
        return self.root + quote(self.path, safe="/:") + (f"?{urlencode(pairs)}" if pairs else "")

    def query(self, /, **changed: object) -> str:
        """As `again`, without the path: what a page says many times over should be short."""
        return f"?{self.again(**changed).partition('?')[2]}"


def _values(value: object) -> list[str]:
    if value is None or value == "":
        return []
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]


def reader_of(request: Request) -> Reader:
    asked = request.query_params.get("lang")
    language = chosen(asked, request.headers.get("accept-language", ""))
    # Not request.url: that is made of the Host header, which the client may fill with anything.
    return Reader(
        t=tongue(language),
        language=language,
        named=asked in LANGUAGES,
        root=request.scope.get("root_path", ""),
        path=request.scope["path"],
        asked=tuple(request.query_params.multi_items()),
    )


def page(
    request: Request,
    template: str,
    /,
    status: int = 200,
    *,
    about: str = "",
    headers: Mapping[str, str] = HEADERS,
    **content: Any,
) -> HTMLResponse:
    """The template with its content, in the language that the reader asks for. `about` is the id that a report of an error
    should name."""
    reader = reader_of(request)
    own = {"t": reader.t, "reader": reader, "link": reader.link, "origin": _origin(request), "languages": OWN_NAMES}
    html = environment().get_template(template).render(**own, report_error=_report_link(request, reader, about), **content)
    # Nothing secret stands beside what a reader sends, so that shrinking tells nobody anything.
    body, more = shrunk(html.encode("utf-8"), request.headers.get("accept-encoding", ""), level=4)
    headers = {**headers, "Content-Language": reader.language, **more}
    return HTMLResponse(body, status, headers if status == 200 else {**headers, "Cache-Control": "no-store"})


def _report_link(request: Request, reader: Reader, about: str) -> str:
    state = request.app.state
    # Not the Host header: without an address of its own the ledger is named by its origin.
    place = getattr(state, "public_url", "") or f"{_origin(request)} "
    address = place + reader.again().removeprefix(reader.root)
    return report_link(getattr(state, "contact", ""), reader.t, page=address, record=about)


def _origin(request: Request) -> str:
    origin: str = getattr(request.app.state, "origin", "")
    return origin


class _Calls(Context):
    """Calls what a template calls, and nothing else: none of our functions asks for the template's context, and to look for it
    at each of a thousand calls was a sixth of a page's time. Macros escape by the environment's own setting."""

    def call(self, function: Callable[..., Any], /, *args: Any, **named: Any) -> Any:
        named.pop("_loop_vars", None)
        named.pop("_block_vars", None)
        return function(*args, **named)


_making = RLock()


class _Environment(Environment):
    context_class = _Calls

    def _load_template(self, name: str, globals: MutableMapping[str, Any] | None) -> Template:
        # One thread makes a template of its text, which takes long, and the others wait: of a server that has just started, and
        # is asked a lot, each thread made them all.
        with _making:
            return super()._load_template(name, globals)


def environment() -> Environment:
    """Made when the first page is asked for, once."""
    with _making:
        return _made()


@cache
def _made() -> Environment:
    """What a template names and nobody gave is an error, not an empty place."""
    made = _Environment(
        loader=PackageLoader("api", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        said=said, named=named, unpacked=unpacked, coded=coded, short=short, moment=moment, plain=plain, web=web
    )
    made.filters.update(pretty=pretty)
    return made


def said(text: object, lang: str | None = None) -> Markup:
    """Words of others: held apart from ours in direction, and marked with their language where it is known."""
    # Put together by hand: Markup.format, which escapes by itself, was a sixth of a page's time.
    tag = f' lang="{escape(lang)}"' if lang else ""
    return Markup(f"<bdi{tag}>{escape(plain(text))}</bdi>")


@pass_context
def named(context: Context, text: object, lang: str | None = None) -> Markup:
    """A name, or a sentence with names in it: who is protected is called so in the reader's language."""
    t: Tongue = context["t"]
    return said(t.named(str(text)), lang)


def coded(text: str) -> Markup:
    """Our own prose, in which names of parameters stand between backticks."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def unpacked(payload: str) -> str:
    """What an envelope's payload says: the canonical JSON itself."""
    return base64.b64decode(payload).decode("utf-8")


def moment(text: str | None) -> Markup:
    """A date or time as people read it, with the exact one for machines."""
    if not text:
        return Markup("—")
    shown = escape(re.sub(r"^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(?::\d{2})?Z$", r"\1 \2 UTC", text))
    exact = re.fullmatch(r"\d{4}-\d{2}-\d{2}(?:T[\d:]+Z)?", text)
    return Markup(f'<time datetime="{text}">{shown}</time>') if exact else shown


def pretty(value: object) -> str:
    """JSON as people read it, in which nothing reorders what stands beside it."""
    return plain(json.dumps(value, ensure_ascii=False, indent=2))


def web(address: object) -> str | None:
    """The address, if it is one that a link may lead to: a script or a file of the reader's own is none."""
    if not isinstance(address, str) or urlsplit(address).scheme not in ("http", "https"):
        return None
    return address


@cache
def static_files() -> Mapping[str, tuple[bytes, str]]:
    """Every file under `api/static`: its bytes, and what names this version of it."""
    found = {one.name: one.read_bytes() for one in files("api").joinpath("static").iterdir() if one.is_file()}
    # The picture of chains stands in pages as in files, with the same rules.
    found["onrecord.css"] += STYLE.encode()
    found |= {f"legend.{code}.svg": legend_file(tongue(code)) for code in LANGUAGES}
    return {name: (content, hashlib.sha256(content).hexdigest()[:12]) for name, content in found.items()}
