"""Tables as ledgers take them: real commands on a ledger in a file, and the sheet alone where no ledger is needed."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from ledger.cli.main import main
from ledger.imports.drafts import Draft
from ledger.imports.expand import Known, records
from ledger.imports.sheets import Sheet, parts
from ledger.operations import ClaimQuery, Operations
from tests.imports.ledgers import ASSESSOR, ORIGIN, SEALER

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = REPOSITORY.parent / "shared" / "data"


def shared(name: str) -> Path:
    """A file of the real data, which is not part of this repository."""
    place = SHARED / name
    if not place.exists():
        pytest.skip(f"the real data is not here: ../shared/data/{name}")
    return place


def new_ledger(place: Path) -> str:
    target = str(place / "ledger.db")
    assert main(("init", "--ledger", target, "--name", "alice")) == 0
    return target


def import_(file: Path, format: str, target: str, *more: str) -> int:
    return main(("import", str(file), "--format", format, "--ledger", target, *more))


def written(rows: Sequence[Mapping[str, str]]) -> str:
    """The rows as a table with the columns of the first."""
    out = io.StringIO()
    table = csv.DictWriter(out, list(rows[0]))
    table.writeheader()
    table.writerows(rows)
    return out.getvalue()


def drafted(sheet: Sheet) -> Draft:
    """What the table adds to an empty ledger."""
    (part,) = parts(sheet)
    return records(part.dossier, Known(ASSESSOR, ORIGIN), SEALER)


def every_claim(ledger: Operations) -> dict[str, str]:
    """English text -> id."""
    found: dict[str, str] = {}
    cursor: str | None = None
    while True:
        page = ledger.claims(ClaimQuery(cursor=cursor, limit=200))
        found |= {claim.text["en"]: claim.id for claim in page.claims}
        cursor = page.next
        if cursor is None:
            return found
