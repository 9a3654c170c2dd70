"""A ledger that is served, with the records of a small newsroom in it: an outlet cites an agency that cites a state."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from api.app import create_app
from ledger.config import Settings
from ledger.core.records import read_record, record_id
from ledger.keys import Signer, find_signer, sign_record
from ledger.service import Ledger
from ledger.wiring import create_ledger, open_ledger
from schemas.envelope import Submission
from schemas.records import Record
from tests.api.serving import served

ORIGIN = "ledger.example"
Members = Mapping[str, Any]


@dataclass
class Newsroom:
    place: str
    signer: Signer
    ledger: Ledger
    http: httpx.Client
    ids: dict[str, str] = field(default_factory=dict)

    def signed(self, *records: Members, by: Signer | None = None) -> bytes:
        """The body that submits these records."""
        return body_of([sign_record(read_record(record), by or self.signer) for record in records])

    def post(self, *records: Members, by: Signer | None = None) -> httpx.Response:
        return self.http.post("/v1/records", content=self.signed(*records, by=by))

    def add(self, name: str, record: Members) -> str:
        """The record is on record, under this name here."""
        self.post(record).raise_for_status()
        self.ids[name] = id_of(record)
        return self.ids[name]

    def fill(self) -> None:
        """Six sources, three claims, one document, and a chain from the outlet to the state."""
        for record in (*SOURCES, *RELATIONS, *RATINGS):
            self.post(record).raise_for_status()
        claim = self.add("claim", claim_record("North Korea sent troops to fight for Russia", ko="북한이 군대를 보냈다"))
        self.add("other", claim_record("The treaty binds both sides to defend each other"))
        self.add("third", claim_record("The visit to Pyongyang was the first in 24 years"))
        document = self.add("document", DOCUMENT)
        state = self.add("state", said(claim, "dprk", act="confirms", basis="own_act", said_at="2025-04-28"))
        agency = self.add("agency", said(claim, "yonhap", said_at="2025-04-28"))
        outlet = self.add("outlet", said(claim, "outlet", document=document))
        self.add("hop", {**HOP, "from": outlet, "to": agency})
        self.add("first hop", {**HOP, "from": agency, "to": state})


def source(slug: str, kind: str, **more: Any) -> Members:
    return {"kind": "source", "id": slug, "type": kind, "names": {"en": slug.title()}, **more}


def claim_record(text: str, **texts: str) -> Members:
    return {"kind": "claim", "type": "event", "text": {"en": text, **texts}}


def said(claim: str, speaker: str, **more: Any) -> Members:
    plain = {"act": "reports", "polarity": "+", "certainty": "certain", "basis": "told", "interest": "unknown"}
    return {"kind": "statement", "claim": claim, "speaker": speaker, **plain, **more}


def id_of(record: Members) -> str:
    return record_id(read_record(record))


def body_of(submissions: list[Submission]) -> bytes:
    return json.dumps([one.model_dump(mode="json", exclude_none=True) for one in submissions]).encode()


def record_of(members: Members) -> Record:
    return read_record(members)


SOURCES = (
    source("dprk", "government_body", country="KP"),
    source("russia", "government_body", country="RU"),
    source("yonhap", "news_agency", country="KR"),
    source("outlet", "outlet", country="DE"),
    source("outlet-two", "outlet", country="FR"),
    source("ukraine", "government_body", country="UA"),
)
RELATIONS = (
    {"kind": "source_relation", "subject": "russia", "relation": "allied_with", "object": "dprk", "topic": "ukraine-war"},
)
RATINGS = ({"kind": "assessment", "target": "dprk", "scheme": "admiralty-reliability", "value": "C"},)
DOCUMENT = {
    "kind": "document",
    "url": "https://outlet.example/troops",
    "publisher": "outlet",
    "published_at": "2025-04-28T06:00:00Z",
    "lang": "de",
}
HOP = {"kind": "attribution", "mode": "cites", "standing": "explicit"}


@contextmanager
def newsroom(
    place: Path, *, token: str | None = None, public_url: str | None = None, contact: str | None = None, **more: Any
) -> Iterator[Newsroom]:
    """A fresh ledger on a real socket, with the first person's key."""
    target = str(place / "ledger.db")
    create_ledger(target, origin=ORIGIN)
    ledger = open_ledger(target)
    assert isinstance(ledger, Ledger)
    settings = Settings(read_token=token, public_url=public_url, contact=contact, **more)  # type: ignore[arg-type]  # pydantic makes a secret of it
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with (
            served(create_app(ledger, settings=settings)) as url,
            httpx.Client(base_url=url, timeout=30, headers=headers) as http,
        ):
            yield Newsroom(target, find_signer(target), ledger, http)
    finally:
        ledger.close()
