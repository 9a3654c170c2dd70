"""Axioms of added voices: who may move the score, and which way."""

from __future__ import annotations

from typing import Any

from ledger.core.hearing import examine
from schemas.records import StatementRecord
from tests.core.axioms.cases import Case, axiom, numbers, read_at, renumbered, standing_hops, standing_ids
from tests.core.axioms.random_worlds import ACTS, DAYS, NEUTRAL, TYPES, RandomWorld, linked

LATER = "2025-12-30"


def statements_of(world: RandomWorld) -> dict[str, StatementRecord]:
    return {entry.id: entry.record for entry in world.logged if isinstance(entry.record, StatementRecord)}


@axiom
def any_number_of_unrated_voices_moves_nothing(case: Case) -> bool:
    """By exactly 0: newcomers, spokesmen and parts of rated sources, alone, jointly with each other, or confirming what they
    cite. They cite only what readers find without them: a chain to what nobody could find is no voice, it is a chain."""
    world, chance = case.world(), case.chance
    there = standing_ids(world.logged)
    findable = [name for name, said in statements_of(world).items() if said.document in there and said.act not in NEUTRAL]
    for number in range(chance.choice([1, 2, 5])):
        slug = world.source(f"unrated{number}", type=chance.choice(TYPES))
        if world.named and chance.random() < 0.5:
            relation = chance.choice(["speaks_for", "part_of", "owned_by", "allied_with"])
            world.relate(slug, relation, chance.choice(world.named))
        act = chance.choice(ACTS)
        more: dict[str, Any] = {"joint_with": [f"unrated{number - 1}"]} if number and chance.random() < 0.2 else {}
        document = world.document(slug, chance.choice(DAYS))
        claim = chance.choice(world.claims)
        said = world.says(slug, act, claim=claim, basis=chance.choice(["witnessed", "told"]), document=document, **more)
        if findable and chance.random() < 0.3:
            world.hop(said, chance.choice(findable))
    after = case.after(world)
    assert _unmoved_but_for_better_chains(case, after, {f"unrated{number}" for number in range(5)})
    return True


def _unmoved_but_for_better_chains(case: Case, after: Any, carriers: set[str]) -> bool:
    """Whether the score is the same to the last bit. Where a new carrier is on the best chain of a row, that chain was better
    than what there was before, and only that is asked."""
    weights = {(row.origin, row.side): row.weight for row in case.before.contributions}
    carried = [row for row in after.contributions if any(link.source in carriers for link in row.chain[1:])]
    if not any(row.weight > 0 for row in carried):
        return numbers(after) == numbers(case.before)
    return all(row.weight >= weights.get((row.origin, row.side), 0.0) for row in carried)


@axiom
def a_repeat_through_no_better_a_chain_moves_nothing(case: Case) -> bool:
    """By exactly 0, whoever repeats it. Not asked: a first report of words that stand in no document, which
    count until then as if their speaker had relayed them, or which nobody could find; an outlet with a
    placeholder, which the repeat may explain; somebody of the very origin, who says it again rather than carries it; and
    words that are set aside, which a report that still stands brings back if whatever reported them before was the reason."""
    world, chance = case.world(), case.chance
    statements = statements_of(world)
    there = standing_ids(world.logged)
    aside = {item.record for item in case.before.set_aside} | {item.statement for item in case.before.no_weight}
    names = [
        name
        for name, said in statements.items()
        if said.document in there and said.act not in (*NEUTRAL, "withdraws") and name not in aside
    ]
    if not names:
        return False
    target = chance.choice(names)
    said, echo = statements[target], "echo"
    explained = {one.speaker for one in statements.values() if one.reported_by}
    old = [slug for slug in world.slugs if slug not in explained | world.parents.keys()]
    if old and chance.random() < 0.5:
        echo = chance.choice(old)
    else:
        world.source(echo, chance.choice(["A", "C", "E"]), type=chance.choice(["outlet", "news_agency", "platform_account"]))
    if echo == said.speaker or linked(world, echo) & linked(world, said.speaker):
        return False
    below = world.says(
        echo, "reports", claim=said.claim, polarity=said.polarity, basis="told", document=world.document(echo, LATER)
    )
    world.hop(below, target)
    after = case.after(world)
    used = any(link.statement == below for row in after.contributions for link in row.chain[1:])
    if used:
        weights = {row.statement: row.weight for row in case.before.contributions}
        return all(row.weight >= weights.get(row.statement, 0.0) - 1e-12 for row in after.contributions)
    assert after.log_odds == case.before.log_odds, f"{after.log_odds} != {case.before.log_odds}"
    assert after.interval == case.before.interval
    return True


