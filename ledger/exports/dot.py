"""The chains in Graphviz's language: origins on the left, readers on the right, for whoever wants to lay them out anew."""

from __future__ import annotations

from collections import defaultdict

from ledger.exports.content import Content
from ledger.exports.lettering import shown, wrap
from ledger.exports.picture import Box, Line, Picture, picture

_WIDE = 260.0
"""Of a label's line; what is cut is told by the tooltip."""
_SHAPES = {"supports": "box", "denies": "octagon", "differs": "parallelogram"}
_SIGNS = {"supports": "+", "denies": "−", "differs": "≠"}
_STYLES = {
    "quotes": "bold",
    "republishes": "dashed",
    "translates": "dashed",
    "relays": "dashed",
    "obtained": "dashed",
    "not_from": "dotted",
}


def print_dot(content: Content) -> bytes:
    """One digraph. Arrows run from where words come from to who has them from there."""
    one = picture(content)
    names = {box.id: f"n{place}" for place, box in enumerate(one.boxes)}
    lines = [
        "digraph chains {",
        f"  graph [rankdir=LR, charset={_quoted('UTF-8')}, labelloc=t, labeljust=l, fontname={_quoted('sans-serif')},",
        f"    label={_title(one.title, one.summary, one.circumstances)}, tooltip={_quoted(one.title)}];",
        f"  node [shape=box, fontname={_quoted('sans-serif')}, fontsize=11];",
        f"  edge [fontname={_quoted('sans-serif')}, fontsize=9];",
        *(f"  {names[box.id]} {_node(box)};" for box in one.boxes),
        *_together(one, names),
        *(f"  {names[line.above]} -> {names[line.below]} {_edge(line)};" for line in one.lines),
        "}",
        "",
    ]
    return "\n".join(lines).encode("utf-8")


def _node(box: Box) -> str:
    """Stance by shape and sign; double border for an established origin; what is set aside is dashed and says so."""
    sign = _SIGNS.get(box.stance or "", "·")
    about = f"on: {box.about}" if box.about else ""
    aside = f"set aside: {box.why}".rstrip(": ") if box.set_aside else ""
    said = [f"{sign} {box.name}", box.deed, box.said, about, aside, *(mark.replace("_", " ") for mark in box.marks)]
    shape = "note" if box.document else _SHAPES.get(box.stance or "", "plain" if not box.stance else "box")
    style = "dashed" if box.set_aside else "rounded" if shape == "box" else "solid"
    members = {
        "label": _lines(*said),
        "shape": "ellipse" if shape == "plain" else shape,
        "style": style,
        "peripheries": "2" if box.established and not box.set_aside else "1",
        "tooltip": _quoted(box.sentence),
        "id": _quoted(box.id),
    }
    return _list(members)


def _edge(line: Line) -> str:
    style = "dotted" if line.inferred else _STYLES.get(line.mode, "solid")
    return _list({"label": _quoted(line.label), "style": style, "arrowhead": "tee" if line.mode == "not_from" else "normal"})


def _together(one: Picture, names: dict[str, str]) -> list[str]:
    """Origins that count as one, in a cluster."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name, origin in one.together.items():
        groups[origin].append(names[name])
    return [
        f"  subgraph cluster_{place} {{ style=dotted; label={_lines('one origin: ' + one.names.get(origin, origin))}; "
        f"{'; '.join(members)}; }}"
        for place, (origin, members) in enumerate(groups.items())
        if len(members) > 1
    ]


def _list(members: dict[str, str]) -> str:
    return "[" + ", ".join(f"{name}={value}" for name, value in members.items()) + "]"


def _lines(*texts: str) -> str:
    """A label of several lines, each from the left; a long text takes up to four."""
    said = [line for text in texts for line in wrap(text, _WIDE, 11, 4)]
    return '"' + "".join(_escaped(line) + "\\l" for line in said) + '"'


def _title(*texts: str) -> str:
    return '"' + "".join(_escaped(line) + "\\l" for text in texts for line in wrap(text, 3 * _WIDE, 14, 4)) + '"'


def _quoted(text: str) -> str:
    return f'"{_escaped(shown(text))}"'


def _escaped(text: str) -> str:
    """In quotes only these two signs mean something, and a label reads entities as HTML does."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
