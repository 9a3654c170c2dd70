"""Suspected copies: who repeats whose words with nothing on record that says so, and what the score would be."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from itertools import combinations
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core import likeness as likeness_
from ledger.core.copies import MOST, suspect
from ledger.core.hearing import examine
from ledger.core.likeness import FEW, likeness, proposed, shingles_of
from ledger.core.supposing import copies
from schemas.copies import Copies
from schemas.corroboration import AsOf
from schemas.ids import Sealed
from tests.conftest import REPOSITORY
from tests.core.axioms.random_worlds import RandomWorld
from tests.core.world import World

TEXT = (
    "Soldiers from the north were seen unloading crates from a train at the border station before dawn, "
    "two railway workers said on Monday."
)
EDITED = TEXT.replace("Soldiers", "Troops").replace("before dawn", "before first light")
REWRITTEN = (
    "At the frontier crossing, a pair of employees of the railway reported that uniformed men had emptied a freight "
    "wagon during the night; both asked for their names to be kept out of it."
)
GERMAN = (
    "Soldaten aus dem Norden wurden gesehen, wie sie vor Tagesanbruch am Grenzbahnhof Kisten aus einem Zug luden, sagten "
    "zwei Bahnarbeiter am Montag."
)
KOREAN = "북쪽에서 온 군인들이 새벽이 되기 전에 국경 역에서 열차의 상자들을 내렸다고 철도 노동자 두 명이 월요일에 말했다."
KOREAN_EDITED = KOREAN.replace("군인들이", "병사들이")
CHINESE = "两名铁路工人周一表示，来自北方的士兵在黎明前被人看到在边境车站从火车上卸下箱子，随后乘卡车离开。"
JAPANESE = "鉄道員二人は月曜日、北から来た兵士たちが夜明け前に国境の駅で列車から箱を降ろしているのを見たと話した。"
SHORT = "We firmly deny these groundless rumours."


class Press(World):
    """Outlets, each rated B, whose reporters say they saw it themselves: every one an origin of its own."""

    def prints(
        self, slug: str, text: str | None, day: str | None = "2025-01-01", title: str | None = None, **more: object
    ) -> str:
        """A statement with this quote in a document of its own."""
        self.source(slug, "B")
        members: dict[str, object] = {"basis": "witnessed", "document": self.document(slug, day, title=title)}
        members |= {"act": "reports"} | ({"quote": {"exact": text}} if text else {}) | more
        return self.says(slug, **members)  # type: ignore[arg-type]

    def copies(self, opened: dict[str, str] | None = None, **question: object) -> Copies:
        as_of = AsOf(size=len(self.logged), root="00" * 32, time="2026-01-01T00:00:00Z")
        return copies(self.claim_id, self.logged, opened or {}, as_of=as_of, **question)  # type: ignore[arg-type]

    def suspected(self, **question: object) -> list[list[str]]:
        return [[member.speaker for member in group.members] for group in self.copies(**question).groups]


def two(first: str, second: str) -> Press:
    w = Press()
    w.prints("one", first, "2025-01-01")
    w.prints("two", second, "2025-01-02")
    return w


@pytest.mark.parametrize(
    "first,second",
    [
        (TEXT, TEXT),
        (TEXT, EDITED),
        (TEXT, TEXT.upper().replace(",", " --")),
        (TEXT, TEXT[: TEXT.index(", two")]),
        (TEXT, REWRITTEN + " " + TEXT),
        (KOREAN, KOREAN_EDITED),
        (CHINESE, CHINESE),
        (JAPANESE, JAPANESE.replace("月曜日", "火曜日")),
        (TEXT, "".join(chr(ord(letter) + 0xFEE0) if "a" <= letter <= "z" else letter for letter in TEXT)),
    ],
    ids=["same", "edited", "case and signs", "excerpt", "within more", "Korean", "Chinese", "Japanese", "wide letters"],
)
def test_two_origins_in_nearly_the_same_words_are_suspected(first: str, second: str) -> None:
    w = two(first, second)
    found = w.copies()
    assert w.suspected() == [["one", "two"]]
    assert (found.now.independent_origins.for_, found.if_one.independent_origins.for_) == (2, 1)
    assert found.differs
    assert found.if_one.probability < found.now.probability


@pytest.mark.parametrize(
    "first,second",
    [
        (TEXT, REWRITTEN),
        (TEXT, GERMAN),
        (SHORT, SHORT),
        (KOREAN[:18], KOREAN[:18]),
        (TEXT, " ".join([REWRITTEN] * 1 + [f"word{n}" for n in range(80)]) + " " + TEXT),
    ],
    ids=["rewritten", "translated", "short", "short Korean", "a line in a long text"],
)
def test_other_words_a_translation_and_a_few_words_are_not(first: str, second: str) -> None:
    w = two(first, second)
    found = w.copies()
    assert (found.groups, found.supposing, found.differs) == ([], [], False)
    assert found.now == found.if_one


def test_a_translation_on_record_is_held_against_the_words_of_others() -> None:
    w = two(TEXT, TEXT)
    w.prints("three", KOREAN, quote={"exact": KOREAN, "translations": [
        {"text": EDITED, "lang": "en", "by": "the desk", "method": "human"}]})  # fmt: skip
    [group] = w.copies().groups
    third = group.members[-1]
    assert third.speaker == "three"
    assert third.resembles is not None
    assert (third.resembles.own, third.resembles.other) == ("translation", "quote")


def test_a_title_of_ten_words_is_compared_with_titles_only() -> None:
    w = Press()
    w.prints("one", None, title=TEXT)
    w.prints("two", None, "2025-01-02", title=TEXT)
    w.prints("three", TEXT, "2025-01-03")
    assert w.suspected() == [["one", "two"]]


def test_how_much_is_shared_is_counted_not_estimated() -> None:
    words = [f"w{number}" for number in range(22)]
    w = two(" ".join(words), " ".join([*words[:-1], "other"]))
    member = w.copies().groups[0].members[1]
    assert member.resembles is not None
    assert (member.resembles.jaccard, member.resembles.containment) == (19 / 21, 19 / 20)


# What the record explains


def cites(w: Press, below: str, above: str) -> None:
    w.hop(below, above)


def cite_one_source(w: Press, one: str, other: str) -> None:
    spoken = w.says(w.source("ministry", "C", type="government_body"), said_at="2024-12-31")
    w.hop(one, spoken)
    w.hop(other, w.through("agency", spoken, "2025-01-01"))


def cite_one_document(w: Press, one: str, other: str) -> None:
    paper = w.document("ministry", "2024-12-31")
    w.hop(one, paper)
    w.hop(other, paper)


EXPLAINED: dict[str, Callable[[Press, str, str], object]] = {
    "one cites the other": cites,
    "the other cites the one": lambda w, one, other: cites(w, other, one),
    "through a relay": lambda w, one, other: w.hop(other, w.through("agency", one, "2025-01-01")),
    "both cite one speaker": cite_one_source,
    "both cite one document": cite_one_document,
    "one speaks for the other": lambda w, one, other: w.relate("two", "speaks_for", "one"),
    "one is not from the other": lambda w, one, other: w.hop(one, other, mode="not_from"),
    "the other is not from the one": lambda w, one, other: w.hop(other, one, mode="not_from"),
    "it is not from the other's document": lambda w, one, other: w.hop(
        other, next(entry.record.document for entry in w.logged if entry.id == one), mode="not_from"  # type: ignore[union-attr]
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPLAINED)
def test_what_the_record_explains_is_not_suspected(name: str) -> None:
    w = Press()
    w.source("agency", "B", type="news_agency")
    w.source("ministry", "C", type="government_body")
    one, other = w.prints("one", TEXT, "2025-01-01"), w.prints("two", TEXT, "2025-01-02")
    assert w.suspected() == [["one", "two"]]
    EXPLAINED[name](w, one, other)
    assert w.suspected() == []


def test_one_speaker_who_repeats_itself_is_not_suspected() -> None:
    w = two(TEXT, REWRITTEN)
    w.prints("one", TEXT, "2025-01-03")
    assert w.suspected() == []


def test_two_speakers_in_one_document_are_not_suspected() -> None:
    w = Press()
    shared = w.document("one", "2025-01-01")
    w.prints("one", TEXT, document=shared)
    w.prints("two", TEXT, document=shared)
    assert w.suspected() == []


def test_the_same_words_on_the_other_side_are_not_suspected() -> None:
    w = Press()
    w.prints("one", TEXT)
    w.prints("two", TEXT.replace("were seen", "were not seen"), polarity="-")
    assert w.suspected() == []


def test_two_who_cite_different_sources_in_the_same_words_are_listed_and_nothing_is_supposed() -> None:
    w = Press()
    for slug, source in (("one", "ministry"), ("two", "army")):
        spoken = w.says(w.source(source, "C", type="government_body"), said_at="2024-12-31")
        w.hop(w.prints(slug, TEXT), spoken)
    found = w.copies()
    assert [member.names_its_source for member in found.groups[0].members] == [True, True]
    assert (found.supposing, found.differs) == ([], False)


# Groups, and who would have it from whom


def test_three_outlets_are_one_group_and_would_have_it_from_the_earliest() -> None:
    w = Press()
    late, early, later = (
        w.prints("one", TEXT, "2025-01-02"),
        w.prints("two", TEXT, "2025-01-01"),
        w.prints("three", EDITED, "2025-01-03"),
    )
    found = w.copies()
    [group] = found.groups
    assert [member.statement for member in group.members] == [early, late, later]
    assert [member.resembles.order for member in group.members if member.resembles] == ["later", "later"]
    assert group.members[0].resembles is None
    assert {(hop.from_, hop.to) for hop in found.supposing} == {(late, early), (later, early)}
    assert (found.now.origins.for_, found.if_one.origins.for_) == (3, 1)


@pytest.mark.parametrize("day", [None, "2025-01"])
def test_where_the_order_is_unknown_the_log_decides_and_it_is_said(day: str | None) -> None:
    w = Press()
    first = w.prints("one", TEXT, day)
    second = w.prints("two", TEXT, "2025-01-02")
    found = w.copies()
    member = found.groups[0].members[1]
    assert [(hop.from_, hop.to) for hop in found.supposing] == [(second, first)]
    assert member.resembles is not None
    assert member.resembles.order == "unknown"


def test_who_says_where_it_has_it_from_says_it_for_all() -> None:
    w = Press()
    silent = w.prints("one", TEXT, "2025-01-01")
    spoken = w.says(w.source("ministry", "C", type="government_body"), said_at="2024-12-31")
    citing = w.prints("two", EDITED, "2025-01-02", basis="told")
    w.hop(citing, spoken)
    found = w.copies()
    assert [member.names_its_source for member in found.groups[0].members] == [True, False]
    assert [(hop.from_, hop.to) for hop in found.supposing] == [(silent, citing)]
    assert (found.now.independent_origins.for_, found.if_one.independent_origins.for_) == (2, 1)


def test_what_is_told_apart_is_not_joined_but_may_both_be_like_a_third() -> None:
    w = Press()
    one, other, third = w.prints("one", TEXT), w.prints("two", TEXT, "2025-01-02"), w.prints("three", TEXT, "2025-01-03")
    w.hop(other, one, mode="not_from")
    found = w.copies()
    assert {(hop.from_, hop.to) for hop in found.supposing} == {(third, one), (other, third)}
    w.hop(third, one, mode="not_from")
    w.hop(third, other, mode="not_from")
    assert w.suspected() == []


def test_who_is_copied_is_not_supposed_to_have_it_from_the_copy() -> None:
    w = Press()
    more = w.claim("something more happened")
    w.relate_claims(more, "entails", w.claim_id)
    shared = w.document("one", "2025-01-01")
    first = w.prints("one", TEXT, document=shared, certainty="possible")
    again = w.prints("one", TEXT, document=shared, claim=more)
    copy = w.prints("two", TEXT, "2025-01-02")
    found = w.copies()
    assert [{member.statement for member in group.members} for group in found.groups] == [{first, again, copy}]
    assert [(hop.from_, hop.to) for hop in found.supposing] == [(copy, first)]
    assert found.if_one.probability == w.copies(without=["source:two"]).now.probability


def test_supposed_hops_never_lead_back() -> None:
    w = Press()
    early = w.prints("one", TEXT, "2025-01-01")
    late = w.prints("two", TEXT, "2025-01-02")
    w.prints("three", TEXT, "2025-01-03")
    w.hop(early, late)
    found = w.copies()
    assert w.report().circular == []
    assert found.if_one.independent_origins.for_ == 1
    for hop in found.supposing:
        w.hop(hop.from_, hop.to)
    assert w.report().circular == []


def test_if_they_were_one_is_what_recording_the_hops_gives() -> None:
    w = Press()
    for number in range(5):
        w.prints(f"s{number}", TEXT if number % 2 else REWRITTEN, f"2025-01-0{number + 1}")
    found = w.copies()
    assert len(found.groups) == 2
    for hop in found.supposing:
        w.hop(hop.from_, hop.to, mode="republishes")
    after = w.copies()
    assert (after.groups, after.now) == ([], found.if_one)


# Clocks, sealed texts, bounds


def test_until_a_day_only_what_had_been_said_by_then_is_compared() -> None:
    w = two(TEXT, TEXT)
    assert w.suspected(until="2025-01-01") == []
    assert w.suspected(until="2025-01-02") == [["one", "two"]]
    assert w.suspected(until="2025-01-02", without=["source:one"]) == []


def test_a_copy_of_a_forged_document_would_fall_with_it() -> None:
    w = Press()
    forged = w.document("one", "2025-01-01")
    w.prints("one", TEXT, document=forged)
    w.prints("two", TEXT, "2025-01-02")
    w.add(kind="assessment", target=forged, scheme="authenticity", value="forged", rationale="a test")
    found = w.copies()
    assert (found.now.independent_origins.for_, found.if_one.independent_origins.for_) == (1, 0)


def test_a_statement_about_a_claim_that_entails_this_one_is_compared() -> None:
    w = Press()
    more = w.claim("something more happened")
    w.relate_claims(more, "entails", w.claim_id)
    w.prints("one", TEXT)
    w.prints("two", TEXT, "2025-01-02", claim=more)
    assert w.suspected() == [["one", "two"]]


def test_sealed_words_are_read_while_their_openings_are_kept_and_counted_after() -> None:
    w = Press()
    seals = [Sealed(sealed="sha256:" + digit * 64) for digit in "12"]
    for number, seal in enumerate(seals):
        w.prints(f"s{number}", None, f"2025-01-0{number + 1}", quote={"exact": {"sealed": seal.sealed}})
    opened = {seal.sealed: TEXT for seal in seals}
    both = w.copies(opened)
    assert (len(both.groups), both.compared, both.unread) == (1, 2, 0)
    one = w.copies({seals[0].sealed: TEXT})
    assert (len(one.groups), one.compared, one.unread) == (0, 1, 1)
    assert one.now == both.now


def test_what_was_compared_and_what_was_not_is_counted() -> None:
    w = two(TEXT, SHORT)
    w.prints("three", None)
    found = w.copies()
    assert (found.statements, found.compared, found.too_short, found.unread, found.left_out) == (3, 1, 1, 0, 0)


# Properties


def copied_world(seed: int) -> Press:
    """Outlets that copy each other's texts, some edited, with some hops on record and some denied. Each keeps to its side: if
    the last word of one that changed sides was a copy, its first would be its own again, on the other side."""
    chance, w = random.Random(seed), Press()
    texts = [" ".join(chance.choice(WORDS) for _ in range(25)) for _ in range(3)]
    said = []
    for _ in range(chance.randint(2, 12)):
        words = chance.choice(texts).split()
        for _ in range(chance.randint(0, 3)):
            words[chance.randrange(len(words))] = chance.choice(WORDS)
        number = chance.randrange(8)
        said.append(
            w.prints(
                f"s{number}",
                " ".join(words),
                chance.choice([None, "2025-01", *(f"2025-01-0{day}" for day in range(1, 6))]),
                act=chance.choice(["reports", "reports", "confirms"]),
                basis=chance.choice(["witnessed", "told", "imagery"]),
                polarity="-" if number in (0, 1) else "+",
            )
        )
    for _ in range(chance.randint(0, len(said))):
        below, above = chance.choice(said), chance.choice(said)
        if below != above:
            w.hop(below, above, mode=chance.choice(["cites", "cites", "not_from"]))
    return w


WORDS = [f"word{number}" for number in range(400)]


@pytest.mark.parametrize("start", range(0, 200, 50))
def test_in_any_world_nothing_is_applied_and_one_origin_is_never_more_than_several(start: int) -> None:
    met = 0
    for seed in range(start, start + 50):
        w = copied_world(seed)
        before = w.report()
        found = w.copies()
        met += bool(found.groups)
        assert w.report() == before
        assert found.now.probability == before.probability
        assert found.if_one.independent_origins.for_ <= found.now.independent_origins.for_ + 1e-9, seed
        assert found.if_one.independent_origins.against <= found.now.independent_origins.against + 1e-9, seed
        names = [member.statement for group in found.groups for member in group.members]
        assert len(names) == len(set(names))
        assert all(len(group.members) > 1 for group in found.groups)
        shuffled = list(w.logged)
        random.Random(seed).shuffle(shuffled)
        w.logged = shuffled
        assert w.copies() == found
    assert met > 20


def test_worlds_without_texts_suspect_nothing() -> None:
    for seed in range(60):
        w = RandomWorld(seed)
        as_of = AsOf(size=len(w.logged), root="00" * 32, time="2026-01-01T00:00:00Z")
        found = copies(w.claim_id, w.logged, {}, as_of=as_of)
        assert (found.groups, found.compared) == ([], 0)
        assert found.now.probability == w.report().probability


# Many


def test_the_page_says_what_the_comparison_holds_to() -> None:
    page = " ".join((REPOSITORY / "docs" / "copies.md").read_text("utf-8").split())
    assert (likeness_.ALIKE, likeness_.WITHIN) == (0.5, 0.8)
    for words in (
        f"runs of {likeness_.WORDS} words, or of {likeness_.LETTERS} letters",
        f"at most {likeness_.LONGEST} times the length, holds {likeness_.WITHIN:.0%}".replace("%", " %"),
        f"under {likeness_.LEAST_WORDS} words ({likeness_.LEAST_LETTERS} letters)",
        f"Up to {FEW} texts",
        f"first {MOST:,} statements",
    ):
        assert words in page, words


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_the_index_misses_no_pair_that_is_alike(seed: int) -> None:
    """Held against the comparison of all pairs, on texts of all lengths that were cut and edited from one another."""
    chance = random.Random(seed)
    words = [f"w{number}" for number in range(chance.choice([4, 30, 400]))]
    texts = [chance.choices(words, k=chance.randint(10, 60)) for _ in range(8)]
    while len(texts) <= FEW + 20:
        copy = list(chance.choice(texts))
        start = chance.randrange(max(1, len(copy) - 12))
        copy = copy[start : start + chance.randint(10, 60)]
        for _ in range(chance.randint(0, 3)):
            copy[chance.randrange(len(copy))] = chance.choice(words)
        texts.append(copy if len(copy) >= 10 else chance.choices(words, k=10))
    pieces = [shingles_of(" ".join(text)) for text in texts]
    alike = {pair for pair in combinations(range(len(pieces)), 2) if likeness(pieces[pair[0]], pieces[pair[1]])}
    assert alike
    found = list(proposed(pieces))
    assert alike <= set(found)
    assert len(found) == len(set(found))


def test_the_index_does_not_depend_on_the_process() -> None:
    script = (
        "import random\n"
        "from ledger.core.likeness import proposed, shingles_of\n"
        "chance = random.Random(5)\n"
        "words = [f'w{number}' for number in range(6)]\n"
        "texts = [shingles_of(' '.join(chance.choices(words, k=20))) for _ in range(300)]\n"
        "print(list(proposed(texts)))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", script], cwd=REPOSITORY, env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1
    assert len(next(iter(found))) > 100


def test_many_texts_are_paired_as_few_are() -> None:
    chance = random.Random(7)
    texts = []
    for number in range(FEW + 60):
        words = [chance.choice(WORDS) for _ in range(30)]
        texts.append(words)
        if number % 5 == 0:
            texts.append([*words[:10], "edited", *words[11:]])
    sets = [shingles_of(" ".join(words)) for words in texts]
    alike = {(a, b) for a, b in proposed(sets) if likeness(sets[a], sets[b])}
    every = {(a, b) for b in range(len(sets)) for a in range(b) if likeness(sets[a], sets[b])}
    assert len(sets) > FEW
    assert alike == every
    assert len(every) == (FEW + 60) // 5
    assert list(proposed(sets)) == list(proposed(sets))


def a_thousand(kind: str) -> Press:
    """An agency and 999 outlets, all of the same day."""
    chance, w = random.Random(3), Press()
    agency = w.prints("agency", " ".join(WORDS[:40]), "2024-12-31")
    for number in range(999):
        words = chance.sample(WORDS, 40) if kind == "unlike" else WORDS[:40]
        if kind == "edited":
            for _ in range(2):
                words[chance.randrange(40)] = f"edit{chance.random()}"
        said = w.prints(f"s{number}", " ".join(words))
        if kind == "all cite the agency":
            w.hop(said, agency)
    return w


@pytest.mark.parametrize("kind,groups", [("unlike", []), ("same", [1000]), ("edited", [1000]), ("all cite the agency", [])])
def test_a_thousand_statements_are_compared_in_well_under_a_second(kind: str, groups: list[int]) -> None:
    w = a_thousand(kind)
    as_of = AsOf(size=len(w.logged), root="00" * 32, time="2026-01-01T00:00:00Z")
    hearing = examine(w.claim_id, w.logged, as_of=as_of)
    list(proposed([shingles_of(f"{TEXT} {number}") for number in range(FEW + 1)]))  # what is imported once
    started = process_time()
    found = suspect(hearing, {})
    took = process_time() - started
    assert [len(group.members) for group in found.groups] == groups
    assert (found.compared, found.left_out) == (1_000, 0)
    assert took < 2.5, f"{took:.2f} s of processor time; wanted well under one on a machine at rest"


def test_past_a_thousand_statements_it_is_said_how_many_are_left_out() -> None:
    w = a_thousand("same")
    w.prints("one-more", TEXT)
    found = w.copies()
    assert (found.statements, found.compared, found.left_out) == (1_001, 1_000, 1)
