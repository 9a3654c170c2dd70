from __future__ import annotations

from pathlib import Path

import pytest

from ledger.evidence.store import EvidenceStore
from ledger.net.fetching import Fetcher, Limits
from ledger.net.guarded import Guard, parse_networks
from tests.cli.conftest import _no_environment, example_place, fresh, mine  # noqa: F401  fixtures of the command line
from tests.evidence.site import site  # noqa: F401  the fixture

NOW = 1_745_827_200
"""2025-04-28T08:00:00Z."""


class Clock:
    """Each look at it is a minute later."""

    def __init__(self) -> None:
        self.at = NOW - 60

    def __call__(self) -> int:
        self.at += 60
        return self.at


def fetcher(**changed: object) -> Fetcher:
    """One that may reach this machine's first address, and nothing else that is not public."""
    given = {"guard": Guard(parse_networks(["127.0.0.1/32"])), "clock": Clock(), "limits": Limits(8 << 20, 10.0)}
    return Fetcher(**(given | changed))  # type: ignore[arg-type]  # each test names what it changes


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore.at(str(tmp_path / "evidence"))
