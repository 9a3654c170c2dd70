"""One line of `onrecord doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """`state`: ok, warn (worth knowing, or soon worth more), or fault (something does not work, or is not safe)."""

    state: Literal["ok", "warn", "fault"]
    what: str
    found: str
    advice: str | None = None
