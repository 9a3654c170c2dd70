"""Every command of the pages in docs/ does what it says, in the order of its page."""

from __future__ import annotations

import doctest
import re
import shlex

import pytest

from tests.cli.conftest import REPOSITORY, run_here

RUN = re.compile(r"^\$ onrecord (.*)\n((?:(?!\$ |```).*\n)*)", re.MULTILINE)
# How many commands there are: none is left out because it is written otherwise.
PAGES = {"affected": 1, "clocks": 7, "credibility": 3, "following": 2, "publishing": 1, "search": 5}


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_prints_what_is_shown(mine: str, page: str) -> None:
    text = (REPOSITORY / f"docs/{page}.md").read_text("utf-8")
    found = RUN.findall(text)
    for command, shown in found:
        ran = run_here(*shlex.split(command.replace("my.db", mine)))
        assert ran.code == 0, f"{command}\n{ran.err}"
        # Headings are padded, and a page cannot know how far.
        same = doctest.OutputChecker().check_output(shown, ran.out, doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
        assert same, f"{command} printed\n{ran.out}"
    assert len(found) == text.count("$ onrecord") == PAGES[page]
