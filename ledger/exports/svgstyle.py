"""Shapes, signs, strokes and colours of the picture. Each thing is told by its form; colour only repeats it."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.exports.lettering import width_of
from ledger.exports.wording import Wording

DASHES = {
    "republishes": "9 3",
    "translates": "9 3",
    "relays": "9 3",
    "obtained": "9 3 2 3",
    "not_from": "2 4",
}
"""Strokes of the modes that are not drawn whole; the mode's name stands beside each line."""

_FONT = (
    "system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','Noto Sans CJK KR','Apple SD Gothic Neo','Malgun Gothic',"
    "'Noto Sans Arabic','DejaVu Sans',sans-serif"
)
_DARK = (
    ".oc-paper{fill:#14171c}.oc text{fill:#e8eaed}.oc .oc-faint,.oc .oc-about,.oc .oc-side,.oc .oc-group{fill:#a9b1bc}"
    ".oc .oc-mode{fill:#cfd5dd;stroke:#14171c}.oc .oc-shape{fill:#1e232b}"
    ".oc-supports .oc-shape,.oc-supports .oc-bar,.oc-supports .oc-sign{stroke:#6cb6ff}"
    ".oc-denies .oc-shape,.oc-denies .oc-bar,.oc-denies .oc-sign{stroke:#ffa657}"
    ".oc-differs .oc-shape,.oc-differs .oc-bar,.oc-differs .oc-sign{stroke:#d2a8ff}"
    ".oc-none .oc-shape,.oc-none .oc-sign,.oc-aside .oc-shape,.oc-aside .oc-sign{stroke:#8b949e}"
    ".oc-disc{fill:#14171c}.oc-line{stroke:#9aa4b0}.oc-head{fill:#9aa4b0}.oc-line-aside{stroke:#5b636e}"
    ".oc-hatch{stroke:#4a525d}.oc-frame{stroke:#6e7681}"
)
STYLE = (
    f".oc{{font-family:{_FONT}}}@media print{{.oc{{max-width:100%;height:auto}}}}"
    ".oc-paper{fill:#fff}.oc text{fill:#1a1d21;font-size:12px}.oc .oc-title{font-size:18px;font-weight:700}"
    ".oc .oc-summary{font-size:13px}.oc .oc-name{font-size:13px;font-weight:700}.oc .oc-struck{text-decoration:line-through}"
    ".oc .oc-faint,.oc .oc-about,.oc .oc-group{fill:#5a6370;font-size:11px}.oc .oc-about{font-style:italic}"
    ".oc .oc-mark{font-size:11px;font-weight:600}.oc .oc-side{fill:#5a6370;font-size:10px;letter-spacing:.12em}"
    ".oc .oc-mode{fill:#39414b;font-size:11px;stroke:#fff;stroke-width:4px;stroke-linejoin:round;paint-order:stroke}"
    ".oc-shape{fill:#fbfcfd;stroke-width:1.6}.oc-none .oc-shape{stroke-dasharray:2 3}.oc-bar{stroke-width:4;fill:none}"
    ".oc-inner{fill:none;stroke-width:1}.oc-sign{fill:none;stroke-width:2.4;stroke-linecap:round}"
    ".oc-disc{fill:#fff;stroke-width:1.4}"
    ".oc-supports .oc-shape,.oc-supports .oc-bar,.oc-supports .oc-sign{stroke:#0b5cad}"
    ".oc-denies .oc-shape,.oc-denies .oc-bar,.oc-denies .oc-sign{stroke:#b04a00}"
    ".oc-differs .oc-shape,.oc-differs .oc-bar,.oc-differs .oc-sign{stroke:#7a3ea8}"
    ".oc-none .oc-shape,.oc-none .oc-sign,.oc-aside .oc-shape,.oc-aside .oc-sign{stroke:#6b7480}"
    ".oc-hatch{stroke:#c4cad2;stroke-width:2}.oc-frame{fill:none;stroke:#8a93a0;stroke-width:1.2;stroke-dasharray:2 3}"
    ".oc-line{fill:none;stroke:#5a6370;stroke-width:1.5}.oc-thick{stroke-width:2.8}.oc-head{fill:#5a6370}"
    ".oc-line-aside{stroke:#b3bac3}.oc-back{stroke-width:2.2}"
    f"@media screen and (prefers-color-scheme:dark){{{_DARK}}}"
)
HATCH = (
    '<pattern id="oc-aside" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<path class="oc-hatch" d="M0 0V7"/></pattern>'
)
_STANCES = ("supports", "denies", "differs", None)


