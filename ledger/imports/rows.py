"""Reports from a table: one report a row, its chain in one cell (docs/imports.md). Columns are named as in a dossier."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, get_args

from ledger.errors import FormatError
from ledger.imports.faults import Fault
from ledger.imports.sheets import Gathered, Piece, Sheet
from ledger.imports.slugs import Named, Namer
from ledger.imports.tables import Columns, Row, read_table, unread_defaults
from schemas.vocabulary import SourceType

_OF_REPORT = (
    "act", "polarity", "certainty", "hedge_on", "basis", "interest", "interest_reason", "said_at", "mode", "standing",
    "known_from", "credited_as", "relay_says", "anonymity", "described_as", "occasion", "note",
)  # fmt: skip
_OF_QUANTITY = ("low", "best", "high", "unit", "measure", "hedge")
COLUMNS = Columns(
    names=(
        "claim", "chain", "types", *_OF_REPORT, "published_at", "url", "title", "document_lang", "quote",
        "claim_type", "lang", "event_time", "place", "about", *_OF_QUANTITY,
    ),
    required=("claim", "chain"),
    ignored=frozenset(("", "comment")),
)  # fmt: skip
_OF_THE_EXPORT = frozenset(("speaker_slug", "origin_slug", "statement_id", "claim_id"))
_HEADINGS = 2_000
_UNNAMED = ("person", "document", "media_reports")


def read(text: str | bytes, namer: Namer, defaults: Mapping[str, str] | None = None) -> Sheet:
    """Each row as a report. `defaults`: values of cells that are blank, and of columns that are not there."""
    _refuse_own_export(text)
    table = read_table(text, COLUMNS)
    reader = _Reader(namer, [*table.faults, *unread_defaults(defaults or {}, COLUMNS)])
    rows = (Row(row.line, {**(defaults or {}), **row.cells}) for row in table.rows)
    pieces = [piece for row in rows if (piece := reader.piece(row)) is not None]
    reader.complete()
    return Sheet(pieces, "row", [*reader.faults, *namer.faults], namer.warnings)


def _refuse_own_export(text: str | bytes) -> None:
    """One clear word in place of a fault for every row: what `export --format csv` writes is for spreadsheets."""
    start = text[:_HEADINGS] if isinstance(text, str) else text[:_HEADINGS].decode("utf-8", "replace")
    headings = {cell.strip(' "\r') for cell in start.removeprefix("\ufeff").partition("\n")[0].split(",")}
    if headings.issuperset(_OF_THE_EXPORT):
        hint = "`onrecord export --format dossier` writes what can be imported again; jsonl keeps the signatures too"
        raise FormatError("this is a table that `onrecord export --format csv` wrote, which is for spreadsheets", hint=hint)


class _Reader:
    """What rows say of the same claim, document or source is one thing, and must agree."""

    def __init__(self, namer: Namer, faults: list[Fault]) -> None:
        self._namer = namer
        self._claims, self._documents, self._sources = Gathered(faults), Gathered(faults), Gathered(faults)
        self._usual: dict[str, dict[str, Any]] = {}
        self._told: dict[str, dict[str, Any]] = {}
        self.faults = faults

    def piece(self, row: Row) -> Piece | None:
        """What the row says; None where it lacks what is wanted, which the faults say."""
        before = len(self.faults)
        self.faults += [Fault(row.line, f"no {name}, which is wanted") for name in COLUMNS.required if row.get(name) is None]
        names = [name.strip() for name in (row.get("chain") or "").split("<")]
        types = [kind.strip() for kind in row.cells["types"].split("<")] if row.get("types") else None
        if row.get("chain") is not None and not all(names):
            self.faults.append(Fault(row.line, "chain: found an empty link, wanted names with < between them"))
        if types is not None and len(types) != len(names):
            self.faults.append(Fault(row.line, f"types: found {len(types)}, wanted one for each of {len(names)} links"))
        if len(self.faults) > before:
            return None
        piece = Piece(row.line)
        chain = [self._namer.name(name, row.line) for name in names]
        for place, source in enumerate(chain):
            self._add_source(piece, source, types[place] if types else None, 0 < place == len(chain) - 1, row)
        self._add_report(piece, row, chain)
        return piece

    def complete(self) -> None:
        """Of sources and claims whose type no row gives, it is the usual one."""
        self._sources.complete(self._usual)
        self._claims.complete(
            {key: {"type": "quantity" if "quantity" in told else "event"} for key, told in self._told.items()}
        )

    def _add_source(self, piece: Piece, source: Named, kind: str | None, is_end: bool, row: Row) -> None:
        """The source is defined, unless the ledger has it. Usual: who is only ever the end of chains is no outlet."""
        if source.type is not None:
            return
        piece.sources[source.slug] = self._sources.add(source.slug, source.name, self._typed(kind, row.line), row.line)
        usual = {"type": "organization", "names": {row.get("lang") or "en": source.name}}
        known = self._usual.setdefault(source.slug, usual)
        if not is_end:
            known["type"] = "outlet"

    def _typed(self, kind: str | None, line: int) -> dict[str, str]:
        """`unnamed:person` says of what kind an unnamed source is. A blank type says nothing."""
        if not kind:
            return {}
        name, _, unnamed = kind.partition(":")
        if name not in get_args(SourceType) or (name == "unnamed") != (unnamed in _UNNAMED):
            named = [choice for choice in get_args(SourceType) if choice != "unnamed"]
            wanted = ", ".join([*named, *(f"unnamed:{choice}" for choice in _UNNAMED)])
            self.faults.append(Fault(line, f"types: found {kind[:80]!r}, wanted {wanted}"))
            return {}
        return {"type": name, **({"unnamed_kind": unnamed} if unnamed else {})}

    def _add_report(self, piece: Piece, row: Row, chain: list[Named]) -> None:
        report: dict[str, Any] = {name: row.get(name) for name in _OF_REPORT}
        report["claim"] = self._claim(piece, row)
        report["chain"] = [{"source": source.slug} for source in chain]
        report["document"] = self._document(piece, row, chain[0])
        if report["document"] is None:
            report |= {"published_at": row.get("published_at"), "lang": row.get("document_lang")}
        if (quote := row.get("quote")) is not None:
            report["quote"] = {"exact": quote, "lang": row.get("document_lang")}
        piece.reports.append(report)

    def _claim(self, piece: Piece, row: Row) -> str:
        """A claim of the ledger by its id; else the claim of these words."""
        text = row.cells["claim"]
        if text.startswith("sha256:"):
            return text
        figures = {name: row.get(name) for name in _OF_QUANTITY if row.get(name) is not None}
        about = [topic.strip() for topic in row.cells["about"].split(";") if topic.strip()] if row.get("about") else None
        members: dict[str, Any] = {name: row.get(name) for name in ("event_time", "place")}
        members |= {"text": {row.get("lang") or "en": text}, "type": row.get("claim_type"), "about": about}
        members["quantity"] = figures or None
        key = _alias("c", text)
        piece.claims[key] = self._told[key] = self._claims.add(key, text, members, row.line)
        return key

    def _document(self, piece: Piece, row: Row, publisher: Named) -> str | None:
        """What the first link published, told from others by its address, else by its title and time. None without either."""
        url, title, published = row.get("url"), row.get("title"), row.get("published_at")
        if url is None and title is None:
            return None
        key = _alias("d", url or f"{publisher.slug}\n{published}\n{title}")
        members = {"publisher": publisher.slug, "url": url, "title": title, "published_at": published}
        piece.documents[key] = self._documents.add(
            key, url or title or key, {**members, "lang": row.get("document_lang")}, row.line
        )
        return key


def _alias(prefix: str, text: str) -> str:
    """The same text in another row has the same alias."""
    return prefix + hashlib.sha256(text.encode()).hexdigest()[:32]
