"""A small newsroom with a claim on record, and somebody in it who wants the score to say something else."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

from ledger.core.policies import OLO_1
from ledger.core.records import record_id
from ledger.core.weights import logistic, logit, weight_of_evidence
from ledger.keys import Signer
from ledger.operations import Question
from ledger.service.ledger import Ledger
from ledger.store import open_store
from schemas.corroboration import Contribution, Report
from schemas.dates import time_of
from schemas.history import MovedBy
from schemas.records import Record
from tests import factory
from tests.factory import Named, Ready, id_of

TOPIC = "ukraine-war"
MOST_PER_ORIGIN = weight_of_evidence(OLO_1.edge_cap)
"""No origin weighs more: e is at most .98 (SCORING 3.4)."""
MOST_UNNAMED = weight_of_evidence(2 * OLO_1.unnamed_cap - 1)
"""Nor an unnamed one more than this: R is at most .70 (SCORING 3.3)."""


def letter_weight(letter: str) -> float:
    """What an origin of that letter weighs that says it firmly, in a document of its own."""
    return weight_of_evidence(2 * OLO_1.reliability[letter] - 1)


def admitted_weight(letter: str) -> float:
    """The same of an admission: ln 3 more of log-odds for its reliability (SCORING 3.2)."""
    return weight_of_evidence(2 * logistic(logit(OLO_1.reliability[letter]) + math.log(3)) - 1)


@dataclass
class Desk:
    """Anna and Bert are contributors, Edda is an editor, and Mallory holds a contributor's key. What anybody adds is one entry
    a second later."""

    room: Ready
    anna: Signer
    bert: Signer
    edda: Signer
    mallory: Signer
    claim: Record
    said: dict[str, Record] = field(default_factory=dict)
    documents: dict[str, Record] = field(default_factory=dict)

    @property
    def ledger(self) -> Any:
        return self.room.ledger

    def add(self, *records: Record, by: Signer) -> None:
        self.room.clock.now += 1
        self.room.add(*records, by=by)

    def report(self, claim: Named | None = None, **question: Any) -> Report:
        found: Report = self.room.ledger.corroboration(id_of(claim or self.claim), Question(**question))
        return found

    def change(self, *records: Record, by: Signer | None = None, claim: Named | None = None) -> float:
        """By how much these records move the claim's log-odds, once they are on record."""
        before = self.report(claim).log_odds
        self.add(*records, by=by or self.mallory)
        return self.report(claim).log_odds - before

    @property
    def claim_id(self) -> str:
        return id_of(self.claim)

    @property
    def now(self) -> Question:
        return Question()

    def size(self) -> int:
        return self.room.ledger.health().size

    def row(self, origin: str, claim: Named | None = None, **question: Any) -> Contribution:
        return next(row for row in self.report(claim, **question).contributions if row.origin == origin)

    # Sources and what they say

    def source(self, slug: str, letter: str | None = None, *, by: Signer, type: str = "government_body", **more: Any) -> str:
        self.add(factory.source(slug, type=type, **more), by=by)
        if letter:
            self.rate(slug, letter, by=by)
        return slug

    def rate(self, slug: str, letter: str, *, by: Signer, **more: Any) -> Record:
        rating = factory.assessment(slug, letter, rationale="see the file", **more)
        self.add(rating, by=by)
        return rating

    def word(
        self, speaker: str, act: str = "confirms", *, day: str = "2025-04-20", url: str | None = None, **more: Any
    ) -> list[Record]:
        """Its words in a document of its own whose bytes were seen."""
        name = url or f"https://{speaker}.example/{day}/{act}/{len(self.documents)}"
        document = factory.document(name, publisher=speaker, published_at=day, sha256="sha256:" + "ab" * 32)
        self.documents[name] = document
        polarity = "-" if act == "denies" else "+"
        members = {"act": act, "polarity": polarity, "basis": "own_act", "interest": "neutral", "document": document}
        return [document, factory.statement(**({"claim": self.claim, "speaker": speaker} | members | more))]

    # What a fact-checker sees

    def moved_by(self, record: Record, claim: Named | None = None) -> MovedBy:
        """The line of the claim's history on the ledger that names this record."""
        told = self.room.ledger.history(id_of(claim or self.claim), Question(), "ledger")
        assert told.ledger is not None
        return next(one for point in told.ledger.points for one in point.moved_by if one.id == record_id(record))

    def is_signed_by(self, record: Record, who: Signer) -> None:
        """GET /v1/records/{id}: who recorded it, from which key, and when."""
        shown = self.room.ledger.record(record_id(record))
        assert (shown.subjects, shown.signers) == ([who.subject], [who.did])
        assert shown.logged_at >= time_of(factory.START)

    def is_told(self, record: Record, who: Signer, claim: Named | None = None) -> None:
        """The record is named in the claim's history by whoever signed it, and its own page says from which key."""
        line = self.moved_by(record, claim)
        assert line.by == [who.subject]
        self.is_signed_by(record, who)


def desk_of(room: Ready) -> Desk:
    """Three government bodies speak on the claim: two confirm it (B and C), one denies it (D). Anna recorded and rated all."""
    anna, bert, mallory = (room.enroll(name) for name in ("anna", "bert", "mallory"))
    edda = room.enroll("edda", "editor")
    desk = Desk(room, anna, bert, edda, mallory, factory.claim(about=[TOPIC]))
    desk.add(desk.claim, by=anna)
    for slug, letter, act in (("pentagon", "B", "confirms"), ("nis", "C", "asserts"), ("dprk", "D", "denies")):
        desk.source(slug, letter, by=anna)
        document, desk.said[slug] = desk.word(slug, act)
        desk.add(document, desk.said[slug], by=anna)
    return desk


def opened_again(desk: Desk, place: str) -> Desk:
    """The same people and records, in a copy of the ledger."""
    store, clock = open_store(place), factory.Clock(desk.room.clock.now)
    room = Ready(Ledger(store, desk.room.keys, clock), store, desk.room.keys, clock, desk.room.admin)
    return replace(desk, room=room, said=dict(desk.said), documents=dict(desk.documents))
