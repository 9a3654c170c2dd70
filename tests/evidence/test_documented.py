"""Every command of docs/evidence.md does what the page shows, in its order."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import zipfile
from pathlib import Path

import pytest

from tests.browser import chromium, find_chromium
from tests.cli.conftest import REPOSITORY, run_here
from tests.evidence import site as sites
from tests.evidence.site import Site

RUN = re.compile(r"^\$ onrecord (.*)\n((?:(?!\$ |```).*\n)*)", re.MULTILINE)


def test_every_command_of_the_page_does_what_it_shows(
    mine: str, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONRECORD_CAPTURE_ALLOW", "127.0.0.1/32")
    site.pages["/bridge"] = sites.page("en", "The bridge", ["The bridge is closed, says the ministry."] * 4)
    (tmp_path / "statement.pdf").write_bytes(sites.pdf(["We closed it on Monday morning."]))
    text = (REPOSITORY / "docs" / "evidence.md").read_text("utf-8")
    troops = run_here("search", "North Korea sent troops", "--ledger", mine, "--json").json["claims"][0]["id"]
    found = RUN.findall(text)
    program = find_chromium()
    for command, shown in found:
        if "--picture" in command and program is None:
            continue
        command = command.replace("my.db", mine).replace("https://fjord.example", site.url("")).replace("troops-sent", troops)
        ran = run_here(*shlex.split(command))
        assert ran.code == 0, f"{command}\n{ran.err}"
        wanted = shown.replace("https://fjord.example", site.url(""))
        flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        assert doctest.OutputChecker().check_output(wanted, ran.out, flags), f"{command} printed\n{ran.out}"
    assert len(found) == text.count("$ onrecord") == 7
    keys = run_here("log", "keys", "--ledger", mine).out.split()
    ran = run_here("verify", "claim.zip", *(word for key in keys for word in ("--trust", key)))
    assert ran.code == 0, ran.out
    if program is None:
        no_browser()
    else:
        opens_from_disk(program, tmp_path)


def opens_from_disk(program: str, place: Path) -> None:
    """The example's page, on a phone without a network: nothing is asked for or refused, or stands out at the side."""
    with zipfile.ZipFile("claim.zip") as made:
        made.extractall(place / "open")
    with chromium(program, place / "profile") as context:
        context.set_offline(True)
        tab, told = context.new_page(), list[str]()
        tab.on("request", lambda request: told.append(request.url) if not request.url.startswith("file:") else None)
        tab.on("console", lambda message: told.append(message.text))
        tab.set_viewport_size({"width": 390, "height": 800})
        tab.goto((place / "open" / "index.html").as_uri())
        assert told == []
        assert tab.evaluate("document.documentElement.scrollWidth") == 390
        assert tab.evaluate("getComputedStyle(document.querySelector('dl')).display") == "grid", "its style is the one allowed"
        assert "North Korea sent troops to fight" in tab.locator(".claim").nth(1).inner_text()
        assert tab.locator("h2").all_inner_texts()[1].startswith("Seen, and in this zip: 1 of ")
        tab.locator("a[href^='seen/']").first.click()
        assert "The bridge is closed, says the ministry." in tab.locator("body").inner_text()


def no_browser() -> None:
    if os.environ.get("ONRECORD_REQUIRE_BACKENDS") == "1":
        pytest.fail("no Chromium")
    pytest.skip("no Chromium")
