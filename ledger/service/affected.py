"""What rests on a record or a source, who still carries it, and what the scores would be without it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ledger.core import force, resting
from ledger.core.evidence import Logged
from ledger.core.gist import brief_in
from ledger.core.hearing import Hearing, examine
from ledger.core.views import Named, Opened, Statements, claim_texts
from ledger.errors import NotFoundError
from ledger.operations import CLAIMS_AFFECTED, MOST_SHOWN
from ledger.service.cursors import check_limit, parse_cursor, print_cursor
from ledger.service.gathering import as_of, gather, resolve
from ledger.service.reading import Reading
from ledger.service.remembering import remembered
from ledger.service.resting import MOST, Resting, resting_on, said_or_shown, standing_of
from ledger.service.sources import near_slugs
from ledger.service.ties import Ties
from ledger.service.touching import claims_touched, related_claims
from ledger.service.views import named_sources, open_values_of
from ledger.service.withholding import refuse_withheld
from ledger.store.protocol import Snapshot
from schemas.affected import Affected, AffectedChain, AffectedClaim, AffectedStatement, Stands
from schemas.corroboration import AsOf
from schemas.lookups import Brief
from schemas.records import AttributionRecord, ClaimRecord, DocumentRecord, SourceRecord, StatementRecord

What = Literal["source", "document", "statement", "claim", "record"]
_CHAINS = 10
"""So many chains of one claim are told; how many more, besides."""


@dataclass(frozen=True)
class _Asked:
    """What is to go: a source (by `without`), statements and documents (struck), or a record that is neither (dropped)."""

    what: What
    target: str
    roots: list[Logged] = field(default_factory=list)
    complete: bool = True
    struck: frozenset[str] = frozenset()
    dropped: str | None = None

    @property
    def without(self) -> tuple[str, ...]:
        return (f"source:{self.target}",) if self.what == "source" else ()


@dataclass(frozen=True)
class _Heard:
    """One claim with what is asked about, without it, and before it was taken back."""

    claim: str
    logged: list[Logged]
    now: Hearing
    without: Hearing
    before: Hearing | None
    takers: Mapping[str, str]


def affected(
    snapshot: Snapshot,
    name: str,
    cursor: str | None = None,
    limit: int = CLAIMS_AFFECTED,
    ties: Ties | None = None,
    most: int = MOST,
) -> Affected:
    """The newest claims with statements that rest on the named source or record, through any number of hops, or those that
    follow the cursor; for each how it stands, and how without it. Nothing that is withheld has a part in it, and at most the
    newest `most` statements are followed."""
    check_limit(limit)
    reading = Reading(snapshot, ties)
    asked = _asked(reading, *_meant(snapshot, name), most)
    state = as_of(snapshot, None)
    found = resting_on(reading, asked.roots, most=most, complete=asked.complete)
    by_claim = found.of_claims()
    direct = _in_order(reading, asked, by_claim, most)
    before = parse_cursor(cursor).before if cursor else None
    place = {claim: index for index, claim in direct}
    left = [claim for index, claim in direct if before is None or index < before]
    page = left[:limit]
    heard = _hear_all(reading, asked, page, state)
    moved = _moved(reading, asked, page, place.keys(), state, limit)
    claims, statements = _told(reading, [*heard, *moved], found, by_claim)
    return Affected(
        target=asked.target,
        what=asked.what,
        name=_name_of(reading, asked, state),
        claims=claims,
        statements=statements,
        all_statements=len(found.statements),
        all_claims=len(direct),
        complete=found.complete,
        next=print_cursor(place[page[-1]], state.size) if len(left) > limit else None,
        size=state.size,
    )


# What is meant, and what goes with it


def _meant(snapshot: Snapshot, name: str) -> tuple[What, str]:
    """A source by its slug comes first: slugs of eight hex digits are rare, and an id can be given in full."""
    if snapshot.of_subjects([f"source:{name}"]).get(f"source:{name}"):
        return "source", name
    try:
        target = resolve(snapshot, name)
    except NotFoundError as error:
        near = [*error.suggestions, *near_slugs(snapshot, name)]
        raise NotFoundError(f"no record and no source is called {name[:80]!r}", suggestions=near) from None
    reading = Reading(snapshot)
    refuse_withheld(reading, target)
    (entry,) = reading.records([target])
    match entry.record:
        case SourceRecord() as record:
            return "source", record.id
        case DocumentRecord():
            return "document", target
        case StatementRecord():
            return "statement", target
        case ClaimRecord():
            return "claim", target
        case _:
            return "record", target


def _asked(reading: Reading, what: What, target: str, most: int) -> _Asked:
    if what == "source":
        own = reading.at(reading.of_subjects([f"source:{target}"]).get(f"source:{target}", []))
        if not standing_of(reading, own):
            refuse_withheld(reading, own[-1].id)
        roots, complete = said_or_shown(reading, target, most)
        return _Asked(what, target, roots, complete)
    (named,) = reading.records([target])
    match named.record:
        case StatementRecord(withdraws=str(taken_back)):
            # What rests on words that were taken back stands or falls with whoever took them back.
            return _Asked(what, target, standing_of(reading, reading.records([taken_back])), struck=frozenset({target}))
        case StatementRecord() | DocumentRecord():
            return _Asked(what, target, [named], struck=frozenset({target}))
        case ClaimRecord():
            indexes = sorted(reading.referring([target], ("claim",)), reverse=True)
            told = [one for one in reading.at(indexes[:most]) if isinstance(one.record, StatementRecord)]
            said = standing_of(reading, told)
            return _Asked(what, target, said, len(indexes) <= most, frozenset(one.id for one in said))
        case AttributionRecord() as hop:
            return _Asked(what, target, standing_of(reading, reading.records([hop.from_])), dropped=target)
        case _:
            return _Asked(what, target, dropped=target)


def _in_order(reading: Reading, asked: _Asked, by_claim: Mapping[str, Sequence[Logged]], most: int) -> list[tuple[int, str]]:
    """The claims to look at, the newest first, each with its index."""
    claims = set(by_claim)
    if asked.what == "claim":
        claims.add(asked.target)
    if asked.dropped and not asked.roots:
        claims |= set(claims_touched(reading, reading.records([asked.dropped]), most=most))
    claims -= reading.withheld(sorted(claims)).keys()
    return sorted(((indexes[0], claim) for claim, indexes in reading.places(claims).items()), reverse=True)


# How the claims stand


def _hear_all(reading: Reading, asked: _Asked, claims: Sequence[str], state: AsOf) -> list[_Heard]:
    """These claims; of a record that nothing is said in, only those that it moves. What was taken back has no score."""
    if claims:
        gather(reading, claims, state.size)  # read at once what each of them asks for again
    found = (_hear(reading, asked, claim, state) for claim in claims)
    heard = {one.now.court.graph.claim: one for one in found if one is not None}
    return [one for one in heard.values() if asked.roots or asked.what == "claim" or _moves(one)]


def _moved(
    reading: Reading, asked: _Asked, page: Sequence[str], direct: Iterable[str], state: AsOf, limit: int
) -> list[_Heard]:
    """The claims related to these, if they are not among them, whose score moves; the oldest `limit` are looked at."""
    related = related_claims(reading, page, most=5 * limit) - set(direct)
    related -= reading.withheld(sorted(related)).keys()
    places = reading.places(related)
    heard = _hear_all(reading, asked, sorted(places, key=lambda one: places[one])[:limit], state)
    return [one for one in heard if _moves(one)]


def _moves(heard: _Heard) -> bool:
    now, without = heard.now, heard.without
    return (now.verdict, brief_in(now)) != (without.verdict, brief_in(without))


def _hear(reading: Reading, asked: _Asked, claim: str, state: AsOf) -> _Heard | None:
    logged = remembered(reading.snapshot, claim, state.size, lambda: gather(reading, [claim], state.size))
    left = [entry for entry in logged if entry.id != asked.dropped] if asked.dropped else logged
    try:
        now = examine(claim, logged, as_of=state)
        without = examine(claim, left, as_of=state, struck=asked.struck, without=_known(asked, now))
    except NotFoundError:
        return None  # the claim was taken back, and with it what anybody said of it
    roots = {entry.id for entry in asked.roots}
    takers = resting.withdrawals(now, now.court.graph.statements.keys())
    own = [taker for target, taker in takers.items() if target in roots]
    before = examine(claim, logged, as_of=state, struck=own) if own else None
    return _Heard(claim, logged, now, without, before, takers)


def _known(asked: _Asked, now: Hearing) -> tuple[str, ...]:
    """A source with which the claim has nothing to do cannot be left out, and changes nothing."""
    return asked.without if asked.what == "source" and now.court.registry.knows(asked.target) else ()


# How it is told


def _told(
    reading: Reading, heard: Sequence[_Heard], found: Resting, by_claim: Mapping[str, Sequence[Logged]]
) -> tuple[list[AffectedClaim], list[AffectedStatement]]:
    gathered = {entry.index: entry for one in heard for entry in one.logged}
    logged = [gathered[index] for index in sorted(gathered)]
    stand, heard_now = force.in_force(logged), force.in_force_of(force.heard_standing(logged))
    opened = open_values_of(reading, (entry.record for entry in [*stand, *heard_now]))
    tell = _Telling(found, by_claim, logged, stand, Named(heard_now, opened), opened)
    told = [(tell.claim(one), tell.statements(one)) for one in heard]
    return [claim for claim, _ in told], [row for _, rows in told for row in rows]


class _Telling:
    """The claims and statements in the words that are shown."""

    def __init__(
        self,
        found: Resting,
        by_claim: Mapping[str, Sequence[Logged]],
        logged: Sequence[Logged],
        stand: Sequence[Logged],
        named: Named,
        opened: Opened,
    ) -> None:
        self._found, self._by_claim, self._named = found, by_claim, named
        self._views = Statements(stand, opened, self._named, force.Signers(logged), force.doubts_among(logged))
        self._texts = claim_texts(stand, opened)
        self._speakers = {one.id: one.record.speaker for one in stand if isinstance(one.record, StatementRecord)}

    def claim(self, heard: _Heard) -> AffectedClaim:
        chains = resting.lost_chains(heard.before or heard.now, heard.now, heard.without)
        claim = heard.now.court.graph.claim
        return AffectedClaim(
            claim=claim,
            text=self._texts.get(claim, {}),
            now=brief_in(heard.now),
            without=brief_in(heard.without),
            before=_brief(heard.before),
            chains=[
                AffectedChain(
                    origin=self._named.of(one.origin),
                    side=one.side,
                    speakers=[self._named.of(who) for who in one.speakers],
                    others=one.others,
                )
                for one in chains[:_CHAINS]
            ],
            more_chains=len(chains[_CHAINS:]),
            more_statements=len(self._rows(heard)[MOST_SHOWN:]),
        )

    def _rows(self, heard: _Heard) -> list[Logged]:
        return sorted(self._by_claim.get(heard.claim, ()), key=lambda entry: entry.index)

    def statements(self, heard: _Heard) -> list[AffectedStatement]:
        told = (self._statement(heard, entry) for entry in self._rows(heard)[:MOST_SHOWN])
        return [one for one in told if one is not None]

    def _statement(self, heard: _Heard, entry: Logged) -> AffectedStatement | None:
        now, without = resting.standing_in(heard.now, entry.id), resting.standing_in(heard.without, entry.id)
        if now is None:
            return None
        view = self._views.view(entry, None, heard.now.court.graph.statements[entry.id].span.text)
        path = resting.path_from(entry.id, self._found.nearer)
        return AffectedStatement(
            statement=entry.id,
            claim=view.claim,
            speaker=view.speaker,
            name=view.name,
            url=view.url,
            alone=resting.falls(heard.now, heard.without, entry.id),
            act=view.act,
            said=view.said,
            now=_stands(now),
            reason=now.reason,
            without=_stands(without),
            taken_back_by=heard.takers.get(entry.id),
            chain=path,
            through=[self._named.of(who) for who in resting.speakers_on(path, self._speakers)],
        )


def _stands(one: resting.Standing | None) -> Stands:
    return "stands" if one is not None and one.stands else "set_aside"


def _brief(hearing: Hearing | None) -> Brief | None:
    return brief_in(hearing) if hearing is not None else None


def _name_of(reading: Reading, asked: _Asked, state: AsOf) -> str | None:
    """What the source is called, or whoever speaks in the statement."""
    slug = asked.target if asked.what == "source" else None
    if asked.what == "statement":
        (own,) = reading.records([asked.target])
        slug = own.record.speaker if isinstance(own.record, StatementRecord) else None
    if slug is None:
        return None
    people = named_sources(reading, [slug], state.size)
    return Named(people, open_values_of(reading, (entry.record for entry in people))).of(slug)
