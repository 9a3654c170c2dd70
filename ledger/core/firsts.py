"""Who said a claim first, as far as it is on record, and through whom that reached the public."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas import dates
from schemas.corroboration import ChainView, Node


@dataclass(frozen=True)
class First:
    """`node` is the origin of the earliest saying, `said` when that was said; `relays` passed it on, in that order."""

    node: Node
    said: str
    relays: tuple[str, ...]


def first_said(chain: ChainView) -> First | None:
    """The earliest dated saying that supports the claim and is not set aside, followed to where it came from; None if there is
    none. Of two on one day the one that rests on nobody, and then the one with the smaller id."""
    nodes = {node.id: node for node in chain.nodes}
    above: dict[str, list[str]] = defaultdict(list)
    below: dict[str, list[str]] = defaultdict(list)
    for hop in chain.hops:
        if hop.mode != "not_from" and hop.from_ in nodes and hop.to in nodes:
            above[hop.from_].append(hop.to)
            below[hop.to].append(hop.from_)
    said = [node for node in chain.nodes if node.kind == "statement" and node.stance == "supports" and not node.set_aside]
    dated = [node for node in said if node.said]
    if not dated:
        return None
    first = min(dated, key=_when)
    up = _follow(first, above, nodes)
    down = _follow(first, below, nodes)
    origin = up[-1] if up else first
    relays = [node.speaker for node in [*reversed(up), first, *down] if node.speaker and node.speaker != origin.speaker]
    return First(origin, origin.said or first.said or "", tuple(dict.fromkeys(relays)))


def _when(node: Node) -> tuple[int, int, bool, str]:
    begins, ends = dates.bounds(node.said) if node.said else (0, 0)
    return ends, begins, not node.root, node.id


def _follow(start: Node, beside: Mapping[str, Sequence[str]], nodes: Mapping[str, Node]) -> list[Node]:
    """From hop to hop by the earliest neighbour, visiting nobody twice."""
    path, seen = [], {start.id}
    here = start
    while fresh := [nodes[name] for name in beside.get(here.id, ()) if name not in seen]:
        here = min(fresh, key=lambda node: (node.said is None, *_when(node)))
        seen.add(here.id)
        path.append(here)
    return path
