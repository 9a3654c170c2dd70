"""How far a source is trusted: its Admiralty letter, and how faithfully it carries others (SCORING 2.7, 2.9, 3.1)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from ledger.core.evidence import Logged
from ledger.core.force import Standing, in_force_at
from ledger.core.policies import Policy
from ledger.core.relations import Registry
from schemas.corroboration import UsedAssessment
from schemas.records import AssessmentRecord


@dataclass(frozen=True, slots=True)
class Rating:
    """`rated` is whether somebody gave A to E; else the letter is F and whatever the source says has weight 0."""

    letter: str
    rated: bool
    assessments: list[UsedAssessment]


def median_letter(letters: list[str]) -> str:
    """The middle letter of several assessors, the lower of two."""
    ordered = sorted(letters)
    return ordered[len(ordered) // 2]


class Ratings:
    """Letters of all sources, as they were in force at a moment of the world."""

    def __init__(self, stands: Standing, registry: Registry, moment: int, policy: Policy) -> None:
        self.registry = registry
        self.policy = policy
        self._stands = stands
        self._by_target: dict[str, list[Logged]] = defaultdict(list)
        for chain in stands.of_kind["assessment"]:
            record = chain[0].record
            assert isinstance(record, AssessmentRecord)
            if record.scheme != "admiralty-reliability":
                continue
            entry = in_force_at(chain, moment)
            if entry is not None:
                self._by_target[record.target].append(entry)
        self._known: dict[str, Rating] = {}

    def of(self, slug: str) -> Rating:
        if slug not in self._known:
            self._known[slug] = self.reliability(slug)
        return self._known[slug]

    def reliability(self, slug: str) -> Rating:
        """A source's letter is the middle one of the letters that named assessors have given it, A (completely reliable) to E
        (unreliable); of two, the lower. Ratings by the source itself, or by somebody who belongs with it, are shown and not
        used. F (cannot be judged) is left out when anyone gives another letter. A source that nobody has rated has F, and
        nothing that it says has weight."""
        given = [(entry, self._stands.signers.name(entry)) for entry in self._by_target.get(slug, ())]
        close = {name for _, name in given if self._too_close(name, slug)}
        letters = [_value(entry) for entry, name in given if name not in close]
        judged = [letter for letter in letters if letter != "F"]
        shown = []
        for entry, name in sorted(given, key=lambda one: one[0].index):
            reason = None
            if name in close:
                reason = f"{name} and {slug} are too close: {self.registry.why(name, slug) or 'the same source'}"
            elif _value(entry) == "F" and judged:
                reason = "others could judge it"
            shown.append(
                UsedAssessment(
                    assessor=name,
                    value=_value(entry),
                    record_id=entry.id,
                    index=entry.index,
                    used=reason is None,
                    reason=reason,
                )
            )
        return Rating(median_letter(judged), True, shown) if judged else Rating("F", False, shown)

    def _too_close(self, assessor: str, slug: str) -> bool:
        return self.registry.rho(assessor, slug) >= self.policy.assessor_too_close

    def phi(self, slug: str) -> float:
        """How much of a statement survives being carried by a source: by what the source is (an agency loses least, an account
        on a platform most) times by its letter. The weights of all relays on a chain are multiplied; a source that comes
        twice on one chain counts once."""
        rating = self.of(slug)
        by_letter = self.policy.phi_letter.get(rating.letter, self.policy.phi_unrated)
        return self.phi_alone(slug) * by_letter

    def phi_alone(self, slug: str) -> float:
        """What an origin loses when no document of its own, seen with its hash, stands behind it: as if it relayed itself."""
        source = self.registry.sources.get(slug)
        return self.policy.phi_type[source.type if source else "unnamed"]

    def carries_well(self, slug: str) -> bool:
        """Rated A to D."""
        return self.of(slug).letter in ("A", "B", "C", "D")


def _value(entry: Logged) -> str:
    assert isinstance(entry.record, AssessmentRecord)
    return entry.record.value
