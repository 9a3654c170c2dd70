"""Unsigned records as they are drafted: each once, after what it refers to, with the line it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel, ValidationError

from ledger.core.records import record_id
from ledger.errors import FormatError
from ledger.imports.faults import Fault, plain_text_of
from ledger.imports.marked import Kept, unmark
from ledger.imports.sealing import Openings, Sealer, Sparing, seal_record
from schemas.records import Record

UNBUILT = "sha256:" + "0" * 64
"""Stands for a record that could not be built; the fault says so, and nothing is drafted."""


@dataclass(frozen=True)
class Drafted:
    """A record ready to be signed. `plain` is what it says with nothing sealed."""

    id: str
    record: Record
    plain: Record
    openings: Openings
    line: int


@dataclass(frozen=True)
class Draft:
    """Records in an order in which references precede.

    `claims`, `documents` and `reports` say what each alias became; that of a report is its origin's statement.
    """

    records: tuple[Drafted, ...]
    claims: Mapping[str, str] = field(default_factory=dict)
    documents: Mapping[str, str] = field(default_factory=dict)
    reports: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def aliases(self) -> dict[str, str]:
        """Alias -> record id; where two kinds share an alias, a claim comes before a document before a report."""
        return {**self.reports, **self.documents, **self.claims}


class Drafts:
    """Collects records by content: the same content again is the same record."""

    def __init__(self, sealer: Sealer | None) -> None:
        self._sealer = sealer
        self._by_id: dict[str, Drafted] = {}
        self.carried: dict[tuple[str, ...], str] = {}
        """What only carries what others say: statements by claim, speaker, document, polarity; hops by ends, mode, standing."""
        self.faults: list[Fault] = []
        self.warnings: list[Fault] = []

    def add(self, shape: type[BaseModel], members: Mapping[str, Any], line: int, *, private: bool = False) -> str:
        """The id of this record, drafted now if it was not before. What is wrong with it becomes a fault."""
        given = {name: value for name, value in members.items() if value is not None}
        try:
            kept = unmark(given)
            signed: Any = shape.model_validate(kept.signed)
            plain: Any = shape.model_validate(kept.read) if kept.openings else signed
            record, openings = seal_record(signed, self._sealer_of(kept), private=private)
            openings |= kept.openings
            name = record_id(record)
        except ValidationError as error:
            self.faults.extend(Fault(line, text) for text in plain_text_of(error))
            return UNBUILT
        except FormatError as error:
            self.faults.append(Fault(line, error.message))
            return UNBUILT
        self._by_id.setdefault(name, Drafted(name, record, plain, openings, line))
        return name

    def polarity_of(self, name: str) -> str | None:
        """Of a statement that is drafted here."""
        drafted = self._by_id.get(name)
        return getattr(drafted.record, "polarity", None) if drafted is not None else None

    def _sealer_of(self, kept: Kept) -> Sealer | None:
        return Sparing(self._sealer, kept.plain) if self._sealer is not None and kept.plain else self._sealer

    def fault(self, line: int, text: str) -> str:
        self.faults.append(Fault(line, text))
        return UNBUILT

    def warn(self, line: int, text: str) -> None:
        self.warnings.append(Fault(line, text))

    def records(self) -> list[Drafted]:
        return list(self._by_id.values())


def revised(drafted: Drafted, replaces: str) -> Drafted:
    """The same record as the next one after `replaces`."""
    changes: dict[str, Any] = {"replaces": replaces}
    record = drafted.record.model_copy(update=changes)
    return replace(drafted, id=record_id(record), record=record, plain=drafted.plain.model_copy(update=changes))
