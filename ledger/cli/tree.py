"""Who had it from whom: a tree for each origin, and what hangs on nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ledger.cli.output import bold, cells, cut, faint, plural, short, width, wrapped
from schemas.corroboration import ChainView, Hop, Node

_BRANCH, _LAST, _PASS, _GAP = "├─ ", "└─ ", "│  ", "   "


@dataclass(frozen=True)
class _Graph:
    """The view by id: nodes, and for each node the hops that lead to it."""

    view: ChainView
    nodes: dict[str, Node]
    carried: dict[str, list[Hop]]
    texts: Mapping[str, str]

    def name(self, node: Node) -> str:
        if node.speaker is None:
            return f"document {short(node.id)}"
        return self.view.names.get(node.speaker, node.speaker)

    def root_name(self, node: Node) -> str:
        """The name, and whom it speaks for where the score counts it as another."""
        if node.speaker is None or node.origin in (None, node.speaker):
            return self.name(node)
        return f"{self.name(node)}, for {self.view.names.get(node.origin, node.origin)}"


def chain_tree(text: str, view: ChainView, texts: Mapping[str, str]) -> list[str]:
    """The origin first, under it whoever has it from there, down to the reader. `texts` are those of related claims."""
    graph = _graph(view, texts)
    lines = [*map(bold, wrapped(text)), faint(_circumstances(view)), ""]
    roots = _by_origin([node for node in view.nodes if node.root])
    shown: set[str] = set()
    for root in roots:
        lines += [*_tree(graph, root, shown), ""]
    rest = [node for node in view.nodes if node.id not in shown]
    if rest:
        lines.append(bold("In a circle, or without a way to an origin"))
        lines += [_line(graph, node, "  ", "") for node in rest] + [""]
    lines += _remarks(graph)
    return lines[:-1] if lines and not lines[-1] else lines


def _graph(view: ChainView, texts: Mapping[str, str]) -> _Graph:
    carried: dict[str, list[Hop]] = {}
    for hop in view.hops:
        if hop.mode != "not_from":
            carried.setdefault(hop.to, []).append(hop)
    return _Graph(view, {node.id: node for node in view.nodes}, carried, texts)


def _by_origin(roots: Iterable[Node]) -> list[Node]:
    """Roots by time, those of one origin together; last what nobody is known to have said of their own."""
    in_time = sorted(roots, key=lambda node: (not node.established, node.said or "~", node.id))
    first: dict[tuple[bool, str], int] = {}
    for place, node in enumerate(in_time):
        first.setdefault((node.established, node.origin or node.id), place)
    return sorted(in_time, key=lambda node: first[node.established, node.origin or node.id])


def _tree(graph: _Graph, root: Node, shown: set[str]) -> list[str]:
    lines = [_line(graph, root, "", "", stressed=True)]
    if root.claim is not None and root.claim != graph.view.claim:
        about = graph.texts.get(root.claim, short(root.claim))
        lines += [faint(line) for line in wrapped(f"on: {about}", indent=2, hang=6)]
    if not root.established and root.stance is not None:
        lines.append(faint("  where it has that from is not on record"))
    shown.add(root.id)
    return lines + _carriers(graph, root, "", {root.id}, shown)


def _carriers(graph: _Graph, node: Node, margin: str, path: set[str], shown: set[str]) -> list[str]:
    """Lines for all that have it from this node. `path` keeps a circle from running for ever."""
    hops = sorted(graph.carried.get(node.id, ()), key=lambda hop: (graph.nodes[hop.from_].said or "~", hop.from_))
    lines = []
    for place, hop in enumerate(hops):
        last = place == len(hops) - 1
        child = graph.nodes[hop.from_]
        manner = _manner(hop) + (" (circular)" if child.id in path else "")
        lines.append(_line(graph, child, margin + (_LAST if last else _BRANCH), manner))
        if child.id in path:
            continue
        shown.add(child.id)
        lines += _carriers(graph, child, margin + (_GAP if last else _PASS), path | {child.id}, shown)
    return lines


def _line(graph: _Graph, node: Node, before: str, after: str, *, stressed: bool = False) -> str:
    """One statement on one line; where that is too long, the name gives way."""
    deed = _deed(node)
    name = cut(graph.root_name(node) if stressed else graph.name(node), max(width() - cells(before + deed + after), 16))
    return before + (bold(name) if stressed else name) + deed + (faint(after) if after else "")


def _deed(node: Node) -> str:
    parts = [node.act.replace("_", " ") if node.act else "", node.said or "", "set aside" if node.set_aside else ""]
    said = ", ".join(part for part in parts if part)
    return f"  {said}" if said else ""


def _manner(hop: Hop) -> str:
    manner = [hop.mode] + ([hop.standing] if hop.standing != "explicit" else []) + (["inferred"] if hop.inferred else [])
    return f"  [{', '.join(manner)}]"


def _circumstances(view: ChainView) -> str:
    parts = [short(view.claim), f"{view.as_of.size} entries at {view.as_of.time}", plural(len(view.origins), "origin")]
    return " · ".join(parts + ([f"{view.clock} by {view.until}"] if view.until else []))


def _remarks(graph: _Graph) -> list[str]:
    names = graph.view.names

    def listed(slugs: Iterable[str]) -> str:
        return ", ".join(names.get(slug, slug) for slug in slugs)

    lines = []
    for one in graph.view.bottlenecks:
        lines += wrapped(f"everything {one.side} it runs through {listed([one.source])}: {listed(one.origins)}", hang=2)
    for circle in graph.view.circular:
        lines += wrapped("circular citation: " + " < ".join(names.get(slug, slug) for slug in circle.speakers), hang=2)
    for lost in graph.view.lost_hedges:
        lines += wrapped(f"{lost.says} (no part of the score)", hang=2)
    return lines
