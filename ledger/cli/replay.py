"""`verify --log`: the whole log behind a file, read again. It gives a score's records, and shows what a bundle leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.client import Client
from ledger.core.tiles import entries_path, parse_entries
from ledger.core.verifying.behind import Records, of_log
from ledger.errors import UnverifiableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ledger.core.checkpoint import Checkpoint

_TILE = 256


def log_at(url: str, trust: Sequence[str]) -> Records:
    """The records of the log there, up to whichever checkpoint they are wanted for."""
    return of_log(lambda checkpoint: _entries(url, checkpoint, trust))


def _entries(url: str, checkpoint: Checkpoint, trust: Sequence[str]) -> list[bytes]:
    """Every entry of the log there up to the checkpoint."""
    client = Client(url, trust=[key for key in trust if not key.startswith("did:key:")])
    try:
        if client.checkpoint().origin != checkpoint.origin:
            raise UnverifiableError(f"{url} is another ledger than {checkpoint.origin}", step="log")
        return [entry for tile in _tiles(client, checkpoint.size) for entry in tile]
    finally:
        client.close()


def _tiles(client: Client, size: int) -> Iterator[list[bytes]]:
    for index in range((size + _TILE - 1) // _TILE):
        wanted = min(_TILE, size - index * _TILE)
        yield parse_entries(client.tile(entries_path(index, wanted)))
