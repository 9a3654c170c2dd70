"""The pages beside a claim's: home, search, a source, a document, a record, the log, the method."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

import httpx
import pytest

from api.pages.growing import growth
from api.pages.kin import kin
from api.pages.language import tongue
from ledger.core.protecting import protected_id
from ledger.core.rulebook import policy_view
from ledger.operations import NOW, ClaimQuery
from ledger.service.log import growth as states
from ledger.store import open_store
from tests.api.newsroom import claim_record, id_of, newsroom, said
from tests.api.pages.reading import Page, get
from tests.conftest import REPOSITORY
from tests.gallery import TROOPS, Gallery


@pytest.fixture(scope="module")
def http(shown: Gallery) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=shown.url, timeout=60) as http:
        yield http


def links(page: Page) -> list[str]:
    return [one["href"] or "" for one in page.named("a")]


# Home and search


def test_home_tells_of_claims_of_which_an_origin_changed_its_position(http: httpx.Client, shown: Gallery) -> None:
    response, page = get(http, "/")
    turned = response.text.split('id="reversed"')[1].split("</section>")[0]
    assert TROOPS in turned
    assert "changed position" in turned
    assert "before: Not enough to say" in turned  # the statement that was taken back was all that there was
    assert f"{shown.ledger.checkpoint().size} signed entries" in page.text


@pytest.mark.parametrize("words", ["trops zebra", "nroth zebra", "soldeirs umbrella", "북한이 zebra"])
def test_a_slip_and_a_word_too_many_still_lead_somewhere(http: httpx.Client, words: str) -> None:
    _, page = get(http, f"/search?query={words}")
    assert "Nothing on record fits" not in page.text
    assert "No claim has them all" in page.text or "Claims that may say the same" in page.text
    assert any(one.startswith("/claims/") for one in links(page))


def test_words_that_nothing_has_are_met_with_advice(http: httpx.Client) -> None:
    _, page = get(http, "/search?query=zzzzzzz")
    assert not any(one.startswith("/claims/") for one in links(page))
    assert "Nothing on record fits" in page.text
    assert "paste the whole sentence or the link" in page.text


def test_the_link_of_a_document_on_record_finds_its_claims(http: httpx.Client, shown: Gallery) -> None:
    document = shown.pages["document"].rpartition("/")[2]
    url = shown.ledger.document(document).record["url"]
    _, page = get(http, f"/search?query={url}%3Futm_source=x")
    claims = {f"/claims/{one.claim}" for one in shown.ledger.document(document).statements}
    assert claims <= set(links(page))
    assert "Claims that may say the same" in page.text
    assert "Nothing on record fits" not in page.text


@pytest.mark.parametrize(
    "words, heading",
    [("Yonhap", "Sources of that name"), ("연합뉴스", "Sources of that name"), ("Yonhpa", "Sources with a name like that")],
)
def test_a_source_is_found_by_its_name_and_by_one_nearly_so(http: httpx.Client, words: str, heading: str) -> None:
    _, page = get(http, f"/search?query={words}")
    assert heading in page.text
    assert "/sources/yonhap" in links(page)
    assert "Nothing on record fits" not in page.text


def test_all_sources_are_listed_page_after_page(http: httpx.Client, shown: Gallery) -> None:
    address, found = "/sources?limit=2&lang=de", []
    while address:
        _, page = get(http, address)
        found += [one.partition("?")[0] for one in links(page) if one.startswith("/sources/")]
        address = next((one["href"] or "" for one in page.named("a") if one.get("rel") == "next"), "")
    assert sorted(found) == sorted(f"/sources/{one.id}" for one in shown.ledger.sources(limit=200).sources)
    assert "/sources" in links(get(http, "/search")[1])


def test_what_narrows_a_search_is_shown_and_can_be_taken_away(http: httpx.Client) -> None:
    _, page = get(http, "/search?query=troops&source=dprk&since=2025")
    assert "/search?query=troops&since=2025" in links(page)
    assert "/search?query=troops&source=dprk" in links(page)
    fields = {one["name"]: one.get("value") for one in page.named("input")}
    assert (fields["source"], fields["since"], fields["query"]) == ("dprk", "2025", "troops")
    _, page = get(http, "/search?query=troops&source=&since=&stance=")
    assert not page.text.count("✕")


# A source


def test_a_source_has_its_names_in_their_scripts_marked_with_their_language(http: httpx.Client) -> None:
    response, _ = get(http, "/sources/dprk")
    for lang, name in (("ko", "조선민주주의인민공화국"), ("ru", "КНДР"), ("de", "Nordkorea")):
        assert f'<bdi lang="{lang}">{name}</bdi>' in response.text


def test_every_relation_is_drawn_and_told(http: httpx.Client, shown: Gallery) -> None:
    response, page = get(http, "/sources/russia")
    source = shown.ledger.source("russia")
    drawn = kin(source, tongue("en"))
    assert drawn is not None
    assert len(drawn.rows) == len(source.relations) > 3
    assert "TASS is owned by Russia, 100 %" in page.text
    assert "Russia is allied with North Korea, on ukraine-war, since 2024-06" in page.text
    assert "Russia is a party to ukraine-war, since 2022-02" in page.text
    assert response.text.count('class="k-name"') == len(drawn.rows)
    (tass,) = [row for row in drawn.rows if row.name == "TASS"]
    assert tass.label == "is owned by it · 100 %"
    assert tass.head is None  # the arrow stands at the owner
    assert drawn.head is not None


def test_the_arrow_of_a_relation_points_at_its_object(shown: Gallery) -> None:
    drawn = kin(shown.ledger.source("kcna"), tongue("en"))
    assert drawn is not None
    (state,) = drawn.rows
    assert (state.name, state.label) == ("North Korea", "it speaks for")
    assert state.head is not None
    assert (drawn.head, state.y < drawn.y) == (None, True)


def test_a_source_is_told_as_origin_and_as_relay(http: httpx.Client, shown: Gallery) -> None:
    source = shown.ledger.source("yonhap")
    response, page = get(http, "/sources/yonhap")
    assert source.relay_of
    assert set(source.relay_of) | set(source.origin_of) == set(source.claims)
    told = response.text.split('id="relay"')[1]
    assert all(f"/claims/{one}" in told for one in source.relay_of[:20])
    assert all(f"/records/{one}" in links(page) for one in source.track_record.named["as_relay"])
    assert "by editor" in page.text


def test_a_protected_source_is_called_so_and_not_by_its_id(tmp_path_factory: pytest.TempPathFactory) -> None:
    with newsroom(tmp_path_factory.mktemp("protected")) as room:
        slug = protected_id(bytes(range(8)))
        hidden = {"und": {"sealed": "sha256:" + "ab" * 32}}
        source = {"kind": "source", "id": slug, "type": "unnamed", "unnamed_kind": "person", "names": hidden}
        claim = claim_record("The files were burnt")
        statement = said(id_of(claim), slug, said_at="2025-04-28", anonymity="anonymous", act="claims", basis="witnessed")
        rating = {"kind": "assessment", "target": slug, "scheme": "admiralty-reliability", "value": "B"}
        room.post(source, claim, statement, rating).raise_for_status()
        for path in (f"/claims/{id_of(claim)}", f"/sources/{slug}"):
            for lang, words in (("en", "a protected source (0607)"), ("de", "eine geschützte Quelle (0607)")):
                _, page = get(room.http, f"{path}?lang={lang}")
                assert words in page.text
                assert slug not in page.text.replace(f"· {slug} ·", "")
        for path in (f"/search?query={slug}", "/sources", f"/sources?query={slug}"):
            assert f"/sources/{slug}" not in get(room.http, path)[0].text


# Documents, records, the log, the method


def test_a_document_names_who_made_it_and_says_where_a_hash_is_missing(http: httpx.Client, shown: Gallery) -> None:
    found = [one.document for one in shown.ledger.claim(shown.pages["claim"][8:], NOW).statements if one.document]
    told = {}
    for name in dict.fromkeys(found):
        _, page = get(http, f"/documents/{name}")
        work = shown.ledger.document(name).record
        told["sha256" in work] = "No hash of its bytes is on record" in page.text
        assert ("no archived copy on record" in page.text) is not bool(work.get("archive_urls"))
        assert f"/sources/{work['publisher']}" in links(page)
        spoken = shown.ledger.claims_named([one.claim for one in shown.ledger.document(name).statements])
        assert all(one.text["en"] in page.text for one in spoken)
    assert told == {True: False, False: True}


def test_a_document_in_which_much_is_said_is_read_page_by_page(tmp_path_factory: pytest.TempPathFactory) -> None:
    with newsroom(tmp_path_factory.mktemp("much")) as room:
        work = {"kind": "document", "url": "https://paper.example/all", "publisher": "paper", "published_at": "2025-04-28"}
        matters = [f"matter number {number}" for number in range(5)]
        claims = [claim_record(matter) for matter in matters]
        statements = [said(id_of(claim), "paper", document=id_of(work), act="reports") for claim in claims]
        paper = {"kind": "source", "id": "paper", "type": "outlet", "names": {"en": "The Paper"}}
        room.post(paper, work, *claims, *statements).raise_for_status()
        path, pages = f"/documents/{id_of(work)}?limit=2&lang=en", []
        while path:
            _, page = get(room.http, path)
            pages.append(page.text.partition("What rests on it")[0])
            path = next((one["href"] for one in page.named("a") if one.get("rel") == "next"), "").partition("#")[0]
        assert [[matter for matter in matters if matter in page] for page in pages] == [matters[3:], matters[1:3], matters[:1]]
        assert "These are the newest 2 of 5." in pages[0]
        assert "Older ones: 2 here, 1 after these." in pages[1]
        assert "Older ones: 1 here, 0 after these." in pages[2]
        answer = room.http.get(f"/v1/documents/{id_of(work)}?limit=2")
        assert answer.links["next"]["url"].endswith(f"?limit=2&cursor={answer.json()['next']}")
        assert answer.json()["more"] == 3
        _, whole = get(room.http, f"/documents/{id_of(work)}?lang=en")
        assert "These are the newest" not in whole.text
        assert "Older" not in whole.text


def test_the_canonical_json_of_a_record_hashes_to_its_id(http: httpx.Client, shown: Gallery) -> None:
    name = shown.pages["record"].rpartition("/")[2]
    response, page = get(http, f"/records/{name}")
    canonical = re.findall(r'id="canonical".*?<pre[^>]*>(.*?)</pre>', response.text, re.DOTALL)[0]
    text = "".join(canonical).replace("&#34;", '"').replace("&amp;", "&").replace("&#39;", "'")
    assert "sha256:" + hashlib.sha256(text.encode()).hexdigest() == name
    assert f"/v1/records/{name} | jq -r .envelope.payload | base64 -d | sha256sum" in page.text


def test_the_log_tells_how_it_grew_and_that_nobody_witnesses_it(http: httpx.Client, shown: Gallery) -> None:
    response, page = get(http, "/log")
    assert "none: nobody else has cosigned this log" in page.text
    sizes = [int(one) for one in re.findall(r"</time></th><td>(\d+)</td>", response.text)]
    assert sizes == sorted(sizes)
    assert (sizes[0], sizes[-1]) == (0, shown.ledger.checkpoint().size)


def test_of_a_long_log_no_more_than_so_many_states_are_read(shown: Gallery) -> None:
    store = open_store(shown.place)
    try:
        with store.reading() as snapshot:
            assert len(states(snapshot, 3)) <= 3
            assert states(snapshot, 40)[-1] == (snapshot.checkpoint.time, snapshot.checkpoint.size)
    finally:
        store.close()


def test_a_growth_is_drawn_as_steps() -> None:
    drawn = growth([(0, 0), (50, 10), (100, 40)])
    assert drawn is not None
    assert drawn.line.startswith("M0 118L285.7 118L285.7 89")
    assert (drawn.first[1], drawn.last[1]) == (0, 40)
    assert growth([(0, 0)]) is growth([(0, 0), (9, 0)]) is None


def test_the_commands_that_audit_the_log_are_those_that_the_tests_run(http: httpx.Client) -> None:
    _, page = get(http, "/log")
    tests = REPOSITORY / "tests" / "interop"
    usage = (tests / "go" / "main.go").read_text("utf-8")
    go = re.findall(r"\./logclient (\w+) ", page.text)
    assert go == ["audit", "grown", "proof"]
    assert all(f"logclient {name} " in usage for name in go)
    ran = (tests / "test_aics.py").read_text("utf-8")
    others = re.findall(r"aics_tlog ([\w-]+) ((?:--[\w-]+ \S+ ?)+)", page.text)
    assert len(others) == 3
    for name, options in others:
        assert f'"{name}"' in ran
        assert all(f'"{one}"' in ran for one in re.findall(r"--[\w-]+", options))


def test_every_rule_and_every_parameter_of_the_policy_is_on_the_page(http: httpx.Client) -> None:
    response, page = get(http, "/method")
    policy = policy_view("olo-1")
    for rule in policy.rules:
        assert rule.text.replace("`", "") in page.text
        assert f'id="{rule.name}"' in response.text
    every = response.text.split('id="parameters"')[1]
    for name, value in policy.parameters.items():
        if name != "version":
            assert f"<code>{name}</code>" in every
        if isinstance(value, dict):
            assert all(f"{inner.replace('_', ' ')} <b>" in every for inner in value)
    assert "<b>0.85</b>" in every
    assert "1.099" in every


def test_claims_are_named_in_the_order_asked_for(shown: Gallery) -> None:
    claims = [one.id for one in shown.ledger.claims(ClaimQuery()).claims]
    wanted = [claims[3], claims[0], claims[2]]
    withheld = shown.pages["error-451"].rpartition("/")[2]
    assert [one.id for one in shown.ledger.claims_named([*wanted, withheld])] == wanted
