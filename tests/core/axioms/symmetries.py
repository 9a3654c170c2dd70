"""Axioms of what must not matter: order, names, the calendar, later records; and of what must mirror."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from ledger.core.corroboration import corroborate
from ledger.core.evidence import Logged
from schemas.corroboration import Report
from schemas.records import RECORD
from tests.core.axioms.cases import Case, axiom, plain, read_at
from tests.core.axioms.random_worlds import ACTS, RandomWorld, linked
from tests.core.world import id_of

Rewrite = Callable[[dict[str, Any]], dict[str, Any]]


def rewritten(logged: list[Logged], change: Rewrite) -> tuple[list[Logged], dict[str, str]] | None:
    """The same records, each changed, with every id in them followed; None if two became one."""
    renamed: dict[str, str] = {}
    found: list[Logged] = []
    for entry in logged:
        members = change(entry.record.model_dump(mode="json", by_alias=True, exclude_none=True))
        try:
            record = RECORD.validate_python({name: _followed(value, renamed) for name, value in members.items()})
        except ValidationError:  # a hop between the two that became one
            return None
        renamed[entry.id] = id_of(record)
        found.append(Logged(entry.index, renamed[entry.id], record, entry.keys))
    if len({(entry.id, entry.keys) for entry in found}) < len(found):
        return None
    return found, renamed


def _followed(value: Any, renamed: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_followed(item, renamed) for item in value]
    return renamed.get(value, value) if isinstance(value, str) else value


def answer(case: Case, logged: list[Logged], renamed: dict[str, str], **other: Any) -> Report:
    claim = renamed.get(case.made.claim_id, case.made.claim_id)
    return corroborate(claim, logged, as_of=read_at(len(logged)), **{**case.question, **other})


def essence(report: Report, slug_of: Callable[[str], str] = str) -> dict[str, Any]:
    """What is said of whom, without the ids of records. Rows that tie may trade their independence."""
    rows = sorted(
        (slug_of(row.origin), row.side, row.stance, round(row.weight, 12), row.established, row.rated)
        for row in report.contributions
        if not row.origin.startswith("document-") and "+" not in row.origin
    )
    return {
        "rows": rows,
        "log_odds": round(report.log_odds, 10),
        "interval": [round(limit, 10) for limit in report.interval],
        "n": (report.independent_origins, report.origins),
        "words": (report.headline, report.words, report.confidence, report.showable, report.labels),
        "counts": (report.reports, report.outlets, len(report.set_aside), len(report.no_weight), len(report.withdrawn)),
    }


@axiom
def the_order_of_the_records_changes_nothing(case: Case) -> bool:
    world = case.world()
    case.chance.shuffle(world.logged)
    assert case.after(world) == case.before
    return True


@axiom
def replay_gives_the_same_bits(case: Case) -> bool:
    again = Case(case.seed)
    assert again.before.model_dump_json(by_alias=True) == case.before.model_dump_json(by_alias=True)
    return True


@axiom
def renaming_changes_nothing_but_the_order_of_ties(case: Case) -> bool:
    """Slugs and texts, and with them every id. Not asked of joint statements whose signatories have the same letter: there
    the name decides whose statement it is, which is the tie that the rule speaks of."""
    slugs = [entry.record.id for entry in case.made.logged if entry.record.kind == "source"]
    if any(entry.record.kind == "statement" and entry.record.joint_with for entry in case.made.logged):
        return False
    order = list(slugs)
    case.chance.shuffle(order)
    new = {slug: f"n{order.index(slug)}" for slug in slugs} | {"rater": "rater"}
    old = {value: slug for slug, value in new.items()}

    def change(members: dict[str, Any]) -> dict[str, Any]:
        if members["kind"] == "claim":
            return {**members, "text": {"en": members["text"]["en"] + " (in other words)"}}
        return {name: value if name == "unit" else _followed(value, new) for name, value in members.items()}

    found = rewritten(case.made.logged, change)
    if found is None:
        return False

    def first(slug: str) -> str:
        """Of several sources that are one origin, the first by name stands for all."""
        return min(linked(case.made, slug))

    renamed = essence(answer(case, *found), lambda slug: first(old.get(slug, slug)))
    assert renamed == essence(case.before, first)
    return True


@axiom
def shifting_all_times_changes_nothing(case: Case) -> bool:
    """By 28 years, or 400, after which the calendar is the same to the day. The moment of reading shifts too."""
    years = case.chance.choice([28, -28, 400])

    def shift(text: str) -> str:
        return re.sub(r"\b(20[0-9][0-9])(?=$|[-~?%/])", lambda year: str(int(year[1]) + years), text)

    def change(members: dict[str, Any]) -> dict[str, Any]:
        dates = ("said_at", "published_at", "captured_at", "known_from", "valid_from", "valid_to", "event_time")
        changed = {name: shift(value) if name in dates else value for name, value in members.items()}
        if "as_of" in (members.get("quantity") or {}):
            changed["quantity"] = {**members["quantity"], "as_of": shift(members["quantity"]["as_of"])}
        return changed

    found = rewritten(case.made.logged, change)
    assert found is not None
    logged, renamed = found
    until = case.question["until"]
    as_of = read_at(len(logged)).model_copy(update={"time": shift("2026-01-01") + "T00:00:00Z"})
    report = corroborate(
        renamed[case.made.claim_id],
        logged,
        as_of=as_of,
        until=shift(until) if until else None,
        clock=case.question["clock"],
    )
    assert essence(report) == essence(case.before)
    return True


@axiom
def swapping_all_stances_negates_the_log_odds(case: Case) -> bool:
    """Quantities and interest apart, and with claims that are equivalent at most: who denies what entails a claim says
    nothing of it, while who affirms it does."""
    if case.made.claims_figure(case.made.claim_id):
        return False

    def level(members: dict[str, Any]) -> dict[str, Any]:
        if members["kind"] == "claim_relation":
            return {**members, "relation": "equivalent"}
        if members["kind"] == "claim" and "quantity" in members:
            return {**{name: value for name, value in members.items() if name != "quantity"}, "type": "event"}
        if members["kind"] != "statement":
            return members
        act = "asserts" if members["act"] == "denies" else members["act"]
        dropped = ("quantity", "interest_reason", "hedge_on")
        return {**{name: value for name, value in members.items() if name not in dropped}, "act": act, "interest": "neutral"}

    def swap(members: dict[str, Any]) -> dict[str, Any]:
        changed = level(members)
        if changed["kind"] == "statement":
            changed["polarity"] = "-" if changed["polarity"] == "+" else "+"
        return changed

    one, other = rewritten(case.made.logged, level), rewritten(case.made.logged, swap)
    if one is None or other is None:
        return False
    straight, mirrored = answer(case, *one), answer(case, *other)
    assert mirrored.log_odds == -straight.log_odds
    assert mirrored.independent_origins.for_ == straight.independent_origins.against
    return True


@axiom
def later_entries_never_change_what_the_ledger_knew(case: Case) -> bool:
    """The answer as of a size is a function of the entries below it, on either clock of the world."""
    logged = case.made.logged
    size = case.chance.randrange(len(logged) // 2, len(logged))
    early = corroborate(case.made.claim_id, logged[:size], as_of=read_at(size), **case.question)
    assert corroborate(case.made.claim_id, logged, as_of=read_at(size), **case.question) == early
    return True


@axiom
def later_events_never_change_what_could_be_known(case: Case) -> bool:
    """What is said, published, found out, rated or related after a day changes no answer about that day. On the clock of what
    had been said, a later report may still give an earlier statement its chain; there, later voices cite only each other."""
    world, chance = case.world(), case.chance
    until, late = "2025-03-01", "2025-04-01"
    before = case.after(world, until=until)
    _go_on(world, chance, late, public=case.question["clock"] == "public")
    after = case.after(world, until=until)
    assert plain(after) == plain(before)
    return True


def _go_on(world: RandomWorld, chance: Any, late: str, *, public: bool) -> None:
    """Life after the day: voices, reports of earlier words, retractions, ratings and relations that begin later."""
    old = [name for name in world.said if world.of(name).act not in ("withdraws",)]
    new: list[str] = []
    for number in range(chance.randint(1, 5)):
        speaker = chance.choice([*world.slugs, world.source(f"late{number}", "B", type="government_body")])
        own = [name for name in old if world.of(name).speaker == speaker]
        act, more = chance.choice(ACTS), {}
        if own and chance.random() < 0.3:
            act, more = "withdraws", {"withdraws": chance.choice(own)}
        claim = chance.choice(world.claims)
        said = world.says(speaker, act, claim=claim, basis="data", document=world.document(speaker, late), **more)
        above = chance.choice([*new, *(old if public else [])] or [said])
        if above != said:
            world.hop(said, above)
        new.append(said)
    world.rate(chance.choice(world.slugs), chance.choice("ABCDE"), valid_from=late)
    if len(world.named) > 1:
        one, two = chance.sample(world.named, 2)
        world.add(kind="source_relation", subject=one, relation="part_of", object=two, valid_from=late)
