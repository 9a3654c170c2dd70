"""The three spellings of one graph, read back by the reference library."""

from __future__ import annotations

import subprocess
import sys

import pytest
from prov.model import ProvAgent, ProvAttribution, ProvDelegation, ProvDocument

from ledger.exports.content import Content
from ledger.exports.formats import PLAIN
from ledger.exports.prov import provenance
from tests.exports.conftest import ContentOf

SPELLINGS = {"prov-json": "json", "prov-n": "provn", "prov-jsonld": "jsonld"}


def read(content: Content, name: str) -> ProvDocument:
    text = PLAIN[name](content).decode()
    return ProvDocument.deserialize(content=text, format=SPELLINGS[name])


@pytest.mark.parametrize("name", SPELLINGS)
def test_every_claim_of_the_example_is_read_back_to_the_same_graph(
    content_of: ContentOf, claims: dict[str, str], name: str
) -> None:
    for claim in claims.values():
        content = content_of(claim)
        assert read(content, name) == provenance(content)


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_changed_name_is_another_graph(content: Content, name: str) -> None:
    changed = PLAIN[name](content).replace(b"source:yonhap", b"source:yonhax")
    assert changed != PLAIN[name](content)
    assert ProvDocument.deserialize(content=changed.decode(), format=SPELLINGS[name]) != provenance(content)


def test_each_statement_is_attributed_to_its_speaker(content: Content) -> None:
    found = list(provenance(content).get_records(ProvAttribution))
    assert len(found) == sum(node.speaker is not None for node in content.chain.nodes) > 10


def test_hops_are_derivations_quotations_and_primary_sources(content: Content) -> None:
    text = PLAIN["prov-n"](content).decode()
    assert "prov:Quotation" in text
    assert "prov:PrimarySource" in text
    assert text.count("wasDerivedFrom(") >= sum(hop.mode != "not_from" for hop in content.chain.hops)


def test_who_speaks_for_another_acts_on_its_behalf(content: Content) -> None:
    text = "\n".join(str(one) for one in provenance(content).get_records(ProvDelegation))
    assert "source:dprk-un-mission, source:dprk" in text
    assert {str(one.identifier) for one in provenance(content).get_records(ProvAgent)} >= {"source:dprk", "source:yonhap"}


@pytest.mark.parametrize("name", SPELLINGS)
def test_it_says_what_it_proves_and_what_it_does_not_and_no_number(content: Content, name: str) -> None:
    text = PLAIN[name](content).decode()
    assert "onrecord:proves" in text
    assert "onrecord:doesNotProve" in text
    assert "probability" not in text


def test_the_formats_cost_nothing_until_one_is_asked_for() -> None:
    code = "import sys, ledger.exports.formats; sys.exit('prov' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
