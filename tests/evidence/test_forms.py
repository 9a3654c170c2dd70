"""A zip is verified by later versions: its page is made again in the form that it was written in, and no form is believed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledger.evidence import page as pages
from tests.cli.conftest import Ran, run_here
from tests.evidence.forms import write
from tests.evidence.test_zipping import entries, packed, relisted

KEPT = Path(__file__).parents[1] / "vectors" / "evidence-zips"
"""Zips as earlier versions wrote them, by the number of their page's form."""
FORMS = [int(file.stem) for file in sorted(KEPT.glob("*.zip"))]


def verify(file: Path, form: int, *words: str) -> Ran:
    keys = json.loads((KEPT / f"{form}.keys.json").read_text())
    return run_here("verify", str(file), *(word for key in keys for word in ("--trust", key)), *words)


def said(ran: Ran) -> str:
    return " ".join(ran.out.split())


@pytest.mark.parametrize("form", FORMS)
def test_a_zip_of_every_earlier_form_verifies(form: int, tmp_path: Path) -> None:
    """Where this fails, a form was changed that is in zips that were given out: write a new form, and keep the old one."""
    (tmp_path / "known").write_text(f"authority one http://one.invalid/ {KEPT / f'{form}.pem'}\n")
    ran = verify(KEPT / f"{form}.zip", form, "--authorities", str(tmp_path / "known"))
    assert ran.code == 0, ran.out
    assert "index.html says what the signed records say, texts: 1" in said(ran)
    assert "3 by known authorities" in said(ran)


def test_every_form_that_was_left_is_kept() -> None:
    assert set(FORMS) >= set(pages.FORMS[:-1])


def test_a_new_zip_has_the_last_form(tmp_path: Path) -> None:
    assert json.loads(entries(write(tmp_path / "new"))["manifest.json"])["page"] == pages.FORMS[-1]


def renumbered(files: dict[str, bytes], form: int) -> dict[str, bytes]:
    listed = json.loads(files["manifest.json"]) | {"page": form}
    return files | {"manifest.json": json.dumps(listed).encode()}


def test_a_page_of_a_later_form_is_not_made_again_which_is_said(tmp_path: Path) -> None:
    later = pages.FORMS[-1] + 1
    files = renumbered(entries(KEPT / "1.zip"), later)
    ran = verify(packed(tmp_path, files), 1)
    assert ran.code == 7, ran.out
    last = pages.FORMS[-1]
    assert f"index.html was not made again: a page of form {later}, and this version writes forms up to {last}" in ran.err
    assert "not proven" in ran.err


@pytest.mark.parametrize("form", [*pages.FORMS, pages.FORMS[-1] + 1])
def test_a_forged_page_is_ok_under_no_number(tmp_path: Path, form: int) -> None:
    files = entries(KEPT / "1.zip")
    forged = files["index.html"].replace(b"Whether the claim is true is not said here", b"The claim is true")
    assert forged != files["index.html"]
    ran = verify(packed(tmp_path, relisted(renumbered(files | {"index.html": forged}, form))), 1)
    assert (ran.code, "result: unverifiable" in ran.out) == (7, True)
    assert "not proven" in ran.err


@pytest.mark.parametrize("form", [0, -1, "1", 1.5, None, 10**30])
def test_a_number_that_is_none_fails(tmp_path: Path, form: object) -> None:
    ran = verify(packed(tmp_path, renumbered(entries(KEPT / "1.zip"), form)), 1)  # type: ignore[arg-type]  # what is not one
    assert ran.code == 6
    assert "manifest.json is not what lists" in ran.err
