"""The chains as a picture: origins on the left, readers on the right. No script, nothing from elsewhere (docs/exports.md)."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.core.layout import Point
from ledger.exports.content import Content
from ledger.exports.lettering import wrap
from ledger.exports.picture import Line, Picture, picture
from ledger.exports.svgparts import SMALL, WIDE, Placed, Text, Written, attribute, labels, path_of, place, stroke, words_of
from ledger.exports.svgstyle import HATCH, STYLE, legend, legend_entries, outline, sign
from ledger.exports.wording import ENGLISH

_MARGIN = 24.0
_LEAST = 760.0


def print_svg(content: Content) -> bytes:
    return draw(picture(content)).encode("utf-8")


def draw(shown_picture: Picture) -> str:
    """The picture as one `svg` element that is a file of its own."""
    placed = place(shown_picture, ENGLISH)
    width = max(placed.layout.width + 2 * _MARGIN, _LEAST)
    head, top = _head(shown_picture, width)
    foot, height = _foot(shown_picture, top + placed.layout.height + 14, width)
    body = [
        *_columns(placed, top),
        f'<g transform="translate({_MARGIN:g} {top + 8:g})">',
        *_framed(placed),
        *(_line(line, placed) for line in placed.lines),
        *(_box(one, placed.layout.boxes[name]) for name, one in placed.written.items()),
        *(_text(one, "middle") for one in labels(placed)),
        "</g>",
    ]
    return "\n".join([*_opening(shown_picture, width, height), *head, *body, *foot, "</svg>", ""])


def _opening(one: Picture, width: float, height: float) -> Iterator[str]:
    # Ids of their own, so that several pictures can stand in one page.
    mark = one.claim.removeprefix("sha256:")[:12]
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="oc" role="graphics-document document" '
        f'aria-roledescription="chains of attribution" aria-labelledby="oc-t-{mark} oc-d-{mark}" '
        f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}">'
    )
    yield f'<title id="oc-t-{mark}">Who had it from whom: {words_of(one.title)}</title>'
    told = ". ".join([one.summary.rstrip("."), *one.chains, *one.notes])
    yield f'<desc id="oc-d-{mark}">{words_of(told)}</desc>'
    yield f"<style>{STYLE}</style>"
    yield f"<defs>{HATCH}</defs>"
    yield f'<rect class="oc-paper" width="{width:.0f}" height="{height:.0f}"/>'


def _head(one: Picture, width: float) -> tuple[list[str], float]:
    """Title, summary and circumstances, and where the picture itself begins."""
    y, out = _MARGIN + 16, []
    for kind, text, size, most in (
        ("oc-title", one.title, 18.0, 3),
        ("oc-summary", one.summary, 13.0, 4),
        ("oc-faint", one.circumstances, SMALL, 2),
    ):
        for line in wrap(text, width - 2 * _MARGIN, size, most, bold=kind == "oc-title"):
            out.append(_text(Text(kind, _MARGIN, y, line)))
            y += size * 1.4
        y += 3
    return out, y + 20


def _columns(placed: Placed, top: float) -> Iterator[str]:
    """What the sides are."""
    sides = placed.sides()
    if sides is None:
        yield _text(Text("oc-faint", _MARGIN, top + 12, ENGLISH.text("nobody")))
        return
    first, last = sides
    yield _text(Text("oc-side", _MARGIN + first, top - 8, ENGLISH.text("origin")))
    if last > first + WIDE:
        yield _text(Text("oc-side", _MARGIN + last, top - 8, ENGLISH.text("reader")), "end")


def _framed(placed: Placed) -> Iterator[str]:
    for (x, y, width, height), text in placed.frames():
        yield f'<rect class="oc-frame" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="10"/>'
        yield _text(text)


def _box(one: Written, where: Point) -> str:
    """The outline tells the stance, the sign tells it again, a bar at the left an established origin."""
    box, (x, y) = one.box, where
    told = f'role="graphics-symbol img" aria-label="{attribute(box.sentence)}"'
    out = [
        f'<g class="oc-box {one.kind}" {told} transform="translate({x:.1f} {y:.1f})">',
        f"<title>{words_of(box.sentence)}</title>",
        outline(box.stance, box.document, WIDE, round(one.height, 1)),
    ]
    if box.set_aside:
        out.append(f'<rect class="oc-fill" fill="url(#oc-aside)" rx="13" width="{WIDE:g}" height="{one.height:.1f}"/>')
    if box.established and not box.set_aside:
        out.append(f'<path class="oc-bar" d="M4 10V{one.height - 10:.1f}"/>')
    out.append(sign(box.stance, 22, one.height / 2))
    return "".join([*out, *map(_text, one.lines), "</g>"])


def _line(line: Line, placed: Placed) -> str:
    kind, dashed = stroke(line, placed.layout)
    x, y = placed.layout.routes[line.below, line.above][-1]
    head = f'<path class="oc-head" d="M{x:.1f} {y:.1f}l-8 -4v8z"/>'
    return f'<path class="{kind}"{dashed} d="{path_of(line, placed.layout)}"/>{head}'


def _foot(one: Picture, y: float, width: float) -> tuple[list[str], float]:
    out: list[str] = []
    y += 10
    for note in one.notes:
        for line in wrap(note, width - 2 * _MARGIN, 12.0, 3):
            y += 17
            out.append(_text(Text("oc-deed", _MARGIN, y, line)))
    y += 16
    told, high = legend(legend_entries(ENGLISH), width - 2 * _MARGIN)
    out.append(f'<g transform="translate({_MARGIN:g} {y:g})">{told}</g>')
    y += high + 14
    words = "A picture for reading: it proves nothing. The same ledger gives a signed bundle of this claim, verified offline."
    out.append(_text(Text("oc-faint", _MARGIN, y, words)))
    return out, y + _MARGIN


def _text(one: Text, anchor: str = "") -> str:
    where = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text class="{one.kind}" x="{one.x:.1f}" y="{one.y:.1f}"{where}>{words_of(one.words)}</text>'
