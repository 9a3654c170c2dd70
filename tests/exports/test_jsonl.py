"""Records as they were signed, one to a line, and back."""

from __future__ import annotations

import json

from ledger.core.canonical import digest
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
