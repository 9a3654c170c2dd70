"""What a reader is told about claims, sources, documents and records, and how little is asked of the store for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import AmbiguousError, FormatError, NotFoundError, WithheldError
from ledger.operations import ClaimQuery, Question
from ledger.service import lookups, remembering
from ledger.service.gathering import as_of, resolve
from ledger.service.reading import Reading
from ledger.store.protocol import Snapshot
from schemas.lookups import ClaimList
from tests.service.written import ADMIN, OTHER, Written

NOW = Question()


class Scene(Written):
    """Pyongyang confirms, Yonhap relays it, an outlet says so without saying how it knows."""

    said: str
    relayed: str
    told: str


@pytest.fixture
def world(tmp_path: Path) -> Scene:
    world = Scene(tmp_path)
    world.source("dprk", "D", type="government_body", name="North Korea", country="KP")
    world.source("yonhap", "B", type="news_agency", name="Yonhap News Agency")
    world.source("outlet", name="An Outlet")
    world.said = world.says("dprk", "confirms", said_at="2025-04-28", basis="own_act", interest="against")
    world.relayed = world.through("yonhap", world.said, "2025-04-28")
    world.told = world.says("outlet", "reports", document=world.document("outlet", "2025-04-29"))
    return world


# Names and states


def test_a_claim_is_found_by_any_prefix_of_at_least_eight_digits(world: Scene) -> None:
    for name in (world.claim_id, world.claim_id[7:], world.claim_id[7:15], world.claim_id[:15]):
        assert world.ledger.claim(name, NOW).id == world.claim_id


@pytest.mark.parametrize(
    "name, error", [("0" * 8, NotFoundError), ("abcdef", FormatError), ("troops", NotFoundError), ("", NotFoundError)]
)
def test_a_name_that_fits_nothing_is_refused(world: Scene, name: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        world.ledger.claim(name, NOW)


def test_a_statement_is_no_claim(world: Scene) -> None:
    with pytest.raises(NotFoundError, match="no claim"):
        world.ledger.claim(world.said, NOW)


def test_a_name_that_fits_two_lists_them(world: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    with world.snapshot() as snapshot:
        ids = sorted([world.claim_id, world.said])
        monkeypatch.setattr(type(snapshot), "find_prefix", lambda *_: ids)
        with pytest.raises(AmbiguousError) as caught:
            resolve(snapshot, "01234567")
        assert caught.value.matches == ids
        assert resolve(snapshot, "01234567", ("claim",)) == world.claim_id


def test_as_of_takes_a_published_size_a_time_or_a_day(world: Scene) -> None:
    first = world.ledger.checkpoint().size
    world.now += 100
    world.claim("another")
    with world.snapshot() as snapshot:
        assert as_of(snapshot, None).size == first + 1
        assert as_of(snapshot, str(first)).size == first
        assert as_of(snapshot, "2049-01-01").size == first + 1
        assert as_of(snapshot, "2025-06-15T15:06:45Z").size == first
        with pytest.raises(FormatError) as caught:
            as_of(snapshot, str(first - 1))
        assert str(first) in (caught.value.hint or "")
        with pytest.raises(NotFoundError):
            as_of(snapshot, "1999-01-01T00:00:00Z")
        with pytest.raises(FormatError):
            as_of(snapshot, "yesterday")


# Claims


def test_a_claim_shows_who_said_what_through_whom(world: Scene) -> None:
    view = world.ledger.claim(world.claim_id, NOW)
    assert [(one.name, one.act, one.stance) for one in view.statements] == [
        ("North Korea", "confirms", "supports"),
        ("Yonhap News Agency", "reports", "supports"),
        ("An Outlet", "reports", "supports"),
    ]
    assert view.statements[1].upstream == [world.said]
    assert view.statements[1].url is not None
    assert view.statements[1].said == "2025-04-28"


def test_what_cannot_be_shown_has_no_number_and_no_word(world: Scene) -> None:
    brief = world.ledger.claim(world.claim_id, NOW).corroboration
    report = world.ledger.corroboration(world.claim_id, NOW)
    assert not report.showable
    assert (brief.probability, brief.interval, brief.words) == (None, None, None)
    assert brief.headline == report.headline


def test_a_replaced_claim_is_another_name_of_the_new_one(world: Scene) -> None:
    better = world.claim("something happened, in better words")
    world.correct(world.claim_id, replaced_by=better)
    old, new = world.ledger.claim(world.claim_id, NOW), world.ledger.claim(better, NOW)
    assert (old.replaced_by, new.replaced_by) == (better, None)
    assert old.corroboration == new.corroboration
    assert old.text == {"en": "something happened"}
    assert [one.relation for one in old.related] == ["replaced_by"]
    assert len(new.statements) == 3
    assert world.ledger.corroboration(world.claim_id, NOW).claim == better


def test_relations_are_named_from_where_the_reader_stands(world: Scene) -> None:
    narrow = world.claim("a lot of it happened")
    world.relate_claims(narrow, "entails", world.claim_id)
    assert [(one.id, one.relation) for one in world.ledger.claim(world.claim_id, NOW).related] == [(narrow, "entailed_by")]
    assert [(one.id, one.relation) for one in world.ledger.claim(narrow, NOW).related] == [(world.claim_id, "entails")]


def test_a_translation_added_later_is_shown_and_found(world: Scene) -> None:
    world.add(kind="claim_text", claim=world.claim_id, lang="ko", text="무슨 일이 있었다")
    assert world.ledger.claim(world.claim_id, NOW).text["ko"] == "무슨 일이 있었다"
    assert ids(world.ledger.claims(ClaimQuery(query="무슨 일"))) == [world.claim_id]


def test_a_withheld_claim_says_why_and_no_more(world: Scene) -> None:
    world.withhold(world.claim_id)
    for ask in (world.ledger.claim, world.ledger.corroboration, world.ledger.chain):
        with pytest.raises(WithheldError, match=r"court order 7.*court of X"):
            ask(world.claim_id, NOW)
    assert ids(world.ledger.claims(ClaimQuery())) == []


def test_a_withheld_statement_is_not_shown_at_any_state(world: Scene) -> None:
    before = str(world.ledger.checkpoint().size)
    world.withhold(world.said)
    assert world.said not in [one.id for one in world.ledger.claim(world.claim_id, NOW).statements]
    for ask in (world.ledger.claim, world.ledger.chain, world.ledger.corroboration):
        with pytest.raises(WithheldError, match="withheld since"):
            ask(world.claim_id, Question(as_of=before))
    with pytest.raises(WithheldError):
        world.ledger.record(world.said)


def test_the_name_of_a_source_that_is_withheld_is_not_told_by_an_older_state(world: Scene) -> None:
    hidden = world.add(kind="source", id="mole", type="person", names={"en": "Sergei Hidden"})
    world.says("mole", said_at="2025-04-30")
    before = str(world.ledger.checkpoint().size)
    world.withhold(hidden)
    for ask in (world.ledger.claim, world.ledger.chain, world.ledger.corroboration):
        assert "Sergei" not in ask(world.claim_id, NOW).model_dump_json()
        with pytest.raises(WithheldError) as caught:
            ask(world.claim_id, Question(as_of=before))
        assert "Sergei" not in caught.value.message


def test_no_word_of_a_withheld_translation_finds_its_claim(world: Scene) -> None:
    text = world.add(kind="claim_text", claim=world.claim_id, lang="de", text="etwas Unsagbares geschah")
    for query in (ClaimQuery(query="unsagbares"), ClaimQuery(lang="de")):
        assert ids(world.ledger.claims(query)) == [world.claim_id]
    world.withhold(text)
    for query in (ClaimQuery(query="unsagbares"), ClaimQuery(lang="de")):
        assert ids(world.ledger.claims(query)) == []


def test_neither_name_nor_slug_of_a_withheld_source_is_suggested(world: Scene) -> None:
    mole = world.add(kind="source", id="mole", type="person", names={"en": "Sergei Hidden"})
    with pytest.raises(NotFoundError) as before:
        world.ledger.source("Sergei")
    assert before.value.suggestions == ["mole"]
    world.withhold(mole)
    for name in ("Sergei", "mol"):
        with pytest.raises(NotFoundError) as after:
            world.ledger.source(name)
        assert "mole" not in after.value.suggestions


# Lists


def ids(found: ClaimList) -> list[str]:
    return [one.id for one in found.claims]


def test_claims_are_listed_newest_first_in_pages_that_hold_each_once(world: Scene) -> None:
    made = [world.claim_id, *(world.claim(f"claim number {number}") for number in range(7))]
    seen: list[str] = []
    cursor = None
    while True:
        page = world.ledger.claims(ClaimQuery(limit=3, cursor=cursor))
        assert len(page.claims) <= 3
        seen += ids(page)
        cursor = page.next
        if cursor is None:
            break
    assert seen == made[::-1]


def test_a_page_that_is_just_full_has_no_next(world: Scene) -> None:
    world.claim("a second one")
    assert world.ledger.claims(ClaimQuery(limit=2)).next is None


@pytest.mark.parametrize("cursor", ["x", "!!!", "W10", "WzEsMl0=", "WzEsMiwzXQ", "Wy0xLDJd", "WzEuNSwyXQ", "W3RydWUsMV0", "é"])
def test_a_cursor_that_is_not_ours_is_refused(world: Scene, cursor: str) -> None:
    with pytest.raises(FormatError):
        world.ledger.claims(ClaimQuery(cursor=cursor))
    with pytest.raises(FormatError):
        world.ledger.sources(cursor=cursor)


@pytest.mark.parametrize("limit", [0, -1, 201])
def test_a_limit_out_of_bounds_is_refused(world: Scene, limit: int) -> None:
    with pytest.raises(FormatError):
        world.ledger.claims(ClaimQuery(limit=limit))


FILTERS: list[tuple[str, ClaimQuery, bool]] = [
    ("words of it", ClaimQuery(query="happened"), True),
    ("other words", ClaimQuery(query="vatican"), False),
    ("no word at all", ClaimQuery(query="!?"), False),
    ("who spoke", ClaimQuery(source="yonhap"), True),
    ("who did not", ClaimQuery(source="kremlin"), False),
    ("where it began", ClaimQuery(origin="dprk"), True),
    ("a relay is no origin", ClaimQuery(origin="yonhap"), False),
    ("from a day on", ClaimQuery(since="2025-04-29"), True),
    ("too late", ClaimQuery(since="2025-05"), False),
    ("up to a day", ClaimQuery(until="2025-04-28"), True),
    ("too early", ClaimQuery(until="2025-04-27"), False),
    ("the side", ClaimQuery(stance="supports"), True),
    ("the other side", ClaimQuery(stance="denies"), False),
    ("all of one statement", ClaimQuery(source="dprk", since="2025-04-29"), False),
    ("words and speaker", ClaimQuery(query="happened", source="dprk"), True),
    ("its language", ClaimQuery(lang="en"), True),
    ("another language", ClaimQuery(lang="de"), False),
]


@pytest.mark.parametrize("query, found", [(query, found) for _, query, found in FILTERS], ids=[name for name, _, _ in FILTERS])
def test_claims_are_found_by(world: Scene, query: ClaimQuery, found: bool) -> None:
    world.claim("nothing that anybody ever spoke about, in Rome", about=None)
    assert (world.claim_id in ids(world.ledger.claims(query))) is found


def test_a_claim_that_was_taken_back_is_not_listed(world: Scene) -> None:
    slip = world.claim("a slip")
    world.correct(slip)
    assert slip not in ids(world.ledger.claims(ClaimQuery()))


def test_a_stance_that_there_is_not_is_refused(world: Scene) -> None:
    with pytest.raises(FormatError, match="supports"):
        world.ledger.claims(ClaimQuery(stance="agrees"))


# Sources


def test_a_source_shows_relations_ratings_and_record(world: Scene) -> None:
    world.source("kcna", type="news_agency")
    world.relate("kcna", "speaks_for", "dprk")
    world.rate("dprk", "E", key=OTHER.did)
    view = world.ledger.source("dprk")
    assert [(one.subject, one.relation) for one in view.relations] == [("kcna", "speaks_for")]
    assert [(one.by, one.value) for one in view.assessments] == [("ada", "D"), ("ben", "E")]
    assert view.letter == "E"
    assert view.claims == [world.claim_id]
    assert world.ledger.source("yonhap").track_record.as_relay == 1
    assert world.ledger.source("outlet").letter is None


def test_a_source_whose_statement_was_taken_back_counts_it_apart(world: Scene) -> None:
    world.correct(world.told)
    record = world.ledger.source("outlet").track_record
    assert (record.statements, record.corrected) == (0, 1)


@pytest.mark.parametrize("name", ["yonhop", "yonhap-agency", "Yonhap"])
def test_an_unknown_source_suggests_near_ones(world: Scene, name: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        world.ledger.source(name)
    assert "yonhap" in caught.value.suggestions


def test_sources_are_listed_as_they_stand(world: Scene) -> None:
    first = world.ledger.source("outlet")
    world.source("outlet", name="The Outlet", replaces=first.record_id)
    found = world.ledger.sources()
    assert [(one.id, one.names["en"], one.letter) for one in found.sources] == [
        ("outlet", "The Outlet", None),
        ("yonhap", "Yonhap News Agency", "B"),
        ("dprk", "North Korea", "D"),
    ]
    assert [one.id for one in world.ledger.sources("yonhap agency").sources] == ["yonhap"]
    page = world.ledger.sources(limit=2)
    assert [one.id for one in world.ledger.sources(limit=2, cursor=page.next).sources] == ["dprk"]


# Documents and records


def test_a_document_shows_its_statements_and_what_was_found_about_it(world: Scene) -> None:
    document = next(entry.id for entry in world.logged if entry.record.kind == "document")
    world.add(kind="assessment", target=document, scheme="authenticity", value="forged", rationale="the fonts are wrong")
    view = world.ledger.document(document)
    assert [(one.name, one.upstream) for one in view.statements] == [("Yonhap News Agency", [world.said])]
    assert [(one.by, one.value) for one in view.assessments] == [("ada", "forged")]


def test_a_record_says_whether_it_stands(world: Scene) -> None:
    said = world.said
    assert world.ledger.record(said).state == "in_force"
    correction = world.correct(said)
    view = world.ledger.record(said)
    assert (view.state, view.corrected_by) == ("corrected", correction)
    world.correct(correction)
    assert world.ledger.record(said).state == "in_force"
    rating = next(entry.id for entry in world.logged if entry.record.kind == "assessment")
    world.rate("dprk", "C", replaces=rating)
    assert world.ledger.record(rating).state == "replaced"


def test_a_record_is_shown_opened_with_its_signers(world: Scene) -> None:
    sealed = world.sealed("quote.exact", "Our sons fought there.")
    quoted = world.says("dprk", "confirms", said_at="2025-04-30", quote={"exact": sealed})
    view = world.ledger.record(quoted)
    assert view.record["quote"]["exact"] == "Our sons fought there."
    assert (view.signers, view.subjects) == ([ADMIN.did], ["ada"])
    world.store.erase_opening(sealed.sealed)
    assert world.ledger.record(quoted).record["quote"]["exact"] == {"sealed": sealed.sealed}
    assert world.ledger.claim(world.claim_id, NOW).statements[-1].quote == "[sealed]"


def test_the_record_in_force_for_a_subject_is_the_newest_that_stands(world: Scene) -> None:
    first = world.ledger.source("outlet").record_id
    second = world.add(kind="source", id="outlet", type="outlet", names={"en": "The Outlet"}, replaces=first)
    found = world.ledger.in_force(["source:outlet", "source:nobody", "assessment:ada/dprk/admiralty-reliability"])
    assert {subject: view.id if view else None for subject, view in found.records.items()} == {
        "source:outlet": second,
        "source:nobody": None,
        "assessment:ada/dprk/admiralty-reliability": world.ledger.source("dprk").assessments[0].id,
    }
    with pytest.raises(FormatError):
        world.ledger.in_force(["source:x"] * 1_001)


# Cost


class Counting:
    """A snapshot that counts what it is asked."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.asked: Counter[str] = Counter()
        self.entries_read = 0

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._snapshot, name)
        if not callable(value):
            return value

        def counted(*args: Any, **more: Any) -> Any:
            self.asked[name] += 1
            found = value(*args, **more)
            self.entries_read += len(found) if name in ("entries", "entries_of", "entries_referring") else 0
            return found

        return counted


