"""Who said a claim first, as far as it is on record, and through whom that reached the public."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas import dates
from schemas.corroboration import ChainView, Node


@dataclass(frozen=True)
class First:
    """`node` is the origin of the earliest saying of this very claim, `said` when that was said; `relays` passed it on, in that
    order. `related` is a still earlier saying of another claim that supports this one."""

    node: Node
    said: str
    relays: tuple[str, ...]
    related: Node | None = None


def first_said(chain: ChainView) -> First | None:
    """The earliest dated saying of the claim that supports it and is not set aside, followed to where it came from; None if
    there is none. Of two on one day the one that rests on nobody, and then the one with the smaller id."""
    nodes = {node.id: node for node in chain.nodes}
    above: dict[str, list[str]] = defaultdict(list)
    below: dict[str, list[str]] = defaultdict(list)
    for hop in chain.hops:
        if hop.mode != "not_from" and hop.from_ in nodes and hop.to in nodes:
            above[hop.from_].append(hop.to)
            below[hop.to].append(hop.from_)
    said = [node for node in chain.nodes if node.kind == "statement" and node.stance == "supports" and not node.set_aside]
    dated = [node for node in said if node.said and node.claim == chain.claim]
    if not dated:
        return None
    first = min(dated, key=_when)
    up = [node for node in _follow(first, above, nodes) if node.claim in (None, chain.claim)]
    down = _follow(first, below, nodes)
    origin = up[-1] if up else first
    relays = [node.speaker for node in [*reversed(up), first, *down] if node.speaker and node.speaker != origin.speaker]
    when = origin.said or first.said or ""
    elsewhere = [node for node in said if node.said and node.claim != chain.claim and _before(node.said, when)]
    related = min(elsewhere, key=_when, default=None)
    source = [node for node in _follow(related, above, nodes) if node.said and node.speaker] if related else []
    return First(origin, when, tuple(dict.fromkeys(relays)), source[-1] if source else related)


def _before(one: str, other: str) -> bool:
    """Whether the one was over before the other began."""
    return dates.bounds(one)[1] < dates.bounds(other)[0]


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
