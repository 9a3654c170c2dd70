"""The API walked through along its links by schemathesis: what one answer names is asked for next.

`python -m tests.api.stateful SECONDS` goes on for so long. A record can only be added signed, so where an operation takes
records, half of what schemathesis makes up is put aside for some that are signed; which ones follows from what it made up.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any
from zlib import crc32

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.generation.stateful.state_machine import APIStateMachine

from ledger.core.encoding import parse_hash
from ledger.core.merkle import check_inclusion
from ledger.core.note import open_checkpoint
from ledger.core.vkey import VerifierKey, parse_vkey
from ledger.keys import sign_record
from schemas.log import Receipt
from schemas.records import Record
from tests import factory
from tests.api.newsroom import Newsroom, newsroom

# Some rules are no JSON Schema: which ids are on record, which signature holds, which days there are.
BEYOND_SCHEMAS = ("positive_data_acceptance", "negative_data_rejection", "unsupported_method")
_ADDING = ("/v1/records", "/v1/records:check", "/add")
_CLAIMS = 12


def machine(room: Newsroom, seen: Counter[str]) -> type[APIStateMachine]:
    """The walks over this newsroom. `seen` counts what was asked, and the receipts that were checked."""
    schema = schemathesis.openapi.from_url(f"{room.http.base_url}/openapi.json")
    left_out: Any = schemathesis.checks.CHECKS.get_by_names(BEYOND_SCHEMAS)
    keys = [parse_vkey(text) for text in room.http.get("/.well-known/onrecord").json()["log_keys"]]

    class Walks(schema.as_state_machine()):  # type: ignore[misc]  # a class that is made of the document
        def before_call(self, case: Case[Any]) -> None:
            if case.path in _ADDING:
                made_up = crc32(repr(case.body).encode())
                if made_up % 2:
                    signed = signed_for(room, made_up // 2)
                    if case.path == "/add":
                        case.body = json.dumps(signed[0]["envelope"], separators=(",", ":")).encode()
                        case.media_type = "application/octet-stream"
                    else:
                        case.body, case.media_type = signed, "application/json"

        def validate_response(self, response: Any, case: Case[Any], *args: Any, **named: Any) -> None:
            seen[f"{case.method} {case.path}"] += 1
            case.validate_response(response, excluded_checks=left_out)
            for receipt in receipts_in(case, response):
                check_receipt(receipt, keys)
                seen["receipts"] += 1

    return Walks


def walk(room: Newsroom, seen: Counter[str], walks: int, steps: int) -> None:
    found = machine(room, seen)
    found.run(
        settings=settings(
            max_examples=walks,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
    )


def signed_for(room: Newsroom, number: int) -> list[Any]:
    """A claim and who said it, of few that there are, so that some are on record already; now and then without the claim."""
    claim = factory.claim(f"claim {number % _CLAIMS}")
    slug = f"source-{number % 5}"
    records: list[Record] = [claim, factory.source(slug), factory.statement(claim, slug, polarity="+-"[number // 7 % 2])]
    chosen = records[number % 3 // 2 :]
    return [json.loads(sign_record(one, room.signer).model_dump_json(exclude_none=True)) for one in chosen]


def receipts_in(case: Case[Any], response: Any) -> list[Receipt]:
    if response.status_code != 200 or "application/json" not in response.headers["content-type"][0]:
        return []
    if (case.method, case.path) == ("POST", "/v1/records"):
        return [Receipt.model_validate_json(json.dumps(one)) for one in response.json()]
    if case.path == "/v1/records/{id}/receipt":
        return [Receipt.model_validate_json(response.content)]
    return []


def check_receipt(receipt: Receipt, keys: list[VerifierKey]) -> None:
    """The proof leads from the leaf to the root that the log has signed."""
    signed = open_checkpoint(receipt.checkpoint.note.encode(), keys).checkpoint
    assert (signed.size, signed.root) == (receipt.checkpoint.size, parse_hash(receipt.checkpoint.root, what="root"))
    proof = [parse_hash(one, what="a hash") for one in receipt.proof]
    check_inclusion(receipt.index, signed.size, parse_hash(receipt.leaf_hash, what="leaf"), proof, signed.root)


def main(seconds: int) -> int:
    seen: Counter[str] = Counter()
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as place, newsroom(Path(place)) as room:
        room.fill()
        while time.monotonic() < end:
            walk(room, seen, walks=20, steps=10)
        size = room.http.get("/v1/log/checkpoint").json()["size"]
    checked = seen.pop("receipts", 0)
    print(
        f"{seen.total():,} requests to {len(seen)} operations, {checked:,} receipts checked, a log of {size}; all as described"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
