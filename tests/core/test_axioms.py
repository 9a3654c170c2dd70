"""The axioms of SCORING section 4 over random worlds. ONRECORD_AXIOM_CASES sets how many worlds each axiom meets."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from ledger.core.corroboration import corroborate
from ledger.core.evidence import Logged
from schemas.corroboration import AsOf, Report
from schemas.records import RECORD, DocumentRecord, Record, SourceRecord, StatementRecord
from tests.core.world import World, id_of

CASES = int(os.environ.get("ONRECORD_AXIOM_CASES", "150"))
LETTERS = ["A", "B", "C", "D", "E", "F", None]
TYPES = ["organization", "government_body", "outlet", "news_agency", "platform_account", "person"]
ACTS = ["asserts", "confirms", "denies", "claims", "estimates", "alleges", "reports", "finds", "dismisses", "questions"]
DAYS = ["2025-01-01", "2025-01-02", "2025-01", "2025-02-01", "2025-02-01~", "2025"]


def random_world(seed: int) -> tuple[World, random.Random]:
    """Up to 9 sources with ratings and relations, up to 14 statements with hops among them, some in circles."""
    chance, w = random.Random(seed), World()
    slugs = [
        w.source(f"s{number}", chance.choice(LETTERS), type=chance.choice(TYPES)) for number in range(chance.randint(2, 9))
    ]
    for _ in range(chance.randint(0, 5)):
        a, b = chance.sample(slugs, 2)
        relation = chance.choice(["part_of", "owned_by", "controlled_by", "allied_with", "speaks_for"])
        if relation != "speaks_for" or not any(key.startswith(f"{a}>") for key in w.last):
            w.relate(a, relation, b)
            if relation == "speaks_for":
                w.last[f"{a}>"] = b
    said: list[str] = []
    for _ in range(chance.randint(1, 14)):
        speaker, act = chance.choice(slugs), chance.choice(ACTS)
        document = w.document(speaker, chance.choice([*DAYS, None]), hashed=chance.random() < 0.6)
        polarity = "-" if act == "denies" or chance.random() < 0.2 else "+"
        said.append(
            w.says(
                speaker,
                act,
                polarity=polarity,
                basis=chance.choice(["not_stated", "told", "imagery", "witnessed"]),
                interest=chance.choice(["for", "against", "neutral", "unknown"]),
                certainty=chance.choice(["certain", "probable", "possible", "unstated"]),
                **({"document": document} if chance.random() < 0.7 else {"said_at": chance.choice(DAYS)}),
            )
        )
    for _ in range(chance.randint(0, 2 * len(said))):
        below, above = chance.choice(said), chance.choice(said)
        if below != above:
            w.hop(below, above)
    return w, chance


def report_on(w: World, logged: list[Logged], until: str | None = None) -> Report:
    size = max(entry.index for entry in logged) + 1
    return corroborate(w.claim_id, logged, as_of=AsOf(size=size, root="00" * 32, time="2026-01-01T00:00:00Z"), until=until)


def plain(report: Report) -> dict[str, object]:
    return report.model_dump(exclude={"as_of"})


def each_world(check: Callable[[World, random.Random], None]) -> None:
    base = int(os.environ.get("ONRECORD_AXIOM_SEED", "0"))
    for seed in range(base, base + CASES):
        w, chance = random_world(seed)
        try:
            check(w, chance)
        except AssertionError as error:
            raise AssertionError(f"world {seed}: {error}") from error


def test_the_order_of_the_records_changes_nothing() -> None:
    def check(w: World, chance: random.Random) -> None:
        shuffled = list(w.logged)
        chance.shuffle(shuffled)
        assert report_on(w, shuffled) == report_on(w, w.logged)

    each_world(check)


def test_the_number_lies_inside_its_interval_and_the_sum_is_exact() -> None:
    def check(w: World, _: random.Random) -> None:
        report = w.report()
        low, high = report.interval
        assert 0 < low <= report.probability <= high < 1
        assert abs(report.log_odds - report.base - sum(row.contribution for row in report.contributions)) < 1e-12
        assert high - low <= 0.98 + 1e-12
        if not any(row.weight > 0 for row in report.contributions):
            assert report.interval == pytest.approx((0.01, 0.99))

    each_world(check)


def test_unrated_voices_move_nothing() -> None:
    def check(w: World, chance: random.Random) -> None:
        before = w.report().log_odds
        for number in range(3):
            w.source(f"unrated{number}", type=chance.choice(TYPES))
            w.says(f"unrated{number}", chance.choice(ACTS[:4]), basis="witnessed", said_at="2025-01-15")
        assert w.report().log_odds == before

    each_world(check)


def test_a_repeat_of_what_is_documented_moves_nothing() -> None:
    def check(w: World, chance: random.Random) -> None:
        hashed = {entry.id for entry in w.logged if isinstance(entry.record, DocumentRecord) and entry.record.sha256}
        documented = [
            entry.id
            for entry in w.logged
            if isinstance(entry.record, StatementRecord) and entry.record.document in hashed and entry.record.act != "dismisses"
        ]
        if not documented:
            return
        before = w.report().log_odds
        w.source("echo", chance.choice(LETTERS), type="outlet")
        w.through("echo", chance.choice(documented), "2025-03-01")
        assert w.report().log_odds == before

    each_world(check)


@pytest.mark.parametrize("act", ["confirms", "denies"])
def test_a_new_origin_never_moves_the_score_against_its_stance(act: str) -> None:
    def check(w: World, chance: random.Random) -> None:
        w.source("newcomer", chance.choice(LETTERS), type="organization")
        before = w.report().log_odds
        w.says("newcomer", act, basis="witnessed", document=w.document("newcomer", "2025-03-01"))
        after = w.report().log_odds
        assert after >= before if act == "confirms" else after <= before

    each_world(check)


def test_a_clone_that_speaks_for_another_changes_nothing() -> None:
    def check(w: World, _: random.Random) -> None:
        before = w.report()
        alone = [row for row in before.contributions if row.weight > 0 and len(row.chain) == 1 and row.factors.c == 1.0]
        row = next((row for row in alone if row.chain[0].source == row.origin), None)
        if row is None:
            return
        said = next(entry.record for entry in w.logged if entry.id == row.statement)
        source = next(e.record for e in w.logged if isinstance(e.record, SourceRecord) and e.record.id == row.origin)
        twin = w.source("twin", row.factors.letter, type=source.type)
        w.relate(twin, "part_of", row.origin)
        w.add(**{**said.model_dump(exclude_none=True), "speaker": twin})
        assert w.report().log_odds == before.log_odds

    each_world(check)


def _without_interest(record: Record) -> Record:
    if not isinstance(record, StatementRecord):
        return record
    act = "asserts" if record.act == "denies" else record.act
    return record.model_copy(update={"interest": "neutral", "interest_reason": None, "act": act})


def test_swapping_all_stances_negates_the_log_odds() -> None:
    def check(w: World, _: random.Random) -> None:
        renamed: dict[str, str] = {}
        swapped: list[Logged] = []
        for entry in w.logged:
            members = entry.record.model_dump(mode="json", by_alias=True, exclude_none=True)
            if members["kind"] == "statement":
                members["polarity"] = "-" if members["polarity"] == "+" else "+"
                if members["act"] == "denies":
                    members["act"] = "asserts"
                members["interest"] = "neutral"
                members.pop("interest_reason", None)
            members = {name: renamed.get(value, value) if isinstance(value, str) else value for name, value in members.items()}
            record = RECORD.validate_python(members)
            renamed[entry.id] = id_of(record)
            swapped.append(replace(entry, id=id_of(record), record=record))
        kept = [replace(entry, record=_without_interest(entry.record)) for entry in w.logged]
        if len({entry.id for entry in swapped}) < len(swapped):
            return  # two statements became one
        assert report_on(w, swapped).log_odds == pytest.approx(-report_on(w, kept).log_odds, abs=1e-12)

    each_world(check)


def test_later_records_never_change_an_earlier_view() -> None:
    def check(w: World, _: random.Random) -> None:
        size = len(w.logged) * 2 // 3
        if w.claim_id not in {entry.id for entry in w.logged[:size]}:
            return
        as_of = AsOf(size=size, root="00" * 32, time="2026-01-01T00:00:00Z")
        early = corroborate(w.claim_id, w.logged[:size], as_of=as_of)
        assert corroborate(w.claim_id, w.logged, as_of=as_of) == early

    each_world(check)


def test_a_neutral_stance_changes_nothing_but_its_own_place() -> None:
    def check(w: World, chance: random.Random) -> None:
        before = w.report()
        w.source("silent", "A", type="organization")
        w.says(
            "silent", chance.choice(["dismisses", "declines_to_comment", "did_not_respond", "questions"]), said_at="2025-01-01"
        )
        after = w.report()
        assert (after.log_odds, after.interval, after.independent_origins) == (
            before.log_odds,
            before.interval,
            before.independent_origins,
        )

    each_world(check)


def test_a_hop_inserted_into_a_chain_raises_nothing() -> None:
    def check(w: World, chance: random.Random) -> None:
        hops = [entry for entry in w.logged if entry.record.kind == "attribution"]
        if not hops:
            return
        before = {(row.origin, row.side): row.weight for row in w.report().contributions}
        old = chance.choice(hops)
        w.source("between", "D", type="platform_account")
        ends = old.record.model_dump(by_alias=True)
        target = next(entry.record for entry in w.logged if entry.id == ends["to"])
        assert isinstance(target, StatementRecord)
        middle = w.says("between", "reports", polarity=target.polarity, basis="told", reported_by=ends["from"])
        logged = [entry for entry in w.logged if entry.id != old.id]
        w.logged[:] = [replace(entry, index=index) for index, entry in enumerate(logged)]
        w.hop(ends["from"], middle)
        w.hop(middle, ends["to"])
        after = {(row.origin, row.side): row.weight for row in w.report().contributions}
        assert all(after.get(row, 0.0) <= weight + 1e-12 for row, weight in before.items())

    each_world(check)


def test_replay_gives_the_same_bits() -> None:
    def check(w: World, _: random.Random) -> None:
        assert plain(w.report("2025-02-01")) == plain(w.report("2025-02-01"))

    each_world(check)
