"""`mcp`: a ledger as tools for an assistant, over standard input and output or over HTTP on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.desk import Desk, command
from ledger.errors import UsageError

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def register(app: typer.Typer) -> None:
    command(app, "mcp", brief="A ledger as read-only tools for a model.")(mcp)


def mcp(
    desk: Desk,
    http: Annotated[bool, typer.Option("--http", help="Streamable HTTP at /mcp in place of stdin and stdout.")] = False,
    host: Annotated[str, typer.Option("--host", help="Where to listen with --http; this machine only.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65_535, help="The port for --http.")] = 8765,
) -> None:
    """A ledger as read-only tools of the Model Context Protocol: search_claims, get_chain, corroborate, who_said, verify.

    --trust KEY names the keys that `verify` believes. Tools never write, and give no number where a score is not to be shown.
    """
    if http and host not in _LOOPBACK:
        raise UsageError(f"--host {host} is not this machine", hint="listen on 127.0.0.1 and put a proxy with a login in front")
    try:
        from ledger.mcp import tool_server
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != "mcp":
            raise
        raise UsageError("the package mcp is not installed", hint="pip install 'onrecord[mcp]'") from None
    with desk.ledger(reading=True) as ledger:
        server = tool_server(ledger, desk.trust)
        if http:
            server.run("streamable-http", host=host, port=port, stateless_http=True, json_response=True)
        else:
            server.run("stdio")
