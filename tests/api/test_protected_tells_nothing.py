"""Of a protected source nothing is told: not by answers, not by errors, not by log lines, whatever is sent or asked."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ledger import logs
from ledger.core.protecting import protected_id
from ledger.core.records import read_record
from ledger.core.sealing import sealed_hash
from ledger.keys import sign_record
from schemas.ids import Opening
from tests.api.newsroom import SOURCES, Members, Newsroom, body_of, claim_record, newsroom, said
from tests.api.test_openapi import document
from tests.cli.conftest import run_here

NAME = "Ivan Zebrafish"
SLUG = protected_id(bytes.fromhex("feedfacecafebeef"))
DIGEST = sealed_hash(b"\1" * 16, NAME)
OPENING = {DIGEST: Opening(salt="01" * 16, value=NAME)}


def protected(slug: str = SLUG, **members: object) -> Members:
    plain = {"kind": "source", "id": slug, "type": "unnamed", "unnamed_kind": "person"}
    return {**plain, "names": {"und": {"sealed": DIGEST}}, **members}


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    with newsroom(tmp_path) as made:
        for record in SOURCES:
            made.post(record).raise_for_status()
        made.add("claim", claim_record("North Korea sent troops to fight for Russia"))
        made.add("other", claim_record("The treaty binds both sides"))
        made.add("source", protected())
        made.add("said", said(made.ids["claim"], SLUG, anonymity="anonymous", said_at="2025-04-28"))
        made.ledger.catch_up()
        yield made


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    logs.configure("debug", stream)
    yield stream
    logs.configure()


def tells(text: str) -> bool:
    # The long word alone: four letters stand in base64 by chance.
    return "zebrafish" in text.casefold()


WRONG: dict[str, Members] = {
    "in the open": protected("protected-00000000000000aa", names={"und": NAME}),
    "in a language": protected("protected-00000000000000aa", names={"ru": {"sealed": DIGEST}}),
    "an id that tells": protected("protected-ivan-zebrafish"),
    "a country": protected("protected-00000000000000aa", country="RU"),
    "a role": protected("protected-00000000000000aa", public_role=f"{NAME}, soldier"),
    "a relation": {"kind": "source_relation", "subject": SLUG, "relation": "part_of", "object": "russia"},
    "the same as": {"kind": "source", "id": "someone", "type": "person", "names": {"en": NAME}, "same_as": [SLUG]},
    "a revision": protected(names={"und": NAME}),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_would_tell_is_refused_without_telling(room: Newsroom, lines: io.StringIO, case: str) -> None:
    response = room.post(WRONG[case])
    assert response.status_code in (409, 422), response.text
    # Whoever puts a name into an id has told it; the answer still does not repeat what a text holds.
    assert not tells(response.text.replace("protected-ivan-zebrafish", ""))
    assert not tells(lines.getvalue())


def test_an_opening_is_refused_with_the_record_and_with_an_endorsement(room: Newsroom, lines: io.StringIO) -> None:
    for slug in (SLUG, protected_id(bytes(8))):
        body = body_of([sign_record(read_record(protected(slug)), room.signer, OPENING)])
        for path in ("/v1/records", "/v1/records:check"):
            response = room.http.post(path, content=body)
            assert response.status_code == 422
            assert not tells(response.text)
    assert not tells(lines.getvalue())
    with room.ledger._records() as snapshot:
        assert snapshot.openings([DIGEST]) == {}


def test_another_story_is_refused(room: Newsroom) -> None:
    response = room.post(said(room.ids["other"], SLUG, said_at="2025-04-28"))
    assert (response.status_code, "one story" in response.json()["detail"]) == (422, True)


def test_no_answer_to_any_question_tells_a_word_and_a_search_by_name_finds_nothing(room: Newsroom, lines: io.StringIO) -> None:
    answers = [_get(room, path, name) for path in document()["paths"] for name in (SLUG, *room.ids.values())]
    assert any(SLUG in answer.text for answer in answers)
    assert not any(tells(answer.text) for answer in answers)
    for path in ("/v1/sources", "/v1/claims"):
        found = room.http.get(path, params={"query": "Zebrafish"}).json()
        assert found[path.rsplit("/", 1)[1]] == []
    assert not tells(lines.getvalue())


def _get(room: Newsroom, path: str, name: str) -> httpx.Response:
    for part in ("{id}", "{slug}", "{name}"):
        path = path.replace(part, name)
    return room.http.get(path.replace("{kind}", "json").replace("{version}", "olo-1").replace("{path}", "entries/000.p/2"))


def test_the_command_line_puts_the_name_into_the_own_file_alone(
    room: Newsroom, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, keys = Path(room.place), Path(room.place + ".keys")
    monkeypatch.setenv("ONRECORD_PASSPHRASE", "correct horse")
    options = ("--ledger", str(room.http.base_url), "--keys", str(keys))
    added = run_here("source", "add", "--protect", "--name", NAME, "--reliability", "B", *options)
    assert added.code == 0, added.err
    slug = added.out.split()[-1]
    chain = ("--chain", f"outlet < {slug}", "--act", "asserts", "--at", "2025-04-28")
    ran = run_here("attribute", room.ids["claim"], *chain, *options)
    assert ran.code == 0, ran.err
    assert not tells(added.out + added.err + ran.out + ran.err + lines.getvalue())
    files = [*place.parent.glob("ledger.db*"), *keys.iterdir()]
    assert not any(tells(file.read_bytes().decode("latin-1")) for file in files if file.is_file())
    shown = json.loads(run_here("source", "show", slug, "--json", *options).out)
    assert (shown["names"], shown["country"], shown["relations"]) == ({"und": "[sealed]"}, None, [])
    assert room.ledger.fsck().faults == []


@pytest.mark.parametrize(
    "more",
    [["slug"], ["--type", "person"], ["--country", "RU"], ["--qid", "Q1"], ["--domain", "x.org"], ["--same-as", "kcna"],
     ["--public-role", "soldier"], ["--affiliation", "dprk"], ["--name", "another"], ["--unnamed-kind", "soldier"]],
)  # fmt: skip
def test_the_command_line_refuses_what_tells(room: Newsroom, more: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_PASSPHRASE", "correct horse")
    ran = run_here("source", "add", "--protect", "--name", NAME, *more, "--ledger", room.place)
    assert (ran.code, tells(ran.err)) == (2, False)


def test_without_a_passphrase_or_a_key_in_a_file_nothing_is_protected(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    size = room.ledger.health().size
    assert run_here("source", "add", "--protect", "--name", NAME, "--ledger", room.place).code == 4
    (seal,) = Path(room.place + ".keys").glob("*.seal")
    monkeypatch.setenv("PEM", seal.with_suffix(".pem").read_text())
    monkeypatch.setenv("ONRECORD_PASSPHRASE", "correct horse")
    assert run_here("source", "add", "--protect", "--name", NAME, "--key", "env:PEM", "--ledger", room.place).code == 4
    assert room.ledger.health().size == size


def test_after_a_reindex_nothing_about_it_is_found_either(room: Newsroom) -> None:
    room.ledger.reindex()
    queries = json.dumps({"q0": {"query": NAME}, "q1": {"query": "Zebrafish", "type": "Source"}})
    answers = [
        room.http.get("/v1/sources", params={"query": "Zebrafish"}),
        room.http.get("/v1/claims", params={"query": "Zebrafish"}),
        room.http.get("/v1/claims/facets"),
        room.http.get("/reconcile/suggest/entity", params={"prefix": "Zebra"}),
        room.http.post("/reconcile", data={"queries": queries}),
    ]
    for answer in answers:
        assert answer.status_code == 200, (answer.url, answer.text[:200])
        assert not tells(answer.text), answer.url
        assert SLUG not in answer.text, answer.url
