"""Whatever is typed in whatever script finds what is meant by it, on every back end, the best first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from ledger.keys import seal
from ledger.operations import ClaimQuery
from ledger.service.ledger import Ledger
from tests import factory
from tests.factory import Ready

TEXTS = {
    "troops": {"en": "North Korea sent troops to fight for Russia", "ko": "북한이 러시아에 병력을 파병했다"},
    "denied": {"ru": "Северная Корея отправила войска в Россию, её заявление опровергнуто"},
    "street": {"de": "Die Straße nach Kursk ist gesperrt, sagt Präsident Selenskyj"},
    "arabic": {"ar": "أرسلت كوريا الشمالية الجيش إلى روسيا"},
    "han": {"zh": "朝鲜向俄罗斯派兵一万人"},
    "count": {"en": "More than 10,000 soldiers were deployed"},
    "korea": {"en": "Korea"},
    "lviv": {"fr": "Plus de 12\u00a0500 hommes tués près de Lviv"},
    "trees": {"nl": "Op kavel 7 500 bomen geveld"},
    "soft": {"da": "Stats\u00administeren går af"},
    "thai": {"th": "นายกรัฐมนตรีประกาศลาออกจากตำแหน่งเมื่อวานนี้"},
    "khmer": {"km": "នាយករដ្ឋមន្ត្រីលាលែងពីតំណែង"},
    "burmese": {"my": "ဝန်ကြီးချုပ်နုတ်ထွက်ကြောင်းကြေညာ"},
}


@pytest.fixture
def made(database: str) -> Iterator[Ready]:
    ready = factory.ready(database)
    ready.add(
        factory.source(
            "dprk", type="government_body", names={"en": "North Korea", "ko": "북한", "ru": "Северная Корея"}, qid="Q423"
        ),
        factory.source("yonhap", names={"en": "Yonhap News Agency", "ko": "연합뉴스"}, domains=["yna.co.kr"]),
        *(factory.claim(text=text) for text in TEXTS.values()),
        factory.claim(text={"fr": "Un incident sans nom"}, about=["Q423"]),
    )
    yield ready
    ready.ledger.close()


def found(ledger: Ledger, query: str, **more: str) -> list[str]:
    """Which of the claims, in the order of the answer."""
    names = {next(iter(text.values())): name for name, text in TEXTS.items()} | {"Un incident sans nom": "about"}
    return [names[next(iter(one.text.values()))] for one in ledger.claims(ClaimQuery(query=query, **more)).claims]  # type: ignore[arg-type]


def test_a_korean_word_of_two_syllables_finds_its_claim(made: Ready) -> None:
    assert found(made.ledger, "파병") == ["troops"]
    assert found(made.ledger, "병력") == ["troops"]


@pytest.mark.parametrize(
    "query, names",
    [
        ("войска", ["denied"]),
        ("ее заявление", ["denied"]),
        ("STRASSE", ["street"]),
        ("prasident", ["street"]),
        ("selenskij", ["street"]),
        ("الجيش", ["arabic"]),
        ("派兵", ["han"]),
        ("10000", ["count"]),
        ("10.000 soldiers", ["count"]),
        ('"sent troops"', ["troops"]),
        ('"troops sent"', []),
        ("troops sent", ["troops"]),
        ("depl", ["count"]),
        ("deploied soldeirs", ["count"]),
        ("korea", ["korea", "troops"]),
        ("vatican", []),
        ("12 500 hommes", ["lviv"]),
        ("12500", ["lviv"]),
        ("12,500 hommes", ["lviv"]),
        ("Plus de 12 500 hommes tués près de Lviv", ["lviv"]),
        ("500 bomen", ["trees"]),
        ("statsministeren", ["soft"]),
        ("Stats\u00administeren går", ["soft"]),
        ("ลาออก", ["thai"]),
        ("លាលែង", ["khmer"]),
        ("နုတ်ထွက်", ["burmese"]),
    ],
)
def test_words_of_every_script_find_their_texts(made: Ready, query: str, names: list[str]) -> None:
    assert found(made.ledger, query) == names


def test_a_name_in_one_script_finds_texts_in_the_others(made: Ready) -> None:
    """Those that name the source otherwise, and those that are about its item in Wikidata."""
    assert sorted(found(made.ledger, "North Korea")) == ["about", "denied", "troops"]
    assert sorted(found(made.ledger, "북한")) == ["about", "denied", "troops"]
    assert found(made.ledger, '"North Korea"') == ["troops"]


def test_every_answer_says_how_well_it_fits(made: Ready) -> None:
    fits = {
        query: [one.fit for one in made.ledger.claims(ClaimQuery(query=query)).claims]
        for query in ("korea", "deploied", "depl")
    }
    assert fits == {"korea": ["same", "phrase"], "deploied": ["spelling"], "depl": ["beginnings"]}
    assert [one.fit for one in made.ledger.claims(ClaimQuery(limit=1)).claims] == [None]


def test_a_translation_added_later_counts_as_well_as_it_fits(made: Ready) -> None:
    claim = factory.claim(text=TEXTS["han"])
    made.add(factory.record("claim_text", claim=claim, lang="en", text="Korea sent troops"))
    answers = made.ledger.claims(ClaimQuery(query="korea sent troops")).claims
    assert [(one.fit, one.text.get("zh")) for one in answers] == [("same", TEXTS["han"]["zh"]), ("phrase", None)]


def test_claims_are_found_by_what_is_around_them(made: Ready) -> None:
    made.add(factory.source("kremlin", type="government_body", names={"en": "The Kremlin"}, country="RU"))
    link = "https://news.example/a?id=1&utm_source=x"
    document = factory.record("document", url=link, publisher="kremlin", published_at="2025-04-28")
    claim = factory.claim(text={"en": "A bridge fell"}, event_time="2024-06", about=["dprk"])
    quote = {"exact": "groundless rumours", "lang": "en"}
    made.add(document, claim, factory.statement(claim, speaker="kremlin", document=document, quote=quote, said_at=None))

    def answers(**asked: str) -> list[str]:
        query = ClaimQuery(**asked)  # type: ignore[arg-type]
        facets = made.ledger.facets(query)
        found = [text for one in made.ledger.claims(query).claims for text in one.text.values()]
        assert facets.claims == len(found) == sum(facets.headlines.values())
        return found

    for asked in (
        {"url": "http://www.news.example/a/?id=1"},
        {"quote": "rumour"},
        {"country": "RU"},
        {"about": "dprk", "query": "bridge"},
        {"event_since": "2024", "event_until": "2024-06"},
        {"query": "brigde", "quote": "groundless"},
    ):
        assert answers(**asked) == ["A bridge fell"], asked
    assert sorted(answers(about="Q423")) == ["A bridge fell", "Un incident sans nom"]
    for asked in (
        {"url": "https://news.example/b"},
        {"url": "no link"},
        {"quote": "!"},
        {"country": "FR"},
        {"event_until": "2024-05"},
    ):
        assert answers(**asked) == [], asked
    made.add(factory.record("withhold", target=document, basis="order", authority="court", ledger=made.origin))
    assert answers(url=link) == []


@pytest.mark.parametrize("query", ["korea", "soldiers", "zzz"])
def test_pages_hold_each_answer_once_while_new_claims_come(made: Ready, query: str) -> None:
    wanted = ClaimQuery(query=query, limit=1)
    once = found(made.ledger, query)
    seen = []
    for number in range(20):
        page = made.ledger.claims(wanted)
        seen += [one.id for one in page.claims]
        made.add(factory.claim(text={"en": f"{query} {number}"}), factory.claim(text={"en": query, "de": str(number)}))
        if page.next is None:
            break
        wanted = replace(wanted, cursor=page.next)
    assert len(seen) == len(set(seen)) == len(once)


@pytest.mark.parametrize("query", ["!?", '" "', "—", "***"])
def test_signs_alone_find_nothing_and_say_why(made: Ready, query: str) -> None:
    page = made.ledger.claims(ClaimQuery(query=query))
    assert (page.claims, page.next) == ([], None)
    assert page.hint
    assert made.ledger.sources(query).hint == page.hint


@pytest.mark.parametrize(
    "query, slug, fit",
    [
        ("연합뉴스", "yonhap", "same"),
        ("yna.co.kr", "yonhap", "same"),
        ("Yonhap", "yonhap", "same"),
        ("news agency", "yonhap", "phrase"),
        ("Yonhapp", "yonhap", "spelling"),
        ("Северная Корея", "dprk", "same"),
        ("the Yonhap News Agency of Seoul", "yonhap", "some"),
    ],
)
def test_a_source_is_found_by_any_of_its_names(made: Ready, query: str, slug: str, fit: str) -> None:
    one = made.ledger.sources(query).sources[0]
    assert (one.id, one.fit) == (slug, fit)
    assert one.score is not None
    assert (one.score == 1.0) is (fit == "same")
    assert one.score > 0.5


def test_what_is_erased_is_found_neither_by_its_words_nor_by_words_near_them(made: Ready) -> None:
    sealed, opening = seal(made.admin, "text", "Zanzibarian submarines surfaced")
    claim = factory.claim(text={"en": sealed})
    made.add(claim, openings={sealed.sealed: opening})
    asked = ["submarines", "submarinse", "zanzib", "Zanzibarian submarines surfaced"]
    assert [len(made.ledger.claims(ClaimQuery(query=query)).claims) for query in asked] == [1, 1, 1, 1]
    with made.store.reading() as snapshot:
        assert snapshot.term_counts(["submarines", "surfaced", "unheard"]) == {"submarines": 1, "surfaced": 1}
    made.add(factory.record("withhold", target=claim, basis="order", authority="court", ledger=made.origin))
    assert [made.ledger.claims(ClaimQuery(query=query)).claims for query in asked] == [[], [], [], []]
    with made.store.reading() as snapshot:
        assert snapshot.words_beginning("zanzib", 9) == []
        assert not any(word in ("submarines", "zanzibarian", "surfaced") for _, word in snapshot.all_spellings())
        assert snapshot.term_counts(["submarines", "zanzibarian", "surfaced"]) == {}
    assert made.ledger.fsck().faults == []


def test_what_is_withheld_is_not_found(made: Ready) -> None:
    claim = factory.claim(text={"en": "A secret submarine"})
    made.add(claim)
    made.add(factory.record("withhold", target=claim, basis="order", authority="court", ledger=made.origin))
    assert made.ledger.claims(ClaimQuery(query="submarine")).claims == []
    assert made.ledger.claims(ClaimQuery(query="submarin")).claims == []


def test_what_is_derived_is_what_grew(made: Ready) -> None:
    grown = made.store.derived()
    made.ledger.reindex()
    assert {name: one for name, one in made.store.derived().items() if "standing" not in name} == {
        name: one for name, one in grown.items() if "standing" not in name
    }
    assert made.ledger.fsck().faults == []
