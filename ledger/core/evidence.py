"""A record as the log holds it: what every rule and the score are computed from."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.records import Record


@dataclass(frozen=True, slots=True)
class Logged:
    """A record at its index. `keys` are the did:keys that signed this entry; another signature set is another entry."""

    index: int
    id: str
    record: Record
    keys: tuple[str, ...]
