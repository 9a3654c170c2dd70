"""What a claim's page tells other people's programs: who links to it, who quotes it, who frames it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from markupsafe import Markup

from api.drawing.preview import HIGH, WIDE
from api.pages import oembed
from api.pages.card import Card
from api.pages.language import LANGUAGES, Tongue
from api.pages.rendering import web
from api.pages.spelling import plain, short
from ledger.core.credential import RECORD_NAME
from ledger.exports.claimreview import SAYS
from ledger.service import Ledger

_PLACES = {"en": "en_GB", "de": "de_DE"}
_TITLE, _TOLD, _WORKS = 200, 400, 50
# Inside a <script>, these could end it; so could the separators of lines, for old readers.
_MARKS = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_TEX = re.compile(r"[\\{}%$&#_~^]")
# BibTeX counts a brace with a backslash before it too: one without its fellow would end the member early.
_TEX_WORDS = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
}


@dataclass(frozen=True)
class Sharing:
    """`meta` are (attribute, name, content); `data` is JSON that nothing in it can end early inside a script element.
    `oembed` and `frame` are empty where this ledger's address is not known."""

    meta: Sequence[tuple[str, str, str]]
    data: Markup
    oembed: str
    frame: str
    bibtex: str
    csl: str


def sharing(ledger: Ledger, card: Card, t: Tongue, address: str, origin: str) -> Sharing:
    """All of it for the claim's page. `address` is where this ledger is reached from outside; where it is empty, nothing is
    told to others that needs a whole address, and there is no frame to copy."""
    own = f"{address}/claims/{quote(card.view.id, safe=':')}"
    asked = {"url": own + _query(until=card.asked.until, lang=t.language), "format": "json"}
    height = oembed.height_in(oembed.WIDTH, card, t, origin)
    title = t("card.title", text=card.kept_text(t)[1][:_TITLE])
    source = oembed.card_address(card, address, lang=t.language)
    return Sharing(
        meta=_meta(card, t, own, address, origin),
        data=_script(_graph(ledger, card, own, origin)),
        oembed=f"{address}/oembed?{urlencode(asked)}" if address else "",
        frame=oembed.frame(source, title, oembed.WIDTH, height) if address else "",
        bibtex=_bibtex(card, t, own if address else None, origin),
        csl=json.dumps([_csl(card, t, own if address else None, origin)], ensure_ascii=False, indent=1),
    )


def _query(**query: str | None) -> str:
    pairs = {name: value for name, value in query.items() if value}
    return f"?{urlencode(pairs)}" if pairs else ""


def _meta(card: Card, t: Tongue, own: str, address: str, origin: str) -> list[tuple[str, str, str]]:
    """Open Graph, and what Twitter does not take from it."""
    title, told = t("card.title", text=card.kept_text(t)[1][:_TITLE]), card.kept_sentence(t)[:_TOLD]
    picture = oembed.picture_address(card, address, t.language)
    graph = {
        "og:type": "article",
        "og:site_name": f"OnRecord: {origin}",
        "og:title": title,
        "og:description": told,
        "og:url": own,
        "og:locale": _PLACES[t.language],
        "og:image": picture,
        "og:image:type": "image/png",
        "og:image:width": str(WIDE),
        "og:image:height": str(HIGH),
        "og:image:alt": f"{t('card.picture')}: {title}. {t.word('headline', card.report.headline)}.",
    }
    if not address:
        # Their addresses must be whole; half of one would be completed with whatever the reader of it takes for ours.
        graph = {name: one for name, one in graph.items() if name != "og:url" and not name.startswith("og:image")}
    others = [("property", "og:locale:alternate", _PLACES[one]) for one in LANGUAGES if one != t.language]
    named = {"description": told, "twitter:card": "summary_large_image" if address else "summary"}
    if address:
        named["twitter:image:alt"] = graph["og:image:alt"]
    return [*(("property", *one) for one in graph.items()), *others, *(("name", *one) for one in named.items())]


def _graph(ledger: Ledger, card: Card, own: str, origin: str) -> list[dict[str, Any]]:
    """The claim in schema.org's words. With people's verdicts it is what the export says; they are ratings, so they stand here
    only where the page may show numbers."""
    if card.numbers and any(one.scheme == "verdict" for one in card.report.verdicts):
        found: list[dict[str, Any]] = json.loads(ledger.export(card.view.id, "claimreview", card.asked))["@graph"]
        return [{**found[0], "url": own}, *found[1:]]
    return [_claim(card, own, origin)]


def _claim(card: Card, own: str, origin: str) -> dict[str, Any]:
    view = card.view
    found: dict[str, Any] = {"@type": "Claim", "@id": RECORD_NAME + view.id, "identifier": view.id, "url": own}
    if not view.private:
        lang = "en" if "en" in view.text else next(iter(view.text))
        found |= {"text": plain(view.text[lang]), "inLanguage": lang}
        works = dict.fromkeys(one.url for one in view.statements if one.claim == view.id and web(one.url))
        if works:
            found["appearance"] = [{"@type": "CreativeWork", "url": url} for url in list(works)[:_WORKS]]
    found["abstract"] = SAYS.format(origin=origin)
    return found


def _script(graph: list[dict[str, Any]]) -> Markup:
    text = json.dumps({"@context": "https://schema.org", "@graph": graph}, ensure_ascii=False)
    # Every mark that could end the element is spelt as JSON spells it, so that no escaping of HTML is needed.
    return Markup("".join(_MARKS.get(sign, sign) for sign in text))


def _csl(card: Card, t: Tongue, own: str | None, origin: str) -> Mapping[str, Any]:
    year, month, day = (int(part) for part in card.report.as_of.time[:10].split("-"))
    return {
        "id": f"onrecord-{short(card.view.id)}",
        "type": "webpage",
        "title": card.kept_text(t)[1],
        "container-title": f"OnRecord: {origin}",
        **({"URL": own} if own else {}),
        "number": card.view.id,
        "version": str(card.report.as_of.size),
        "issued": {"date-parts": [[year, month, day]]},
    }


def _bibtex(card: Card, t: Tongue, own: str | None, origin: str) -> str:
    members = {
        "title": _tex(card.kept_text(t)[1]),
        "howpublished": f"OnRecord: {_tex(origin)}",
        **({"url": own} if own else {}),
        "year": card.report.as_of.time[:4],
        "note": f"{card.view.id}, {_tex(t('claim.cite_state', size=card.report.as_of.size, time=card.report.as_of.time))}",
    }
    return (
        f"@misc{{onrecord-{short(card.view.id)},\n" + "".join(f"  {name} = {{{one}}},\n" for name, one in members.items()) + "}"
    )


def _tex(text: str) -> str:
    return _TEX.sub(lambda found: _TEX_WORDS.get(found[0], "\\" + found[0]), text)
