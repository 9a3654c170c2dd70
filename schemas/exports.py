"""The kinds of file that a claim is exported as: their names, and what they are to whoever asks for one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """`says` completes "a file of this format is ..."; `suffix` is what its name ends in, after the claim's short id."""

    name: str
    media_type: str
    suffix: str
    says: str


_DSSE = "application/vnd.dsse.envelope.v1+json"

EXPORT_FORMATS: Mapping[str, ExportFormat] = {
    one.name: one
    for one in (
        ExportFormat("bundle", _DSSE, ".bundle.json", "signed, complete in itself, verified offline"),
        ExportFormat("score", _DSSE, ".score.json", "the signed report alone"),
        ExportFormat("vc", "application/vc", ".vc.json", "the report in brief, as a W3C Verifiable Credential"),
        ExportFormat("jsonl", "application/jsonl", ".jsonl", "the signed records, one to a line, for `import`"),
        ExportFormat("dossier", "application/yaml", ".dossier.yaml", "YAML as a person would write it, for `import`"),
        ExportFormat("csv", "text/csv", ".csv", "a row for each statement, for spreadsheets"),
        ExportFormat("svg", "image/svg+xml", ".svg", "a picture of the chains, origins left, readers right"),
        ExportFormat("dot", "text/vnd.graphviz", ".dot", "the chains for Graphviz"),
        ExportFormat("claimreview", "application/ld+json", ".claimreview.json", "schema.org, for a page about the claim"),
        ExportFormat("prov-json", "application/json", ".prov.json", "the chains in W3C PROV, as PROV-JSON"),
        ExportFormat("prov-n", "text/provenance-notation", ".provn", "the chains in W3C PROV, to be read"),
        ExportFormat("prov-jsonld", "application/ld+json", ".prov.jsonld", "the chains in W3C PROV, as JSON-LD"),
        ExportFormat("tlog-proof", "text/plain", ".tlog-proof", "one record's proof, for any C2SP verifier"),
    )
}
