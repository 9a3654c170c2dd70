"""What stays out of the log: quotes, notes, rationales, and whatever names a person without a public role."""

# ruff: noqa: E501 (a row of a table is easier to read as one line)

from __future__ import annotations

from ledger.core.records import record_json, sealed_in
from ledger.core.sealing import check_opening, sealed_hash
from ledger.imports.drafts import Draft
from ledger.imports.sealing import Sealer
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