ASKED: list[tuple[str, Callable[[Any, Scene], object]]] = [
    ("claim", lambda snapshot, world: lookups.claim(snapshot, world.claim_id, NOW)),
    ("corroboration", lambda snapshot, world: lookups.corroboration(snapshot, world.claim_id, NOW)),
    ("chain", lambda snapshot, world: lookups.chain(snapshot, world.claim_id, NOW)),
    ("claims", lambda snapshot, world: lookups.claims(snapshot, ClaimQuery(limit=3))),
    ("source", lambda snapshot, world: lookups.source(snapshot, "dprk")),
    ("sources", lambda snapshot, world: lookups.sources(snapshot, limit=3)),
]


@pytest.mark.parametrize("ask", [ask for _, ask in ASKED], ids=[name for name, _ in ASKED])
def test_the_number_of_queries_does_not_grow_with_the_statements(world: Scene, ask: Callable[[Any, Scene], object]) -> None:
    def asked() -> int:
        remembering.forget()
        with world.snapshot() as snapshot:
            counting = Counting(snapshot)
            ask(counting, world)
            return sum(counting.asked.values())

    few = asked()
    for number in range(12):
        world.source(f"more-{number}", "C", type="government_body")
        world.through("yonhap", world.says(f"more-{number}", said_at="2025-04-28"), "2025-04-28", occasion=f"n {number}")
    assert asked() <= few + 2
    assert few < 60


