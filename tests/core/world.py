"""A small world of records for tests of the score: say who said what, and hear what it is worth."""

from __future__ import annotations

from typing import Any

from ledger.core.canonical import canonical_bytes, digest
from ledger.core.corroboration import corroborate
from ledger.core.evidence import Logged
from schemas.corroboration import AsOf, Report
from schemas.records import RECORD, Record

RATER = "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQXJPt4swbTQ2R"
OTHER = "did:key:z6MkfriQ1MxY2Cvr3z2w1pXHx5m1jqrkMdnzXZD3n1z1Zz1Q"
HASH = "sha256:" + "ab" * 32


def id_of(record: Record) -> str:
    return digest(canonical_bytes(record.model_dump(mode="json", by_alias=True, exclude_none=True)))


class World:
    """Records in the order in which they were entered. Every method gives back the id of what it added."""

    def __init__(self) -> None:
        self.logged: list[Logged] = []
        self.last: dict[str, str] = {}
        self.topic = "ukraine-war"
        for key, subject in ((RATER, "rater"), (OTHER, "other-rater")):
            self.add(
                kind="key", subject=subject, public_key=key, roles=["contributor"], action="enroll", ledger="test.example/w"
            )
        self.claim_id = self.claim("something happened")

    def add(self, *, key: str = RATER, **members: Any) -> str:
        record = RECORD.validate_python({name: value for name, value in members.items() if value is not None})
        name = id_of(record)
        if all(entry.id != name or entry.keys != (key,) for entry in self.logged):
            self.logged.append(Logged(len(self.logged), name, record, (key,)))
        return name

    def claim(self, text: str, type: str = "event", **more: Any) -> str:
        return self.add(kind="claim", text={"en": text}, type=type, about=more.pop("about", [self.topic]), **more)

    def relate_claims(self, subject: str, relation: str, object: str) -> str:
        return self.add(kind="claim_relation", subject=subject, relation=relation, object=object)

    def source(self, slug: str, letter: str | None = None, type: str = "outlet", key: str = RATER, **more: Any) -> str:
        self.add(kind="source", id=slug, type=type, names={"en": more.pop("name", slug.upper())}, **more)
        if letter:
            self.rate(slug, letter, key=key)
        return slug

    def rate(self, slug: str, letter: str, key: str = RATER, **more: Any) -> str:
        return self.add(
            kind="assessment", target=slug, scheme="admiralty-reliability", value=letter, rationale="a test", key=key, **more
        )

    def relate(self, subject: str, relation: str, object: str, **more: Any) -> str:
        topic = self.topic if relation == "allied_with" else None
        return self.add(kind="source_relation", subject=subject, relation=relation, object=object, topic=topic, **more)

    def document(self, publisher: str, day: str | None = None, *, hashed: bool = True, **more: Any) -> str:
        name = f"https://{publisher}.example/{len(self.logged)}"
        sha256 = HASH if hashed else None
        return self.add(kind="document", url=name, publisher=publisher, published_at=day, sha256=sha256, **more)

    def says(self, speaker: str, act: str = "asserts", **more: Any) -> str:
        """One statement; polarity follows the act, and without a document or said_at it is `reported_by` another."""
        members = {
            "claim": self.claim_id,
            "polarity": "-" if act == "denies" else "+",
            "certainty": "certain",
            "basis": "not_stated",
            "interest": "neutral",
        }
        members.update(more)
        if members["interest"] == "against":
            members.setdefault("interest_reason", "it harms its own cause")
        return self.add(kind="statement", speaker=speaker, act=act, **members)

    def hop(self, below: str, above: str, mode: str = "cites", **more: Any) -> str:
        return self.add(
            kind="attribution", mode=mode, standing=more.pop("standing", "explicit"), **{"from": below, "to": above}, **more
        )

    def through(self, relay: str, above: str, day: str | None = None, **more: Any) -> str:
        """A relay's own documented report that has it from `above`; gives the relay's statement."""
        claim = next(entry.record.claim for entry in self.logged if entry.id == above)  # type: ignore[union-attr]
        polarity = next(entry.record.polarity for entry in self.logged if entry.id == above)  # type: ignore[union-attr]
        document = self.document(relay, day)
        below = self.says(relay, "reports", claim=claim, polarity=polarity, basis="told", document=document, **more)
        self.hop(below, above)
        return below

    def report(self, until: str | None = None, claim: str | None = None, **question: Any) -> Report:
        as_of = AsOf(size=len(self.logged), root="00" * 32, time="2026-01-01T00:00:00Z")
        return corroborate(claim or self.claim_id, self.logged, as_of=as_of, until=until, **question)
