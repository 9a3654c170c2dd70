"""What OriginEM makes of the record: one snapshot in, accuracies and suggestions out. It writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ledger.core.contests import words
from ledger.core.evidence import Logged
from ledger.core.force import aliases, free_of_doubt, standing
from ledger.core.hearing import moment_of
from ledger.core.policies import OLO_1
from ledger.core.ratings import Ratings
from ledger.core.relations import Registry
from ledger.core.suggesting import ESTIMATOR, MINIMUM, letter_bounds, rationale, suggested
from ledger.errors import FormatError, NotFoundError
from ledger.operations import Question
from ledger.service.gathering import as_of, gather
from ledger.service.reading import Reading
from ledger.service.sources import near_slugs
from ledger.store.protocol import Snapshot
from schemas.corroboration import AsOf
from schemas.dates import bounds, seconds_of, time_of
from schemas.estimate import CredibilityEstimate, SourceEstimate, Suggestion
from schemas.records import StatementRecord

if TYPE_CHECKING:
    from ledger.core.estimating import Learned

MAX_STATEMENTS = 10_000
MAX_SOURCES = 500
NAMED = 20
_REMEMBERED = 4


class Estimates:
    """The estimates last made, since one reads much of the ledger. The same state of it gives the same answer."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, str | None, str, str | None], CredibilityEstimate] = {}

    def of(self, snapshot: Snapshot, question: Question, sources: Sequence[str] = ()) -> CredibilityEstimate:
        """Accuracies, families and suggested letters, of these sources or of all; learned from all in either case."""
        _check_sources(Reading(snapshot), sources)
        asked = (snapshot.checkpoint.size, question.until, question.clock, question.as_of)
        whole = self._made.get(asked)
        if whole is None:
            whole = estimate(snapshot, question)
            self._made = dict([*self._made.items(), (asked, whole)][-_REMEMBERED:])
        chosen = [one for one in whole.sources if not sources or one.source in sources]
        return whole.model_copy(update={"sources": chosen[:MAX_SOURCES]})

    def forget(self) -> None:
        self._made = {}


def estimate(snapshot: Snapshot, question: Question) -> CredibilityEstimate:
    """What was learned of every source that is not a person, however many they are."""
    # numpy and scipy take longer to load than most questions take to answer.
    from ledger.core.estimating import learn

    reading = Reading(snapshot)
    state = as_of(snapshot, question.as_of)
    moment = moment_of(question.until, question.clock, state)
    logged, complete, withheld = _read(reading, state)
    logged = free_of_doubt(logged)
    stands = standing(logged)
    registry = Registry(stands, moment.valid, frozenset(), OLO_1)
    estimation = learn(words(stands, aliases(logged), registry, moment))
    ratings = Ratings(stands, registry, moment.valid, OLO_1)
    listed = {slug for slug, source in registry.sources.items() if source.type != "person"}
    learned = [one for one in estimation.learned if one.source in listed]
    learned.sort(key=lambda one: (-one.settled, -len(one.open), one.source))
    return CredibilityEstimate(
        estimator=ESTIMATOR,
        as_of=state,
        until=question.until,
        clock=question.clock,
        statements=sum(isinstance(entry.record, StatementRecord) for entry in stands.free),
        complete=complete,
        withheld=withheld,
        items=estimation.items,
        letters=letter_bounds(),
        minimum=MINIMUM,
        sources=[_told(one, registry, ratings, listed, state, question) for one in learned],
        families=[family for names in estimation.families if len(family := [one for one in names if one in listed]) > 1],
    )


def _check_sources(reading: Reading, sources: Sequence[str]) -> None:
    if len(sources) > MAX_SOURCES:
        raise FormatError(f"{len(sources)} sources, at most {MAX_SOURCES} are answered at once")
    known = reading.of_subjects(f"source:{slug}" for slug in sources)
    for slug in sources:
        if f"source:{slug}" not in known:
            raise NotFoundError(f"no source {slug[:80]!r} is on record", suggestions=near_slugs(reading.snapshot, slug))


def _read(reading: Reading, state: AsOf) -> tuple[list[Logged], bool, int]:
    """The newest statements with all that hangs together with the claims they are about, but for what is withheld since."""
    newest = reading.snapshot.search("statement", [], lang=None, before=state.size, limit=MAX_STATEMENTS + 1)
    entries = reading.at(newest[:MAX_STATEMENTS])
    claims = {entry.record.claim for entry in entries if isinstance(entry.record, StatementRecord)}
    logged = gather(reading, sorted(claims), state.size) if claims else []
    hidden = reading.withheld([entry.id for entry in logged]).keys()
    return [entry for entry in logged if entry.id not in hidden], len(newest) <= MAX_STATEMENTS, len(hidden)


def _told(
    one: Learned, registry: Registry, ratings: Ratings, listed: set[str], state: AsOf, question: Question
) -> SourceEstimate:
    source = registry.sources[one.source]
    rating = ratings.of(one.source)
    letter, reason = suggested(source.type, one.settled, one.accuracy, one.interval)
    named: Mapping[str, Sequence[str]] = {"right": one.right, "wrong": one.wrong, "open": one.open}
    return SourceEstimate(
        source=one.source,
        name=registry.name(one.source),
        type=source.type,
        letter=rating.letter if rating.rated or rating.assessments else None,
        contested=one.settled + len(one.open),
        right=len(one.right),
        wrong=len(one.wrong),
        open=len(one.open),
        accuracy=one.accuracy,
        interval=one.interval,
        relayed_right=len(one.relayed_right),
        relayed_wrong=len(one.relayed_wrong),
        family=[slug for slug in one.family if slug in listed],
        suggestion=_suggestion(one, letter, state, question) if letter else None,
        reason=reason,
        named={name: list(items[:NAMED]) for name, items in named.items()},
    )


def _suggestion(one: Learned, letter: str, state: AsOf, question: Question) -> Suggestion:
    """Dated by what it was learned from: the day of the world that was asked about, else the ledger's."""
    now = seconds_of(state.time)
    end = time_of(min(bounds(question.until)[1], now) if question.until else now)
    return Suggestion(
        by=ESTIMATOR,
        scheme="admiralty-reliability",
        value=letter,
        rationale=rationale(state.size, len(one.right), len(one.wrong), len(one.open), one.accuracy, one.interval),
        valid_from=end[:10],
    )