def test_what_is_remembered_of_claims_that_were_not_there_yet_is_bounded_too(
    world: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembering, "MOST_RECORDS", 3)
    remembering.forget()
    for number in range(6):
        later = world.add(kind="claim", type="event", text={"en": f"claim {number}"})
        with world.snapshot() as snapshot, pytest.raises(NotFoundError, match="not on record yet"):
            lookups.claim(snapshot, later, Question(as_of="0"))
    assert 1 <= len(remembering._gathered) <= 3


def test_hearings_are_remembered_only_as_far_as_they_are_small(world: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def remembered(most: int) -> int:
        monkeypatch.setattr(remembering, "MOST_HEARD", most)
        remembering.forget()
        with world.snapshot() as snapshot:
            for percent in range(30, 36):
                lookups.corroboration(snapshot, world.claim_id, Question(base_rate=percent / 100))
        return len(remembering._heard)

    with world.snapshot() as snapshot:
        records = len(lookups.matter(Reading(snapshot), world.claim_id, NOW)[2])
    assert remembered(100 * records) == 6
    assert remembered(2 * records) == 2


@pytest.mark.parametrize("ask", [ask for name, ask in ASKED if name != "sources"], ids=[n for n, _ in ASKED if n != "sources"])
def test_what_is_read_does_not_grow_with_the_rest_of_the_ledger(world: Scene, ask: Callable[[Any, Scene], object]) -> None:
    def read() -> int:
        remembering.forget()
        with world.snapshot() as snapshot:
            counting = Counting(snapshot)
            ask(counting, world)
            return counting.entries_read

    if ask is ASKED[3][1]:  # the list shows other claims then: the same number of them
        for number in range(3):
            world.claim(f"before {number}")
    few = read()
    world.source("passer-by", "C", type="person")
    for number in range(30):
        other = world.claim(f"quite another matter {number}")
        world.says("passer-by", claim=other, said_at="2025-04-28")
        world.source(f"nobody-{number}", "C", type="person")
    assert read() <= few + (6 if ask is ASKED[3][1] else 0)