def outline(stance: str | None, document: bool, width: float, height: float) -> str:
    """Round for who supports it, cut corners and a double line for who denies it, a slant for another figure, plain and
    dotted for who takes no side; a folded corner for a document."""
    if document:
        fold = 14
        return (
            f'<path class="oc-shape" d="M0 0H{width - fold:g}L{width:g} {fold}V{height:g}H0Z"/>'
            f'<path class="oc-shape" d="M{width - fold:g} 0V{fold}H{width:g}"/>'
        )
    if stance == "supports":
        return f'<rect class="oc-shape" width="{width:g}" height="{height:g}" rx="14"/>'
    if stance == "denies":
        return _cut(0, width, height, 11) + _cut(3.5, width, height, 9.5).replace("oc-shape", "oc-shape oc-inner")
    if stance == "differs":
        return f'<path class="oc-shape" d="M10 0H{width:g}L{width - 10:g} {height:g}H0Z"/>'
    return f'<rect class="oc-shape" width="{width:g}" height="{height:g}"/>'


def _cut(inset: float, width: float, height: float, corner: float) -> str:
    left, right, top, bottom = inset, width - inset, inset, height - inset
    return (
        f'<path class="oc-shape" d="M{left + corner:g} {top:g}H{right - corner:g}L{right:g} {top + corner:g}'
        f"V{bottom - corner:g}L{right - corner:g} {bottom:g}H{left + corner:g}L{left:g} {bottom - corner:g}"
        f'V{top + corner:g}Z"/>'
    )


def sign(stance: str | None, x: float, y: float) -> str:
    """Plus, minus, unequal, or a dot, in a disc."""
    strokes = {"supports": "M-5 0H5M0 -5V5", "denies": "M-5 0H5", "differs": "M-5 -2.5H5M-5 2.5H5M3 -6L-3 6"}
    inside = strokes.get(stance or "", "M0 0H.1")
    return (
        f'<g transform="translate({x:g} {y:.1f})"><circle class="oc-disc oc-sign" r="10"/>'
        f'<path class="oc-sign" d="{inside}"/></g>'
    )


Entry = tuple[str, str, str]
"""Of the legend: the class, what is drawn (40 by 24 at most), and the words."""


def legend_entries(say: Wording) -> list[Entry]:
    """What forms and strokes mean."""
    signs = {one: f'<g transform="translate(19 11) scale(.62)">{sign(one, 0, 0)}</g>' for one in _STANCES}
    entries = [
        (f"oc-{one or 'none'}", outline(one, False, 38, 22) + signs[one], say.text(f"legend_{one or 'none'}"))
        for one in _STANCES
    ]
    box = '<rect class="oc-shape" width="38" height="22" rx="6"/>'
    hatched = box + '<rect fill="url(#oc-aside)" width="38" height="22" rx="6"/>'
    entries.append(("oc-supports", box + '<path class="oc-bar" d="M5 4V18"/>', say.text("legend_bar")))
    entries.append(("oc-aside", hatched, say.text("aside")))
    entries.append(("oc-none", outline(None, True, 38, 22), say.text("legend_document")))
    strokes = (("", " oc-thick", "quotes"), ("", "", "cites"), ("9 3", "", "passes"), ("5 4", "", "unsure"))
    return entries + [("oc-stroke", _stroke(dash, thick), say.text(f"legend_{name}")) for dash, thick, name in strokes]


def _stroke(dash: str, thick: str) -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<path class="oc-line{thick}"{dashed} d="M0 11H38"/>'


def legend(entries: Sequence[Entry], width: float) -> tuple[str, float]:
    """The entries one after the other, in as many rows as it takes, and how high that is."""
    out, x, y = [], 0.0, 0.0
    for kind, shape, words in entries:
        long = 46 + width_of(words, 11)
        if x and x + long > width:
            x, y = 0.0, y + 30
        drawn = f'{shape}<text class="oc-faint" x="46" y="15">{words}</text>'
        out.append(f'<g class="{kind}" transform="translate({x:.0f} {y:g})">{drawn}</g>')
        x += long + 22
    return "".join(out), y + 30
