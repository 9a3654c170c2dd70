"""Writes the JSON Schemas of every public shape into `schemas/json/`; `--check` says which are stale and exits 1."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from schemas import (
    affected,
    bundle,
    copies,
    corroboration,
    credential,
    doubt,
    envelope,
    erasure,
    estimate,
    health,
    history,
    log,
    lookups,
    problems,
    quotes,
    records,
    reveal,
    score,
)

PLACE = Path(__file__).resolve().parent / "json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"

TAKEN: dict[str, Any] = {
    "record": records.Record,
    "envelope": envelope.Envelope,
    "submission": envelope.Submission,
    "erasure": erasure.Erasure,
    "erasure-order": erasure.ErasureOrder,
    "bundle": bundle.BundleStatement,
    "reveal": reveal.Reveal,
    "score": score.ScoreStatement,
    "credential": credential.SignedCredential,
}
"""What is sent to a ledger or handed to a verifier: absent members are allowed where they have a default."""

GIVEN: dict[str, Any] = {
    "affected": affected.Affected,
    "chain": corroboration.ChainView,
    "check-result": lookups.CheckResult,
    "checkpoint": log.CheckpointView,
    "claim": lookups.ClaimView,
    "claim-facets": lookups.ClaimFacets,
    "claim-list": lookups.ClaimList,
    "consistency-proof": log.ConsistencyProof,
    "copies": copies.Copies,
    "credibility": estimate.Credibility,
    "credibility-estimate": estimate.CredibilityEstimate,
    "document": lookups.DocumentView,
    "erased": erasure.Erased,
    "fsck-result": health.FsckResult,
    "health": health.Health,
    "history": history.History,
    "in-force": lookups.InForce,
    "policy": lookups.PolicyView,
    "problem": problems.Problem,
    "quote-check": quotes.QuoteCheck,
    "quote-checks": quotes.QuoteChecks,
    "receipt": log.Receipt,
    "record-view": lookups.RecordView,
    "correction-list": lookups.CorrectionList,
    "report": corroboration.Report,
    "seen": lookups.Seen,
    "source": lookups.SourceView,
    "signed-list": doubt.SignedList,
    "source-list": lookups.SourceList,
    "verification": bundle.Verification,
    "well-known": lookups.WellKnown,
}
"""What a ledger answers: every member is there, null where it says nothing."""


def documents() -> dict[str, str]:
    """File name to text, one for each public shape."""
    return {
        **{f"{name}.json": _document(name, shape, taken=True) for name, shape in TAKEN.items()},
        **{f"{name}.json": _document(name, shape, taken=False) for name, shape in GIVEN.items()},
    }


def stale(place: Path = PLACE) -> list[str]:
    """Names of files that are missing, differ, or stand for no shape any more."""
    wanted = documents()
    found = {path.name: path.read_text(encoding="utf-8") for path in place.glob("*.json")}
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


def write(place: Path = PLACE) -> list[str]:
    """The files are fresh; returns the names of those that were not."""
    names, wanted = stale(place), documents()
    place.mkdir(exist_ok=True)
    for name in names:
        if name in wanted:
            (place / name).write_text(wanted[name], encoding="utf-8")
        else:
            (place / name).unlink()
    return names


def main(arguments: Sequence[str] | None = None, place: Path = PLACE) -> int:
    parser = argparse.ArgumentParser(prog="python -m schemas.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    only_check = parser.parse_args(arguments).check
    names = stale(place) if only_check else write(place)
    for name in names:
        print(f"{'stale' if only_check else 'written'}: schemas/json/{name}", file=sys.stderr)
    if only_check and names:
        print("hint: make schemas", file=sys.stderr)
    return 1 if only_check and names else 0


def _document(name: str, shape: Any, *, taken: bool) -> str:
    schema = TypeAdapter(shape).json_schema(mode="validation" if taken else "serialization")
    if shape is records.Record:
        schema = _without_nulls(schema)
    whole = {"$schema": DIALECT, "$id": f"urn:onrecord:schema:{name}:1", **schema}
    return json.dumps(whole, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _without_nulls(schema: Any) -> Any:
    """The schema of signed bytes: a member that says nothing is absent there, never null."""
    if isinstance(schema, list):
        return [_without_nulls(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {name: _without_nulls(part) for name, part in schema.items()}
    options = [option for option in parts.get("anyOf", []) if option != {"type": "null"}]
    if len(options) == len(parts.get("anyOf", [])):
        return parts
    rest = {name: part for name, part in parts.items() if name not in ("anyOf", "default")}
    return {**options[0], **rest} if len(options) == 1 else {**rest, "anyOf": options}


if __name__ == "__main__":
    sys.exit(main())
