"""Where a hedge is lost on the way to the reader, and where nothing may be said of it."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.core.chain import chain_view
from ledger.core.hedges import REACH
from ledger.core.hedgewords import TABLE, hedges_in
from schemas.corroboration import AsOf, LostHedge
from tests import factory
from tests.factory import Named

CLAIM = factory.claim()
SOURCES = ("agency", "outlet", "blog")
DOUBTFUL = {"exact": "북한이 군대를 보낸 것으로 알려졌다", "lang": "ko"}
FLAT = {"exact": "Nordkorea hat Truppen geschickt.", "lang": "de"}


def chain(*links: dict[str, Any], hop: dict[str, Any] | None = None) -> list[LostHedge]:
    """What is lost on a chain of statements, the origin first; each has it from the one before."""
    records: list[Any] = [factory.source(slug, names={"en": slug.title()}) for slug in SOURCES]
    records.append(CLAIM)
    before: Named | None = None
    for slug, members in zip(SOURCES, links, strict=False):
        usual = {"certainty": "unstated", "basis": "told" if before else "own_act"}
        one = factory.statement(CLAIM, slug, **(usual | members))
        records.append(one)
        if before is not None:
            records.append(factory.attribution(one, before, **(hop or {})))
        before = one
    state = AsOf(size=len(records), root="00" * 32, time="2025-06-01T00:00:00Z")
    view = chain_view(factory.id_of(CLAIM), factory.logged(*records), as_of=state, words={})
    return view.lost_hedges


def told(*links: dict[str, Any], hop: dict[str, Any] | None = None) -> list[str]:
    return [one.says for one in chain(*links, hop=hop)]


@pytest.mark.parametrize("between, lost", [(REACH - 1, 1), (REACH + 1, 0)])
def test_a_hedge_is_looked_for_so_far_and_no_farther(between: int, lost: int) -> None:
    records: list[Any] = [factory.source("agency"), CLAIM]
    before = factory.statement(CLAIM, "agency", certainty="possible", basis="own_act")
    records.append(before)
    for number in range(between + 1):
        certainty = "certain" if number == between else "unstated"
        more = {"act": "reports", "basis": "told", "certainty": certainty, "occasion": f"relay {number}"}
        one = factory.statement(CLAIM, "agency", **more)
        records += [one, factory.attribution(one, before)]
        before = one
    state = AsOf(size=len(records), root="00" * 32, time="2025-06-01T00:00:00Z")
    view = chain_view(factory.id_of(CLAIM), factory.logged(*records), as_of=state, words={})
    assert len([one for one in view.lost_hedges if one.by == "certainty"]) == lost


def test_a_word_of_doubt_at_the_agency_is_gone_at_the_outlet() -> None:
    quote = {"exact": "Nordkorea hat offenbar Truppen geschickt.", "lang": "de-DE"}
    (lost,) = chain({"quote": quote}, {"quote": FLAT})
    assert (lost.by, lost.hedge, lost.upstream_speaker, lost.speaker) == ("words", "offenbar", "agency", "outlet")
    assert lost.says == "hedge 'offenbar' at Agency is gone at Outlet"


@pytest.mark.parametrize(
    "lang,text,word",
    [
        ("en", "It reportedly sent troops.", "reportedly"),
        ("en", "It Allegedly sent troops.", "Allegedly"),
        ("de", "Die mutmaßlichen Soldaten sind da.", "mutmaßlichen"),
        ("fr", "Elle aurait envoyé des troupes.", "aurait"),
        ("ru", "КНДР якобы направила войска.", "якобы"),
        ("uk", "КНДР нібито направила війська.", "нібито"),
        ("ko", "북한이 군대를 보낸 것으로 추정된다", "것으로 추정"),
    ],
)
def test_a_hedge_is_known_in_each_language(lang: str, text: str, word: str) -> None:
    (lost,) = chain({"quote": {"exact": text, "lang": lang}}, {"quote": FLAT})
    assert lost.hedge == word


def test_the_script_tells_a_language_that_was_not_recorded() -> None:
    assert told({"quote": {"exact": DOUBTFUL["exact"]}}, {"quote": FLAT}) != []
    latin = {"exact": "Nordkorea hat offenbar Truppen geschickt."}
    assert told({"quote": latin}, {"quote": FLAT}) == []


def test_a_hedge_in_another_language_or_of_another_kind_keeps_it() -> None:
    for kept in ("Nordkorea soll Truppen geschickt haben.", "Angeblich kamen Truppen.", "Laut Yonhap kamen Truppen."):
        assert told({"quote": DOUBTFUL}, {"quote": {"exact": kept, "lang": "de"}}) == []


@pytest.mark.parametrize(
    "below",
    [
        {},
        {"quote": {"exact": "Pjongjang poslal vojaky.", "lang": "cs"}},
        {"quote": FLAT, "certainty": "possible"},
        {"quote": FLAT, "act": "alleges"},
        {"quote": FLAT, "basis": "imagery", "act": "finds"},
        {"quote": FLAT, "polarity": "-"},
    ],
    ids=["no quotation", "a language we do not know", "coded as doubtful", "coded as alleged", "knows itself", "denies it"],
)
def test_nothing_is_said_where_the_other_side_is_not_on_record_or_lost_nothing(below: dict[str, Any]) -> None:
    assert told({"quote": DOUBTFUL}, below) == []


def test_a_relay_without_a_quotation_does_not_hide_the_loss() -> None:
    (lost,) = chain({"quote": DOUBTFUL}, {}, {"quote": FLAT})
    assert (lost.upstream_speaker, lost.speaker) == ("agency", "blog")


def test_it_is_told_where_it_was_lost_and_not_again_further_down() -> None:
    (lost,) = chain({"quote": DOUBTFUL}, {"quote": FLAT}, {"quote": FLAT | {"prefix": "again"}})
    assert lost.speaker == "outlet"


def test_words_that_credit_somebody_are_not_lost_where_the_hop_credits_somebody() -> None:
    quote = {"exact": "According to Pyongyang, troops were sent.", "lang": "en"}
    assert told({"quote": quote}, {"quote": FLAT}) == ["hedge 'According to' at Agency is gone at Outlet"]
    assert told({"quote": quote}, {"quote": FLAT}, hop={"credited_as": "laut Agency"}) == []


@pytest.mark.parametrize(
    "above,below,by,says",
    [
        (
            {"certainty": "possible"},
            {"certainty": "certain"},
            "certainty",
            "'possible' at Agency is gone at Outlet, which has 'certain'",
        ),
        (
            {"certainty": "probable"},
            {"act": "asserts"},
            "certainty",
            "'probable' at Agency is gone at Outlet, which has 'asserts'",
        ),
        ({"act": "alleges"}, {"act": "asserts"}, "act", "'alleges' at Agency is gone at Outlet, which has 'asserts'"),
        ({"act": "estimates"}, {"certainty": "certain"}, "act", "'estimates' at Agency is gone at Outlet, which has 'reports'"),
        (
            {"certainty": "possible", "hedge_on": "event"},
            {"certainty": "possible", "hedge_on": "figure"},
            "hedge_on",
            "'event' at Agency is gone at Outlet, which has 'figure'",
        ),
        (
            {"quantity": {"best": 10, "hedge": "about", "unit": "soldiers"}},
            {"quantity": {"best": 10, "hedge": "exact", "unit": "soldiers"}},
            "quantity",
            "'about' at Agency is gone at Outlet, which has 'exact'",
        ),
    ],
)
def test_what_was_coded_tells_a_lost_hedge_too(above: dict[str, Any], below: dict[str, Any], by: str, says: str) -> None:
    (lost,) = chain(above, below)
    assert lost.by == by
    assert lost.says == f"hedge {says}"


@pytest.mark.parametrize(
    "above,below",
    [
        ({"certainty": "possible"}, {}),
        ({"act": "alleges"}, {}),
        ({"certainty": "certain"}, {"certainty": "certain"}),
        ({"certainty": "possible"}, {"certainty": "possible"}),
        ({"certainty": "possible"}, {"certainty": "certain", "basis": "imagery"}),
        (
            {"quantity": {"best": 10, "hedge": "about", "unit": "soldiers"}},
            {"quantity": {"best": 9, "hedge": "exact", "unit": "tanks"}},
        ),
    ],
)
def test_a_report_that_nobody_coded_as_certain_has_lost_nothing(above: dict[str, Any], below: dict[str, Any]) -> None:
    assert told(above, below) == []


def test_every_language_of_the_table_is_judged_and_no_other() -> None:
    assert set(TABLE) == {"en", "de", "fr", "ru", "uk", "ko"}
    assert hedges_in("", "de") is not None
    assert hedges_in("offenbar", "nl") is None
