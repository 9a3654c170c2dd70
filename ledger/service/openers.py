"""Lines opened on all processors: parsed, held against their signatures, and taken apart for searching."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future

from ledger.service.helpers import Helpers
from ledger.service.lines import open_lines
from ledger.service.submitted import Opened


class Openers(Helpers):
    """What comes back is what `open_lines` gives here."""

    def open(self, lines: Sequence[bytes]) -> Future[list[Opened]]:
        return self.ask(open_lines, lines)
