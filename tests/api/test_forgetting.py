"""After an erasure, or when records are withheld, none of the words is left in the memory of a server, whoever ordered it."""

from __future__ import annotations

import gc
import secrets
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from api.drawing import preview
from ledger.core.records import record_id
from ledger.keys import seal, sign_record
from ledger.service import forgetting, remembering
from ledger.service.forgetting import Forgetting
from ledger.service.reading import opened
from ledger.wiring import open_ledger
from schemas.records import Record
from tests import factory
from tests.api.newsroom import ORIGIN, Newsroom, newsroom

READS = (
    "/claims/{claim}",
    "/claims/{claim}?lang=de",
    "/claims/{claim}/pack",
    "/claims/{claim}/card.png",
    "/embed/claims/{claim}",
    "/v1/claims/{claim}",
    "/v1/claims/{claim}/history",
    "/v1/claims/{claim}/chain",
    "/v1/claims/{claim}/export?format=svg",
    "/v1/claims/{claim}/export?format=bundle",
    "/v1/claims?query={word}",
    "/search?q={word}",
    "/",
    "/v1/claims/{claim}/copies",
    "/sources/speaker",
)


def hidden_word() -> tuple[str, str]:
    """A word that is nowhere else, and the same backwards, by which a test may keep it in mind."""
    word = "zq" + "".join(secrets.choice("abcdefghij") for _ in range(14))
    return word, word[::-1]


def held(backwards: str) -> list[Any]:
    """What in this process holds the word."""
    gc.collect()
    word = backwards[::-1]

    def holds(part: object) -> bool:
        if isinstance(part, bytes):
            return word.encode() in part.lower()
        return isinstance(part, str) and part is not word and word in part.lower()

    return [(type(one), part[:80]) for one in gc.get_objects() for part in gc.get_referents(one) if holds(part)]


def read_everything(room: Newsroom, claim: str, word: str) -> str:
    """All pages are asked for, most of them twice; returns what they said."""
    told = []
    for path in READS * 2:
        answer = room.http.get(path.format(claim=claim, word=word), headers={"Accept": "text/html, */*;q=0.5"})
        assert answer.status_code in (200, 422), (path, answer.text)
        told.append(answer.text)
    told.append(room.http.post("/v1/claims:seen", json={"text": f"they saw the {word} Speaker at the pier"}).text)
    return "\n".join(told)


def sealed_story(room: Newsroom, word: str) -> Record:
    """A claim whose text is sealed, told by a speaker in sealed words."""
    text, opening = seal(room.signer, "text", f"The {word} was seen at the pier")
    quote, quoted = seal(room.signer, "quote", f"we all saw the {word} at the pier that night, and it was large and loud")
    claim = factory.claim({"en": {"sealed": text.sealed}})
    story = factory.statement(claim, "speaker", quote={"exact": {"sealed": quote.sealed}})
    room.ledger.add([sign_record(factory.source("speaker"), room.signer)])
    room.ledger.add([sign_record(claim, room.signer, {text.sealed: opening})])
    room.ledger.add([sign_record(story, room.signer, {quote.sealed: quoted})])
    for one in (claim, story):
        room.ids[one.kind] = record_id(one)
    orders = [factory.erasure(one, room.signer, ledger=ORIGIN) for one in (claim, story)]
    room.ids["orders"] = orders  # type: ignore[assignment]  # kept beside the ids for the test that wants them
    return claim


def test_nothing_of_erased_words_stays_in_the_process(tmp_path: Path) -> None:
    with newsroom(tmp_path) as room:
        word, backwards = hidden_word()
        claim = record_id(sealed_story(room, word))
        assert word in read_everything(room, claim, word)
        word = ""
        assert held(backwards)
        for order in room.ids["orders"]:
            room.ledger.erase_openings(order)  # type: ignore[arg-type]
        assert held(backwards) == []
        assert backwards[::-1] not in read_everything(room, claim, "pier")


def test_nothing_of_withheld_words_stays_in_the_process(tmp_path: Path) -> None:
    with newsroom(tmp_path) as room:
        word, backwards = hidden_word()
        open_claim = factory.claim(f"The {word} was seen at the pier")
        room.ledger.add([sign_record(factory.source("speaker"), room.signer), sign_record(open_claim, room.signer)])
        room.ledger.add([sign_record(factory.statement(open_claim, "speaker"), room.signer)])
        claim = record_id(open_claim)
        assert word in read_everything(room, claim, word)
        word, open_claim = "", None  # type: ignore[assignment]
        assert held(backwards)
        room.ledger.add([sign_record(factory.withhold(claim, ledger=ORIGIN), room.signer)])
        assert held(backwards) == []


def test_what_another_process_erases_is_let_go_of_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.service.keeper._LOOKING", 0.05)
    # Of the other process's own memory nothing is to be seen here: its orders empty nothing in this one.
    with newsroom(tmp_path) as room:
        word, _ = hidden_word()
        claim = record_id(sealed_story(room, word))
        sleep(0.3)  # the first look of the keeper is over
        read_everything(room, claim, word)
        assert preview.picture.cache_info().currsize > 0
        other = open_ledger(room.place)
        try:
            monkeypatch.setattr(other._forgetting, "_empty", [])  # type: ignore[union-attr]
            other.erase_openings(room.ids["orders"][0])  # type: ignore[union-attr, arg-type]
        finally:
            other.close()
        end = monotonic() + 10
        while preview.picture.cache_info().currsize or remembering._heard or opened.cache_info().currsize > 50:
            assert monotonic() < end, "the words are still there"
            sleep(0.02)


def test_what_an_answer_that_was_begun_before_keeps_goes_after_a_while(tmp_path: Path) -> None:
    with newsroom(tmp_path) as room:
        now, emptied = [0.0], []
        mine = Forgetting(room.ledger._store, [lambda: emptied.append(now[0])], lambda: now[0])
        mine.look()
        mine.look()
        assert emptied == [0.0]
        now[0] = forgetting.LINGERS
        mine.look()
        mine.look()
        assert emptied == [0.0, forgetting.LINGERS]
        now[0] = 200
        mine.forget()
        mine.look()
        now[0] = 200 + forgetting.LINGERS
        mine.look()
        mine.look()
        assert emptied[2:] == [200, 200 + forgetting.LINGERS]
