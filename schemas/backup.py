"""What a backup says of itself: `manifest.json` in its folder (docs/operate.md)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.ids import Closed, Digest, Origin

BackupForm = Literal["onrecord/backup/v1"]


class BackupFile(Closed):
    """A file of the backup, by its path in the folder."""

    name: Annotated[str, Field(pattern=r"^(?:ledger\.db|keys/[A-Za-z0-9][A-Za-z0-9._-]{0,127})$")]
    bytes: Annotated[int, Field(ge=0)]
    sha256: Digest


class BackupManifest(Closed):
    """All that the backup is, in the canonical bytes of RFC 8785. `digest` is that of the same without itself."""

    form: BackupForm
    origin: Origin
    made_at: str
    program: str = Field(description="the version of onrecord that made it")
    size: Annotated[int, Field(ge=0)]
    root: Digest
    checkpoint: str = Field(description="the signed checkpoint that it is complete to")
    log_keys: tuple[str, ...] = Field(description="the log's keys and its issuer's, where they were at hand")
    witnesses: tuple[str, ...] = Field(description="addresses of those who had been asked to sign the log")
    files: tuple[BackupFile, ...]
    digest: Digest
