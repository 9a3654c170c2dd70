"""`onrecord quote`, and a quotation that is looked for before it goes on record."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest

from ledger.cli import wizard
from tests.cli.conftest import REPOSITORY, run_here
from tests.cli.test_documented import RUN

PAGE = (REPOSITORY / "docs" / "quotes.md").read_text("utf-8")
TEXT = re.search(r"```text\n(.*?)```", PAGE, re.DOTALL)[1]  # type: ignore[index]  # the page has one
SAID = "North Korea has confirmed that it sent troops"


@pytest.fixture(autouse=True)
def _page(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text(TEXT, "utf-8")


def test_every_command_of_the_page_prints_what_is_shown() -> None:
    found = RUN.findall(PAGE)
    for command, shown in found:
        ran = run_here(*shlex.split(command))
        assert doctest.OutputChecker().check_output(shown, ran.out, doctest.NORMALIZE_WHITESPACE), ran.out
    assert len(found) == PAGE.count("$ onrecord") == 2


@pytest.mark.parametrize("words,code", [(SAID, 0), (SAID.replace("sent", "never sent"), 7), ("quite another matter", 6)])
def test_the_exit_code_tells_what_was_found(words: str, code: int) -> None:
    assert run_here("quote", "find", words, "--in", "page.txt").code == code


def test_selectors_are_printed_as_the_w3c_writes_them() -> None:
    found = run_here("quote", "find", SAID, "--in", "page.txt", "--json").json
    place = found["places"][0]
    assert (place["quote"]["type"], place["position"]["type"]) == ("TextQuoteSelector", "TextPositionSelector")
    start, end = place["position"]["start"], place["position"]["end"]
    around = place["quote"]["prefix"] + place["quote"]["exact"] + place["quote"]["suffix"]
    assert TEXT[start:end] == place["quote"]["exact"]
    assert around in TEXT


def test_who_is_credited_and_named_nowhere_is_warned_of() -> None:
    assert "Reuters is named neither" in run_here("quote", "find", SAID, "--in", "page.txt", "--credited", "Reuters").err
    assert run_here("quote", "find", SAID, "--in", "page.txt", "--credited", "Yonhap").err == ""


def attribute(ledger: str, claim: str, words: str, *more: str) -> list[str]:
    chain = ["--chain", "morgenblatt < yonhap", "--url", "https://morgenblatt.example/x", "--published", "2025-05-01"]
    return ["attribute", claim, *chain, "--quote", words, "--in", "page.txt", *more, "--ledger", ledger]


def test_a_quotation_goes_on_record_with_what_stands_around_it(mine: str, troops: str) -> None:
    receipts = run_here(*attribute(mine, troops, SAID, "--json")).json
    shown = [run_here("show", one["record_id"], "--json", "--ledger", mine).json for one in receipts]
    record = next(one for one in shown if one["record"].get("quote"))
    quote = record["record"]["quote"]
    assert quote["exact"] == SAID
    assert quote["prefix"].endswith("Yonhap says: “")
    assert quote["suffix"].startswith("”, on Monday.")
    checked = run_here("quote", "check", record["id"], "--in", "page.txt", "--json", "--ledger", mine)
    assert checked.code == 0
    assert [(one["outcome"], one["credit_found"]) for one in checked.json["checks"]] == [("exact", True)]
    document = run_here("quote", "check", record["record"]["document"], "--in", "page.txt", "--ledger", mine)
    assert (document.code, "it says so: " + SAID in " ".join(document.out.split())) == (0, True)


def test_what_is_only_like_the_text_does_not_go_on_record(mine: str, troops: str) -> None:
    ran = run_here(*attribute(mine, troops, "More than 1,000 soldiers took part"))
    assert ran.code == 7
    assert "“10,000” for “1,000”" in ran.err
    assert "quote what it says: More than 10,000 soldiers" in " ".join(ran.err.split())


def test_a_quote_that_is_not_in_the_text_any_more_is_told(mine: str, troops: str, tmp_path: Path) -> None:
    receipts = run_here(*attribute(mine, troops, SAID, "--json")).json
    (tmp_path / "later.txt").write_text("The page was taken down.", "utf-8")
    shown = [run_here("show", one["record_id"], "--json", "--ledger", mine).json for one in receipts]
    statement = next(one["id"] for one in shown if one["record"].get("quote"))
    ran = run_here("quote", "check", statement, "--in", "later.txt", "--ledger", mine)
    assert (ran.code, "it does not say so" in ran.out) == (6, True)


# The wizard, where it was given a text file


def asked(monkeypatch: pytest.MonkeyPatch, words: list[str], yes: list[bool]) -> object:
    """What it quotes, after these answers."""
    monkeypatch.setattr(wizard, "_text", lambda question, **_: words.pop(0))
    monkeypatch.setattr(wizard, "_yes", lambda question: yes.pop(0))
    return wizard._quote(wizard._Notes(ledger=None, known=[], text=TEXT))  # type: ignore[arg-type]  # it asks no ledger here


def test_the_wizard_quotes_what_the_text_has(monkeypatch: pytest.MonkeyPatch) -> None:
    found = asked(monkeypatch, [SAID], [])
    assert isinstance(found, dict)
    assert (found["exact"], found["suffix"].startswith("”, on Monday")) == (SAID, True)


def test_the_wizard_takes_what_the_text_says_instead_only_if_somebody_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = "More than 1,000 soldiers took part"
    found = asked(monkeypatch, [wrong], [True])
    assert isinstance(found, dict)
    assert " ".join(found["exact"].split()) == "More than 10,000 soldiers took part"
    assert asked(monkeypatch, [wrong], [False, True]) == wrong
    assert asked(monkeypatch, [wrong, ""], [False, False]) == ""


def test_the_wizard_asks_again_where_the_text_has_nothing_like_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(asked(monkeypatch, ["quite another matter altogether", SAID], [False]), dict)
