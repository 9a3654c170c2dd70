"""A bundle is the same to helpers as to one process."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.cli import exporting
from ledger.cli.main import main
from ledger.core.trust import parse_trust
from ledger.core.verify import verify
from ledger.service import bundled
from ledger.service.bundled import Readers
from tests.core.bundle_faults import PLACE, good_bundle

TRUSTED = (PLACE / "trust.txt").read_text().split()


def test_helpers_find_in_a_bundle_what_is_found_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled, "PORTION", 3)
    trust = parse_trust(TRUSTED)
    bad = [path.read_bytes() for path in sorted(PLACE.glob("[56]-*.json"))]
    assert bad
    with Readers(helpers=2, alone=0) as readers:
        for data in (good_bundle(), *bad):
            assert verify(data, trust, read_all=readers.read) == verify(data, trust)
        assert readers._started


def test_a_large_bundle_is_verified_with_helpers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "_WORTH_HELP", 0)
    monkeypatch.setattr(exporting.os, "cpu_count", lambda: 2)
    file = tmp_path / "bundle.json"
    file.write_bytes(good_bundle())
    assert main(["verify", str(file), *(part for key in TRUSTED for part in ("--trust", key))]) == 0
    file.write_bytes((PLACE / "5-record-signature-broken.json").read_bytes())
    assert main(["verify", str(file), *(part for key in TRUSTED for part in ("--trust", key))]) == 6
