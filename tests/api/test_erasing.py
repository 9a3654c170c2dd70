"""Erasing an opening over HTTP: the same as at the ledger itself, and everything else refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.client import Client
from ledger.core.records import record_id
from ledger.keys import new_key, seal, sign_record
from schemas.records import Record
from tests import factory
from tests.api.newsroom import ORIGIN, Newsroom, newsroom
from tests.cli.conftest import run_here

SECRET = "a zebrafish swam"


@pytest.fixture
def mine(tmp_path: Path) -> Iterator[Newsroom]:
    with newsroom(tmp_path) as room:
        yield room


def _sealed(room: Newsroom) -> str:
    sealed, opening = seal(room.signer, "text", SECRET)
    claim = factory.claim({"en": {"sealed": sealed.sealed}})
    room.ledger.add([sign_record(claim, room.signer, {sealed.sealed: opening})])
    return record_id(claim)


def test_an_order_over_http_erases(mine: Newsroom) -> None:
    claim = _sealed(mine)
    assert SECRET in mine.http.get(f"/v1/records/{claim}").text
    ran = run_here(
        "erase-opening", claim, "--json", "--ledger", str(mine.http.base_url), "--keys", str(Path(mine.place + ".keys"))
    )
    assert ran.code == 0, ran.err
    assert len(ran.json["erased"]) == 1
    answer = mine.http.get(f"/v1/records/{claim}").json()
    assert (answer["openings"], SECRET in str(answer)) == ({}, False)
    assert mine.ledger.fsck().faults == []


def test_a_key_that_is_not_enrolled_erases_nothing(mine: Newsroom, tmp_path: Path) -> None:
    claim = _sealed(mine)
    view = mine.ledger.record(claim)
    order = factory.erasure(
        _record(next(iter(view.openings))),
        new_key(tmp_path / "stranger.pem"),
        ledger=ORIGIN,
    )
    response = mine.http.post("/v1/openings:erase", json=order.model_dump(mode="json"))
    assert response.status_code == 403
    assert SECRET not in response.text
    assert mine.ledger.record(claim).openings != {}


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"null", b'{"payload": 7}', b'{"payload":"","payloadType":"x","signatures":[]}']
)
def test_what_is_no_order_is_refused(mine: Newsroom, body: bytes) -> None:
    response = mine.http.post("/v1/openings:erase", content=body)
    assert response.status_code in (401, 422)
    assert response.headers["content-type"] == "application/problem+json"


def test_an_order_may_be_sent_again_through_a_client(mine: Newsroom) -> None:
    claim = _sealed(mine)
    (value,) = mine.ledger.record(claim).openings
    order = factory.erasure(_record(value), mine.signer, ledger=ORIGIN)
    client = Client(str(mine.http.base_url))
    first, again = client.erase_openings(order), mine.ledger.erase_openings(order)
    client.close()
    assert (first.erased, first.absent, again.erased, again.absent) == ([value], [], [], [value])


def _record(value: str) -> Record:
    return factory.claim({"en": {"sealed": value}})
