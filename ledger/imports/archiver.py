"""What Bellingcat's auto-archiver writes into its sheet, saved as CSV: each archived row is a document (docs/imports.md).

The hash of a row is that of the file at its archive location, which is what was seen of the link on the archive date.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ledger.imports.faults import Fault, refuse
from ledger.imports.sheets import Piece, Sheet
from ledger.imports.tables import Columns, Row, read_table, unread_defaults
from schemas.ids import MAX_TEXT

# The headings are those of auto-archiver's own settings; the aliases are the names that the settings give them.
COLUMNS = Columns(
    names=(
        "link", "archive status", "archive location", "archive date", "upload timestamp", "upload title", "hash",
        "screenshot", "wacz", "lang",
    ),
    required=("link", "archive status"),
    aliases={
        "url": "link", "status": "archive status", "archive": "archive location", "date": "archive date",
        "timestamp": "upload timestamp", "title": "upload title",
    },
    open=True,
)  # fmt: skip
_KEPT_AT = ("archive location", "wacz", "screenshot")
_HASH = re.compile(r"(?:(?P<name>[A-Za-z0-9-]+):)?(?P<digits>[0-9A-Fa-f]+)")
_MOST_ARCHIVES = 20


def read(text: str | bytes, defaults: Mapping[str, str] | None = None, *, without: Collection[int] = ()) -> Sheet:
    """Each archived row as a document, but for rows on the lines `without`. What was not archived is told as a warning."""
    table = read_table(text, COLUMNS)
    refuse([*(fault for fault in table.faults if fault.line <= 1), *unread_defaults(defaults or {}, COLUMNS)])
    reader = _Reader([fault for fault in table.faults if fault.line not in without])
    rows = (Row(row.line, {**(defaults or {}), **row.cells}) for row in table.rows if row.line not in without)
    pieces = [piece for row in rows if (piece := reader.piece(row)) is not None]
    return Sheet(pieces, "row", reader.faults, reader.warnings)


class _Reader:
    def __init__(self, faults: list[Fault]) -> None:
        self._seen: dict[tuple[Any, ...], int] = {}
        self.faults = faults
        self.warnings: list[Fault] = []

    def piece(self, row: Row) -> Piece | None:
        before = len(self.faults)
        link, status = row.get("link"), row.get("archive status")
        if link is None:
            self.faults.append(Fault(row.line, "no link, which is wanted"))
            return None
        if status is None or "success" not in status.casefold():
            self._leave_out(row, f"not archived: {status[:80]!r}" if status else "not archived yet")
            return None
        title = row.get("upload title")
        if title is not None and len(title) > MAX_TEXT:
            title = title[: MAX_TEXT - 1].rstrip() + "…"
            self._leave_out(row, f"what is past {MAX_TEXT} characters of the upload title")
        members = {
            "url": link, "title": title, "lang": row.get("lang"), "sha256": self._hash(row),
            "published_at": self._time(row, "upload timestamp"), "retrieved_at": self._time(row, "archive date"),
            "archive_urls": self._archives(row) or None,
        }  # fmt: skip
        if len(self.faults) > before:
            return None
        first = self._seen.setdefault(tuple(map(str, members.values())), row.line)
        if first != row.line:
            self._leave_out(row, f"the same as line {first}")
            return None
        return Piece(row.line, documents={f"a{row.line}": members})

    def _leave_out(self, row: Row, what: str) -> None:
        self.warnings.append(Fault(row.line, f"left out: {what}"))

    def _hash(self, row: Row) -> str | None:
        """SHA-256 as records have it. Another hash has no place in a record."""
        given = row.get("hash")
        if given is None or given == "not-calculated":
            return None
        found = _HASH.fullmatch(given)
        if found is None:
            self.faults.append(Fault(row.line, f"hash: found {given[:80]!r}, wanted SHA-256: and 64 hex digits"))
            return None
        name, digits = (found["name"] or "SHA-256").upper(), found["digits"].lower()
        if name != "SHA-256":
            self._leave_out(row, f"the hash, which is {name[:20]}; records hold SHA-256")
            return None
        if len(digits) != 64:
            self.faults.append(Fault(row.line, f"hash: found {len(digits)} hex digits, wanted 64"))
            return None
        return f"sha256:{digits}"

    def _time(self, row: Row, name: str) -> str | None:
        """In UTC; auto-archiver's times are, also where they do not say so."""
        given = row.get(name)
        if given is None:
            return None
        try:
            moment = datetime.fromisoformat(given)
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            self.faults.append(Fault(row.line, f"{name}: found {given[:40]!r}, wanted an ISO time"))
            return None
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")

    def _archives(self, row: Row) -> list[str]:
        """Where copies are kept. Paths on somebody's disk lead nobody anywhere."""
        found = list(dict.fromkeys(self._addresses(row)))
        if len(found) > _MOST_ARCHIVES:
            self._leave_out(row, f"{len(found) - _MOST_ARCHIVES} of {len(found)} archive addresses")
        return found[:_MOST_ARCHIVES]

    def _addresses(self, row: Row) -> Iterator[str]:
        for name in _KEPT_AT:
            for place in (row.get(name) or "").split():
                if place.startswith(("http://", "https://")):
                    yield place
                else:
                    self._leave_out(row, f"{name} {place[:80]!r}, which is no web address")