@axiom
def a_new_origin_never_moves_the_score_against_its_stance(case: Case) -> bool:
    """In a fixed registry: its relations and rating are on record before, what it says, and who carries it, are new. Not asked
    of a source that is one with another that spoke, for that one is no new origin."""
    world, chance = case.world(), case.chance
    new = world.source("newcomer", chance.choice("ABCDE"), type=chance.choice(TYPES[:3]), same_as=None)
    for other in chance.sample(world.named, min(len(world.named), 2)):
        world.relate(new, chance.choice(["part_of", "owned_by", "controlled_by", "allied_with"]), other)
    relay = world.source("carrier", chance.choice("ABCDE"), type="outlet")
    before = case.after(world)
    act = chance.choice(["confirms", "denies", "asserts", "estimates"])
    claim = chance.choice(world.claims)
    figure = world.figure() if world.claims_figure(claim) and chance.random() < 0.5 else None
    interest = chance.choice(["for", "against", "unknown"])
    when = chance.choice(DAYS)
    if chance.random() < 0.5:
        said = world.says(new, act, claim=claim, interest=interest, quantity=figure, document=world.document(new, when))
    else:
        said = world.says(new, act, claim=claim, interest=interest, quantity=figure, said_at=when)
        world.through(relay, said, when)
    after = case.after(world)
    row = next((row for row in after.contributions if row.origin == new), None)
    moved = after.log_odds - before.log_odds
    if row is None:
        assert moved == 0
        return False
    assert moved >= -1e-12 if row.side == "for" else moved <= 1e-12, f"{row.side} moved it by {moved}"
    return True


@axiom
def a_neutral_stance_changes_nothing(case: Case) -> bool:
    """Whoever dismisses, declines, does not answer or asks: a newcomer, or somebody who has spoken before or since."""
    world, chance = case.world(), case.chance
    silent = world.source("silent", "A", type="organization") if chance.random() < 0.5 else chance.choice(world.slugs)
    claim, polarity = chance.choice(world.claims), chance.choice("+-")
    where: dict[str, Any] = {"said_at": chance.choice(DAYS)}
    if chance.random() < 0.5:
        where = {"document": world.document(silent, chance.choice(DAYS))}
    world.says(
        silent, chance.choice(NEUTRAL), claim=claim, polarity=polarity, interest=chance.choice(["for", "against"]), **where
    )
    after = case.after(world)
    assert numbers(after) == numbers(case.before)
    assert after.contributions == case.before.contributions
    return True


@axiom
def a_hop_inserted_into_a_chain_raises_nothing(case: Case) -> bool:
    """Neither the weight of any origin behind it nor the sum of a side. Where the hop led to a document, who stands between
    says the same, at the same time, as the one below it: a document root takes stance, firmness and date of whoever shows
    it. Not asked between two statements of one source: what was a repetition becomes a circle."""
    world, chance = case.world(), case.chance
    hops = standing_hops(world.logged)
    if not hops:
        return False
    old = chance.choice(hops)
    ends = old.record.model_dump(mode="json", by_alias=True, exclude_none=True)
    below, target = world.of(ends["from"]), world.of(ends["to"])
    if target.kind == "statement" and below.speaker == target.speaker:
        return False
    if target.kind == "statement":
        same = {"claim": target.claim, "polarity": target.polarity, "act": "reports"}
    else:
        kept = ("claim", "polarity", "act", "certainty", "hedge_on", "quantity", "withdraws", "interest")
        same = {name: value for name in kept if (value := getattr(below, name)) is not None}
        shown = world.of(below.document) if below.document in standing_ids(world.logged) else None
        same |= {"said_at": below.said_at or (shown.published_at if shown else None)}
    between = world.source("between", chance.choice("ABCDE"), type=chance.choice(["platform_account", "news_agency"]))
    middle = world.says(between, same.pop("act"), basis="told", reported_by=ends["from"], **same)
    world.logged = renumbered([entry for entry in world.logged if entry.id != old.id])
    world.add(**{**ends, "to": middle})
    world.add(**{**ends, "from": middle})
    after = case.after(world)
    weights = {(row.origin, row.side): row.weight for row in after.contributions}
    for row in case.before.contributions:
        assert weights.get((row.origin, row.side), 0.0) <= row.weight + 1e-12, f"raised {row.origin}"
    for side in ("for", "against"):
        assert _sum(after, side) <= _sum(case.before, side) + 1e-12, f"raised the sum {side}"
    return True


def _sum(report: Any, side: str) -> float:
    return sum(abs(row.contribution) for row in report.contributions if row.side == side)


@axiom
def a_later_weaker_repeat_of_a_stance_changes_nothing(case: Case) -> bool:
    """By whoever said it, with the same figure if any, and carried no better. Not asked where by then the speaker speaks for
    somebody else, since then another origin repeats it."""
    world, chance = case.world(), case.chance
    rows = [
        row
        for row in case.before.contributions
        if row.chain[0].statement and world.of(row.statement).speaker == row.chain[0].source
    ]
    if not rows:
        return False
    row = chance.choice(rows)
    first = world.of(row.statement).model_dump(mode="json", exclude_none=True)
    for name in ("document", "reported_by", "joint_with", "withdraws"):
        first.pop(name, None)
    if first["act"] in ("corrects",):
        first["act"] = "asserts"
    weaker = {"act": "alleges" if first["act"] != "denies" else "denies", "certainty": "possible", "said_at": LATER}
    repeat = world.add(**{**first, **weaker})
    account = world.source("account", "E", type="platform_account")
    world.through(account, repeat, LATER)
    until = case.question["until"]
    hearing = examine(case.made.claim_id, world.logged, as_of=read_at(len(world.logged)), **case.question)
    heard = [one for one in hearing.heard if one.said.id == repeat]
    if not heard or until not in (None, "2025-12-31") or heard[0].origin != row.origin or heard[0].e > row.factors.edge:
        return False
    after = case.after(world)
    assert numbers(after) == numbers(case.before)
    return True
