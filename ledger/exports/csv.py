"""A row for each statement on the chains, for spreadsheets (docs/exports.md)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ledger.exports.content import Content
from schemas.corroboration import Contribution, Node
from schemas.records import DocumentRecord, StatementRecord

COLUMNS = (
    "claim", "speaker", "act", "stance", "certainty", "said_at", "counts", "why", "weight", "origin", "chain", "mode", "basis",
    "interest", "interest_reason", "polarity", "quote", "title", "url", "published_at", "document_lang", "country",
    "speaker_slug", "origin_slug", "statement_id", "document_id", "claim_id",
)  # fmt: skip
BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel takes the file for the code page of the machine, and every name outside ASCII is lost."""
# What a spreadsheet takes for the beginning of a formula, blanks before it aside; the apostrophe itself, so that taking one
# away always gives the words back; and the full-width forms of the signs, which some take for the same.
_FORMULA = re.compile(r"[\s'=+\-@\uff1d\uff0b\uff0d\uff20]")


def print_csv(content: Content) -> bytes:
    """RFC 4180 with every cell quoted, in UTF-8 with a byte order mark, in the log's order."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writeheader()
    for row in _Rows(content).all():
        writer.writerow({name: defused(row.get(name) or "") for name in COLUMNS} | {"weight": row.get("weight") or ""})
    return (BYTE_ORDER_MARK + out.getvalue()).encode("utf-8")


def defused(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would compute what it says."""
    return f"'{text}" if _FORMULA.match(text) else text


class _Rows:
    def __init__(self, content: Content) -> None:
        self._content, self._chain, report = content, content.chain, content.report
        records = {entry.id: entry.record for entry in content.standing}
        self._said = {name: record for name, record in records.items() if isinstance(record, StatementRecord)}
        self._documents = {name: record for name, record in records.items() if isinstance(record, DocumentRecord)}
        self._countries = {record.id: record.country for record in records.values() if record.kind == "source"}
        self._nodes = {node.id: node for node in self._chain.nodes}
        self._up: dict[str, tuple[str, str]] = {}
        for hop in self._chain.hops:
            if hop.mode != "not_from":
                self._up.setdefault(hop.from_, (hop.to, hop.mode))
        self._counted: dict[str | None, Contribution] = {one.statement: one for one in report.contributions}
        self._aside = {one.record: one.reason for one in report.set_aside}
        self._weightless = {one.statement: one.reason for one in report.no_weight}
        self._withdrawn = {one.statement: one.reason for one in report.withdrawn}

    def all(self) -> Iterator[Mapping[str, str | None]]:
        for node in self._chain.nodes:
            if node.id in self._said:
                yield self._row(node, self._said[node.id])

    def _row(self, node: Node, record: StatementRecord) -> dict[str, str | None]:
        document = self._documents.get(node.document or "")
        path = self._path(node.id)
        ends = self._nodes.get(path[-1][0])
        origin = node.origin or (ends.origin or ends.speaker if ends else None)
        opened: dict[str, Any] = self._content.opened.json(record)
        counts, why = self._standing(node, origin)
        counted = self._counted.get(node.id)
        return {
            "claim": _words(self._content.texts.get(record.claim, {}), record.claim),
            "speaker": self._name(record.speaker),
            "act": record.act,
            "stance": node.stance,
            "certainty": record.certainty,
            "said_at": node.said,
            "counts": counts,
            "why": why,
            # As everywhere: no number where the evidence carries none, or a private person is concerned.
            "weight": f"{counted.contribution:.4f}" if counted and self._content.report.showable else None,
            "origin": self._name(origin),
            "chain": " < ".join(self._name(self._speaker(name)) for name, _ in path),
            "mode": " < ".join(mode for _, mode in path if mode),
            "basis": record.basis,
            "interest": record.interest,
            "interest_reason": _text(opened.get("interest_reason")),
            "polarity": "affirms" if record.polarity == "+" else "negates",
            "quote": _text(opened.get("quote", {}).get("exact")),
            **self._of_document(document),
            "country": self._countries.get(record.speaker),
            "speaker_slug": record.speaker,
            "origin_slug": origin,
            "statement_id": node.id,
            "document_id": node.document,
            "claim_id": record.claim,
        }

    def _of_document(self, document: DocumentRecord | None) -> dict[str, str | None]:
        if document is None:
            return {}
        said = self._content.opened.json(document)
        names = {"title": "title", "url": "url", "published_at": "published_at", "document_lang": "lang"}
        return {column: _text(said.get(name)) for column, name in names.items()}

    def _path(self, start: str) -> list[tuple[str, str | None]]:
        """From the statement to where it has it from, each once, with the mode of the hop that leads on."""
        path: list[tuple[str, str | None]] = []
        here, seen = start, set[str]()
        while here not in seen:
            seen.add(here)
            above, mode = self._up.get(here, ("", None))
            ends = not above or above in seen
            path.append((here, None if ends else mode))
            here = here if ends else above
        return path

    def _standing(self, node: Node, origin: str | None) -> tuple[str, str]:
        """Whether it counts, and why or why not."""
        if node.id in self._aside or node.set_aside:
            return "set aside", self._aside.get(node.id, "")
        if (counted := self._counted.get(node.id)) is not None:
            return "counted", counted.reason
        if node.id in self._withdrawn:
            return "no longer", self._withdrawn[node.id]
        if node.id in self._weightless:
            return "no weight", self._weightless[node.id]
        if not node.root:
            return "carries", f"carries what {self._name(origin)} says" if origin else "has it from somebody"
        return "not counted", f"{self._name(origin)} is counted by another statement" if origin else ""

    def _speaker(self, name: str) -> str | None:
        node = self._nodes.get(name)
        return node.speaker if node else None

    def _name(self, slug: str | None) -> str:
        return self._chain.names.get(slug, self._content.names.of(slug)) if slug else "unknown"


def _words(texts: Mapping[str, str], otherwise: str) -> str:
    return texts.get("en") or next(iter(texts.values()), otherwise)


def _text(value: Any) -> str | None:
    """What it says; a value that cannot be opened any more is not there."""
    return value if isinstance(value, str) else "[sealed]" if value else None
