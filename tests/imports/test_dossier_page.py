"""What docs/dossier.md teaches is what a dossier takes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from schemas.vocabulary import Act, ClaimType, Hedge, Relation, SourceType
from tests.imports.ledgers import drafted

PAGE = (Path(__file__).parents[2] / "docs/dossier.md").read_text("utf-8")
WHOLE, *PARTS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("row, values", [
    ("`type` of a source", SourceType),
    ("`type` of a claim", ClaimType),
    ("`hedge` of a quantity", Hedge),
    ("`act`", Act),
    ("relation", Relation),
])  # fmt: skip
def test_the_page_lists_every_value(row: str, values: Any) -> None:
    line = next(line for line in PAGE.splitlines() if line.startswith(f"| {row} |"))
    assert set(get_args(values)) <= set(re.findall(r"[a-z_]+", line))


@pytest.mark.parametrize("part", PARTS)
def test_each_example_line_fits_into_the_example(part: str) -> None:
    section, _, lines = part.partition("\n")
    assert section in ("claims:", "corrections:")
    text = WHOLE.replace("claims:\n", "claims:\n" + lines, 1) if section == "claims:" else WHOLE + part
    assert len(drafted(text).records) > len(drafted(WHOLE).records)


def test_a_correction_of_a_report_takes_back_its_statements_and_hops() -> None:
    [part] = [part for part in PARTS if part.startswith("corrections:")]
    taken_back = [one.record for one in drafted(WHOLE + part).records if one.record.kind == "correction"]
    assert len(taken_back) == 5
