"""The dossier of a claim and back: the same ids elsewhere, nothing new where it came from."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import NotFoundError, WithheldError
from ledger.exports.content import Content
from ledger.exports.dossier import print_dossier
from ledger.exports.retelling import retell
from ledger.exports.yaml import comment, print_item
from ledger.imports.dossier import load
from ledger.imports.drafts import Draft, Drafted
from ledger.imports.expand import draft
from ledger.imports.sealing import Sealer
from ledger.imports.yaml import parse_yaml
from ledger.keys import sign_record
from schemas.ids import Opening
from tests.cli.conftest import run_here
from tests.core.world import OTHER, World
from tests.exports.contents import content_from, content_of_world, content_written
from tests.imports.ledgers import SEALER, dossier_text, drafted, logged
from tests.service.randomly import Random
from tests.service.written import ADMIN, Written
from tests.service.written import OTHER as OTHER_SIGNER

DOSSIERS = ("north-korea-troops.yaml", "eight-outlets.yaml", "five-outlets.yaml")


def told(content: Content) -> set[str]:
    """The records that have the same id in every ledger: all that are told, but for those that replaced an earlier one."""
    entries = (entry for kind in retell(content).told.values() for entry in kind)
    movable = (entry for entry in entries if entry.record.kind != "correction")  # names the ledger that it is made in
    return {entry.id for entry in movable if getattr(entry.record, "replaces", None) is None}


def read_back(content: Content, sealer: Sealer = SEALER) -> Draft:
    return drafted(print_dossier(content).decode(), sealer=sealer)


def ids_of(items: Iterable[Drafted]) -> set[str]:
    return {item.id for item in items if item.record.kind != "correction"}


def openings_of(one: Draft) -> dict[str, Opening]:
    return {digest: opening for item in one.records for digest, opening in item.openings.items()}


@pytest.mark.parametrize("name", DOSSIERS)
def test_a_dossier_that_was_imported_comes_back_as_the_same_records(name: str) -> None:
    first = drafted(dossier_text(name))
    entries = logged([first])
    for claim in first.claims.values():
        content = content_from(entries, claim, openings_of(first))
        assert not {kind for kind, _ in retell(content).left_out} - {"key"}
        assert ids_of(read_back(content).records) == told(content) == {entry.id for entry in entries[1:]}


def test_the_example_exported_adds_nothing_to_its_own_ledger(mine: str, troops: str) -> None:
    assert run_here("export", troops, "--format", "dossier", "-o", "claim.yaml", "--ledger", mine).code == 0
    found = run_here("import", "claim.yaml", "--json", "--ledger", mine)
    assert (found.code, found.json["new"]) == (0, 0)


def test_the_example_exported_makes_the_same_records_in_a_fresh_ledger(mine: str, troops: str, tmp_path: Path) -> None:
    exported = run_here("export", troops, "--format", "dossier", "--ledger", mine)
    Path("claim.yaml").write_text(exported.out, "utf-8")
    other, key = str(tmp_path / "other.db"), tmp_path / "alices"
    shutil.copytree(Path(mine).parent / "ledger.db.keys", key)
    assert run_here("init", "--ledger", other, "--name", "bob").code == 0
    did = run_here("key", "list", "--json", "--ledger", mine).json["keys"]
    alice = next(one["did"] for one in did if one["subject"] == "alice")
    assert run_here("key", "enroll", alice, "--subject", "alice", "--role", "contributor", "--ledger", other).code == 0
    signing = ("--key", str(key / "alice.pem"), "--ledger", other)
    assert run_here("import", "claim.yaml", *signing).code == 0

    def records(ledger: str) -> set[str]:
        lines = run_here("export", troops, "--format", "dossier", "--ledger", ledger).out.splitlines()
        return {line for line in lines if not line.startswith("#")}

    assert records(other) == records(mine)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_on_record_is_told_again_or_named_as_left_out(seed: int, tmp_path: Path) -> None:
    world = Random(tmp_path, seed)
    for _ in range(250):
        world.step()
    world.ledger.checkpoint()
    told_of = 0
    for claim in world.claims:
        with suppress(NotFoundError, WithheldError):
            _check_told(world, content_written(world, claim))
            told_of += 1
    assert told_of


def _check_told(world: Written, content: Content) -> None:
    """Told again or named, each one; what is told has its id again; and where it came from nothing is new."""
    telling, text = retell(content), print_dossier(content).decode()
    named = sum(count for (kind, _), count in telling.left_out.items() if kind != "record")
    assert sum(map(len, telling.told.values())) + named >= len({entry.id for entry in content.at_state})
    assert ids_of(drafted(text, sealer=Sealer(ADMIN.seal_secret)).records) >= told(content)
    assert _new_in(world, text) == []


def _new_in(world: Written, text: str) -> list[Any]:
    """What importing this adds to the ledger: record bodies whose ids are not there yet."""
    ledger = world.ledger
    one = draft(load(text), ledger.in_force, assessor="ada", origin=world.origin, sealer=Sealer(ADMIN.seal_secret))
    here = {entry.id for entry in world.logged}
    return [item.record for item in one.records if item.id not in here]


@pytest.mark.parametrize("seed", range(3))
def test_a_fresh_ledger_takes_what_another_one_told(seed: int, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    world, other = Random(tmp_path / "a", seed), Written(tmp_path / "b")
    for _ in range(120):
        world.step()
    content = content_written(world, world.claim_id)
    text = print_dossier(content).decode()
    one = draft(load(text), other.ledger.in_force, assessor="ada", origin=other.origin, sealer=Sealer(ADMIN.seal_secret))
    other.ledger.add([sign_record(item.record, ADMIN, item.openings) for item in one.records])
    assert told(content) <= {item.id for item in one.records}
    assert print_dossier(content_written(other, world.claim_id)).startswith(b"# something happened")


HOSTILE = (
    "NO", "null", "~", "- a list", "* an alias", "&anchor", "!tag", "a: b", "a #b", "'quoted'", '"double"', "{flow}", "[flow]",
    "two\nlines", "\n leading", "tab\tbed", " blank before", "blank after ", "a\u2028b\u2029c", "\ufeffmark", "😀 emoji",
    "%directive", "@at", "`tick`", "---", "...", "? key", "| block", "> fold", "2025-04-28", "0x1f", "1e3", "yes", "=", "<<",
    "back\\slash", "a" * 300, "word " * 55 + "end", "한국어 텍스트", "النص العربي", "\u202eright to left", "a\n\n\nb", "\\n",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_come_back_as_they_were(text: str) -> None:
    world = World()
    world.source("wire", "B", name=text)
    document = world.add(kind="document", title=text, publisher="wire", published_at="2025-01-01")
    said = world.says("wire", basis="witnessed", document=document, occasion=text, quote={"exact": text, "prefix": text})
    world.source("daily", "C")
    carried = world.says("daily", basis="told", act="reports", said_at="2025")
    world.hop(carried, said, note=text, credited_as=text)
    content = content_of_world(world)
    assert ids_of(read_back(content).records) == told(content)
    assert yaml.safe_load(print_dossier(content))["documents"][0]["title"] == text


@given(st.lists(st.from_regex(r"[^\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]+", fullmatch=True), min_size=1))
def test_any_text_is_read_as_it_was_printed(texts: list[str]) -> None:
    read: Any = parse_yaml(comment(*texts) + print_item({"texts": texts}))
    assert [str(one) for one in read[0]["texts"]] == [unicodedata.normalize("NFC", text) for text in texts]


def test_an_erased_value_keeps_its_seal() -> None:
    first = drafted(dossier_text("north-korea-troops.yaml"))
    openings = openings_of(first)
    erased = next(iter(openings))
    content = content_from(
        logged([first]), first.claims["troops-sent"], {name: openings[name] for name in openings if name != erased}
    )
    text = print_dossier(content).decode()
    assert erased in text
    assert ids_of(drafted(text).records) == told(content)


def test_what_somebody_else_has_sealed_keeps_the_seal_and_can_still_be_opened() -> None:
    world, theirs = World(), Sealer(b"x" * 32)
    openings: dict[str, Opening] = {}
    quote = {"exact": theirs.seal("quote.exact", "We saw it.", openings)}
    world.source("wire", "B")
    world.says("wire", "confirms", key=OTHER, basis="witnessed", said_at="2025", quote=quote)
    content = content_from(world.logged, world.claim_id, openings)
    again = read_back(content)
    assert ids_of(again.records) == told(content)
    assert openings.items() <= openings_of(again).items()


def test_a_hop_of_which_nothing_more_is_said_stays_beside_one_of_which_there_is() -> None:
    world = World()
    world.source("wire", "B")
    world.source("daily", "B")
    said, carried = (world.says(one, "reports", basis="told", said_at="2025") for one in ("wire", "daily"))
    hops = {world.hop(carried, said, credited_as="the wire"), world.hop(carried, said), world.hop(carried, said, mode="quotes")}
    assert hops <= ids_of(read_back(content_of_world(world)).records)


def test_ratings_of_others_are_named_and_not_given_in_the_importers_name() -> None:
    world = World()
    world.source("wire", "B")
    world.rate("wire", "F", key=OTHER)
    world.says("wire", basis="witnessed", said_at="2025")
    text = print_dossier(content_of_world(world)).decode()
    assert "value: F" not in text
    assert "# - 1 assessment: given by others" in text


def test_what_was_taken_back_is_told_with_its_correction() -> None:
    world = World()
    world.source("wire", "B")
    said = world.says("wire", basis="witnessed", said_at="2025-01-01")
    better = world.says("wire", basis="analysis", said_at="2025-01-02")
    world.add(kind="correction", target=said, reason="a slip", ledger="test.example/w", replaced_by=better)
    again = read_back(content_of_world(world))
    [correction] = [item.record for item in again.records if item.record.kind == "correction"]
    assert (correction.target, correction.replaced_by) == (said, better)


def test_a_circle_of_citations_is_told_whole() -> None:
    world = World()
    world.source("a", "B")
    world.source("b", "B")
    one, two = (
        world.says("a", basis="told", act="reports", said_at="2025"),
        world.says("b", basis="told", act="reports", said_at="2025"),
    )
    hops = {world.hop(one, two), world.hop(two, one)}
    assert hops <= ids_of(read_back(content_of_world(world)).records)


def test_somebody_else_may_import_it_under_seals_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    world, other = Written(tmp_path / "a"), Written(tmp_path / "b")
    world.source("wire", "B", type="news_agency")
    quote = {"exact": world.sealed("quote.exact", "We saw it.")}
    said = world.says("wire", "confirms", basis="witnessed", said_at="2025-01-01", quote=quote)
    better = world.says("wire", "confirms", basis="witnessed", said_at="2025-01-02")
    world.correct(said, replaced_by=better)
    dossier = load(print_dossier(content_written(world, world.claim_id)))
    one = draft(dossier, other.ledger.in_force, assessor="ben", origin=other.origin, sealer=Sealer(b"x" * 32))
    other.ledger.add([sign_record(item.record, OTHER_SIGNER, item.openings) for item in one.records])
    assert said not in {item.id for item in one.records} >= {better}
    assert [item.record.replaced_by for item in one.records if item.record.kind == "correction"] == [better]
