"""The public list of corrections and withholdings: over the API, on the page, and at the command line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.core.records import record_id
from ledger.keys import seal, sign_record
from tests.api.newsroom import ORIGIN, Newsroom, body_of, newsroom, record_of, said
from tests.api.pages.reading import get
from tests.cli.conftest import run_here
from tests.factory import erasure


@pytest.fixture(scope="module")
def mended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """Two statements taken back, one claim withheld, in this order."""
    with newsroom(tmp_path_factory.mktemp("mended")) as room:
        room.fill()
        for name, reason in (("outlet", "another <b>day</b>"), ("agency", "another speaker")):
            record = {"kind": "correction", "target": room.ids[name], "reason": reason, "ledger": ORIGIN}
            room.add(f"correction of {name}", record)
        order = {"kind": "withhold", "target": room.ids["third"], "basis": "an order", "authority": "a court", "ledger": ORIGIN}
        room.add("order", order)
        yield room


def test_corrections_and_withholdings_come_newest_first(mended: Newsroom) -> None:
    found = mended.http.get("/v1/corrections").json()
    assert [(one["kind"], one["reason"]) for one in found["corrections"]] == [
        ("withhold", "an order"),
        ("correction", "another speaker"),
        ("correction", "another <b>day</b>"),
    ]
    assert [one["target_kind"] for one in found["corrections"]] == ["claim", "statement", "statement"]
    assert found["next"] is None


def test_page_after_page_leads_through_all_of_them(mended: Newsroom) -> None:
    seen, before = [], ""
    while True:
        found = mended.http.get(f"/v1/corrections?limit=1{before}").json()
        seen += [one["id"] for one in found["corrections"]]
        if found["next"] is None:
            break
        before = f"&before={found['next']}"
    assert seen == [mended.ids[name] for name in ("order", "correction of agency", "correction of outlet")]


def test_the_page_says_what_why_and_who(mended: Newsroom) -> None:
    response, page = get(mended.http, "/corrections")
    assert response.status_code == 200
    assert "another <b>day</b>" in page.text
    assert not page.named("b")
    assert "withheld an order (a court)" in page.text
    assert "24 years" not in page.text
    _, page = get(mended.http, "/corrections?limit=1&lang=de")
    assert "zurückgehalten" in page.text
    onward = next(one["href"] for one in page.named("a") if one.get("rel") == "next")
    assert "another speaker" in get(mended.http, onward or "")[1].text


def test_the_command_line_tells_the_same(mended: Newsroom) -> None:
    told = run_here("corrections", "--ledger", mended.place)
    assert told.code == 0
    assert "withheld: an order (a court)" in " ".join(told.out.split())
    assert run_here("corrections", "--json", "--ledger", mended.place).json == mended.http.get("/v1/corrections").json()


def test_what_was_erased_by_order_is_told_without_its_words(tmp_path_factory: pytest.TempPathFactory) -> None:
    with newsroom(tmp_path_factory.mktemp("erased")) as room:
        room.fill()
        hidden, opening = seal(room.signer, "quote", "the quokka said so")
        told = record_of(said(room.ids["claim"], "outlet-two", said_at="2025-04-30", quote={"exact": hidden.model_dump()}))
        body = body_of([sign_record(told, room.signer, {hidden.sealed: opening})])
        room.http.post("/v1/records", content=body).raise_for_status()
        assert room.http.get("/v1/corrections").json()["erased"] == []
        room.ledger.erase_openings(erasure(told, room.signer, ledger=ORIGIN))
        (erased,) = room.http.get("/v1/corrections").json()["erased"]
        assert (erased["value"], erased["records"], erased["by"]) == (hidden.sealed, [record_id(told)], "admin")
        response, page = get(room.http, "/corrections")
        assert "Words erased by order" in page.text
        assert hidden.sealed in page.text
        assert "quokka" not in response.text
        assert "/feed.atom" in [one.get("href") for one in page.named("a")]
        assert not page.faults
