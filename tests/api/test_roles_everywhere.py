"""Who may sign what is asked on every way into the log: each role, each kind of record, each way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import count

import httpx
import pytest

from api.app import create_app
from ledger.client import Client
from ledger.config import Settings
from ledger.core.evidence import Logged
from ledger.core.keyring import KeyRing
from ledger.core.records import record_id
from ledger.errors import ForbiddenError
from ledger.keys import Signer, sign_record
from schemas.envelope import Submission
from schemas.records import KINDS, Record
from tests import factory
from tests.api.serving import served
from tests.factory import Ready, ready

WRITES = set(KINDS) - {"key", "withhold"}
MAY: dict[str, set[str]] = {
    "contributor": WRITES,
    "editor": WRITES,
    "admin": {"key", "withhold"},
    "issuer": set(),
    "revoked": set(),
    "ended": set(),
    "stranger": set(),
    "not_alone": set(),
}
"""docs/format.md §8.4, and keys that may do nothing: revoked, past its `not_after`, never enrolled, and never alone."""


@dataclass
class Room:
    ready: Ready
    url: str
    http: httpx.Client
    people: dict[str, Signer]

    def add(self, *records: Record, by: Signer) -> None:
        self.ready.add(*records, by=by)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    found = ready(str(tmp_path_factory.mktemp("roles") / "l.db"))
    people = {role: found.enroll(f"the-{role}", role) for role in ("contributor", "editor", "admin", "issuer")}
    people["revoked"] = found.enroll("the-revoked")
    revoked = factory.key(people["revoked"], action="revoke", replaces=factory.key(people["revoked"], subject="the-revoked"))
    found.add(revoked.model_copy(update={"subject": "the-revoked"}))
    people["ended"], people["stranger"] = factory.signer("ended"), factory.signer("stranger")
    found.add(factory.key(people["ended"], subject="the-ended", not_after="2020-01-01T00:00:00Z"))
    people["not_alone"] = factory.signer("not alone")
    found.add(factory.key(people["not_alone"], subject="the-not-alone", never_alone=True))
    found.add(factory.source("ministry", type="government_body"), by=people["editor"])
    with served(create_app(found.ledger, settings=Settings())) as url, httpx.Client(base_url=url, timeout=30) as http:
        yield Room(found, url, http, people)
    found.ledger.close()


_fresh = count()


def sample(room: Room, kind: str, by: Signer) -> Record:
    """A record of that kind that is not on record, and that nothing but its signer's role can be in the way of."""
    number = next(_fresh)
    # What it names was recorded by whoever signs it, if they can record anything, so that it is theirs to change.
    owner = by if by in (room.people["contributor"], room.people["editor"]) else room.people["editor"]

    def claim(text: str) -> Record:
        found = factory.claim(f"{text} {number}")
        room.add(found, by=owner)
        return found

    match kind:
        case "source":
            return factory.source(f"source-{number}")
        case "source_relation":
            return factory.relation("ministry", "party_to", f"topic-{number}")
        case "claim":
            return factory.claim(f"claim {number}")
        case "claim_text":
            return factory.claim_text(claim("said in English"), text=f"deutsch {number}")
        case "claim_relation":
            return factory.claim_relation(claim("one"), "equivalent", claim("other"))
        case "document":
            return factory.document(f"https://news.example/{number}")
        case "statement":
            return factory.statement(claim("stated"), "ministry", said_at="2025-01-01")
        case "attribution":
            about = claim("carried")
            ends = [factory.statement(about, "ministry", said_at=day) for day in ("2025-01-01", "2025-01-02")]
            room.add(*ends, by=owner)
            return factory.attribution(ends[1], ends[0])
        case "assessment":
            document = factory.document(f"https://rated.example/{number}")
            room.add(document, by=owner)
            return factory.assessment(document, "authentic", scheme="authenticity", rationale="seen")
        case "correction":
            return factory.correction(claim("wrong"))
        case "withhold":
            return factory.withhold(claim("not to be shown"))
        case "commitment":
            return factory.record("commitment", digest=f"sha256:{number:064x}")
        case "key":
            return factory.key(factory.signer(f"new {number}"), subject=f"new-{number}")
    raise AssertionError(kind)


# The ways in: each raises ForbiddenError, or takes the record.


