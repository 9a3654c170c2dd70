"""A log that shows nothing that not enough witnesses have signed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from api import waiting
from api.app import create_app
from ledger.config import Settings
from ledger.core.quorum import open_with_policy, parse_policy
from ledger.core.records import record_id
from ledger.core.vkey import print_vkey
from ledger.errors import BusyError, NotFoundError
from ledger.operations import EVERY, NOW
from tests.api.serving import served
from tests.factory import Ready, assessment, claim, ready, source, statement, submission
from tests.service.test_witnesses import Court, court_of


@pytest.fixture
def court(tmp_path: Path) -> Iterator[Court]:
    here = ready(str(tmp_path / "l.db"))
    with court_of(here, tmp_path) as made:
        made.panel = replace(made.panel, closed=True)
        here.ledger.name_witnesses(made.panel)
        yield made
    here.ledger.close()


def read(here: Ready) -> list[str | None]:
    """What a stranger gets of the log: its checkpoint, its first tile, in what widths."""
    found: list[str | None] = []
    for path in ("tile/0/000.p/2", "tile/0/000.p/3", "tile/entries/000.p/3"):
        try:
            here.ledger.tile(path)
            found.append(path)
        except (NotFoundError, BusyError):
            found.append(None)
    return found


def test_the_log_is_read_up_to_what_is_witnessed(court: Court) -> None:
    here = court.here
    with pytest.raises(BusyError):
        here.ledger.checkpoint()
    assert read(here) == [None, None, None]
    court.ask()
    assert here.ledger.checkpoint().size == 2
    (added,) = here.add(claim("one"))
    assert here.ledger.checkpoint().size == 2
    assert read(here) == ["tile/0/000.p/2", None, None]
    with pytest.raises(NotFoundError):
        here.ledger.receipt(added.record_id)
    court.ask()
    assert here.ledger.checkpoint().size == 3
    assert read(here) == ["tile/0/000.p/2", "tile/0/000.p/3", "tile/entries/000.p/3"]
    assert here.ledger.receipt(added.record_id).witnessed
    assert here.ledger.consistency(2).new_size == 3


def test_records_are_read_up_to_what_is_witnessed(court: Court) -> None:
    here, ledger = court.here, court.here.ledger
    court.ask()
    here.add(source("kcna"), source("yonhap"))
    before, after = claim("one"), claim("other")
    here.add(before, statement(before, "kcna", act="confirms", basis="own_act"), assessment("kcna", "B"))
    court.ask()
    ledger.catch_up()
    seen = ledger.corroboration(record_id(before), NOW)
    here.add(after, statement(before, "yonhap", act="confirms", basis="witnessed"), assessment("yonhap", "B"))
    ledger.catch_up()
    for ask in (ledger.record, ledger.receipt, lambda id: ledger.claim(id, NOW)):
        with pytest.raises(NotFoundError):
            ask(record_id(after))
    assert [one.id for one in ledger.claims(EVERY).claims] == [record_id(before)]
    assert ledger.corroboration(record_id(before), NOW) == seen
    assert ledger.health().size == seen.as_of.size + 3
    court.ask()
    assert ledger.record(record_id(after)).id == record_id(after)
    assert len(ledger.claims(EVERY).claims) == 2
    assert ledger.corroboration(record_id(before), NOW).as_of.size == seen.as_of.size + 3


def test_a_write_waits_for_witnesses_and_says_later_where_they_stay_away(court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    here = court.here
    monkeypatch.setattr(waiting, "SECONDS_FOR_WITNESSES", 0.5)
    with (
        served(create_app(here.ledger, settings=Settings(ledger="given"))) as address,
        httpx.Client(base_url=address, trust_env=False, timeout=60) as http,
    ):
        body = submission(claim("one")).model_dump(mode="json", exclude_none=True)
        for _ in range(2):
            later = http.post("/v1/records", json=body)
            assert (later.status_code, later.json()) == (202, {"index": 2})
            assert int(later.headers["retry-after"]) >= 1
        assert http.get("/checkpoint").status_code == 503
        assert http.get("/tile/0/000.p/3").status_code == 503
        court.ask()
        done = http.post("/v1/records", json=body)
        assert done.status_code == 200
        (receipt,) = done.json()
        assert (receipt["index"], receipt["witnessed"], receipt["already_on_record"]) == (2, True, True)
        own = print_vkey(court.rounds.own_keys[0])
        policy = parse_policy(f"log {own}\n{court.panel.text}".encode())
        assert open_with_policy(receipt["checkpoint"]["note"].encode(), policy).checkpoint.size == 3
        assert open_with_policy(http.get("/checkpoint").content, policy).checkpoint.size == 3
        assert http.get("/tile/0/000.p/3").status_code == 200
        here.add(claim("two"))
        assert http.get("/tile/0/000.p/4").status_code == 404
        assert http.get("/tile/0/000.p/3").status_code == 200
        monkeypatch.setattr(waiting, "SECONDS_FOR_WITNESSES", 30.0)
        here.ledger.ask_witnesses()
        more = submission(claim("three")).model_dump(mode="json", exclude_none=True)
        quick = http.post("/v1/records", json=more)
        assert (quick.status_code, quick.json()[0]["witnessed"]) == (200, True)
        here.ledger.stop_keeping()
