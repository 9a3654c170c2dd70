"""When two links lead to the same page: scheme, `www.`, a trailing slash, a fragment and tracking parameters do not matter."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import parse_qsl, urlencode, urlsplit

_TRACKING = re.compile(
    r"utm_.*|mc_[ce]id|_?ga|_gl|[gwm]?clid|gclsrc|dclid|fbclid|msclkid|twclid|igshid|yclid|ysclid|_hs(?:enc|mi)|mkt_tok|cmpid"
    r"|ref_src|ref_url|s_cid|at_(?:medium|campaign|link.*|format|ptr_name|bbc_team)",
    re.IGNORECASE,
)
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"]+", re.IGNORECASE)
_LONGEST = 10_000
"""Of what is looked at as a link: taking one apart takes time in the square of the combining marks in it."""
_DEFAULT_PORTS = {"http": 80, "https": 443}


def normal_link(url: str) -> str | None:
    """The link's one spelling, without a scheme; None for what is no link to a page."""
    address = url.strip()
    if len(address) > _LONGEST:
        return None
    if "://" not in address:
        address = "https://" + address
    try:
        address.encode("utf-8")  # half a surrogate pair, as an argument of a command may hold, is in no link
        parts = urlsplit(address)
        host, port = (parts.hostname or "").removeprefix("www."), parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in _DEFAULT_PORTS or "." not in host or re.search(r"\s", address):
        return None
    where = host if port in (None, _DEFAULT_PORTS[parts.scheme.lower()]) else f"{host}:{port}"
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(name)]
    query = f"?{urlencode(sorted(kept))}" if kept else ""
    return f"{where}{parts.path.rstrip('/')}{query}"


def link_term(link: str) -> str:
    """The term under which whatever has this link, in its one spelling, is found."""
    return "@" + hashlib.sha256(link.encode()).hexdigest()[:32]


def without_links(text: str) -> str:
    """The words around the links: those of a link say nothing."""
    return _LINK.sub(" ", text)


def links_in(text: str) -> list[str]:
    """The links in a text, in their one spelling, each once."""
    found = (normal_link(link.rstrip(".,;:!?)]}»”'")) for link in _LINK.findall(text))
    return list(dict.fromkeys(link for link in found if link is not None))
