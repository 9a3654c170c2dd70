"""The graph of statements about a claim, as it could be read at one moment (SCORING 2.1 to 2.5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ledger.core.stances import Reading
from schemas.corroboration import Clock
from schemas.dates import bounds
from schemas.records import DocumentRecord, StatementRecord

LeaveOut = Callable[[str, int], bool]
"""Whether a source, at a moment, is to be left out as asked."""
NEUTRAL_ACTS = frozenset({"dismisses", "declines_to_comment", "did_not_respond", "questions"})
UNSAID_BASES = frozenset({"told", "not_stated"})


@dataclass(frozen=True, slots=True)
class Moment:
    """Where the reader stands: what was said up to the second `end`, on `clock`; ratings and relations as valid at `valid`.

    Without a date there is no `end`, and `valid` is the ledger's own time, which also bounds what bears no date at all.
    """

    end: int
    clock: Clock
    ledger_time: int
    valid: int


@dataclass(frozen=True, slots=True)
class Span:
    """When something was said: first and last second it can have been. `own` if the statement or its document is dated."""

    first: int
    last: int
    own: bool
    text: str | None

    def is_later(self, other: Span) -> bool:
        """A date that is known only roughly is the whole time that it may mean. One statement is later than another only if
        those times do not overlap; else nobody knows the order, and nothing is called a change of position."""
        return self.first > other.last


@dataclass(frozen=True, slots=True)
class Said:
    """A statement in the graph. `reading` is what it says about the claim in question, None if nothing."""

    id: str
    index: int
    record: StatementRecord
    claim: str
    document: str | None
    span: Span
    reading: Reading | None
    evidence: tuple[str, ...] = ()

    @property
    def speaker(self) -> str:
        return self.record.speaker

    @property
    def side(self) -> str | None:
        return self.reading.side if self.reading else None

    @property
    def neutral(self) -> bool:
        return self.record.act in NEUTRAL_ACTS


@dataclass(frozen=True, slots=True)
class Hop:
    """An attribution. `known` is the last second at which it can have become known; an inferred hop has no record."""

    below: str
    above: str
    mode: str
    standing: str
    record_id: str | None
    index: int | None
    known: int


@dataclass
class Graph:
    """Statements, documents and hops. `up` leads towards the origins, `down` towards the readers; both in log order."""

    claim: str
    moment: Moment
    statements: dict[str, Said]
    documents: dict[str, DocumentRecord]
    same: frozenset[str] = frozenset()
    """The claim, and those that say the same."""
    up: dict[str, list[Hop]] = field(default_factory=lambda: defaultdict(list))
    down: dict[str, list[Hop]] = field(default_factory=lambda: defaultdict(list))
    not_from: set[tuple[str, str]] = field(default_factory=set)
    """Pairs of which the first is recorded not to have it from the second."""
    reports: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Of a statement, those that it is said to report."""
    gone: set[str] = field(default_factory=set)
    """What hops lead to and is not to be seen any more: taken back, withheld, or about a claim that is no longer connected."""
    judged: dict[str, str] = field(default_factory=dict)
    """Documents that assessors found not authentic, with the reason."""
    doubted: dict[str, str] = field(default_factory=dict)
    """Statements that count for nothing because of who signed them, with the reason."""
    unheard: frozenset[str] = frozenset()
    """Statements whose signers are left out as asked."""
    aside: dict[str, str] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    bad_documents: dict[str, str] = field(default_factory=dict)
    walked_back: dict[str, str] = field(default_factory=dict)
    returns: list[tuple[str, ...]] | None = None
    """Paths that come back to their first speaker, once somebody has asked for them."""
    _known_up: dict[str, list[Hop]] = field(default_factory=dict)

    def add(self, hop: Hop) -> None:
        self.up[hop.below].append(hop)
        self.down[hop.above].append(hop)

    def said_by(self, one: Said) -> bool:
        return one.span.last <= self.moment.end

    def known_up(self, name: str) -> list[Hop]:
        """The hops from a statement that were known at the moment, but for those that turn back."""
        if name not in self.up:
            return []
        if name not in self._known_up:
            end = self.moment.end
            self._known_up[name] = [hop for hop in self.up[name] if hop.known <= end and not self._turns_back(hop)]
        return self._known_up[name]

    def with_nothing_aside(self) -> Graph:
        """The same statements and hops, before anything is set aside."""
        return replace(self, aside={}, left_out=set(), bad_documents={}, walked_back={})

    def at(self, moment: Moment) -> Graph:
        """The same statements and hops at another moment, before anything is set aside."""
        return replace(self.with_nothing_aside(), moment=moment, _known_up={})

    def without(self, hop: Hop) -> Graph:
        """The same statements without one hop, before anything is set aside."""
        up = {name: [one for one in hops if one != hop] for name, hops in self.up.items()}
        down = {name: [one for one in hops if one != hop] for name, hops in self.down.items()}
        bare = self.with_nothing_aside()
        return replace(bare, up={k: v for k, v in up.items() if v}, down=down, returns=None, _known_up={})

    def with_more_aside(self) -> Graph:
        """The same, of which more can be set aside without touching this one."""
        return replace(self, aside=dict(self.aside), left_out=set(self.left_out), bad_documents=dict(self.bad_documents))

    def _turns_back(self, hop: Hop) -> bool:
        """Whether a source is said to have it from words of its own that it had from these: the first of them is the root.
        Nor does it have it from the words that it takes back."""
        one, other = self.statements[hop.below], self.statements.get(hop.above)
        if one.record.withdraws == hop.above:
            return True
        if other is None or one.speaker != other.speaker or one.index > other.index:
            return False
        return any(back.above == hop.below for back in self.up.get(hop.above, ()))

    def is_root(self, one: Said) -> bool:
        """SCORING 2.5: said, standing, and nothing upstream that was known."""
        return self.said_by(one) and one.id not in self.aside and not self.known_up(one.id)

    def public_by(self, one: Said) -> bool:
        """Whether the document in which it stands was out by then; what has none counts from when it was said."""
        document = self.documents.get(one.document) if one.document else None
        if document is None:
            return self.said_by(one)
        when = dated(document)
        return (bounds(when)[1] if when else self.moment.ledger_time) <= self.moment.end

    def open_document(self, one: Said) -> DocumentRecord | None:
        """The document in which a reader finds the statement; on the public clock only once it is out."""
        document = self.documents.get(one.document) if one.document else None
        if document is None or one.document in self.bad_documents:
            return None
        return None if self.moment.clock == "public" and not self.public_by(one) else document

    def usable(self, hop: Hop) -> bool:
        """Whether a chain may run over the hop: what cites still stands, and on the public clock was out by then."""
        return hop.below not in self.aside and self.in_time(hop)

    def in_time(self, hop: Hop) -> bool:
        """Whether the hop bears on this moment: on the public clock only once it was known and what cites was out."""
        if self.moment.clock == "said":
            return True
        return hop.known <= self.moment.end and self.public_by(self.statements[hop.below])


def dated(document: DocumentRecord | None) -> str | None:
    return (document.published_at or document.captured_at or document.retrieved_at) if document else None


def said_text(record: StatementRecord, document: DocumentRecord | None) -> str | None:
    """When a statement says of itself, or its document says, that it was made."""
    return record.said_at or dated(document)


def author_of(document: DocumentRecord) -> str | None:
    """The origin behind a document: its first author, else its publisher (SCORING 2.5)."""
    return document.authors[0] if document.authors else document.publisher
