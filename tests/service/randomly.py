"""Random records of every kind that can move a score, added one after another to a real ledger; what it refuses is left out."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ledger.core.subjects import subject_of
from ledger.errors import OnRecordError
from schemas.dates import time_of
from schemas.records import RECORD, AssessmentRecord
from tests.service.written import ADMIN, ORIGIN, OTHER, Written

_DAY = 86_400
TYPES = ("outlet", "news_agency", "government_body", "person", "platform_account", "unnamed")
RELATIONS = ("speaks_for", "part_of", "owned_by", "controlled_by", "allied_with", "syndicates_from", "party_to")


class Random(Written):
    """Some time passes between two appends, so that what is dated ahead comes into force on the way."""

    def __init__(self, place: Path, seed: int) -> None:
        super().__init__(place)
        self.chance = random.Random(seed)
        self.slugs: list[str] = []
        self.claims = [self.claim_id]
        self.statements: list[str] = []
        self.documents: list[str] = []
        self.others: list[str] = []
        self.refused = 0
        assert self.ledger is not None
        for _ in range(4):
            self._source()

    def step(self) -> str | None:
        """One more record, or nothing if the ledger will not have it."""
        self.now += self.chance.choice((1, 1, 1, _DAY, 20 * _DAY))
        acts: list[tuple[Callable[[], str | None], int]] = [
            (self._source, 1),
            (self._rate, 7),
            (self._relate, 4),
            (self._claim, 1),
            (self._relate_claims, 2),
            (self._document, 3),
            (self._statement, 16),
            (self._hop, 8),
            (self._judge, 1),
            (self._correct, 3),
            (self._withhold, 1),
            (self._translate, 1),
            (self._revise, 1),
        ]
        act = self.chance.choices([act for act, _ in acts], [weight for _, weight in acts])[0]
        return act()

    def put(self, *, key: str = ADMIN.did, **members: Any) -> str | None:
        given = {name: value for name, value in members.items() if value is not None}
        count = len(self.logged)
        try:
            record = RECORD.validate_python(given)
            assessor = "ben" if key == OTHER.did else "ada"
            subject = subject_of(record, assessor if isinstance(record, AssessmentRecord) else None)
            if subject is not None and given["kind"] != "key":
                known = self.ledger.in_force([subject]).records[subject]
                given["replaces"] = known.id if known else None
            name = self.add(key=key, **given)
            assert self.ledger is not None
        except (OnRecordError, ValueError):
            del self.logged[count:]
            self.waiting = []
            self.refused += 1
            return None
        return name if len(self.logged) > count else None

    def _some(self, names: list[str]) -> str:
        return self.chance.choice(names) if names else "none"

    def _date(self) -> str | None:
        moment = self.now + self.chance.randint(-300, 120) * _DAY
        text = time_of(moment)
        return self.chance.choice((text[:10], text[:7], text[:4], text, None))

    def _source(self) -> str | None:
        slug, kind = f"s{len(self.slugs)}", self.chance.choice(TYPES)
        same = [self._some(self.slugs)] if self.slugs and self.chance.random() < 0.1 else None
        unnamed = {"unnamed_kind": self.chance.choice(("person", "media_reports"))} if kind == "unnamed" else {}
        name = self.put(kind="source", id=slug, type=kind, names={"en": slug.upper()}, same_as=same, **unnamed)
        if name:
            self.slugs.append(slug)
            self.others.append(name)
        return name

    def _revise(self) -> str | None:
        return self.put(
            kind="source", id=self._some(self.slugs), type=self.chance.choice(TYPES[:4]), names={"en": f"Name {self.now}"}
        )

    def _rate(self) -> str | None:
        name = self.put(
            key=self.chance.choice((ADMIN.did, OTHER.did)),
            kind="assessment",
            target=self._some(self.slugs),
            scheme="admiralty-reliability",
            value=self.chance.choice("ABCDEF"),
            rationale="a test",
            valid_from=self._date() if self.chance.random() < 0.3 else None,
            valid_to=self._date() if self.chance.random() < 0.3 else None,
        )
        self.others += [name] if name else []
        return name

    def _relate(self) -> str | None:
        relation = self.chance.choice(RELATIONS)
        name = self.put(
            kind="source_relation",
            subject=self._some(self.slugs),
            relation=relation,
            object=self.topic if relation == "party_to" else self._some(self.slugs),
            topic=self.topic if relation == "allied_with" else None,
            share=self.chance.choice((10.0, 30.0, 80.0)) if relation == "owned_by" else None,
            valid_from=self._date() if self.chance.random() < 0.4 else None,
            valid_to=self._date() if self.chance.random() < 0.2 else None,
        )
        self.others += [name] if name else []
        return name

    def _claim(self) -> str | None:
        about = [self.topic] if self.chance.random() < 0.7 else None
        type = self.chance.choice(("event", "event", "event", "position"))
        name = self.put(kind="claim", text={"en": f"claim {len(self.claims)}"}, type=type, about=about)
        self.claims += [name] if name else []
        return name

    def _relate_claims(self) -> str | None:
        relation = self.chance.choice(("equivalent", "entails", "contradicts"))
        name = self.put(
            kind="claim_relation", subject=self._some(self.claims), relation=relation, object=self._some(self.claims)
        )
        self.others += [name] if name else []
        return name

    def _document(self) -> str | None:
        name = self.put(
            kind="document",
            url=f"https://news.example/{len(self.documents)}",
            publisher=self._some(self.slugs),
            published_at=self._date(),
            sha256="sha256:" + "ab" * 32 if self.chance.random() < 0.7 else None,
        )
        self.documents += [name] if name else []
        return name

    def _statement(self) -> str | None:
        act = self.chance.choice(("asserts", "confirms", "denies", "reports", "estimates", "dismisses", "withdraws"))
        interest = self.chance.choice(("neutral", "for", "against", "unknown"))
        name = self.put(
            kind="statement",
            claim=self._some(self.claims),
            speaker=self._some(self.slugs),
            act=act,
            polarity="-" if act == "denies" else self.chance.choice("+++-"),
            certainty=self.chance.choice(("certain", "probable", "unstated")),
            basis=self.chance.choice(("told", "not_stated", "witnessed", "own_act")),
            interest=interest,
            interest_reason="it harms itself" if interest == "against" else None,
            document=self._some(self.documents) if self.chance.random() < 0.6 else None,
            said_at=self._date(),
            reported_by=self._some(self.statements) if self.chance.random() < 0.3 else None,
            withdraws=self._some(self.statements) if act == "withdraws" else None,
            evidence=[self._some(self.documents)] if self.documents and self.chance.random() < 0.1 else None,
        )
        self.statements += [name] if name else []
        return name

    def _hop(self) -> str | None:
        above = self._some(self.statements) if self.chance.random() < 0.85 else self._some(self.documents)
        mode = self.chance.choice(("cites", "quotes", "not_from"))
        name = self.put(
            kind="attribution", mode=mode, standing="explicit", **{"from": self._some(self.statements), "to": above}
        )
        self.others += [name] if name else []
        return name

    def _judge(self) -> str | None:
        name = self.put(
            kind="assessment",
            target=self._some(self.documents),
            scheme="authenticity",
            value=self.chance.choice(("authentic", "forged")),
            rationale="looked at",
            valid_from=self._date() if self.chance.random() < 0.4 else None,
        )
        self.others += [name] if name else []
        return name

    def _correct(self) -> str | None:
        target = self._some([*self.claims, *self.statements, *self.documents, *self.others, *self.others])
        replaced = None
        if self.chance.random() < 0.4:
            same = next((names for names in (self.claims, self.statements, self.documents) if target in names), None)
            replaced = self._some(same) if same else None
        name = self.put(kind="correction", target=target, reason=f"a slip {self.now}", ledger=ORIGIN, replaced_by=replaced)
        self.others += [name] if name else []
        return name

    def _withhold(self) -> str | None:
        target = self._some([*self.claims, *self.statements, *self.others])
        return self.put(kind="withhold", target=target, basis="court order 7", authority="court of X", ledger=ORIGIN)

    def _translate(self) -> str | None:
        return self.put(kind="claim_text", claim=self._some(self.claims), lang="de", text=f"Behauptung {self.now}")
