"""The same question gets the same answer here and over HTTP, errors included."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pydantic import BaseModel

from ledger.client import Client
from ledger.core.records import read_record
from ledger.errors import OnRecordError
from ledger.keys import sign_record
from ledger.operations import ClaimQuery, Operations, Question
from ledger.service.cursors import print_cursor
from tests.api.newsroom import Newsroom, claim_record, said

Ask = Callable[[Operations, Newsroom], object]
QUESTION = Question(until="2025-04-28", clock="public", without=("country:FR",), base_rate=0.3)

ANSWERS: dict[str, Ask] = {
    "record": lambda ledger, room: ledger.record(room.ids["agency"]),
    "record by prefix": lambda ledger, room: ledger.record(room.ids["agency"][7:19]),
    "receipt": lambda ledger, room: ledger.receipt(room.ids["agency"]),
    "proof file": lambda ledger, room: ledger.tlog_proof(room.ids["agency"]),
    "in force": lambda ledger, room: ledger.in_force(["source:yonhap", "source:nobody"]),
    "claims": lambda ledger, room: ledger.claims(ClaimQuery(query="troops", source="yonhap", limit=5)),
    "claim": lambda ledger, room: ledger.claim(room.ids["claim"], Question()),
    "chain": lambda ledger, room: ledger.chain(room.ids["claim"], QUESTION),
    "score": lambda ledger, room: ledger.corroboration(room.ids["claim"], QUESTION),
    "copies": lambda ledger, room: ledger.copies(room.ids["claim"], QUESTION),
    "history": lambda ledger, room: ledger.history(room.ids["claim"], Question()),
    "history by one clock": lambda ledger, room: ledger.history(room.ids["claim"], QUESTION, "world"),
    "history by the other": lambda ledger, room: ledger.history(room.ids["claim"], QUESTION, "ledger"),
    "bundle": lambda ledger, room: ledger.export(room.ids["claim"], "bundle", QUESTION),
    "signed score": lambda ledger, room: ledger.export(room.ids["claim"], "score", QUESTION),
    "seen": lambda ledger, room: ledger.seen("Did North Korea send troops to Russia?"),
    "sources": lambda ledger, room: ledger.sources("yonhap"),
    "source": lambda ledger, room: ledger.source("yonhap"),
    "source then": lambda ledger, room: ledger.source("yonhap", Question(until="2025-04-27", as_of="2040-01-01")),
    "estimate": lambda ledger, room: ledger.estimate(Question(until="2025-05"), ["yonhap", "outlet"]),
    "document": lambda ledger, room: ledger.document(room.ids["document"]),
    "document from a cursor on": lambda ledger, room: ledger.document(room.ids["document"], print_cursor(5, 5), 1),
    "affected": lambda ledger, room: ledger.affected("yonhap"),
    "signed": lambda ledger, room: ledger.signed(room.signer.did, 2, 3),
    "corrections": lambda ledger, room: ledger.corrections(),
    "corrections before": lambda ledger, room: ledger.corrections(1, 5),
    "policy": lambda ledger, room: ledger.policy("olo-1"),
    "checkpoint": lambda ledger, room: ledger.checkpoint(),
    "tile": lambda ledger, room: ledger.tile("tile/entries/000.p/2"),
    "consistency": lambda ledger, room: ledger.consistency(2),
    "well-known": lambda ledger, room: ledger.well_known(),
    "health": lambda ledger, room: ledger.health(),
    "check": lambda ledger, room: ledger.check(
        [sign_record(read_record(said(room.ids["claim"], "ukraine", said_at="2024-10-30")), room.signer)]
    ),
    "adding again": lambda ledger, room: ledger.add(
        [sign_record(read_record(claim_record("The treaty binds both sides to defend each other")), room.signer)]
    ),
}
REFUSALS: dict[str, Ask] = {
    "no such record": lambda ledger, room: ledger.record("0" * 64),
    "too short": lambda ledger, room: ledger.record("5f0e"),
    "no such source": lambda ledger, room: ledger.source("yonhab"),
    "no such source then": lambda ledger, room: ledger.source("yonhap", Question(as_of="2")),
    "no estimate of nobody": lambda ledger, room: ledger.estimate(Question(), ["yonhab"]),
    "no such key": lambda ledger, room: ledger.signed("did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQXJPt4swbTQ2R"),
    "no such policy": lambda ledger, room: ledger.policy("olo-0"),
    "no such format": lambda ledger, room: ledger.export(room.ids["claim"], "papyrus", Question()),
    "no such size": lambda ledger, room: ledger.consistency(999_999),
    "not on record then": lambda ledger, room: ledger.claim(room.ids["claim"], Question(as_of="2")),
    "no history then": lambda ledger, room: ledger.history(room.ids["claim"], Question(as_of="2")),
    "no such size of a history": lambda ledger, room: ledger.history(room.ids["claim"], Question(as_of="999999")),
    "no bundle": lambda ledger, room: ledger.export(room.ids["document"], "bundle", Question()),
    "unknown speaker": lambda ledger, room: ledger.add(
        [sign_record(read_record(said(room.ids["claim"], "yonhapp", said_at="2025")), room.signer)]
    ),
}


@pytest.fixture(scope="module")
def client(room: Newsroom) -> Iterator[Client]:
    remote = Client(str(room.http.base_url), trust=room.ledger.well_known().log_keys)
    yield remote
    remote.close()


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_the_same_from_afar(room: Newsroom, client: Client, name: str) -> None:
    room.ledger.catch_up()  # else the keeper's thread may get further between the two
    assert as_json(ANSWERS[name](client, room)) == as_json(ANSWERS[name](room.ledger, room))


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_is_the_same_from_afar(room: Newsroom, client: Client, name: str) -> None:
    errors: list[OnRecordError] = []
    for ledger in (client, room.ledger):
        with pytest.raises(OnRecordError) as caught:
            REFUSALS[name](ledger, room)
        errors.append(caught.value)
    far, near = errors
    assert (type(far), far.message, far.hint) == (type(near), near.message, near.hint)


@pytest.mark.parametrize("kind", ["bundle", "score"])
def test_what_was_issued_verifies_the_same_from_afar(room: Newsroom, client: Client, kind: str) -> None:
    issued = room.ledger.export(room.ids["claim"], kind, Question())
    found = client.verify(issued)
    assert (found.result, found.kind) == ("ok", kind)
    assert found == room.ledger.verify(issued)


def as_json(answer: object) -> object:
    """What travels: a tuple and a list are the same there."""
    if isinstance(answer, list):
        return [as_json(one) for one in answer]
    return answer.model_dump(mode="json", by_alias=True) if isinstance(answer, BaseModel) else answer
