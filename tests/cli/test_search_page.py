"""Every command of docs/search.md does what it says, in the order of the page."""

from __future__ import annotations

import doctest
import re
import shlex

from tests.cli.conftest import REPOSITORY, run_here

PAGE = (REPOSITORY / "docs/search.md").read_text("utf-8")
RUN = re.compile(r"^\$ onrecord (.*)\n((?:(?!\$ |```).*\n)*)", re.MULTILINE)


def test_every_command_of_the_page_prints_what_is_shown(mine: str) -> None:
    found = RUN.findall(PAGE)
    for command, shown in found:
        ran = run_here(*shlex.split(command.replace("my.db", mine)))
        assert ran.code == 0, f"{command}\n{ran.err}"
        # Headings are padded, and a page cannot know how far.
        same = doctest.OutputChecker().check_output(shown, ran.out, doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
        assert same, f"{command} printed\n{ran.out}"
    assert len(found) == PAGE.count("$ onrecord") == 5
