"""How well a name and properties fit, and when one source is clearly meant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.reconciling import Entity, chosen, fit, host_of
from schemas.reconciliation import Candidate, PropertyGiven


def entity(slug: str, *names: str, **values: str) -> Entity:
    held = {name: (value,) for name, value in values.items()}
    return Entity(slug, "Source", names[0], "", (*names, slug), held)


YONHAP = entity("yonhap", "Yonhap News Agency", "연합뉴스", country="KR", domain="yna.co.kr", qid="Q16168", type="news_agency")
KREMLIN = entity("kremlin", "The Kremlin", "Кремль", country="RU", type="government_body")
UKRAINE = entity("ukraine", "Ukraine", "Україна", country="UA")
HUR = entity("hur", "Defence Intelligence of Ukraine", country="UA")
PRAVDA_RU = entity("pravda-ru", "Pravda", "Правда", country="RU", qid="Q1")
PRAVDA_SK = entity("pravda-sk", "Pravda", country="SK")
ALL = (YONHAP, KREMLIN, UKRAINE, HUR, PRAVDA_RU, PRAVDA_SK)


def asked(query: str | None, **properties: Any) -> list[Candidate]:
    held = [PropertyGiven.model_validate({"pid": pid, "v": value}) for pid, value in properties.items()]
    return chosen([fit(query, held, one) for one in ALL], 10)


def matched(query: str | None, **properties: Any) -> str | None:
    found = asked(query, **properties)
    assert not any(one.match for one in found[1:])
    return found[0].id if found and found[0].match else None


@pytest.mark.parametrize(
    "name,slug",
    [
        ("Yonhap News Agency", "yonhap"),
        ("yonhap  NEWS agency ", "yonhap"),
        ("연합뉴스", "yonhap"),
        ("Кремль", "kremlin"),
        ("КРЕМЛЬ", "kremlin"),
        ("Ukraine", "ukraine"),
        ("yonhap", "yonhap"),
        ("www.yna.co.kr", "yonhap"),
        ("https://en.yna.co.kr/view/1", None),  # a part of the site may be somebody else's
        ("https://www.yna.co.kr/view/1", "yonhap"),
        ("Pravda", None),  # two are called so
        ("Правда", "pravda-ru"),
        ("Yonhap News Agncy", None),  # nearly is not clearly
        ("Kremlin Wall Necropolis", None),
        ("", None),
        ("!?", None),
    ],
)
def test_only_the_very_name_is_a_match(name: str, slug: str | None) -> None:
    assert matched(name) == slug


@pytest.mark.parametrize(
    "better,worse",
    [
        ("Yonhap News Agency", "Yonhap News Agncy"),
        ("Yonhap News Agncy", "Yonhap Agency"),
        ("News Agency Yonhap", "Yonhap Agency"),
        ("Yonhap News", "News"),
        ("News", "Reuters"),
    ],
)
def test_a_nearer_name_scores_better(better: str, worse: str) -> None:
    assert fit(better, (), YONHAP).score > fit(worse, (), YONHAP).score


def test_a_name_that_the_cell_holds_whole_comes_before_one_that_is_alike() -> None:
    tass = entity("tass", "TASS")
    found = chosen([fit("Tass news agency", (), one) for one in (YONHAP, tass)], 10)
    assert [one.id for one in found] == ["tass", "yonhap"]


def test_a_property_tells_namesakes_apart() -> None:
    assert matched("Pravda", country="SK") == "pravda-sk"
    assert matched("Pravda", country=["CZ", "SK"]) == "pravda-sk"
    assert matched("Pravda", country={"id": "sk"}) == "pravda-sk"


def test_a_property_that_contradicts_forbids_the_match() -> None:
    assert matched("Yonhap News Agency", country="DE") is None
    assert asked("Yonhap News Agency", country="DE")[0].score < asked("Yonhap News Agency")[0].score


def test_a_wikidata_item_is_the_one_whatever_the_name() -> None:
    assert matched("Some spelling of it", qid="http://www.wikidata.org/entity/Q16168") == "yonhap"
    assert matched(None, qid="Q16168") == "yonhap"
    assert matched(None, domain="https://www.yna.co.kr/") == "yonhap"
    assert matched("Yonhap News Agency", qid="Q2") is None


def test_an_account_is_not_known_by_the_domain_that_it_shares() -> None:
    account = entity("somebody", "Somebody", domain="x.com", type="platform_account")
    found = chosen([fit("https://x.com/somebody-else", [PropertyGiven(pid="domain", v="x.com")], account)], 10)
    assert not any(one.match for one in found)


def test_a_country_alone_is_no_match() -> None:
    assert matched(None, country="KR") is None
    assert [one.id for one in asked(None, country="KR")] == ["yonhap"]


@pytest.mark.parametrize("properties", [{"country": "Korea"}, {"type": "newspaper"}, {"nonsense": 1}, {"qid": "no item"}])
def test_what_cannot_be_compared_changes_nothing(properties: dict[str, Any]) -> None:
    assert asked("Yonhap News Agency", **properties)[0].score == 100


def test_what_made_the_score_is_shown() -> None:
    features = {one.id: one.value for one in asked("Pravda", country="SK", type="outlet")[0].features}
    assert features == {"name": 100.0, "property_country": True}


def test_dates_of_an_event_fit_where_they_overlap() -> None:
    claim = Entity("sha256:" + "0" * 64, "Claim", "Troops were sent", "", ("Troops were sent",), {"event_date": ("2024-10~",)})
    for date, fits in (("2024-10-30", True), ("2024", True), ("2025", False)):
        features = fit("Troops were sent", [PropertyGiven(pid="event_date", v=date)], claim).features
        assert features[-1].value is fits


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=20))
def test_a_score_is_within_0_and_100_and_the_order_is_one(query: str, name: str, value: str) -> None:
    other = entity("other", name or "x", country="KR", domain="x.example", qid="Q7")
    properties = [PropertyGiven(pid=pid, v=value) for pid in ("country", "domain", "qid", "type", "lang", "event_date")]
    for one in (fit(query, properties, other), fit(query, (), other), fit(None, properties, other)):
        assert 0 <= one.score <= 100
    forth, back = ([one.id for one in chosen([fit(query, (), one) for one in each], 9)] for each in (ALL, ALL[::-1]))
    assert forth == back


@pytest.mark.parametrize(
    "text,host",
    [("yna.co.kr", "yna.co.kr"), ("HTTP://WWW.Yna.co.kr:80/a?b", "yna.co.kr"), ("St. Petersburg", None), ("a b.c", None)],
)
def test_a_link_is_known_by_its_host(text: str, host: str | None) -> None:
    assert host_of(text) == host
