"""Have we seen this? What is pasted leads to the claims that may say it, in whatever language, and every answer says why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pytest

from ledger.core import clues
from ledger.core.seen import Pasted
from ledger.errors import FormatError
from ledger.service.reading import Reading
from ledger.service.seeing import seen_before
from tests import factory
from tests.factory import Ready

KOREA = {"en": "North Korea", "ko": "북한", "ru": "Северная Корея"}
ARTICLE = "https://news.example/2025/troops"


@pytest.fixture
def made(database: str) -> Iterator[Ready]:
    ready = factory.ready(database)
    ready.add(factory.source("dprk", type="government_body", names=KOREA, qid="Q423"), factory.source("outlet"))
    english = factory.claim(text={"en": "North Korea sent 12000 troops to fight for Russia"}, about=["Q423"])
    russian = factory.claim(text={"ru": "Северная Корея отправила 12000 солдат"}, event_time="2024-10")
    document = factory.record("document", url=ARTICLE, publisher="outlet", published_at="2025-04-28")
    linked = factory.claim(text={"en": "A treaty was signed in summer"})
    ready.add(english, russian, linked, document, factory.statement(linked, speaker="outlet", document=document, said_at=None))
    ready.add(*(factory.claim(text={"en": f"An unrelated matter of fishery {number}"}) for number in range(30)))
    yield ready
    ready.ledger.close()


def answers(made: Ready, text: str) -> list[tuple[str, list[str]]]:
    found = made.ledger.seen(text).claims
    assert all(one.reasons and 0 < one.score <= 1 for one in found)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    return [(next(iter(one.claim.text.values())), one.reasons) for one in found]


def test_the_same_words_are_the_same_claim(made: Ready) -> None:
    text, reasons = answers(made, "NORTH KOREA sent 12,000 troops to fight for Russia!")[0]
    assert text.startswith("North Korea sent")
    assert reasons == ["says just this"]


def test_a_sentence_in_other_words_finds_it_with_every_reason(made: Ready) -> None:
    text, reasons = answers(made, "Is it true that 12.000 troops came to Russia from North Korea?")[0]
    assert text.startswith("North Korea sent")
    assert "names North Korea" in reasons
    assert "the same figure: 12000" in reasons
    assert any(reason.startswith("the same words: ") and "troops" in reason for reason in reasons)


def test_a_sentence_in_another_script_finds_claims_in_the_others(made: Ready) -> None:
    found = dict(answers(made, "북한이 2024-10 병력 12000명을 보냈다"))
    assert {text[:14] for text in found} == {"North Korea se", "Северная Корея"}
    english, russian = (next(reasons for text, reasons in found.items() if text.startswith(start)) for start in ("N", "С"))
    assert {"names 북한", "the same figure: 12000"} <= set(english) & set(russian)
    assert "about the same: Q423" in english
    assert "the same date: 2024-10" in russian


def test_a_link_finds_what_was_said_there_however_it_is_spelt(made: Ready) -> None:
    for link in (ARTICLE, "http://www.news.example/2025/troops/?utm_source=x#top", f"see {ARTICLE}."):
        text, reasons = answers(made, link)[0]
        assert text == "A treaty was signed in summer"
        assert "a document with the same link carries it" in reasons


def test_what_is_withheld_is_not_seen_and_leads_nowhere(made: Ready) -> None:
    document = factory.record("document", url=ARTICLE, publisher="outlet", published_at="2025-04-28")
    made.add(factory.record("withhold", target=document, basis="order", authority="court", ledger=made.origin))
    assert answers(made, ARTICLE) == []
    claim = factory.claim(text={"en": "North Korea sent 12000 troops to fight for Russia"}, about=["Q423"])
    made.add(factory.record("withhold", target=claim, basis="order", authority="court", ledger=made.origin))
    assert not any(text.startswith("North") for text, _ in answers(made, "North Korea sent 12000 troops to fight for Russia"))


@pytest.mark.parametrize("text", ["", "!?", " — "])
def test_signs_alone_have_not_been_seen(made: Ready, text: str) -> None:
    found = made.ledger.seen(text)
    assert (found.claims, bool(found.hint)) == ([], True)


def test_what_is_common_finds_an_old_claim_where_it_comes_together(made: Ready, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of these words stands in more claims than are read for one word, and all but one of those have come later."""
    monkeypatch.setattr(clues, "ALONE", 10)
    old = factory.claim(text={"en": "Minister promised bridges"})
    made.add(old)
    for pair in ("minister spoke", "promised rain", "bridges closed"):
        made.add(*(factory.claim(text={"en": f"{pair} {number}"}) for number in range(30)))
    found = made.ledger.seen("A minister who promised new bridges").claims
    assert [found[0].claim.id, found[0].reasons] == [factory.id_of(old), ["the same words: minister, promised, bridges"]]


def test_a_long_text_is_taken_and_a_longer_one_refused(made: Ready) -> None:
    assert answers(made, ("North Korea sent 12000 troops to fight for Russia. " * 200)[:10_000])
    assert made.ledger.seen("가" * 10_000).claims == []
    with pytest.raises(FormatError):
        made.ledger.seen("a" * 10_001)


def test_another_way_of_proposing_claims_joins_and_is_judged_like_the_others(made: Ready) -> None:
    class Everything:
        def propose(self, reading: Reading, text: Pasted, rarity: Mapping[str, float]) -> dict[int, float]:
            indexes: Sequence[int] = reading.snapshot.of_kinds(["claim"])
            return dict.fromkeys(indexes, 5.0)

    with made.store.reading() as snapshot:
        found = seen_before(snapshot, "the treaty of summer", more=[Everything()])
    assert [one.claim.text["en"] for one in found.claims][:1] == ["A treaty was signed in summer"]
    assert not any("fishery" in str(one.claim.text) for one in found.claims)
