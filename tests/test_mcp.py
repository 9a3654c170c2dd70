"""A ledger asked by the reference client of the Model Context Protocol, over a pipe and over HTTP."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from tests.cli.conftest import (
    COMMAND,
    REPOSITORY,
    _no_environment,
    claims,
    example,
    example_place,
    fresh,
    mine,
    run_here,
    served,
    troops,
)

__all__ = ["_no_environment", "claims", "example", "example_place", "fresh", "mine", "served", "troops"]
Asked = Callable[[Client], Awaitable[Any]]


def over_pipe(ledger: str, ask: Asked, *options: str) -> Any:
    """What the client gets from `onrecord mcp` in a process of its own."""
    command, *arguments = COMMAND
    server = StdioServerParameters(
        command=command,
        args=[*arguments, "mcp", "--ledger", ledger, *options],
        cwd=REPOSITORY,
        env={"PYTHONPATH": str(REPOSITORY), "PYTHONUTF8": "1"},
    )

    async def run() -> Any:
        with anyio.fail_after(60):
            async with Client(stdio_client(server)) as client:
                return await ask(client)

    return anyio.run(run)


@pytest.fixture(scope="module")
def over_http(example: str) -> Iterator[str]:
    """The address of `onrecord mcp --http`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([*COMMAND, "mcp", "--http", "--port", str(port), "--ledger", example], cwd=REPOSITORY)
    address = f"http://127.0.0.1:{port}/mcp"
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            break
        time.sleep(0.1)
    yield address
    server.terminate()
    server.wait(10)


async def called(client: Client, tool: str, **arguments: Any) -> Any:
    answer = await client.call_tool(tool, arguments)
    assert not answer.is_error, answer.content
    return answer.structured_content


def whole_lookup(key: str) -> Asked:
    """Search, who said it, the chain, the score, and the check of its bundle."""

    async def ask(client: Client) -> dict[str, Any]:
        tools = (await client.list_tools()).tools
        assert all(tool.annotations is not None and tool.annotations.read_only_hint for tool in tools)
        found = await called(client, "search_claims", query="북한")
        claim = next(one["id"] for one in found["claims"] if one["headline"] == "corroborated")
        return {
            "tools": sorted(tool.name for tool in tools),
            "typed": all(tool.output_schema for tool in tools),
            "claim": claim,
            "said": await called(client, "who_said", claim=claim, limit=5),
            "denied": await called(client, "who_said", claim=claim, stance="denies"),
            "chain": await called(client, "get_chain", claim=claim),
            "score": await called(client, "corroborate", claim=claim),
            "then": await called(client, "corroborate", claim=claim, until="2024-10-30"),
            "checked": await called(client, "verify", claim=claim),
        }

    return ask


def expect_whole_lookup(got: dict[str, Any], troops: str) -> None:
    assert got["tools"] == ["corroborate", "get_chain", "search_claims", "verify", "who_said"]
    assert got["typed"]
    assert got["claim"] == troops
    assert len(got["said"]["statements"]) == 5
    assert got["said"]["left_out"] > 0
    assert {one["stance"] for one in got["denied"]["statements"]} == {"denies"}
    assert {"dprk", "russia"} <= set(got["chain"]["origins"])
    assert got["score"]["corroboration"]["headline"] == "corroborated"
    assert got["score"]["corroboration"]["probability"] > 0.95
    assert {row["origin"] for row in got["score"]["found"]} >= {"dprk", "russia"}
    assert got["then"]["corroboration"]["headline"] == "contested"
    assert got["checked"]["result"] == "ok"


def test_an_assistant_looks_a_claim_up_over_a_pipe(example: str, troops: str) -> None:
    key = run_here("log", "keys", "--ledger", example).out.split()[0]
    got = over_pipe(example, whole_lookup(key), "--trust", key)
    expect_whole_lookup(got, troops)
    assert "keys that the operator of these tools trusts" in got["checked"]["notes"][-1]


