"""Webhooks on the command line."""

from __future__ import annotations

import pytest

from tests.cli.conftest import run_here


def test_a_webhook_is_added_listed_and_removed(mine: str, troops: str) -> None:
    made = run_here("hook", "add", "https://desk.example/hook", "--claim", troops, "--json", "--ledger", mine).json
    assert made["secret"].startswith("whsec_")
    [listed] = run_here("hook", "list", "--json", "--ledger", mine).json["hooks"]
    assert (listed["id"], listed["claim"], listed["state"]) == (made["id"], troops, "waiting")
    assert "secret" not in listed
    assert made["secret"] not in run_here("hook", "list", "--ledger", mine).out
    assert run_here("hook", "resume", made["id"], "--ledger", mine).code == 0
    assert run_here("hook", "remove", made["id"], "--ledger", mine).code == 0
    assert run_here("hook", "remove", made["id"], "--ledger", mine).code == 3


@pytest.mark.parametrize(
    "url,said",
    [
        ("http://desk.example/hook", "wanted https"),
        ("https://192.168.1.4/hook", "its neighbours"),
        ("https://user:secret@desk.example/", "no user"),
        ("desk", "no address"),
    ],
)
def test_what_is_no_safe_address_is_refused_with_a_reason(mine: str, url: str, said: str) -> None:
    refused = run_here("hook", "add", url, "--ledger", mine)
    assert refused.code in (4, 5)
    assert said in refused.err
    assert run_here("hook", "list", "--json", "--ledger", mine).json["hooks"] == []


def test_a_network_that_the_operator_names_may_be_called(mine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_HOOKS_ALLOW", "192.168.1.0/24")
    assert run_here("hook", "add", "http://192.168.1.4/hook", "--ledger", mine).code == 0
    monkeypatch.setenv("ONRECORD_HOOKS_ALLOW", "nonsense")
    refused = run_here("hook", "add", "http://192.168.1.4/hook", "--ledger", mine)
    assert (refused.code, "wanted a network" in refused.err) == (5, True)


def test_webhooks_are_the_operators_own(served: str) -> None:
    refused = run_here("hook", "list", "--ledger", served)
    assert refused.code == 2
    assert "that ledger's own machine" in refused.err
