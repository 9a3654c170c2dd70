"""The graph of a claim's chains for its page: drawn as the exports draw it, in the reader's language, each box a link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from api.pages.language import Tongue
from api.pages.spelling import plain, short
from ledger.exports.picture import picture_of
from ledger.exports.svgpage import draw_in_page
from ledger.exports.svgstyle import HATCH, STYLE, legend, legend_entries
from schemas.corroboration import ChainView, Report
from schemas.lookups import ClaimView

_LEGEND_WIDE = 330
"""So that it can be read on a telephone."""


@dataclass(frozen=True)
class Graph:
    """The picture, and what its legend says, for who does not see it."""

    svg: Markup
    legend: str


@dataclass(frozen=True)
class InTongue:
    """The picture's words in the language of the interface."""

    t: Tongue

    def text(self, key: str, /, **parts: object) -> str:
        return self.t(f"graph.{key}", **parts)

    def word(self, group: str, name: str) -> str:
        # Beside a line there is room for a word or two.
        return self.t.word(f"graph_{group}" if group in ("mode", "standing") else group, name)

    def phrase(self, text: str) -> str:
        return self.t.translated(text) or text

    def deed(self, act: str, polarity: str) -> str:
        contrary = polarity == "-" and act in ("asserts", "claims", "reports", "confirms", "announces", "finds", "estimates")
        return self.t.word("act", act) + (f" ({self.t('contrary')})" if contrary else "")

    def pick(self, texts: Mapping[str, str]) -> str:
        return plain(self.t.pick(texts)[1]) if texts else ""


def graph_of(view: ClaimView, chain: ChainView, report: Report, t: Tongue) -> Graph:
    """The picture, whose boxes lead to their statements on the page, and what its forms mean."""
    texts = {view.id: view.text} | {one.id: one.text for one in view.related}
    say = InTongue(t)
    chain = chain.model_copy(update={"names": {slug: t.named(name) for slug, name in chain.names.items()}})
    drawn = draw_in_page(picture_of(chain, report, texts, "", say), say, t("claim.picture_alt"), short)
    # Markup of our own: the drawing escapes every word that it is given.
    return Graph(Markup(drawn), "; ".join(words for _, _, words in legend_entries(say)))


def legend_file(t: Tongue) -> bytes:
    """What the picture's forms mean, as a file that any page may show."""
    drawn, high = legend(legend_entries(InTongue(t)), _LEGEND_WIDE)
    size = f'width="{_LEGEND_WIDE}" height="{high:.0f}"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" class="oc" {size}><style>{STYLE}</style><defs>{HATCH}</defs>'
    return f'{svg}<g transform="translate(1 2)">{drawn}</g></svg>'.encode()
