"""Random worlds that use every part of the record format: what a hostile, or merely busy, newsroom could have entered."""

from __future__ import annotations

import random
from typing import Any

from schemas.members import Quantity
from schemas.records import DocumentRecord, SourceRecord
from tests.core.world import OTHER, RATER, World

THIRD = "did:key:z6Mkw1o8DvXmhgGxGvYsAHTbXgk9hYp4PJiTUSqnSN2VMDrq"
LETTERS = ["A", "B", "B", "C", "C", "D", "E", "F"]
TYPES = ["organization", "government_body", "armed_group", "person", "outlet", "news_agency", "platform_account", "dataset"]
TYPES += ["organization", "government_body"]
ACTS = ["asserts", "confirms", "denies", "claims", "estimates", "alleges", "reports", "reports", "finds", "announces", "warns"]
NEUTRAL = ["dismisses", "questions", "declines_to_comment", "did_not_respond"]
BASES = ["not_stated", "told", "own_act", "imagery", "witnessed", "data"]
DAYS = ["2025-01-01", "2025-01-02", "2025-01-02T10:00:00Z", "2025-01", "2025-02-01", "2025-02-01~", "2025", "2024-12/2025-01"]
BEGINNINGS = ["2024-06", "2025-01-02", "2025-01-20", "../2025-01-05"]
ENDS = ["2025-01-03", "2025-06-01", "2026-06", "2025-01-15/.."]
MODES = ["cites", "quotes", "republishes", "translates", "relays", "obtained"]
DEPENDENT = ["part_of", "owned_by", "controlled_by", "allied_with", "speaks_for", "member_of", "syndicates_from"]
UNTIL = [None, None, None, "2025-01-02", "2025-01-20", "2025-02", "2025-12-31", "2025-12-31"]
FIGURES: list[dict[str, Any]] = [
    {"best": 100, "hedge": "about"},
    {"best": 120, "hedge": "exact"},
    {"low": 80, "hedge": "more_than"},
    {"low": 300, "hedge": "at_least"},
    {"high": 60, "hedge": "up_to"},
    {"low": 50, "high": 150, "hedge": "between"},
    {"best": 1000, "hedge": "order_of"},
    {"best": 0, "hedge": "exact"},
    {"best": 2**53 - 1, "hedge": "about"},
]