def test_a_bundle_is_checked_as_the_text_that_it_is(example: str, troops: str) -> None:
    """One digit of its payload changed, and it fails; the very bytes are what is checked."""
    good = run_here("export", troops, "--ledger", example).out
    bad = good.replace('"payload":"eyJ', '"payload":"eyK', 1)
    assert bad != good

    async def ask(client: Client) -> list[str]:
        return [(await called(client, "verify", bundle=text))["result"] for text in (good, bad, good + " ")]

    assert over_pipe(example, ask) == ["ok", "malformed", "malformed"]


def test_an_assistant_looks_a_claim_up_in_a_ledger_elsewhere(served: str, troops: str) -> None:
    got = over_pipe(served, whole_lookup(""))
    expect_whole_lookup(got, troops)
    assert "the ledger names itself" in got["checked"]["notes"][-1]


def test_an_assistant_looks_a_claim_up_over_http(over_http: str, troops: str) -> None:
    async def run() -> Any:
        async with Client(over_http) as client:
            return await whole_lookup("")(client)

    expect_whole_lookup(anyio.run(run), troops)


def test_a_score_that_is_not_to_be_shown_has_no_number_anywhere(fresh_outlets: str) -> None:
    async def ask(client: Client) -> Any:
        found = await called(client, "search_claims", query="factory")
        return await called(client, "corroborate", claim=found["claims"][0]["id"])

    got = over_pipe(fresh_outlets, ask)
    brief = got["corroboration"]
    assert (brief["headline"], brief["showable"]) == ("not_enough", False)
    assert (brief["probability"], brief["interval"], brief["words"]) == (None, None, None)
    assert all(row["contribution"] is None for row in got["found"])


@pytest.fixture
def fresh_outlets(fresh: str) -> str:
    """A claim that one outlet nobody has rated reports, of whom nobody knows from whom it has it."""
    dossier = """
dossier: 1
sources: [{id: outlet-one, type: outlet, names: {en: Outlet One}}]
claims: [{id: fire, type: event, text: {en: A factory burned down}}]
reports: [{claim: fire, chain: [outlet-one], act: reports, said_at: 2025-01-02}]
"""
    assert run_here("import", "-", "--ledger", fresh, stdin=dossier.encode()).code == 0
    return fresh


REFUSED = [
    ("search_claims", {"query": ""}, "query"),
    ("search_claims", {"query": "x" * 301}, "query"),
    ("search_claims", {"query": "troops", "cursor": "%%%"}, "cursor"),
    ("get_chain", {"claim": "deadbeef"}, "deadbeef"),
    ("get_chain", {"claim": "x"}, "claim"),
    ("corroborate", {"claim": "0" * 64, "until": "yesterday"}, ""),
    ("corroborate", {"claim": "0" * 64, "without": ["nobody"]}, ""),
    ("verify", {}, "either"),
    ("verify", {"claim": "0" * 64, "bundle": "{}"}, "either"),
    ("who_said", {"claim": "0" * 64, "limit": 0}, "limit"),
]


def test_bad_questions_are_answered_with_what_was_wrong_and_the_server_goes_on(example: str) -> None:
    async def ask(client: Client) -> list[tuple[bool, str]]:
        answers = [await client.call_tool(tool, dict(arguments)) for tool, arguments, _ in REFUSED]
        assert (await called(client, "verify", bundle="{}"))["result"] == "malformed"
        return [(bool(one.is_error), str(getattr(one.content[0], "text", ""))) for one in answers]

    for (tool, arguments, said), (failed, text) in zip(REFUSED, over_pipe(example, ask), strict=True):
        assert failed, (tool, arguments)
        assert said in text, text
        assert "Traceback" not in text


def test_tools_are_offered_to_this_machine_alone(example: str) -> None:
    refused = run_here("mcp", "--http", "--host", "0.0.0.0", "--ledger", example)
    assert refused.code == 2
    assert "not this machine" in refused.err
