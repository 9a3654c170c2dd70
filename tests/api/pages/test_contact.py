"""Where readers report an error, and what a page says of what is withheld."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from ledger.config import check_contact
from ledger.errors import UsageError
from tests.api.newsroom import ORIGIN, Newsroom, claim_record, newsroom, said, source
from tests.api.pages.reading import Page, get
from tests.cli.conftest import run_here

MAIL = "mailto:desk@newsroom.example"


@pytest.mark.parametrize("contact", [MAIL, "https://newsroom.example/report?to=us"])
def test_a_contact_is_a_mail_address_or_a_page(contact: str) -> None:
    assert check_contact(contact) == contact


@pytest.mark.parametrize(
    "contact",
    [
        "desk@newsroom.example",
        "mailto:desk@newsroom.example?bcc=x@y.example",
        "mailto:a@b",
        "http://newsroom.example",
        "https://",
        "https://[::1",
        "https://user:word@newsroom.example",
        "javascript:alert(1)",
        "https://newsroom.example/a b",
        "https://newsroom.example/" + "a" * 600,
    ],
)
def test_anything_else_is_none(contact: str) -> None:
    with pytest.raises(UsageError, match="ONRECORD_CONTACT"):
        check_contact(contact)


def test_a_server_does_not_start_with_a_contact_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = f"{tmp_path}/my.db"
    assert run_here("init", "--ledger", place).code == 0
    monkeypatch.setenv("ONRECORD_CONTACT", "call us")
    told = run_here("serve", "--port", "0", "--ledger", place)
    assert told.code == 2
    assert "ONRECORD_CONTACT is 'call us'" in told.err
    assert "hint: mailto:" in told.err


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """With a contact; one record of each kind that has a page is withheld."""
    with newsroom(tmp_path_factory.mktemp("contact"), contact=MAIL, public_url="https://ledger.example/sub") as room:
        room.fill()
        room.add("secret source", source("secret-source", "outlet", names={"en": "Quokka Gazette"}))
        secret = room.add("secret claim", claim_record("The quokka was seen"))
        room.add("about it", said(secret, "outlet", said_at="2025-04-28", quote={"exact": "a quokka"}))
        room.add("secret document", {"kind": "document", "url": "https://outlet.example/quokka", "title": "Quokka"})
        for name in ("secret source", "secret claim", "secret document"):
            order = {"basis": "an <b>order</b>", "authority": "a court", "ledger": ORIGIN}
            room.add(f"order on {name}", {"kind": "withhold", "target": room.ids[name], **order})
        yield room


def report_links(page: Page) -> list[str]:
    return [href for one in page.named("a") if (href := one.get("href") or "").startswith("mailto:")]


def test_every_page_leads_to_the_contact_with_its_own_address(room: Newsroom) -> None:
    claim = room.ids["claim"]
    for path in (
        "/",
        "/search?query=troops",
        "/about",
        "/log",
        "/method",
        "/sources/dprk",
        f"/documents/{room.ids['document']}",
    ):
        (link, *_) = report_links(get(room.http, path)[1])
        assert "https://ledger.example/sub" + path.split("?")[0] in unquote(link)
    (link,) = report_links(get(room.http, f"/claims/{claim[7:20]}?until=2025-05-01")[1])
    assert urlsplit(link).path == "desk@newsroom.example"
    (subject,) = parse_qs(urlsplit(link).query)["subject"]
    assert subject == f"Error on https://ledger.example/sub/claims/{claim[7:20]}?until=2025-05-01 ({claim})"


def test_nothing_that_a_reader_puts_into_the_address_gets_into_the_mail_but_its_subject(room: Newsroom) -> None:
    hostile = "/search?query=%0D%0ABcc:%20x@y.example%26body=z&lang=de"
    (link, *_) = report_links(get(room.http, hostile)[1])
    assert parse_qs(urlsplit(link).query).keys() == {"subject"}
    assert "\n" not in unquote(link)


def test_without_a_contact_no_page_invents_one(tmp_path: Path) -> None:
    with newsroom(tmp_path) as plain:
        plain.fill()
        for path in ("/", "/about", f"/claims/{plain.ids['claim']}"):
            _, page = get(plain.http, path)
            assert not report_links(page)
            assert "Report an error" not in page.text
        assert "has named no address" in get(plain.http, "/corrections")[1].text


def test_a_page_of_the_operator_is_linked_as_it_is(tmp_path: Path) -> None:
    with newsroom(tmp_path, contact="https://newsroom.example/report?a=1&b=2") as plain:
        links = [one.get("href") for one in get(plain.http, "/about")[1].named("a")]
        assert "https://newsroom.example/report?a=1&b=2" in links


@pytest.mark.parametrize(
    "path,name",
    [
        ("/claims/{}", "secret claim"),
        ("/records/{}", "secret claim"),
        ("/documents/{}", "secret document"),
        ("/records/{}", "secret document"),
        ("/sources/secret-source", "secret source"),
        ("/records/{}", "secret source"),
    ],
)
@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_withheld_page_tells_the_order_and_what_remains_and_nothing_else(
    room: Newsroom, path: str, name: str, lang: str
) -> None:
    id = room.ids[name]
    response, page = get(room.http, path.format(id) + f"?lang={lang}")
    assert response.status_code == 451
    assert "quokka" not in response.text.lower()
    for part in ("an <b>order</b>", "a court", id, room.http.get(f"/v1/records/{id}/receipt").json()["leaf_hash"]):
        assert part in page.text
    assert page.named("time")
    links = [one.get("href") for one in page.named("a")]
    assert f"/corrections?lang={lang}" in links
    assert f"/records/{room.ids[f'order on {name}']}?lang={lang}" in links
    assert f"/v1/records/{id}/receipt?format=tlog-proof" in links
    assert id in unquote(report_links(page)[0])
    assert not page.named("b")
    assert not page.faults


def test_a_program_is_told_the_same(room: Newsroom) -> None:
    id = room.ids["secret claim"]
    told = room.http.get(f"/v1/claims/{id}").json()["withheld"]
    receipt = room.http.get(f"/v1/records/{id}/receipt").json()
    assert told == {
        "record": id,
        "kind": "claim",
        "index": receipt["index"],
        "leaf_hash": receipt["leaf_hash"],
        "basis": "an <b>order</b>",
        "authority": "a court",
        "order": room.ids["order on secret claim"],
        "ordered_at": told["ordered_at"],
    }


def test_the_record_of_an_order_may_be_read(room: Newsroom) -> None:
    response, page = get(room.http, f"/records/{room.ids['order on secret claim']}")
    assert response.status_code == 200
    assert "a court" in page.text
