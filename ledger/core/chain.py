"""Who had it from whom: the graph of a claim in the shape that is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ledger.core.evidence import Logged
from ledger.core.graph import Graph
from ledger.core.graph import Hop as Edge
from ledger.core.hearing import Hearing, examine
from ledger.core.hedges import lost_hedges
from ledger.core.paths import circles
from ledger.core.reporting import bottlenecks_of, stance_of
from ledger.core.testimony import Testimony
from schemas.corroboration import AsOf, ChainView, Channel, Circle, Clock, Hop, Node, Stance
from schemas.records import AttributionRecord

MANY = 50


def chain_view(
    claim: str,
    logged: Sequence[Logged],
    *,
    as_of: AsOf,
    until: str | None = None,
    clock: Clock = "said",
    without: Sequence[str] = (),
    policy: str = "olo-1",
    words: Mapping[str, str] | None = None,
) -> ChainView:
    """Every statement and document on the chains of a claim that had been said by then, and every hop between them.

    `words` are what sealed values say; where it is None, nothing is told of lost hedges.
    """
    hearing = examine(claim, logged, as_of=as_of, until=until, clock=clock, without=without, policy=policy)
    return chain_in(hearing, as_of=as_of, until=until, words=words)


def chain_in(hearing: Hearing, *, as_of: AsOf, until: str | None, words: Mapping[str, str] | None = None) -> ChainView:
    """The same, of a hearing that was held already."""
    graph, registry = hearing.court.graph, hearing.court.registry
    names = _said_or_carrying(graph)
    hops = _hops(hearing, names)
    nodes = _nodes(hearing, names, hops)
    speakers = {node.speaker for node in nodes if node.speaker} | {t.origin for t in hearing.heard}
    # Whom the claim concerns has a name too where nothing of theirs is on record.
    speakers |= {one.source for one in hearing.court.claim.concerns or ()}
    slugs = speakers | {owner for slug in speakers for owner in registry.owners(slug)}
    return ChainView(
        claim=graph.claim,
        as_of=as_of,
        until=until,
        clock=graph.moment.clock,
        nodes=nodes,
        hops=[
            Hop.model_validate(
                {
                    "from": hop.below,
                    "to": hop.above,
                    "mode": hop.mode,
                    "standing": hop.standing,
                    "record_id": hop.record_id,
                    "inferred": hop.record_id is None,
                }
            )
            for hop in hops
        ],
        origins=sorted({t.origin for t in hearing.heard}),
        channels=_channels(hearing),
        bottlenecks=bottlenecks_of(hearing),
        circular=[Circle(speakers=speakers, statements=ids) for speakers, ids in circles(graph)],
        names={slug: registry.name(slug) for slug in sorted(slugs)},
        lost_hedges=[] if words is None else lost_hedges(graph, names, words, _crediting(hearing), registry.name),
    )


def names_in(hearing: Hearing, chain: ChainView) -> dict[str, dict[str, str]]:
    """The names that are on record in the open of everybody whom the chain names, by slug and language."""
    registry = hearing.court.registry
    return {slug: names for slug in chain.names if (names := registry.names(slug))}


def nodes_of(hearing: Hearing) -> list[Node]:
    """The nodes of the chain view alone."""
    names = _said_or_carrying(hearing.court.graph)
    return _nodes(hearing, names, _hops(hearing, names))


def _hops(hearing: Hearing, names: set[str]) -> list[Edge]:
    hops = (hop for name in sorted(names) for hop in hearing.court.graph.up.get(name, ()) if _shown(hearing, hop, names))
    return sorted(hops, key=lambda hop: (hop.index or 0, hop.below, hop.above))


def _nodes(hearing: Hearing, names: set[str], hops: Sequence[Edge]) -> list[Node]:
    """The statements in log order, then the documents to which hops lead."""
    graph = hearing.court.graph
    by_statement = {t.said.id: t for t in hearing.heard if t.through is None and not t.joint}
    in_order = sorted(names, key=lambda name: graph.statements[name].index)
    documents = dict.fromkeys(hop.above for hop in hops if hop.above in graph.documents)
    return [
        *(_statement(hearing, name, by_statement.get(name)) for name in in_order),
        *(_document(hearing, name) for name in documents),
    ]


def _crediting(hearing: Hearing) -> set[str]:
    """The attributions that credit somebody in words ("according to ...")."""
    hops = hearing.stands.loose["attribution"]
    return {entry.id for entry in hops if isinstance(entry.record, AttributionRecord) and entry.record.credited_as is not None}


def _said_or_carrying(graph: Graph) -> set[str]:
    """Statements that had been made by then, and later ones that carry them to a reader."""
    names = {one.id for one in graph.statements.values() if graph.said_by(one)}
    queue = list(names)
    for here in queue:
        carried = {hop.below for hop in graph.down.get(here, ()) if graph.usable(hop)} - names
        names |= carried
        queue += carried
    return names


def _shown(hearing: Hearing, hop: Edge, names: set[str]) -> bool:
    return hop.above in names or hop.above in hearing.court.graph.documents


def _statement(hearing: Hearing, name: str, testimony: Testimony | None) -> Node:
    graph = hearing.court.graph
    one = graph.statements[name]
    plain: dict[str | None, Stance | None] = {"+": "supports", "-": "denies", None: None}
    return Node(
        id=name,
        kind="statement",
        speaker=one.speaker,
        claim=one.claim,
        act=one.record.act,
        stance=stance_of(testimony) if testimony else plain[one.side],
        certainty=one.record.certainty,
        said=one.span.text,
        document=one.document,
        root=graph.is_root(one),
        established=testimony.established if testimony else False,
        set_aside=name in graph.aside,
        origin=testimony.origin if testimony else None,
    )


def _document(hearing: Hearing, name: str) -> Node:
    graph = hearing.court.graph
    testimony = next((t for t in hearing.heard if t.through is not None and t.through.above == name), None)
    document = graph.documents[name]
    return Node(
        id=name,
        kind="document",
        speaker=testimony.speaker if testimony else document.publisher,
        claim=None,
        act=None,
        stance=stance_of(testimony) if testimony else None,
        certainty=None,
        said=document.published_at or document.captured_at or document.retrieved_at,
        document=name,
        root=testimony is not None,
        established=testimony.established if testimony else False,
        set_aside=name in graph.bad_documents,
        origin=testimony.origin if testimony else None,
    )


def _channels(hearing: Hearing) -> list[Channel]:
    """Every chain from an origin to a statement that nobody carries further, and the origin's own document where it has one.
    Past `MANY` testimonies only the best chain of each."""
    court = hearing.court
    heard = [testimony for testimony in hearing.heard if not testimony.joint]
    found: list[Channel] = []
    for testimony in heard:
        chains = court.paths.all_ends(testimony.said, testimony.through) if len(heard) <= MANY else []
        if not testimony.chain.statements or not chains:
            chains.insert(0, testimony.chain)
        for chain in chains:
            relays = list(dict.fromkeys(court.graph.statements[name].speaker for name in chain.statements))
            found.append(
                Channel(
                    origin=testimony.origin,
                    side="for" if testimony.side == "+" else "against",
                    speakers=[*reversed(relays), testimony.speaker],
                    fidelity=chain.fidelity,
                )
            )
    return found
