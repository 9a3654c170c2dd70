"""What counts as a rival of what, and whose word it is: items made from statements and the relations of claims."""

from __future__ import annotations

import pytest

from ledger.core import contests
from ledger.core.contests import Item, Word, contested, words
from ledger.core.force import aliases, standing
from ledger.core.hearing import moment_of
from ledger.core.policies import OLO_1
from ledger.core.relations import Registry
from ledger.core.values import Figure, Position, Value
from schemas.corroboration import AsOf, Clock
from tests.core.world import World


def words_in(world: World, until: str | None = None, clock: Clock = "said") -> list[Word]:
    stands = standing(world.logged)
    moment = moment_of(until, clock, AsOf(size=len(world.logged), root="00" * 32, time="2026-01-01T00:00:00Z"))
    return words(stands, aliases(world.logged), Registry(stands, moment.valid, frozenset(), OLO_1), moment)


def given(world: World, **question: object) -> dict[tuple[str, str], str]:
    """Own words: (source, item's claim) -> value."""
    return {(one.source, one.item.claim): one.value.text for one in words_in(world, **question) if not one.relayed}  # type: ignore[arg-type]


@pytest.fixture
def world() -> World:
    world = World()
    for slug in ("alpha", "beta", "gamma"):
        world.source(slug)
    world.source("state", type="government_body")
    return world


def test_a_claim_alone_is_affirmed_or_denied(world: World) -> None:
    world.says("alpha", said_at="2024-10-01")
    world.says("beta", "denies", said_at="2024-10-01")
    claim = world.claim_id
    assert given(world) == {("alpha", claim): f"+{claim}", ("beta", claim): f"-{claim}"}
    assert contested(words_in(world)) == {Item(claim, "event")}


def test_what_everybody_says_is_not_contested(world: World) -> None:
    world.says("alpha", said_at="2024-10-01")
    world.says("beta", said_at="2024-10-01")
    assert contested(words_in(world)) == set()


def test_claims_that_contradict_each_other_are_one_item(world: World) -> None:
    first, second, third = (world.claim(f"{who} did it") for who in ("a", "b", "c"))
    for one, other in ((first, second), (first, third), (second, third)):
        world.relate_claims(one, "contradicts", other)
    world.says("alpha", claim=first, said_at="2024-10-01")
    world.says("beta", claim=second, said_at="2024-10-01")
    world.says("gamma", "denies", claim=first, said_at="2024-10-01")
    assert given(world) == {("alpha", first): f"+{first}", ("beta", first): f"+{second}", ("gamma", first): f"-{first}"}
    value = {one.source: one.value for one in words_in(world)}
    assert not value["alpha"].agrees_with(value["beta"])
    assert value["beta"].implies(value["gamma"])
    assert not value["gamma"].implies(value["beta"])


def test_claims_that_can_both_be_true_are_no_rivals_for_contradicting_a_third(world: World) -> None:
    none, north, south = (world.claim(text) for text in ("nobody came", "somebody came north", "somebody came south"))
    world.relate_claims(none, "contradicts", north)
    world.relate_claims(none, "contradicts", south)
    world.says("alpha", claim=north, said_at="2024-10-01")
    world.says("beta", claim=south, said_at="2024-10-01")
    assert contested(words_in(world)) == set()
    world.says("gamma", claim=none, said_at="2024-10-01")
    assert contested(words_in(world)) == {Item(none, "event"), Item(south, "event")}


def test_of_too_many_claims_each_stands_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    other = world.claim("something else happened")
    world.relate_claims(world.claim_id, "contradicts", other)
    world.says("alpha", said_at="2024-10-01")
    world.says("beta", claim=other, said_at="2024-10-01")
    assert len(contested(words_in(world))) == 1
    monkeypatch.setattr(contests, "MOST_TOGETHER", 1)
    assert contested(words_in(world)) == set()
    world.says("gamma", "denies", said_at="2024-10-01")
    assert contested(words_in(world)) == {Item(world.claim_id, "event")}


