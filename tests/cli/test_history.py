"""How a score moved, as it is read on a terminal; and both clocks on every command that takes them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.conftest import run_here


def world(*options: str, example: str, troops: str) -> str:
    found = run_here("history", troops, "--by", "world", *options, "--ledger", example)
    assert (found.code, found.err) == (0, "")
    return found.out


def points(text: str) -> list[tuple[str, str]]:
    """When, and where it stood from then on."""
    lines = [line for line in text.splitlines() if line.startswith("  ") and line[2:3].isdigit()]
    return [(line.split()[0], line.strip().partition("  ")[2].strip()) for line in lines]


def test_the_example_moves_with_each_voice_and_says_what_no_longer_counts(example: str, troops: str) -> None:
    text = world(example=example, troops=troops)
    assert [at for at, _ in points(text)] == [
        "2024-10-17T18:30:00Z",
        "2024-10-17",
        "2024-10-18",
        "2024-10-22",
        "2024-10-31",
        "2025-04-26",
        "2025-04-28",
    ]
    last = text.partition("  2025-04-28 ")[2]
    assert last.count("North Korea confirms it") == 1
    assert "denial of 2024-10-22 no\n        longer counts: a later statement" in last
    assert "now: changed position" in last
    assert "      The Pentagon confirms it\n" in text


def test_a_number_is_printed_only_where_readers_may_see_one(example: str, troops: str) -> None:
    stood = dict(points(world(example=example, troops=troops)))
    assert stood["2024-10-18"] == "single origin"
    assert stood["2024-10-22"] == "contested"
    assert stood["2024-10-31"].startswith("corroborated  .89 (.5")
    # Before that day no number was to be shown, so none says by how much it moved.
    assert "log odds" not in stood["2024-10-31"]
    assert ", log odds moved +1." in stood["2025-04-26"]


def test_what_one_could_say_on_30_october_2024_and_on_28_april_2025(example: str, troops: str) -> None:
    for until, headline in (("2024-10-30", "contested"), ("2025-04-28", "corroborated")):
        options = ["--until", until, "--ledger", example]
        assert headline.upper() in run_here("score", troops, *options).out
        assert f"{headline.upper()}: " in run_here("claim", "show", troops, *options).out
        last = points(world("--until", until, example=example, troops=troops))[-1]
        assert last[1].split("  ")[0] == headline
        shown = run_here("chain", troops, *options).out
        assert ("confirms, 2025-04-28" in shown) == (until == "2025-04-28")


def test_a_month_and_a_year_mean_all_of_it(example: str, troops: str) -> None:
    october = world("--until", "2024-10", example=example, troops=troops)
    assert points(october)[-1][0] == "2024-10-31"
    assert points(world("--until", "2024", example=example, troops=troops)) == points(october)
    assert points(world("--until", "2024-09", example=example, troops=troops)) == []
    assert "nothing that bears on it had been said" in world("--until", "2024-09", example=example, troops=troops)


def test_the_public_clock_waits_for_what_readers_could_read(example: str, troops: str) -> None:
    said, public = (world("--clock", clock, example=example, troops=troops) for clock in ("said", "public"))
    assert "publication counts" in public
    assert points(said)[-1][0] <= points(public)[-1][0]
    assert points(public)[-1][1].startswith("corroborated")


def test_the_ledger_tells_who_entered_what_and_under_which_published_size(mine: str, troops: str) -> None:
    size = run_here("log", "checkpoint", "--json", "--ledger", mine).json["size"]
    rated = run_here("source", "rate", "reports-on-cmc", "C", "--ledger", mine)
    assert rated.code == 0
    line = ["attribute", troops, "--chain", "Yonhap < nis", "--act", "confirms", "--at", "2025-05-02", "--url"]
    assert run_here(*line, "https://yonhap.example/new", "--ledger", mine).code == 0
    told = run_here("history", troops, "--by", "ledger", "--ledger", mine).out
    assert f"  published with {size} entries at " in told
    assert "alice rates The Pentagon B (entry " in told
    newest = told.rpartition("  published with ")[2]
    assert "Yonhap News Agency has it from National Intelligence Service (entry " in newest
    before = run_here("history", troops, "--by", "ledger", "--as-of", str(size), "--ledger", mine).out
    assert told.startswith(before.partition("entries at")[0].rsplit("·", 1)[0])
    assert before.partition("On the ledger\n")[2] in told


@pytest.mark.parametrize("command", ["score", "chain", "claim show", "history"])
def test_every_question_takes_both_clocks_alone_and_together(command: str, mine: str, troops: str) -> None:
    """A late entry, said in 2024 and on record only now: who asks of then sees it, and who asks what was on record then not."""
    words = [*command.split(), troops, "--json", "--ledger", mine]
    size = run_here("log", "checkpoint", "--json", "--ledger", mine).json["size"]
    before, early = (run_here(*words, "--until", until).json for until in ("2024-10-20", "2024-10-18"))
    line = ["attribute", troops, "--chain", "Yonhap < south-korea", "--act", "confirms", "--at", "2024-10-19", "--url"]
    assert run_here(*line, "https://yonhap.example/late", "--ledger", mine).code == 0
    assert run_here(*words, "--until", "2024-10-20", "--as-of", str(size)).json == before
    assert run_here(*words, "--until", "2024-10-18", "--as-of", str(size)).json == early
    assert _said(run_here(*words, "--until", "2024-10-20").json) > _said(before)
    assert _said(run_here(*words, "--until", "2024-10-18").json) == _said(early)


def _said(answer: dict[str, Any]) -> int:
    """How much there is in it: origins, statements or points in the world."""
    if "world" in answer:
        return len(answer["world"]["points"])
    return (
        int(answer["origins"]["for"])
        if "reports" in answer
        else len(answer["statements" if "statements" in answer else "nodes"])
    )


@pytest.mark.parametrize("command", ["score", "chain", "claim show", "history"])
def test_a_state_that_was_never_published_names_its_neighbours(command: str, mine: str, troops: str) -> None:
    size = run_here("log", "checkpoint", "--json", "--ledger", mine).json["size"]
    line = ["attribute", troops, "--chain", "Yonhap < south-korea", "--act", "confirms", "--at", "2024-10-19", "--url"]
    assert run_here(*line, "https://yonhap.example/late", "--ledger", mine).code == 0
    words = [*command.split(), troops, "--ledger", mine]
    refused = run_here(*words, "--as-of", str(size + 1))
    assert (refused.code, refused.out) == (5, "")
    assert f"{size + 1} is no published tree size" in refused.err
    assert f"hint: the nearest are {size} and " in refused.err
    assert run_here(*words, "--as-of", "1999-01-01").code == 3
    assert run_here(*words, "--as-of", "2099-01-01").out == run_here(*words).out
    assert run_here(*words, "--until", "2024-10-99").code == 5


@pytest.mark.parametrize("command", ["score", "chain", "claim show", "history"])
@pytest.mark.parametrize("without", ["source:pentagon", "owner:united-states", "country:US", "origin:pentagon"])
def test_what_is_left_out_says_nothing(command: str, without: str, example: str, troops: str) -> None:
    words = [*command.split(), troops, "--ledger", example]
    left = run_here(*words, "--without", without, "--json")
    assert left.code == 0
    assert left.out != run_here(*words, "--json").out
    if command == "history":
        assert "The Pentagon confirms it" not in left.out
    assert run_here(*words, "--without", "source:nobody").code == 3
    assert run_here(*words, "--without", "pentagon").code == 5
