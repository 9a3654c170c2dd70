"""Records as they were signed, one to a line, and back."""

from __future__ import annotations

import io
import json

import pandas
import pytest
from securesystemslib.dsse import Envelope as ForeignEnvelope
from securesystemslib.exceptions import VerificationError as ForeignVerificationError
from securesystemslib.signer import SSlibKey

from ledger.core.canonical import digest
from ledger.core.didkey import parse_did_key
from ledger.core.encoding import parse_base64
from ledger.exports.content import Content
from ledger.exports.jsonl import print_jsonl
from tests.cli.conftest import run_here


def test_each_line_is_a_record_of_the_claim_in_the_order_of_the_log(content: Content) -> None:
    lines = [json.loads(line) for line in print_jsonl(content).splitlines()]
    assert [digest(parse_base64(line["envelope"]["payload"])) for line in lines] == [entry.id for entry in content.logged]


def test_what_is_exported_is_on_record_already_where_it_came_from(mine: str, troops: str) -> None:
    assert run_here("export", troops, "--format", "jsonl", "-o", "claim.jsonl", "--ledger", mine).code == 0
    found = run_here("import", "claim.jsonl", "--format", "jsonl", "--json", "--ledger", mine)
    assert found.code == 0
    assert (found.json["new"], found.json["already_on_record"]) == (0, found.json["records"])
    assert found.json["records"] > 50


def test_securesystemslib_verifies_each_line_and_none_with_one_byte_changed(content: Content) -> None:
    for line in print_jsonl(content).splitlines():
        envelope = json.loads(line)["envelope"]
        did = envelope["signatures"][0]["keyid"]
        foreign = ForeignEnvelope.from_dict(envelope)
        key = SSlibKey(did, "ed25519", "ed25519", {"public": parse_did_key(did).hex()})
        assert list(foreign.verify([key], 1)) == [did]
        foreign.payload = foreign.payload[:-2] + bytes([foreign.payload[-2] ^ 1]) + foreign.payload[-1:]
        with pytest.raises(ForeignVerificationError):
            foreign.verify([key], 1)


def test_pandas_reads_the_lines(content: Content) -> None:
    frame = pandas.read_json(io.BytesIO(print_jsonl(content)), lines=True)
    assert len(frame) == len(content.entries)
    assert list(frame.columns) == ["envelope", "openings"]