def test_a_replaced_claim_is_the_one_in_its_place(world: World) -> None:
    better = world.claim("something happened, in better words")
    world.says("alpha", said_at="2024-10-01")
    world.says("beta", "denies", claim=better, said_at="2024-10-01")
    world.add(kind="correction", target=world.claim_id, reason="clumsy", ledger="test.example/w", replaced_by=better)
    assert given(world) == {("alpha", better): f"+{better}", ("beta", better): f"-{better}"}


def test_relations_that_contradict_each_other_are_read_as_the_score_reads_them(world: World) -> None:
    other = world.claim("something else happened")
    world.relate_claims(world.claim_id, "contradicts", other)
    world.relate_claims(world.claim_id, "entails", other)
    world.says("alpha", said_at="2024-10-01")
    world.says("beta", claim=other, said_at="2024-10-01")
    first = world.claim_id
    assert given(world) == {("alpha", first): f"+{first}", ("beta", first): f"-{first}", ("beta", other): f"+{other}"}


def test_equivalent_claims_are_one(world: World) -> None:
    same = world.claim("the same in other words")
    world.relate_claims(same, "equivalent", world.claim_id)
    world.says("alpha", claim=same, said_at="2024-10-01")
    world.says("beta", "denies", said_at="2024-10-01")
    claim = world.claim_id
    assert given(world) == {("alpha", claim): f"+{claim}", ("beta", claim): f"-{claim}"}


def test_the_specific_supports_the_general_and_is_no_rival_of_it(world: World) -> None:
    narrow = world.claim("it happened at noon")
    world.relate_claims(narrow, "entails", world.claim_id)
    world.says("alpha", claim=narrow, said_at="2024-10-01")
    world.says("beta", said_at="2024-10-01")
    assert contested(words_in(world)) == set()
    assert given(world)["alpha", world.claim_id] == f"+{world.claim_id}"
    world.says("gamma", "denies", said_at="2024-10-01")
    assert given(world)["gamma", narrow] == f"-{narrow}"


def quantity(world: World, **figure: object) -> str:
    return world.claim(f"so many came: {figure}", "quantity", quantity={"unit": "soldiers", **figure})


def test_figures_of_one_unit_measure_and_time_are_the_values_of_an_item(world: World) -> None:
    claim = quantity(world, low=10_000, hedge="more_than")
    exact = {"unit": "soldiers", "best": 12_000, "hedge": "exact"}
    world.says("alpha", claim=claim, said_at="2024-10-01")
    world.says("beta", claim=claim, said_at="2024-10-01", quantity=exact)
    world.says("gamma", claim=claim, said_at="2024-10-01", quantity={"unit": "soldiers", "best": 1_500, "hedge": "about"})
    world.says("state", "denies", claim=claim, said_at="2024-10-01")
    value = {one.source: one.value for one in words_in(world)}
    assert {who: one.text for who, one in value.items()} == {
        "alpha": "10000..20000",
        "beta": "12000",
        "gamma": "1500",
        "state": "not 10000..inf",
    }
    assert value["beta"].implies(value["alpha"])
    assert value["gamma"].implies(value["state"])
    assert not value["gamma"].agrees_with(value["beta"])
    assert contested(words_in(world)) == {Item(claim, "figure soldiers")}


def test_killed_are_not_casualties(world: World) -> None:
    killed = world.claim("killed", "quantity", quantity={"unit": "people", "measure": "killed", "best": 5, "hedge": "exact"})
    hurt = world.claim("hurt", "quantity", quantity={"unit": "people", "measure": "injured", "best": 90, "hedge": "exact"})
    happened = world.claim_id
    world.relate_claims(killed, "entails", happened)
    world.relate_claims(hurt, "entails", happened)
    world.says("alpha", claim=killed, said_at="2024-10-01")
    world.says("beta", claim=hurt, said_at="2024-10-01")
    assert contested(words_in(world)) == set()
    world.says("gamma", "denies", claim=happened, said_at="2024-10-01")
    assert {item.claim for item in contested(words_in(world))} == {killed, hurt, happened}


