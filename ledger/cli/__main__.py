"""`python -m ledger.cli` is `onrecord`, for where the command is not installed."""

from __future__ import annotations

from ledger.cli.main import run

if __name__ == "__main__":
    run()