class RandomWorld(World):
    """Up to 9 sources, 4 claims and 14 statements, with ratings by three assessors, relations, forgeries, corrections of
    records, retractions, joint words, placeholders, figures and circles among them."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.chance = random.Random(seed)
        self.add(kind="key", subject="third", public_key=THIRD, roles=["contributor"], action="enroll", ledger="test.example/w")
        self.claims = self._claims()
        self.slugs: list[str] = []
        self.parents: dict[str, str] = {}
        for number in range(self.chance.randint(2, 9)):
            self._source(f"s{number}")
        self._relations()
        self.said: list[str] = []
        for _ in range(self.chance.randint(1, 14)):
            self._statement()
        self._hops()
        self._judgements()
        self._revisions()
        self.question: dict[str, Any] = {"until": self.chance.choice(UNTIL), "clock": self.chance.choice(["said", "public"])}

    def often(self, share: float) -> bool:
        return self.chance.random() < share

    @property
    def named(self) -> list[str]:
        return [slug for slug in self.slugs if slug not in self.unnamed]

    # Claims

    def _claims(self) -> list[str]:
        if self.often(0.3):
            self.claim_id = self.claim("so many", "quantity", quantity=self.figure())
        claims = [self.claim_id]
        for number in range(self.chance.choice([0, 0, 1, 2, 3])):
            figure = {"quantity": self.figure()} if self.often(0.3) else {}
            claim = self.claim(f"related {number}", "quantity" if figure else "event", **figure)
            pair = [claim, self.chance.choice(claims)]
            self.chance.shuffle(pair)
            self.relate_claims(pair[0], self.chance.choice(["equivalent", "entails", "contradicts"]), pair[1])
            claims.append(claim)
        if len(claims) > 2 and self.often(0.4):
            one, two = self.chance.sample(claims, 2)
            self.relate_claims(one, self.chance.choice(["equivalent", "entails", "contradicts"]), two)
        return claims

    def figure(self) -> dict[str, Any]:
        units = {"unit": self.chance.choice(["soldiers"] * 5 + ["shells"])}
        if self.often(0.3):
            units["measure"] = self.chance.choice(["killed", "wounded"])
        if self.often(0.2):
            units["as_of"] = self.chance.choice(DAYS)
        figure = {**self.chance.choice(FIGURES), **units}
        Quantity.model_validate(figure)
        return figure

    # Sources, ratings, relations

    @property
    def unnamed(self) -> set[str]:
        return {entry.record.id for entry in self.logged if entry.record.kind == "source" and entry.record.type == "unnamed"}

    def _source(self, slug: str) -> None:
        if self.often(0.15):
            kind = self.chance.choice(["person", "person", "document", "media_reports"])
            affiliation = self.slugs[0] if self.slugs and kind == "person" and self.often(0.5) else None
            self.source(slug, type="unnamed", unnamed_kind=kind, affiliation=affiliation)
        else:
            alike = [self.chance.choice(self.named)] if self.named and self.often(0.08) else None
            country = self.chance.choice(["KR", "UA", None])
            self.source(slug, type=self.chance.choice(TYPES), same_as=alike, country=country)
        self.slugs.append(slug)
        for key, share in ((RATER, 0.85), (OTHER, 0.25), (THIRD, 0.15)):
            if self.often(share):
                self._rating(slug, key)

    def _rating(self, slug: str, key: str) -> None:
        for _ in range(self.chance.choice([1, 1, 1, 2])):
            self.rate(slug, self.chance.choice(LETTERS), key=key, **self._validity(0.15))

    def _validity(self, share: float) -> dict[str, str]:
        found = {}
        if self.often(share):
            found["valid_from"] = self.chance.choice(BEGINNINGS)
        if self.often(share):
            found["valid_to"] = self.chance.choice(ENDS)
        return found

    def _relations(self) -> None:
        if self.often(0.2):
            self.source("rater", type="organization")
            self._relation("rater", self.chance.choice(self.slugs))
        for _ in range(self.chance.randint(0, 5)):
            if len(self.named) > 1:
                self._relation(*self.chance.sample(self.named, 2))
        for slug in self.named:
            if self.often(0.12):
                self.relate(slug, "party_to", self.topic, **self._validity(0.2))

    def _relation(self, subject: str, object: str) -> None:
        relation = self.chance.choice(DEPENDENT)
        more: dict[str, Any] = dict(self._validity(0.2))
        if object in self.unnamed or (relation == "speaks_for" and subject in self.parents):
            return
        if relation == "speaks_for":
            self.parents[subject] = object
        if relation == "owned_by" and self.often(0.5):
            more["share"] = self.chance.choice([10, 20, 35, 50, 80])
        topic = self.chance.choice([self.topic, self.topic, "another-war"]) if relation == "allied_with" else None
        self.add(kind="source_relation", subject=subject, relation=relation, object=object, topic=topic, **more)

    # Statements and hops

    def _statement(self) -> None:
        speaker = self.chance.choice(self.slugs)
        claim = self.claim_id if self.often(0.7) else self.chance.choice(self.claims)
        act = self.chance.choice(NEUTRAL) if self.often(0.08) else self.chance.choice(ACTS)
        own = [name for name in self.said if self.of(name).speaker == speaker]
        more: dict[str, Any] = {}
        if own and self.often(0.12):
            act = self.chance.choice(["withdraws", "corrects"])
            more["withdraws"] = self.chance.choice(own)
        more |= {
            "polarity": "-" if act == "denies" or self.often(0.2) else "+",
            "basis": self.chance.choice(BASES),
            "interest": self.chance.choice(["for", "against", "neutral", "neutral", "unknown"]),
            "certainty": self.chance.choice(["certain", "certain", "probable", "possible", "unstated"]),
            "hedge_on": self.chance.choice(["figure", "event", None, None, None]),
            "quantity": self.figure() if self.often(0.5 if self.claims_figure(claim) else 0.1) else None,
            "anonymity": "anonymous" if self.often(0.05) else None,
        }
        others = [slug for slug in self.named if slug != speaker]
        if others and self.often(0.08):
            more["joint_with"] = self.chance.sample(others, min(len(others), self.chance.choice([1, 2])))
        self._place(speaker, act, claim, more)

    def _place(self, speaker: str, act: str, claim: str, more: dict[str, Any]) -> None:
        """In a document, on a day alone, or known only because somebody else credits it."""
        citing = [name for name in self.said if self.of(name).document]
        if citing and self.often(0.15):
            reporter = self.chance.choice(citing)
            name = self.says(speaker, act, claim=claim, reported_by=reporter, **more)
            self._hop(reporter, name)
        elif self.often(0.7):
            day = self.chance.choice([*DAYS, None])
            document = self.document(speaker, day, hashed=self.often(0.6), medium=self.chance.choice(["text", "image", None]))
            if self.often(0.1):
                more["evidence"] = [self.document(self.chance.choice(self.named or self.slugs), None)]
            name = self.says(speaker, act, claim=claim, document=document, **more)
        else:
            name = self.says(speaker, act, claim=claim, said_at=self.chance.choice(DAYS), **more)
        if name not in self.said:
            self.said.append(name)

    def of(self, name: str) -> Any:
        return next(entry.record for entry in self.logged if entry.id == name)

    def of_source(self, slug: str) -> Any:
        """The newest record of a source."""
        return next(e.record for e in reversed(self.logged) if e.record.kind == "source" and e.record.id == slug)

    def claims_figure(self, claim: str) -> bool:
        return self.of(claim).quantity is not None

    def _hops(self) -> None:
        for _ in range(self.chance.choice([0, 1, 1, 2]) * self.chance.randint(0, len(self.said))):
            below, above = self.chance.choice(self.said), self.chance.choice(self.said)
            if below != above:
                self._hop(below, above)
        if self.often(0.25):
            authors = [self.chance.choice(self.slugs)] if self.often(0.8) else None
            publisher = self.chance.choice(self.slugs)
            shown = self.document(publisher, self.chance.choice(DAYS), authors=authors, medium="image")
            for _ in range(self.chance.randint(1, 2)):
                self._hop(self.chance.choice(self.said), shown)

    def _hop(self, below: str, above: str) -> None:
        mode = "not_from" if self.often(0.08) else self.chance.choice(MODES)
        standing = "disputed" if self.often(0.1) else "explicit"
        known = self.chance.choice(DAYS) if self.often(0.15) else None
        self.hop(below, above, mode, standing=standing, known_from=known)

    # Judgements and second thoughts

    def _judgements(self) -> None:
        documents = [entry.id for entry in self.logged if isinstance(entry.record, DocumentRecord)]
        for document in documents:
            if self.often(0.06):
                for key in self.chance.sample([RATER, OTHER, THIRD], self.chance.choice([1, 1, 2])):
                    value = self.chance.choice(["forged", "altered", "authentic", "undetermined"])
                    self.add(
                        kind="assessment", target=document, scheme="authenticity", value=value, rationale="looked", key=key,
                        **self._validity(0.15),
                    )  # fmt: skip
        if self.often(0.1):
            self.add(kind="assessment", target=self.claim_id, scheme="verdict", value="true", rationale="my view")

    def _revisions(self) -> None:
        for _ in range(self.chance.choice([0, 0, 0, 1, 2])):
            entry = self.chance.choice([one for one in self.logged if one.record.kind not in ("key", "claim")])
            replacement = None
            if entry.record.kind == "statement" and self.often(0.5):
                members = entry.record.model_dump(mode="json", exclude_none=True)
                replacement = self.add(**{**members, "certainty": self.chance.choice(["probable", "certain"])})
                self.said.append(replacement)
            if replacement == entry.id:
                continue
            more = {"target": entry.id, "replaced_by": replacement, "reason": "a slip", "ledger": "test.example/w"}
            correction = self.add(kind="correction", **more)
            if self.often(0.2):
                self.add(kind="correction", target=correction, reason="no slip", ledger="test.example/w")
        if self.often(0.04):
            target = self.chance.choice(self.said)
            self.add(kind="withhold", target=target, basis="an order", authority="a court", ledger="test.example/w")


def linked(world: RandomWorld, slug: str) -> set[str]:
    """The source, and all that it is linked to by speaking for each other or being the same."""
    sources = [entry.record for entry in world.logged if isinstance(entry.record, SourceRecord)]
    links = [(source.id, other) for source in sources for other in source.same_as or ()]
    links += list(world.parents.items())
    found = {slug}
    for _ in links:
        found |= {two for one, two in links if one in found} | {one for one, two in links if two in found}
    return found
