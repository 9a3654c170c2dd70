"""What other people's systems are told that want to show a link to a claim as a card (oembed.com, version 1.0)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit
from xml.etree import ElementTree as xml

from markupsafe import Markup

from api.drawing.preview import WIDTHS, height_of
from api.pages.card import Card
from api.pages.framing import CARDS
from api.pages.language import LANGUAGES, Language, Tongue
from ledger.errors import NotFoundError
from ledger.exports.lettering import width_of

WIDTH = 600
"""Of the card in pixels, where nothing else is asked for."""
CACHE = 3600
"""Seconds: the card itself is always as new as the ledger; only its height and title may be older."""
_CLAIM = re.compile(r"/claims/(?P<id>[A-Za-z0-9:]{8,80})/?")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Answer = dict[str, str | int]


@dataclass(frozen=True)
class Linked:
    """The claim that an address of this ledger is of, and what it asks besides."""

    id: str
    lang: Language | None
    until: str | None


def linked(url: str, address: str) -> Linked:
    """What the address is of; NotFoundError for all that is no claim's page of this ledger."""
    try:
        asked, own = urlsplit(url), urlsplit(address)
        # Behind a proxy, this server may not know that it is reached by https.
        same = asked.scheme in ("http", "https") and _place(asked.netloc) == _place(own.netloc)
        inside = same and asked.path.startswith(own.path + "/")
        found = _CLAIM.fullmatch(unquote(asked.path[len(own.path) :])) if inside else None
        query = dict(parse_qsl(asked.query, max_num_fields=20))
    except ValueError:
        found, query = None, {}
    if found is None:
        raise NotFoundError("no address of a claim in this ledger", hint=f"they look like {address}/claims/ID")
    lang = next((one for one in LANGUAGES if one == query.get("lang")), None)
    return Linked(found["id"], lang, query.get("until"))


def _place(netloc: str) -> str:
    return re.sub(r":(?:80|443)$", "", netloc.lower())


def answer(card: Card, asked: Linked, t: Tongue, address: str, provider: str, most: tuple[int | None, int | None]) -> Answer:
    """The card as a frame that fits into what is asked for, and the claim's picture if one of its sizes fits."""
    wide, high = most
    width = max(min(WIDTH, wide or WIDTH), 1)
    height = min(height_in(width, card, t, provider), high or 10_000)
    named = {"lang": asked.lang, "until": card.asked.until}
    source = card_address(card, address, **named)
    title = t("card.title", text=card.kept_text(t)[1][:200])
    found: Answer = {
        "version": "1.0",
        "type": "rich",
        "title": title,
        "provider_name": f"OnRecord: {provider}",
        "provider_url": f"{address}/",
        "cache_age": CACHE,
        "width": width,
        "height": height,
        "html": frame(source, title, width, height),
    }
    fitting = [one for one in WIDTHS if one <= (wide or one) and height_of(one) <= (high or height_of(one))]
    if fitting:
        found |= {
            "thumbnail_url": picture_address(card, address, t.language, fitting[0]),
            "thumbnail_width": fitting[0],
            "thumbnail_height": height_of(fitting[0]),
        }
    return found


def card_address(card: Card, address: str, **query: str | None) -> str:
    return f"{address}{CARDS}claims/{quote(card.view.id, safe=':')}{_query(**query)}"


def picture_address(card: Card, address: str, lang: str, width: int | None = None) -> str:
    return f"{address}/claims/{quote(card.view.id, safe=':')}/card.png{_query(lang=lang, width=str(width) if width else None)}"


def _query(**query: str | None) -> str:
    pairs = {name: value for name, value in query.items() if value}
    return f"?{urlencode(pairs)}" if pairs else ""


def frame(source: str, title: str, width: int, height: int) -> str:
    """HTML for somebody else's page. The frame runs nothing, and its link opens beside the article."""
    return str(
        Markup(
            '<iframe src="{}" width="{}" height="{}" title="{}" loading="lazy" referrerpolicy="no-referrer" '
            'sandbox="allow-popups allow-popups-to-escape-sandbox" style="border:0;max-width:100%"></iframe>'
        ).format(source, width, height, title)
    )


def height_in(width: int, card: Card, t: Tongue, provider: str) -> int:
    """About so high, rather more than less: a frame cannot ask its content."""
    room = width - 46
    heads = _lines(t.pick(card.view.text)[1], room, 22.4)
    lines = _lines(card.sentence, room, 16) + _lines(" · ".join(card.origins(t)), room, 17) + _lines(t("card.full"), room, 17)
    lines += _lines(t("card.as_of", time="0" * 20) + t("card.ledger", origin=provider) + t("intact"), room, 14)
    lines += _lines(doubt, room - 13, 15) if (doubt := card.doubt(t)) else 0
    drawn = 95 if card.numbers else 50
    return min(heads * 29 + lines * 25 + drawn + 150, 1_600)


def _lines(text: str, room: float, size: float) -> int:
    return 1 + int(width_of(text[:5_000], size) // max(room, 1))


def print_json(found: Answer) -> bytes:
    return json.dumps(found, ensure_ascii=False).encode("utf-8", "replace")


def print_xml(found: Answer) -> bytes:
    root = xml.Element("oembed")
    for name, value in found.items():
        xml.SubElement(root, name).text = _NOT_XML.sub("\ufffd", str(value))
    return f'<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n{xml.tostring(root, encoding="unicode")}\n'.encode()