def in_process(room: Room, sent: Submission) -> None:
    room.ready.ledger.add([sent])


def from_afar(room: Room, sent: Submission) -> None:
    with closing(Client(room.url, trust=room.ready.ledger.well_known().log_keys)) as client:
        client.add([sent])


def dry(room: Room, sent: Submission) -> None:
    room.ready.ledger.check([sent])


def import_of_lines(room: Room, sent: Submission) -> None:
    room.ready.ledger.add_lines([sent.model_dump_json(exclude_none=True).encode()], lambda _: None)


def hidden_in_a_list(room: Room, sent: Submission) -> None:
    """Among records of somebody who may, all in one body: it is refused whole."""
    other = sign_record(factory.claim(f"beside it {next(_fresh)}"), room.people["contributor"])
    _post(room, "/v1/records", [one.model_dump(mode="json", exclude_none=True) for one in (other, sent)])


def one_envelope(room: Room, sent: Submission) -> None:
    _post(room, "/v1/records", sent.envelope.model_dump(mode="json"))


def raw_bytes(room: Room, sent: Submission) -> None:
    _answered(room.http.post("/add", content=_bytes(sent)))


def signed_by_two(room: Room, sent: Submission) -> None:
    """Beside the signature of somebody who may: each signer has to have the role."""
    record = sent_record(sent)
    role = "admin" if record.kind in ("key", "withhold") else "editor"
    signer = next(one for one in [*room.people.values()] if one.did == sent.envelope.signatures[0].keyid)
    both = [signer] if signer is room.people[role] else [signer, room.people[role]]
    room.ready.ledger.add([sign_record(record, both)])


def read_again(room: Room, sent: Submission) -> None:
    """What a verifier and a monitor do: by the entries below alone."""
    ring = KeyRing(factory.ORIGIN)
    with room.ready.store.reading() as snapshot:
        from ledger.service.reading import logged_of

        for entry in snapshot.entry_range(0, snapshot.checkpoint.size):
            ring.take(logged_of(entry))
        size = snapshot.checkpoint.size
    record = sent_record(sent)
    ring.take(Logged(size, record_id(record), record, (sent.envelope.signatures[0].keyid,)))


def sent_record(sent: Submission) -> Record:
    from base64 import b64decode

    from ledger.core.records import parse_record

    return parse_record(b64decode(sent.envelope.payload))


def _bytes(sent: Submission) -> bytes:
    from ledger.core.canonical import canonical_bytes

    return canonical_bytes(sent.envelope.model_dump(mode="json"))


def _post(room: Room, path: str, body: object) -> None:
    _answered(room.http.post(path, json=body))


def _answered(answer: httpx.Response) -> None:
    if answer.status_code == 403:
        raise ForbiddenError(answer.text)
    answer.raise_for_status()


WAYS: dict[str, Callable[[Room, Submission], None]] = {
    way.__name__: way
    for way in (
        in_process,
        from_afar,
        dry,
        import_of_lines,
        hidden_in_a_list,
        one_envelope,
        raw_bytes,
        signed_by_two,
        read_again,
    )
}
NOT_ASKED_THERE = {("read_again", "ended")}
"""Whoever reads the entries alone knows no times (decision 0010): the monitor and the server hold keys against them."""


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("role", MAY)
def test_a_role_signs_what_it_may_on_every_way_and_nothing_else(room: Room, role: str, way: str) -> None:
    signer = room.people[role]
    taken = set()
    for kind in KINDS:
        sent = sign_record(sample(room, kind, signer), signer)
        try:
            WAYS[way](room, sent)
        except ForbiddenError:
            continue
        taken.add(kind)
    if (way, role) in NOT_ASKED_THERE or (way, role) == ("signed_by_two", "not_alone"):
        assert taken == WRITES
    else:
        assert taken == MAY[role]


@pytest.mark.parametrize("role", MAY)
def test_nothing_that_was_refused_is_on_record(room: Room, role: str) -> None:
    """Whatever was tried above: what is there was signed by who might."""
    did = room.people[role].did
    with room.ready.store.reading() as snapshot:
        entries = list(snapshot.entry_range(0, snapshot.checkpoint.size))
    assert {one.kind for one in entries if one.keys == (did,)} <= MAY[role]
