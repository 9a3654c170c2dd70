"""The HTTP side of a witness: an application of its own, which knows nothing of any ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response
from starlette.concurrency import run_in_threadpool

from api.bodies import body_up_to
from ledger import logs
from ledger.config import read_settings
from ledger.core.witnessing import MAX_REQUEST_BYTES, Verdict
from ledger.errors import OnRecordError, TooLargeError
from ledger.witness.opening import open_witness
from ledger.witness.witness import Reply, Witness

_body = body_up_to(MAX_REQUEST_BYTES)


def create_witness(witness: Witness | None = None) -> FastAPI:
    """The application of a witness: the given one, or else the one that the settings name."""
    app = FastAPI(
        title="OnRecord witness",
        lifespan=lambda app: _life(app, witness),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.add_api_route("/add-checkpoint", add_checkpoint, methods=["POST"], response_class=Response)
    app.add_api_route("/{name}/checkpoint", newest, methods=["GET", "HEAD"], response_class=Response)
    app.add_api_route("/healthz", healthz, methods=["GET", "HEAD"], response_class=Response)
    app.add_exception_handler(OnRecordError, _trouble)
    return app


async def add_checkpoint(request: Request) -> Response:
    """C2SP tlog-witness."""
    witness: Witness = request.app.state.witness
    try:
        body = await _body(request)
    except TooLargeError as error:
        # Not 413: tlog-witness names the statuses that a log has to understand. The rest is not read.
        return _answer(Reply(Verdict.MALFORMED, error.message.encode() + b"\n"), {"Connection": "close"})
    return _answer(await run_in_threadpool(witness.add, body))


async def newest(name: str, request: Request) -> Response:
    """The newest checkpoint that was signed of a log, by the hex SHA-256 of its origin."""
    found = await run_in_threadpool(request.app.state.witness.newest, name)
    if found is None:
        return PlainTextResponse("nothing was signed of that log\n", 404)
    headers = {"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}
    return Response(found, media_type="text/plain; charset=utf-8", headers=headers)


async def healthz(request: Request) -> Response:
    witness: Witness = request.app.state.witness
    return PlainTextResponse(f"ok\n{len(witness.origins)} logs\n")


def _answer(reply: Reply, headers: dict[str, str] | None = None) -> Response:
    sent = {"Content-Type": reply.media_type, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(reply.body, status_code=reply.status, headers=sent | (headers or {}))


async def _trouble(request: Request, error: Exception) -> Response:
    """What is wrong is told to whoever runs the witness, not to whoever asks it."""
    assert isinstance(error, OnRecordError)
    logs.trouble("witness_failed", error=type(error).__name__, detail=error.message)
    return PlainTextResponse("the witness could not do this; its log says why\n", 500, {"Cache-Control": "no-store"})


@asynccontextmanager
async def _life(app: FastAPI, given: Witness | None) -> AsyncIterator[None]:
    settings = read_settings()
    if given is None:
        logs.configure(settings.log_level)
    app.state.witness = given or await run_in_threadpool(open_witness, settings)
    yield
