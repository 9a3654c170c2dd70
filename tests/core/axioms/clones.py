"""Axioms of dependence: saying it again through a part, an ally or a spokesman."""

from __future__ import annotations

from typing import Any

from schemas.corroboration import Contribution
from schemas.records import AttributionRecord, CorrectionRecord, SourceRecord
from tests.core.axioms.cases import Case, axiom, standing_hops
from tests.core.axioms.random_worlds import RandomWorld

ONE_VOICE: list[dict[str, Any]] = [
    {"relation": "part_of"},
    {"relation": "speaks_for"},
    {"relation": "owned_by"},
    {"relation": "owned_by", "share": 50},
    {"relation": "same_as"},
]
PARTLY: list[tuple[float, dict[str, Any]]] = [
    (0.9, {"relation": "owned_by", "share": 20}),
    (0.9, {"relation": "owned_by", "share": 49.9}),
    (0.9, {"relation": "controlled_by"}),
    (0.5, {"relation": "allied_with"}),
    (0.0, {"relation": "owned_by", "share": 19.9}),
    (0.0, {"relation": "member_of"}),
]


def row_to_clone(case: Case) -> Contribution | None:
    """A row that stands on a statement of a source that is alone in its origin. Not asked of a statement at half weight,
    because its speaker had once confirmed what it was shown: it weighs more from the mouth of somebody who had not. Nor of a
    joint statement that counts as that of a co-signatory: where nobody saw its document, it has the phi of its speaker. Nor of
    who confirms or repeats its own earlier words: it would have them from the clone as well, or the clone from
    it. Nor of a statement in the place of another, which hops still name."""
    world = case.made
    ends = [entry.record for entry in standing_hops(world.logged) if isinstance(entry.record, AttributionRecord)]
    replacing = {entry.record.replaced_by for entry in world.logged if isinstance(entry.record, CorrectionRecord)}
    citing = {hop.from_ for hop in ends}
    between = [hop for hop in ends if world.of(hop.to).kind == "statement"]
    repeated = {hop.to for hop in between if world.of(hop.to).speaker == world.of(hop.from_).speaker}
    rows = [
        row
        for row in case.before.contributions
        if row.weight > 0
        and row.chain[0].statement is not None
        and row.chain[0].source == row.origin
        and world.of(row.statement).speaker == row.origin
        and row.origin not in world.unnamed
        and row.factors.c == 1.0
        and row.statement not in citing | repeated | replacing
        and "same_as" not in world.of_source(row.origin).model_dump(exclude_none=True)
    ]
    return case.chance.choice(rows) if rows else None


def clone(world: RandomWorld, row: Contribution, slug: str, how: dict[str, Any], letter: str | None = None) -> None:
    """A source with the same type and letter that says the same, in the same document, to the same people."""
    source: SourceRecord = world.of_source(row.origin)
    alike = [row.origin] if how["relation"] == "same_as" else None
    affiliation = {"unnamed_kind": source.unnamed_kind, "affiliation": source.affiliation} if source.unnamed_kind else {}
    world.source(slug, letter or row.factors.letter, type=source.type, same_as=alike, **affiliation)
    if how["relation"] not in ("same_as", "none"):
        topic = world.topic if how["relation"] == "allied_with" else None
        world.add(kind="source_relation", subject=slug, object=row.origin, topic=topic, **how)
    if row.factors.self_serving and how["relation"] != "same_as":
        world.relate(slug, "party_to", world.topic)
    assert row.statement is not None
    members = world.of(row.statement).model_dump(mode="json", exclude_none=True)
    members.pop("joint_with", None)
    twin = world.add(**{**members, "speaker": slug})
    for entry in standing_hops(world.logged):
        if isinstance(entry.record, AttributionRecord) and row.statement in (entry.record.from_, entry.record.to):
            ends = entry.record.model_dump(mode="json", by_alias=True, exclude_none=True)
            world.add(**{name: twin if value == row.statement else value for name, value in ends.items()})


@axiom
def a_clone_of_dependence_one_changes_nothing(case: Case) -> bool:
    """A part, a spokesman, what is owned whole, or the same under another name, that says the same: by exactly 0."""
    row = row_to_clone(case)
    if row is None:
        return False
    world = case.world()
    clone(world, row, case.chance.choice(["aa-twin", "zz-twin"]), case.chance.choice(ONE_VOICE))
    after = case.after(world)
    assert (after.log_odds, after.interval) == (case.before.log_odds, case.before.interval)
    assert after.independent_origins == case.before.independent_origins
    return True


@axiom
def clones_of_dependence_rho_add_no_more_than_what_is_theirs(case: Case) -> bool:
    """m clones of an origin with weight w move the score by at most m (1 - rho) w, and never against their stance."""
    row = row_to_clone(case)
    if row is None:
        return False
    world, many = case.world(), case.chance.choice([1, 2, 5])
    rho, how = case.chance.choice(PARTLY)
    for number in range(many):
        clone(world, row, case.chance.choice(["aa", "zz"]) + str(number), how)
    moved = case.after(world).log_odds - case.before.log_odds
    moved *= 1 if row.side == "for" else -1
    assert -1e-12 <= moved <= many * (1 - rho) * row.weight + 1e-12, f"{many} clones of {rho} moved {row.weight} by {moved}"
    return True


@axiom
def unnamed_clones_add_no_more_than_their_affiliation_allows(case: Case) -> bool:
    """Unnamed persons of one affiliation depend on each other by .8, without any wholly: they may be one and the same."""
    world = case.world()
    affiliation = case.chance.choice([None, world.slugs[0]])
    letter = case.chance.choice("ABCD")
    act = case.chance.choice(["asserts", "denies"])
    day = "2024-12-31"
    reports = []
    for number in range(3):
        slug = world.source(f"official{number}", letter, type="unnamed", unnamed_kind="person", affiliation=affiliation)
        world.says(slug, act, document=world.document(slug, day))
        reports.append(case.after(world))
    weight = next((row.weight for row in reports[0].contributions if row.origin == "official0"), None)
    if weight is None:
        return False
    most = 0.0 if affiliation is None else 2 * (1 - 0.8) * weight
    moved = abs(reports[2].log_odds - reports[0].log_odds)
    assert moved <= most + 1e-12, f"moved by {moved}, at most {most}"
    return True