def test_who_names_its_source_only_relays(world: World) -> None:
    world.through("alpha", world.says("state", "denies", said_at="2024-10-01"), "2024-10-01")
    found = {(one.source, one.relayed) for one in words_in(world)}
    assert found == {("state", False), ("alpha", True)}


def test_who_confirms_and_says_how_it_knows_speaks_in_its_own_name(world: World) -> None:
    said = world.says("state", said_at="2024-10-01")
    document = world.document("alpha", "2024-10-01")
    world.hop(world.says("alpha", "confirms", basis="witnessed", document=document), said)
    assert ("alpha", False) in {(one.source, one.relayed) for one in words_in(world)}


def test_a_spokesman_gives_the_word_of_whom_he_speaks_for(world: World) -> None:
    world.source("spokesman", type="person")
    world.relate("spokesman", "speaks_for", "state")
    world.says("spokesman", "denies", said_at="2024-10-01")
    assert [one.source for one in words_in(world)] == ["state"]


def test_an_unnamed_source_gives_no_word(world: World) -> None:
    world.source("somebody", type="unnamed", unnamed_kind="person")
    world.says("somebody", said_at="2024-10-01")
    assert words_in(world) == []


def test_the_last_word_counts_and_what_is_taken_back_does_not(world: World) -> None:
    claim = world.claim_id
    world.says("alpha", "denies", said_at="2024-10-01")
    world.says("alpha", said_at="2024-10-05")
    said = world.says("beta", said_at="2024-10-01")
    world.says("beta", "withdraws", withdraws=said, said_at="2024-10-03")
    assert given(world) == {("alpha", claim): f"+{claim}"}
    assert given(world, until="2024-10-02") == {("alpha", claim): f"-{claim}", ("beta", claim): f"+{claim}"}


def test_the_public_clock_waits_for_the_document(world: World) -> None:
    world.says("alpha", said_at="2024-10-01", document=world.document("alpha", "2024-10-09"))
    assert len(words_in(world, "2024-10-05")) == 1
    assert words_in(world, "2024-10-05", "public") == []


def test_a_vaguer_repeat_of_a_figure_takes_nothing_back(world: World) -> None:
    claim = quantity(world, low=10_000, hedge="more_than")
    exact = {"unit": "soldiers", "best": 12_000, "hedge": "exact"}
    world.says("alpha", claim=claim, said_at="2024-10-01", quantity=exact)
    world.says("alpha", claim=claim, said_at="2024-10-05")
    assert given(world) == {("alpha", claim): "12000"}


FIGURES = [
    Figure(10, 10),
    Figure(11, 11),
    Figure(90, 90),
    Figure(5, 15),
    Figure(0, 100),
    Figure(0, 8, refused=True),
    Figure(80, float("inf"), refused=True),
]
GROUP = frozenset("xyz")
POSITIONS = [Position(GROUP, "x", frozenset()), Position(GROUP, "y", frozenset())]
POSITIONS += [Position(GROUP, None, frozenset(denied)) for denied in ("x", "y", "xy", "xyz")]


@pytest.mark.parametrize("values", [FIGURES, POSITIONS], ids=["figures", "positions"])
def test_implication_is_an_order_and_whatever_is_implied_agrees(values: list[Value]) -> None:
    for one in values:
        assert one.implies(one)
        for other in values:
            assert one.agrees_with(other) == other.agrees_with(one)
            assert not one.implies(other) or one.agrees_with(other), (one, other)
            for third in values:
                assert not (one.implies(other) and other.implies(third)) or one.implies(third), (one, other, third)
