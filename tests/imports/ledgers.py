"""Drafts as a log would hold them, signed by one assessor: enough to score, without a store."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from ledger.core.corroboration import corroborate
from ledger.core.evidence import Logged
from ledger.imports.dossier import load
from ledger.imports.drafts import Draft
from ledger.imports.expand import Known, records
from ledger.imports.sealing import Sealer
from schemas.corroboration import AsOf, Report
from schemas.records import KeyRecord

KEY = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
ASSESSOR = "desk"
ORIGIN = "onrecord.invalid/imports"
SEALER = Sealer(bytes(range(32)))
HERE = Path(__file__).parent


def dossier_text(name: str) -> str:
    """A dossier of the tests, or the running example."""
    place = HERE / name
    if place.exists():
        return place.read_text("utf-8")
    return files("ledger.examples").joinpath(name).read_text("utf-8")


def drafted(text: str, known: Known | None = None, sealer: Sealer | None = SEALER) -> Draft:
    return records(load(text), known or Known(ASSESSOR, ORIGIN), sealer)


def logged(drafts: Sequence[Draft]) -> list[Logged]:
    """The drafts as entries after the enrolment of their one signer."""
    enrolment = KeyRecord(kind="key", subject=ASSESSOR, public_key=KEY, roles=("contributor",), action="enroll", ledger=ORIGIN)
    entries = [Logged(0, "sha256:" + "e" * 64, enrolment, (KEY,))]
    for draft in drafts:
        for item in draft.records:
            entries.append(Logged(len(entries), item.id, item.record, (KEY,)))
    return entries


def score(draft: Draft, alias: str, until: str | None = None) -> Report:
    entries = logged([draft])
    as_of = AsOf(size=len(entries), root="0" * 64, time="2025-06-01T00:00:00Z")
    return corroborate(draft.claims[alias], entries, as_of=as_of, until=until)
