"""The chains as a picture: origins on the left, readers on the right. No script, nothing from elsewhere (docs/exports.md)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from ledger.core.layout import Layout, Point, Room, lay_out
from ledger.exports.content import Content
from ledger.exports.lettering import cut, shown, width_of, wrap
from ledger.exports.picture import Box, Line, Picture, picture
from ledger.exports.svgstyle import DASHES, HATCH, LEGEND_HEIGHT, STYLE, legend, outline, sign

_WIDE = 224.0
_PAD = 12.0
_TEXT = 40.0
"""Where a box's text begins: right of the sign that shows its stance."""
_NAME, _DEED, _SMALL = 13.0, 12.0, 11.0
_MARGIN = 24.0
_LEAST = 760.0
_ROOM = Room(column=140, row=18, frame=14, part=24)


@dataclass(frozen=True)
class _Written:
    """A box with its words broken into lines: class, size, distance from the top, text."""

    box: Box
    height: float
    lines: tuple[tuple[str, float, str], ...]


def print_svg(content: Content) -> bytes:
    return draw(picture(content)).encode("utf-8")


def draw(shown_picture: Picture) -> str:
    """The picture as one `svg` element, ready for a file or for a page."""
    written = {box.id: _write(box) for box in shown_picture.boxes}
    sizes = {name: (_WIDE, one.height) for name, one in written.items()}
    hops = [(line.below, line.above) for line in shown_picture.lines]
    frames = _frames(shown_picture)
    layout = lay_out(sizes, hops, frames, _ROOM)
    width = max(layout.width + 2 * _MARGIN, _LEAST)
    head, top = _head(shown_picture, width)
    foot, height = _foot(shown_picture, top + layout.height + 14, width)
    body = [
        *_columns(layout, top),
        f'<g transform="translate({_MARGIN:g} {top + 8:g})">',
        *_framed(layout, shown_picture, frames),
        *(_line(line, layout) for line in shown_picture.lines if (line.below, line.above) in layout.routes),
        *(_box(one, layout.boxes[name]) for name, one in written.items()),
        *_labels(shown_picture, layout),
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
    yield f'<title id="oc-t-{mark}">Who had it from whom: {_words(one.title)}</title>'
    told = ". ".join([one.summary.rstrip("."), *one.chains, *one.notes])
    yield f'<desc id="oc-d-{mark}">{_words(told)}</desc>'
    yield f"<style>{STYLE}</style>"
    yield f"<defs>{HATCH}</defs>"
    yield f'<rect class="oc-paper" width="{width:.0f}" height="{height:.0f}"/>'


def _head(one: Picture, width: float) -> tuple[list[str], float]:
    """Title, summary and circumstances, and where the picture itself begins."""
    y, out = _MARGIN + 16, []
    for kind, text, size, most in (
        ("oc-title", one.title, 18.0, 3),
        ("oc-summary", one.summary, 13.0, 4),
        ("oc-faint", one.circumstances, _SMALL, 2),
    ):
        for line in wrap(text, width - 2 * _MARGIN, size, most, bold=kind == "oc-title"):
            out.append(_text(kind, _MARGIN, y, line))
            y += size * 1.4
        y += 3
    return out, y + 20


def _columns(layout: Layout, top: float) -> Iterator[str]:
    """What the sides are."""
    if not layout.boxes:
        yield _text("oc-faint", _MARGIN, top + 12, "Nobody is on record as saying anything about it.")
        return
    first = min(x for x, _ in layout.boxes.values())
    yield _text("oc-side", _MARGIN + first, top - 8, "ORIGIN")
    last = max(x for x, _ in layout.boxes.values())
    if last > first:
        yield _text("oc-side", _MARGIN + last + _WIDE, top - 8, "READER →", "end")


def _frames(one: Picture) -> dict[str, str]:
    """A frame where several boxes count as one origin, or one counts as another's."""
    members: dict[str, list[str]] = {}
    for name, origin in one.together.items():
        members.setdefault(origin, []).append(name)
    names = {box.id: box.name for box in one.boxes}
    return {
        name: origin
        for origin, inside in members.items()
        for name in inside
        if len(inside) > 1 or names.get(name) != one.names.get(origin, origin)
    }


def _framed(layout: Layout, one: Picture, frames: dict[str, str]) -> Iterator[str]:
    for origin, (x, y, width, height) in layout.frames.items():
        count = sum(other == origin for other in frames.values())
        words = f"one origin: {one.names.get(origin, origin)}" + (f" ({count}×)" if count > 1 else "")
        yield f'<rect class="oc-frame" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="10"/>'
        yield _text("oc-group", x + 10, y + 11, cut(shown(words), width - 20, _SMALL))


def _write(box: Box) -> _Written:
    room = _WIDE - _TEXT - _PAD
    lines = [("oc-name", _NAME, line) for line in wrap(box.name, room, _NAME, 3, bold=True)]
    lines += [("oc-deed", _DEED, line) for line in wrap(box.deed, room, _DEED, 2)]
    lines.append(("oc-faint", _SMALL, cut(shown(box.said), room, _SMALL)))
    if box.about:
        lines += [("oc-about", _SMALL, line) for line in wrap(f"on: {box.about}", room, _SMALL, 2)]
    if box.root and not box.established and box.stance is not None and not box.set_aside:
        lines.append(("oc-mark", _SMALL, "? origin not established"))
    if box.set_aside:
        lines += [("oc-mark", _SMALL, line) for line in wrap(f"✕ set aside: {box.why}".rstrip(": "), room, _SMALL, 2)]
    marks = {"bottleneck": "▸◂ bottleneck", "circle": "↻ cited in a circle"}
    lines += [("oc-mark", _SMALL, marks[mark]) for mark in box.marks]
    height = 2 * _PAD + sum(size * 1.36 for _, size, _ in lines) - 4
    return _Written(box, height, tuple(lines))


def _box(one: _Written, place: Point) -> str:
    """The outline tells the stance, the sign tells it again, a bar at the left an established origin."""
    box, (x, y) = one.box, place
    kind = "aside" if box.set_aside else box.stance or "none"
    told = f'role="graphics-symbol img" aria-label="{_attribute(box.sentence)}"'
    out = [
        f'<g class="oc-box oc-{kind}" {told} transform="translate({x:.1f} {y:.1f})">',
        f"<title>{_words(box.sentence)}</title>",
        outline(box.stance, box.document, _WIDE, one.height),
    ]
    if box.set_aside:
        out.append(f'<rect class="oc-fill" fill="url(#oc-aside)" rx="13" width="{_WIDE:g}" height="{one.height:.1f}"/>')
    if box.established and not box.set_aside:
        out.append(f'<path class="oc-bar" d="M4 10V{one.height - 10:.1f}"/>')
    out.append(sign(box.stance, 22, one.height / 2))
    down = _PAD - 4
    for style, size, text in one.lines:
        down += size * 1.36
        struck = " oc-struck" if box.set_aside and style == "oc-name" else ""
        out.append(_text(style + struck, _TEXT, down - size * 0.22, text))
    return "".join([*out, "</g>"])


def _line(line: Line, layout: Layout) -> str:
    hop = (line.below, line.above)
    kind = ["oc-line"] + (["oc-line-aside"] if line.set_aside else []) + (["oc-back"] if hop in layout.backward else [])
    if line.mode == "quotes":
        kind.append("oc-thick")
    dash = "2 5" if line.inferred else "5 4" if line.standing != "explicit" else DASHES.get(line.mode, "")
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    points = layout.routes[hop]
    path = _corners(points) if hop in layout.backward else _curve(points)
    x, y = points[-1]
    head = f'<path class="oc-head" d="M{x:.1f} {y:.1f}l-8 -4v8z"/>'
    return f'<path class="{" ".join(kind)}"{dashed} d="{path}"/>{head}'


def _curve(points: Sequence[Point]) -> str:
    """Level where it leaves and arrives, straight through the columns that it passes."""
    (x, y), *rest = points
    path = f"M{x:.1f} {y:.1f}"
    for place, (to_x, to_y) in enumerate(rest):
        middle = (x + to_x) / 2
        path += f"H{to_x:.1f}" if place % 2 else f"C{middle:.1f} {y:.1f} {middle:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"
        x, y = to_x, to_y
    return path


def _corners(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _labels(one: Picture, layout: Layout) -> Iterator[str]:
    """How it was passed on, beside the line: near the reader where several start together, else near the origin."""
    leaving: dict[str, int] = {}
    for line in one.lines:
        leaving[line.above] = leaving.get(line.above, 0) + 1
    for line in one.lines:
        points = layout.routes.get((line.below, line.above))
        if points is None:
            continue
        if (line.below, line.above) in layout.backward:
            (x, y), (to_x, _) = points[2:4]
            yield _text("oc-mode", (x + to_x) / 2, y - 5, f"{line.label} (closes the circle)", "middle")
            continue
        (x, y), (to_x, to_y) = points[-2:] if leaving[line.above] > 1 else points[:2]
        share = 0.72 if leaving[line.above] > 1 else 0.34
        bent = share * share * (3 - 2 * share)  # the height of a curve that is level at both ends
        text = cut(line.label, _ROOM.column - 8, _SMALL)
        half = width_of(text, _SMALL) / 2 + 2
        low, high = min(x, to_x) + half + 2, max(x, to_x) - half - 10
        at = min(max(x + (to_x - x) * share, low), max(low, high))
        crossed = " ✕" if line.mode == "not_from" else ""
        yield _text("oc-mode", at, y + (to_y - y) * bent - 6, text + crossed, "middle")


def _foot(one: Picture, y: float, width: float) -> tuple[list[str], float]:
    out: list[str] = []
    y += 10
    for note in one.notes:
        for line in wrap(note, width - 2 * _MARGIN, 12.0, 3):
            y += 17
            out.append(_text("oc-deed", _MARGIN, y, line))
    y += 16
    out.append(f'<g transform="translate({_MARGIN:g} {y:g})">{legend()}</g>')
    y += LEGEND_HEIGHT
    words = "A picture for reading: it proves nothing. The same ledger gives a signed bundle of this claim, verified offline."
    out.append(_text("oc-faint", _MARGIN, y, words))
    return out, y + _MARGIN


def _text(kind: str, x: float, y: float, text: str, anchor: str = "") -> str:
    where = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}"{where}>{_words(text)}</text>'


def _words(text: str) -> str:
    return escape(shown(text), quote=False)


def _attribute(text: str) -> str:
    return escape(shown(text))
