"""What stays out of the log: quotes, notes, rationales, and whatever names a person without a public role."""

# ruff: noqa: E501 (a row of a table is easier to read as one line)

from __future__ import annotations

from typing import get_args

import pytest
from pydantic import BaseModel

from ledger.core.records import record_json, sealed_in
from ledger.core.sealing import check_opening, sealed_hash
from ledger.imports.drafts import Draft
from ledger.imports.sealing import SEALABLE, Sealer
from schemas.records import Record
from tests.imports.ledgers import drafted

TEXT = """\
dossier: 1
sources:
  - {id: anna, type: person, names: {en: Anna Example}}
  - {id: mayor, type: person, names: {en: Berta Example}, public_role: mayor}
  - {id: gazette, type: outlet, names: {en: Gazette}, reliability: {value: D, rationale: Often wrong}}
claims:
  - {id: about-anna, type: event, text: {en: Anna Example was fined}, concerns: [{source: anna, role: accused}]}
  - {id: about-mayor, type: event, text: {en: The mayor was fined}, concerns: [{source: mayor, role: accused}]}
documents:
  - {id: page, publisher: gazette, title: Anna Example fined, url: "https://gazette.example/1"}
  - {id: paper, publisher: gazette, title: Mayor fined, url: "https://gazette.example/2"}
reports:
  - {claim: about-anna, chain: [gazette, anna], document: page, note: Told to us, quote: {exact: I was fined, prefix: "She said: ", translations: [{text: Ich musste zahlen, lang: de, by: Desk, method: human}]}}
  - {claim: about-mayor, chain: [gazette, mayor], document: paper}
"""  # fmt: skip


def in_the_log(draft: Draft) -> str:
    return " ".join(str(record_json(item.record)) for item in draft.records)


def test_private_words_are_not_in_the_log_and_public_ones_are() -> None:
    log = in_the_log(drafted(TEXT))
    for secret in ("Anna Example", "Often wrong", "Told to us", "I was fined", "She said", "Ich musste"):
        assert secret not in log
    for public in ("Berta Example", "The mayor was fined", "Mayor fined", "Gazette"):
        assert public in log


def test_every_seal_travels_with_its_opening() -> None:
    for item in drafted(TEXT).records:
        assert set(sealed_in(item.record)) == set(item.openings)
        for digest, opening in item.openings.items():
            check_opening(digest, bytes.fromhex(opening.salt), opening.value)


def test_another_secret_gives_other_seals_and_no_secret_seals_nothing() -> None:
    ours, theirs = (in_the_log(drafted(TEXT, sealer=Sealer(bytes([number]) * 32))) for number in (1, 2))
    assert ours != theirs
    assert "Anna Example was fined" in in_the_log(drafted(TEXT, sealer=None))


def test_a_text_may_say_that_it_stays_in_plain_or_keeps_the_seal_it_has() -> None:
    salt, value = "00" * 16, "I was fined"
    digest = sealed_hash(bytes.fromhex(salt), value)
    kept = f"{{exact: {{sealed: '{digest}', salt: '{salt}', value: {value}}}, prefix: {{plain: 'She said: '}}"
    one = drafted(
        TEXT.replace('{exact: I was fined, prefix: "She said: "', kept).replace("{en: Anna Example}", "{en: {plain: Anna}}")
    )
    said = next(item for item in one.records if item.record.kind == "statement" and item.record.quote)
    assert said.record.quote.exact.sealed == digest
    assert said.record.quote.prefix == "She said: "
    assert said.openings[digest].value == value == said.plain.quote.exact
    assert next(item.record for item in one.records if item.record.kind == "source").names == {"en": "Anna"}


# What is sealed because somebody asked


def _sealable(model: type[BaseModel]) -> set[str]:
    return {
        name
        for name, field in model.model_fields.items()
        if "Sealed" in str(field.annotation) or "Quote" in str(field.annotation)
    }


def test_every_text_and_address_of_every_kind_can_be_sealed() -> None:
    models = {model.model_fields["kind"].annotation.__args__[0]: model for model in get_args(get_args(Record)[0])}
    assert {kind: set(members) for kind, members in SEALABLE.items()} == {
        kind: found for kind, model in models.items() if (found := _sealable(model))
    }


@pytest.mark.parametrize("name", ["url", "document.url", "all"])
def test_an_address_is_sealed_where_somebody_asks_for_it(name: str) -> None:
    log = in_the_log(drafted(TEXT, sealer=Sealer(bytes(32), [name])))
    assert "gazette.example" not in log
    assert ("Gazette" in log) == (name != "all")
    assert "gazette.example/2" in in_the_log(drafted(TEXT))


def test_sealing_more_leaves_the_other_seals_as_they_are() -> None:
    plain, more = (drafted(TEXT, sealer=Sealer(bytes(32), also)) for also in ((), ("url",)))
    opened = [{digest: one.value for item in draft.records for digest, one in item.openings.items()} for draft in (plain, more)]
    assert opened[0].items() < opened[1].items()
