"""What each statement is worth as evidence of its origin, before origins are compared (SCORING 2.5 to 2.10, 3.1 to 3.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from ledger.core.graph import UNSAID_BASES, Graph, Hop, LeaveOut, Said, Span, author_of
from ledger.core.paths import Chain, Paths, rootless_rings
from ledger.core.policies import Policy
from ledger.core.quantities import kappa
from ledger.core.ratings import Rating, Ratings
from ledger.core.relations import Registry
from ledger.core.weights import Voice, adjusted_reliability, edge, hedge, variance_term, weight_of_evidence
from schemas.records import ClaimRecord, DocumentRecord


@dataclass(frozen=True, slots=True)
class Testimony:
    """One statement, or a document that a statement shows, as evidence of the origin that stands behind it.

    `side` is the stance after the figures were compared. `joint` marks a co-signatory: its position, but not its row.
    """

    origin: str
    speaker: str
    said: Said
    through: Hop | None
    side: str
    differs: bool
    established: bool
    reason: str
    rating: Rating
    against: bool
    self_serving: bool
    party: bool
    unnamed: bool
    confirming: bool
    joint: bool
    kappa: float
    h: float
    s: float
    c: float
    chain: Chain
    reliability: float
    capped: bool
    e: float
    weight: float
    variance: float

    @property
    def span(self) -> Span:
        return self.said.span

    @property
    def counts(self) -> bool:
        return self.established and self.rating.rated

    @property
    def document(self) -> str | None:
        return self.through.above if self.through else self.said.document

    def with_edge(self, e: float, policy: Policy) -> Testimony:
        """The same, worth this much."""
        variance = variance_term(e, self.reliability, self.rating.letter, self.against, policy)
        return replace(self, e=e, weight=weight_of_evidence(e), variance=variance)


@dataclass(frozen=True, slots=True)
class Witness:
    """A statement that could be evidence: a root, one that shows a document (`through`), or a relay that confirms."""

    said: Said
    through: Hop | None
    confirming: bool


Key = tuple[str, str | None, str | None]
"""A statement, who signs it, and the document that it shows."""
Weighed = dict[Key, "Testimony | None"]
"""What was weighed already."""
Lasting = dict[tuple[str, str | None, Hop | None, bool], "Testimony | None"]
"""What was weighed at any moment, where it comes out alike at all of them: nothing is set aside, ratings and relations are the
same, and on the clock of what was said hops of any date give an origin its chain."""


@dataclass(frozen=True)
class Court:
    """Everything that one hearing of a claim needs. `weighed` saves a second hearing what cannot come out otherwise."""

    graph: Graph
    claim: ClaimRecord
    registry: Registry
    ratings: Ratings
    paths: Paths
    policy: Policy
    leave_out: LeaveOut
    weighed: Weighed = field(default_factory=dict)
    lasting: Lasting | None = None


def established(registry: Registry, slug: str | None, basis: str, moment: int) -> tuple[bool, str]:
    """An origin is established if it acts for itself (a person, an organisation, a government body, an armed group, or its
    spokesman) or says how it knows. An outlet, agency, account or data set that does not say how it knows is "unknown via" that
    outlet, and so is "reportedly": both are shown and carry no weight."""
    source = registry.sources.get(slug) if slug else None
    if slug is None or source is None:
        return False, "nobody is named as its author"
    if source.type == "unnamed":
        named = source.unnamed_kind != "media_reports"
        return named, "an unnamed source" if named else f"unknown via {registry.name(slug)}: reportedly"
    if registry.acts_for_itself(slug, moment):
        return True, "acts for itself"
    if basis not in UNSAID_BASES:
        return True, f"says how it knows: {basis.replace('_', ' ')}"
    return False, f"unknown via {registry.name(slug)}: it does not say how it knows"


def hear(court: Court) -> list[Testimony]:
    """Every testimony on either side that stood at the moment."""
    heard = hear_witnesses(court, witnesses(court.graph))
    return [*heard, *_rings(court, heard)]


def hear_witnesses(court: Court, called: Iterable[Witness]) -> list[Testimony]:
    """What those of them say that were not set aside."""
    graph = court.graph
    heard: list[Testimony] = []
    for witness in called:
        if witness.said.id in graph.aside:
            continue
        if witness.through is None:
            heard += _signatories(court, witness.said, confirming=witness.confirming)
        elif witness.through.above not in graph.bad_documents:
            document = graph.documents[witness.through.above]
            testimony = _weigh(court, witness.said, author_of(document), witness.through, confirming=False)
            heard += [testimony] if testimony is not None else []
    return heard


def witnesses(graph: Graph) -> list[Witness]:
    """All that could be heard, set aside or not: first roots, then documents that are shown, then relays that confirm."""
    said = [one for one in graph.statements.values() if one.side is not None and graph.said_by(one)]
    roots, shown, confirming = [], [], []
    for one in said:
        ups = graph.known_up(one.id)
        if not ups:
            roots.append(Witness(one, None, False))
            continue
        shown += [Witness(one, hop, False) for hop in ups if hop.above in graph.documents]
        if confirming_relay(one):
            confirming.append(Witness(one, None, not _repeats_itself(graph, one)))
    return [*roots, *shown, *confirming]


def confirming_relay(one: Said) -> bool:
    """A relay that itself confirms or finds, and says how it knows, is an origin too: at half weight unless it witnessed it,
    because it has seen what its upstream showed. The half weight stays on what it says later on that side."""
    return one.record.act in ("confirms", "finds") and one.record.basis not in UNSAID_BASES


def _repeats_itself(graph: Graph, one: Said) -> bool:
    """Whether it only goes back to its own earlier words: nobody showed it anything."""
    above = [graph.statements.get(hop.above) for hop in graph.known_up(one.id)]
    return all(it is not None and it.speaker == one.speaker for it in above)


def joint_signatory(court: Court, one: Said) -> str:
    """A joint statement is one statement, of the signatory with the best letter; it adds no row for the others."""
    return min(_signed(court, one), key=lambda slug: (court.ratings.of(slug).letter, slug))


def _signed(court: Court, one: Said) -> list[str]:
    moment = min(one.span.last, court.graph.moment.valid)
    return [one.speaker, *(slug for slug in one.record.joint_with or () if not court.leave_out(slug, moment))]


def _signatories(court: Court, one: Said, *, confirming: bool) -> Iterator[Testimony]:
    if one.record.joint_with is None:
        testimony = _weigh(court, one, one.speaker, None, confirming=confirming)
        if testimony is not None:
            yield testimony
        return
    lead = joint_signatory(court, one)
    for slug in _signed(court, one):
        testimony = _weigh(court, one, slug, None, confirming=confirming)
        if testimony is not None:
            yield testimony if slug == lead else replace(testimony.with_edge(0.0, court.policy), joint=True)


def _rings(court: Court, heard: Iterable[Testimony]) -> Iterator[Testimony]:
    """Sources that cite only each other, and reach nobody who would know, are together one origin, not established."""
    graph = court.graph
    rooted = [one.id for one in graph.statements.values() if graph.is_root(one)]
    shown = [t.said.id for t in heard if t.through is not None]
    for group in rootless_rings(graph, [*rooted, *shown]):
        members = [graph.statements[name] for name in group if graph.statements[name].side is not None]
        heard_already = {t.said.id for t in heard if t.counts}
        if not members or any(one.id in heard_already for one in members):
            continue
        if any(hop.above in graph.aside or hop.above in graph.gone for name in group for hop in graph.known_up(name)):
            graph.aside.update(dict.fromkeys(group, "everything it rests on is set aside"))
            continue
        weighed = (_weigh(court, one, one.speaker, None, confirming=False) for one in sorted(members, key=lambda it: it.index))
        testimony = next(filter(None, weighed), None)
        if testimony is not None:
            name = "+".join(sorted({_origin(court, it) for it in members}))
            testimony = testimony.with_edge(0.0, court.policy)
            yield replace(testimony, origin=name, established=False, reason=_lost(court, group))


def _origin(court: Court, one: Said) -> str:
    return court.registry.origin(one.speaker, min(one.span.last, court.graph.moment.valid))


def _lost(court: Court, group: list[str]) -> str:
    graph = court.graph
    cited = [graph.statements.get(hop.above) for name in group for hop in graph.known_up(name)]
    if any(one is not None and not graph.said_by(one) for one in cited):
        return "what it cites was not, or not surely, said by then"
    return "they cite only each other, nobody knows where it began"


def figure_agreement(court: Court, one: Said) -> float:
    """Figures are compared only with the same unit, measure and time. A figure supports a claim as far as their ranges overlap,
    and counts against it as far as they lie apart. What bears on the claim through an event or a denial agrees fully."""
    reading = one.reading
    if court.claim.quantity is None or one.record.polarity == "-" or reading is None or reading.entails or reading.contradicts:
        return 1.0
    said = one.record.quantity or (court.claim.quantity if one.claim == court.graph.claim else None)
    return kappa(said, court.claim.quantity, court.policy) if said is not None else 1.0


def interest_in(one: Said) -> str:
    """A speaker's interest in what its words say about this claim. It carries over to claims that are equivalent, entail or
    are entailed; over a contradiction an interest against becomes unknown, for somebody may gladly admit one thing to deny
    another."""
    crossed = one.reading is not None and one.reading.contradicts
    return "unknown" if crossed and one.record.interest == "against" else one.record.interest


def against_interest(one: Said) -> bool:
    """Somebody who says what harms its own cause. It needs a reason, and does not carry over to a claim that contradicts."""
    return interest_in(one) == "against"


def self_serving(court: Court, one: Said, slug: str, origin: str) -> tuple[bool, bool]:
    """Half weight if the speaker has an interest in saying it. A party to the conflict whose interest nobody stated is taken
    to have one, and is marked."""
    interest = interest_in(one)
    # Two answers: whether it is self-serving, and whether only because it is a party.
    party = interest == "unknown" and court.registry.is_party([slug, origin])
    return interest == "for" or party, party


def shows_its_source(document: DocumentRecord) -> str:
    """What a document at the end of a chain says of how its author knows: an image, a recording or data speak for themselves;
    a text is as good as its author."""
    return "document" if document.medium in ("image", "video", "audio", "data") else "not_stated"


def _weigh(court: Court, one: Said, slug: str | None, through: Hop | None, *, confirming: bool) -> Testimony | None:
    """None if the figures cannot be compared, or if no reader could find it on this clock."""
    key = (one.id, slug, through.above if through else None)
    if key not in court.weighed:
        court.weighed[key] = _weigh_once(court, one, slug, through, confirming=confirming)
    return court.weighed[key]


def _weigh_once(court: Court, one: Said, slug: str | None, through: Hop | None, *, confirming: bool) -> Testimony | None:
    if court.lasting is None or court.graph.aside or court.graph.bad_documents:
        return _weigh_anew(court, one, slug, through, confirming=confirming)
    lasting = (one.id, slug, through, confirming)
    if lasting not in court.lasting:
        court.lasting[lasting] = _weigh_anew(court, one, slug, through, confirming=confirming)
    return court.lasting[lasting]


def _weigh_anew(court: Court, one: Said, slug: str | None, through: Hop | None, *, confirming: bool) -> Testimony | None:
    registry, policy, graph = court.registry, court.policy, court.graph
    moment = min(one.span.last, graph.moment.valid)
    agreement = figure_agreement(court, one)
    if agreement == 0.0 or one.side is None:
        return None
    basis = shows_its_source(graph.documents[through.above]) if through else one.record.basis
    is_established, reason = established(registry, slug, basis, moment)
    speaker = slug or f"document-{(through.above if through else one.id)[7:19]}"
    origin = registry.origin(speaker, moment)
    rating = court.ratings.of(speaker)
    source = registry.sources.get(speaker)
    serving, party = (False, False) if through else self_serving(court, one, speaker, origin)
    against = through is None and against_interest(one)
    s = policy.self_serving if serving else 1.0
    c = policy.confirming_relay if confirming and one.record.basis != "witnessed" else 1.0
    h = hedge(one.record, one.reading is not None and one.reading.entails, policy)
    unnamed = (source is not None and source.type == "unnamed") or (through is None and one.record.anonymity == "anonymous")

    def worth(chain: Chain) -> tuple[float, float, bool]:
        capped = unnamed or any(_unnamed(court, graph.statements[name]) for name in chain.statements)
        reliability = adjusted_reliability(Voice(rating.letter, rating.rated, against, capped), policy)
        if not (is_established and rating.rated):
            return 0.0, reliability, capped
        return edge(reliability, s, chain.fidelity, h, agreement, c, policy), reliability, capped

    chains = _candidate_chains(court, one, through)
    if not chains:
        return None
    chain = max(chains, key=lambda it: (worth(it)[0], it.fidelity))
    e, reliability, capped = worth(chain)
    side = one.side if agreement > 0 else ("-" if one.side == "+" else "+")
    if is_established and not rating.rated:
        reason = f"{reason}; nobody has rated it"
    return Testimony(
        origin=origin,
        speaker=speaker,
        said=one,
        through=through,
        side=side,
        differs=agreement < 0,
        established=is_established,
        reason=reason,
        rating=rating,
        against=against,
        self_serving=serving,
        party=party,
        unnamed=unnamed,
        confirming=confirming,
        joint=False,
        kappa=agreement,
        h=h,
        s=s,
        c=c,
        chain=chain,
        reliability=reliability,
        capped=capped,
        e=e,
        weight=weight_of_evidence(e),
        variance=variance_term(e, reliability, rating.letter, against, policy),
    )


def _unnamed(court: Court, one: Said) -> bool:
    source = court.registry.sources.get(one.speaker)
    return (source is not None and source.type == "unnamed") or one.record.anonymity == "anonymous"


def _candidate_chains(court: Court, one: Said, through: Hop | None) -> list[Chain]:
    """The most faithful chain, and where an unnamed source is on it the most faithful one without: either may weigh more."""
    nobody: Callable[[Said], bool] = lambda _: False  # noqa: E731
    best = court.paths.best(one, without=nobody, through=through)
    if best is None:
        return []
    if not any(_unnamed(court, court.graph.statements[name]) for name in best.statements):
        return [best]
    named = court.paths.best(one, without=lambda it: _unnamed(court, it), through=through)
    return [best, named] if named else [best]


def halved(testimony: Testimony, policy: Policy) -> Testimony:
    """The same, at the half weight of a relay that confirms."""
    if testimony.c != 1.0:
        return testimony
    c = policy.confirming_relay
    e = (
        edge(testimony.reliability, testimony.s, testimony.chain.fidelity, testimony.h, testimony.kappa, c, policy)
        if testimony.counts and not testimony.joint
        else 0.0
    )
    return replace(testimony, c=c).with_edge(e, policy)
