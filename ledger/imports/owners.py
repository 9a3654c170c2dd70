"""Who owns whom, from a table: one relation a row (docs/imports.md). Sources that the ledger does not have are added."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ledger.imports.faults import Fault
from ledger.imports.sheets import Gathered, Piece, Sheet
from ledger.imports.slugs import Named, Namer
from ledger.imports.tables import Columns, Row, read_table, unread_defaults

COLUMNS = Columns(
    names=(
        "owner", "owned", "share", "from", "to", "relation", "owner_type", "owned_type",
        "owner_country", "owned_country", "owner_role", "owned_role", "lang",
    ),
    required=("owner", "owned"),
    aliases={"origine": "owner", "cible": "owned", "valeur": "share", "qualificatif": "relation"},
    ignored=frozenset(("id", "comment", "commentaire", "note", "")),
)  # fmt: skip
_RELATIONS = {
    "owned_by": "owned_by", "controlled_by": "controlled_by", "part_of": "part_of",
    "égal à": "owned_by", "supérieur à": "owned_by", "inférieur à": "owned_by", "participe": "owned_by",
    "contrôle": "controlled_by",
}  # fmt: skip
_SOME = frozenset(("participe", "inférieur à"))
"""A part of unknown size. Ownership without a share would count as the whole."""
_MEMBERS = {"type": "type", "country": "country", "public_role": "role"}
_PERCENT = re.compile(r"([0-9]{1,3})(?:[.,]([0-9]{1,6}))?\s*%?")


def read(text: str | bytes, namer: Namer, defaults: Mapping[str, str] | None = None) -> Sheet:
    """The table as relations from the owned to its owner. `defaults`: values of columns that the file does not fill."""
    table = read_table(text, COLUMNS)
    reader = _Reader(namer, defaults or {}, [*table.faults, *unread_defaults(defaults or {}, COLUMNS)])
    pieces = [piece for row in table.rows if (piece := reader.piece(row)) is not None]
    reader.complete()
    return Sheet(pieces, "row", [*reader.faults, *namer.faults], [*reader.warnings, *namer.warnings])


class _Reader:
    def __init__(self, namer: Namer, defaults: Mapping[str, str], faults: list[Fault]) -> None:
        self._namer = namer
        self._defaults = defaults
        self._sources = Gathered(faults)
        self._usual: dict[str, dict[str, Any]] = {}
        """What the defaults say of each source; a source that is both owned and an owner goes by its first row."""
        self._seen: dict[tuple[str, str, str], tuple[int, Mapping[str, str | None]]] = {}
        self.faults = faults
        self.warnings: list[Fault] = []

    def piece(self, row: Row) -> Piece | None:
        """What the row says; None where that is nothing, or nothing that can be used, which the faults say."""
        before = len(self.faults)
        cells = {**self._defaults, **row.cells}
        self.faults += [Fault(row.line, f"no {end}, which is wanted") for end in ("owner", "owned") if end not in cells]
        relation = _relation(cells.get("relation", "owned_by"), row.line, self.faults)
        share = _share(cells.get("share"), row.line, self.faults)
        if len(self.faults) > before:
            return None
        if share is None and cells.get("relation", "").casefold() in _SOME:
            self.warnings.append(Fault(row.line, f"{cells['relation']!r} without a share says too little; left out"))
            return None
        owner, owned = (self._namer.name(cells[end], row.line) for end in ("owner", "owned"))
        said = {"share": share, "valid_from": cells.get("from"), "valid_to": cells.get("to")}
        if not self._is_first((owned.slug, relation, owner.slug), said, row.line):
            return None
        piece = Piece(row.line)
        self._add_source(piece, owner, "owner", row)
        self._add_source(piece, owned, "owned", row)
        piece.relations.append({"subject": owned.slug, "relation": relation, "object": owner.slug, **said})
        return piece

    def complete(self) -> None:
        """Of sources of which no row says more, the defaults hold."""
        self._sources.complete({slug: {"type": "organization", **usual} for slug, usual in self._usual.items()})

    def _is_first(self, triple: tuple[str, str, str], said: Mapping[str, str | None], line: int) -> bool:
        """No row before says this. One that says otherwise of the same two is a fault: only one can be in force."""
        first, before = self._seen.setdefault(triple, (line, said))
        if before != said:
            self.faults.append(Fault(line, f"{' '.join(triple)} is there with another share or time, first on line {first}"))
        return first == line

    def _add_source(self, piece: Piece, source: Named, end: str, row: Row) -> None:
        """The source is defined, unless the ledger has it."""
        if source.type is not None:
            return
        given = {member: row.get(f"{end}_{column}") for member, column in _MEMBERS.items()}
        thing = self._sources.add(source.slug, source.name, given, row.line)
        lang = row.get("lang") or self._defaults.get("lang", "en")
        usual = self._usual.setdefault(source.slug, {"names": {lang: source.name}})
        for member, column in _MEMBERS.items():
            if (value := self._defaults.get(f"{end}_{column}")) is not None:
                usual.setdefault(member, value)
        piece.sources[source.slug] = thing


def _relation(given: str, line: int, faults: list[Fault]) -> str:
    relation = _RELATIONS.get(given.casefold())
    if relation is None:
        faults.append(Fault(line, f"relation: found {given[:80]!r}, wanted owned_by, controlled_by or part_of"))
    return relation or "owned_by"


def _share(given: str | None, line: int, faults: list[Fault]) -> str | None:
    """Percent, as the dossier writes it."""
    if given is None:
        return None
    found = _PERCENT.fullmatch(given)
    if found is None or float(f"{found[1]}.{found[2] or 0}") > 100:
        faults.append(Fault(line, f"share: found {given[:80]!r}, wanted percent, a number from 0 to 100"))
        return None
    places = (found[2] or "").rstrip("0")
    return f"{int(found[1])}.{places}" if places else str(int(found[1]))
