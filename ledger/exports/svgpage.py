"""The picture of chains within a page: each box is a link, boxes and lines are named by what they stand for, and nothing is
said twice, because a page is sent whole to every reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ledger.core.layout import Point
from ledger.exports.picture import Picture
from ledger.exports.svgparts import WIDE, Placed, Text, Written, attribute, labels, path_of, place, stroke, words_of
from ledger.exports.svgstyle import HATCH, outline, sign
from ledger.exports.wording import Wording

_EDGE, _SIDES = 10.0, 34.0
"""Around the picture, and above it, where it says what its sides are."""
_TIP = (
    '<marker id="oc-tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" '
    'orient="auto"><path class="oc-head" d="M8 4L0 0V8z"/></marker>'
)


def draw_in_page(picture: Picture, say: Wording, label: str, name: Callable[[str], str]) -> str:
    """One `svg` element for a page that has `STYLE` in its sheet. `name` makes the short name of an id; the link of a box leads
    to the place `s-` and that name in the page."""
    placed = place(picture, say, about=0)
    width, height = placed.layout.width + 2 * _EDGE, placed.layout.height + _EDGE + _SIDES
    opening = (
        f'<svg class="oc" role="group" aria-label="{attribute(label)}" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}">'
    )
    found = dict.fromkeys((one.kind, one.box.stance) for one in placed.written.values())
    kinds = {kind: f"oc-s{number}" for number, kind in enumerate(found)}
    return "\n".join([opening, _defined(kinds, say), *_columns(placed), *_body(placed, name, kinds), "</svg>"])


Kinds = Mapping[tuple[str, str | None], str]
"""Each kind of box and stance that there is, with the id of its sign."""


def _defined(kinds: Kinds, say: Wording) -> str:
    """The signs once for all boxes. A clone is styled by what is cloned with it, so its kind is in there too."""
    signs = [
        f'<g id="{name}"{_told(say.text(stance)) if stance else ""}><g class="{kind}">{sign(stance, 0, 0)}</g></g>'
        for (kind, stance), name in kinds.items()
    ]
    return f"<defs>{HATCH}{_TIP}{''.join(signs)}</defs>"


def _columns(placed: Placed) -> Iterator[str]:
    sides = placed.sides()
    if sides is None:
        yield _text(Text("oc-faint", _EDGE, _SIDES, placed.say.text("nobody")))
        return
    first, last = sides
    yield _text(Text("oc-side", _EDGE + first, 16, placed.say.text("origin")))
    if last > first + WIDE:
        yield f'<g text-anchor="end">{_text(Text("oc-side", _EDGE + last, 16, placed.say.text("reader")))}</g>'


def _body(placed: Placed, name: Callable[[str], str], kinds: Kinds) -> Iterator[str]:
    yield f'<g transform="translate({_EDGE:g} {_SIDES - _EDGE:g})">'
    for (x, y, width, height), text in placed.frames():
        yield f'<rect class="oc-frame" x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}" rx="10"/>{_text(text)}'
    yield '<g class="oc-line" marker-end="url(#oc-tip)">'
    for line in placed.lines:
        kind, dashed = stroke(line, placed.layout)
        path, more = path_of(line, placed.layout, digits=0), kind.removeprefix("oc-line").strip()
        named = f' class="{more}"' if more else ""
        yield f'<path{named}{dashed} data-edge="{name(line.below)} {name(line.above)}" d="{path}"/>'
    yield "</g>"
    for node, one in placed.written.items():
        yield _box(one, placed.layout.boxes[node], name(node), placed.say, kinds)
    yield '<g text-anchor="middle">'
    yield from map(_text, labels(placed))
    yield "</g></g>"


def _box(one: Written, where: Point, name: str, say: Wording, kinds: Kinds) -> str:
    """The words in it name the link; what its forms say is told beside them."""
    box, (x, y) = one.box, where
    what = f'href="#s-{name}" data-node="{name}" transform="translate({x:.0f} {y:.0f})"'
    out = [f'<a class="{one.kind}" {what}>', outline(box.stance, box.document, WIDE, round(one.height))]
    if box.set_aside:
        out.append(f'<rect fill="url(#oc-aside)" rx="13" width="{WIDE:g}" height="{one.height:.0f}"/>')
    if box.established and not box.set_aside:
        out.append(f'<path class="oc-bar" d="M4 10V{one.height - 10:.0f}"{_told(say.text("an_origin"))}/>')
    out.append(f'<use href="#{kinds[one.kind, box.stance]}" x="22" y="{one.height / 2:.0f}"/>')
    return "".join([*out, *map(_text, one.lines), "</a>"])


def _told(words: str) -> str:
    return f' role="img" aria-label="{attribute(words)}"'


def _text(one: Text) -> str:
    kind = f' class="{one.kind}"' if one.kind != "oc-deed" else ""
    return f'<text{kind} x="{one.x:.0f}" y="{one.y:.0f}">{words_of(one.words)}</text>'
