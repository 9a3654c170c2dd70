"""The HTTP API. `create_app` is a factory: nothing is opened or read before it is called."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from api import openapi, problems
from api.at_once import AtOnce
from api.bodies import Room
from api.deps import Few
from api.drawing import preview
from api.edge import Edge
from api.limits import Limits
from api.metrics import Metrics
from api.observing import Observing
from api.pages.negotiation import api_places
from api.remembered import MIB, Remembered
from api.routes import about, cards, claims, factcheck, feeds, log, pages, reconcile, records, sources, verify, verifying_page
from api.waiting import LISTS_AT_ONCE
from api.wire import LIMITS
from ledger import logs
from ledger.config import Settings, check_contact, read_settings
from ledger.errors import UsageError
from ledger.net.guarded import Guard, parse_networks
from ledger.net.talking import check_address
from ledger.service import Ledger
from ledger.service.duty import Duty
from ledger.wiring import open_ledger, open_replica, prepared_file, read_panel

VERSION = "1"
HEAVY_AT_ONCE = 2
"""Of verifications, of histories and of packs, each of which is worth many scores. Every kind has turns of its own: none
keeps the others waiting."""
BATCHES_AT_ONCE = 2
"""Tables whose cells are matched; the clients of others send one batch after another, so the next ones wait for a moment."""


def create_app(ledger: Ledger | None = None, *, settings: Settings | None = None) -> FastAPI:
    """The application of a ledger: the given one, which stays its owner's to close, or else the one that the settings name."""
    settings = settings or read_settings()
    if ledger is None and settings.ledger is None:
        raise UsageError("no ledger to serve", hint="ONRECORD_LEDGER names a file or a database")
    app = FastAPI(
        title="OnRecord",
        version=VERSION,
        description=openapi.DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        lifespan=lambda app: _life(app, ledger, settings),
        # No pages that load scripts from elsewhere, and no redirects made of a Host header.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.read_token = settings.read_token_text()
    app.state.public_url = check_address(settings.public_url) if settings.public_url else ""
    app.state.contact = check_contact(settings.contact) if settings.contact else ""
    app.state.verifications = Few(HEAVY_AT_ONCE)
    app.state.histories = Few(HEAVY_AT_ONCE)
    app.state.packs = Few(HEAVY_AT_ONCE, wait=5)
    app.state.batches = Few(BATCHES_AT_ONCE, wait=5)
    routers = [area.router for area in (records, feeds, claims, sources, verify, log, factcheck, reconcile, about)]
    for router in routers:
        app.include_router(router)
    app.state.api_places = api_places(app, routers)
    app.include_router(pages.router)
    app.include_router(cards.router)
    app.include_router(verifying_page.pages)
    app.include_router(factcheck.unlisted)
    app.include_router(reconcile.unlisted)
    problems.install(app)
    openapi.describe(app, routers)
    afar = ledger is None and "://" in str(settings.ledger)
    app.state.remembered = Remembered(settings.answers * MIB, afar=afar)
    app.state.limits, app.state.room = Limits(settings), Room()
    app.state.lists = asyncio.Semaphore(LISTS_AT_ONCE)
    app.add_middleware(
        Edge, remembered=app.state.remembered, at_once=AtOnce(afar=afar), limits=app.state.limits, room=app.state.room
    )
    token = settings.metrics_token_text()
    app.state.metrics = Metrics(token) if token else None
    if app.state.metrics is not None:
        app.add_route("/metrics", app.state.metrics.answer, methods=["GET"], include_in_schema=False)
    app.add_middleware(Observing, watcher=app.state.metrics, log=settings.log_requests)
    return app


@asynccontextmanager
async def _life(app: FastAPI, given: Ledger | None, settings: Settings) -> AsyncIterator[dict[str, Limits]]:
    """The ledger is open, and consistent as far as a start can tell, before the first request is answered."""
    ledger = given if given is not None else await run_in_threadpool(_open, settings)
    duty = Duty(settings.duty)
    metrics: Metrics | None = app.state.metrics
    if metrics is not None:
        metrics.begin()
    try:
        await run_in_threadpool(ledger.check_role)
        await run_in_threadpool(ledger.check_start)
        app.state.ledger = ledger
        known = await run_in_threadpool(ledger.well_known)
        app.state.origin, app.state.test_log = known.origin, known.test_log
        ledger.forget_with(preview.forget)
        ledger.forget_with(app.state.remembered.forget)
        if settings.witnesses is not None:
            await run_in_threadpool(ledger.name_witnesses, read_panel(settings))
            await run_in_threadpool(ledger.ask_witnesses, republish=settings.republish)
        if given is None and (file := prepared_file(settings)):
            ledger.prepare_in(file)
        ledger.keep_standing(duty.is_mine)
        ledger.call_hooks(Guard(parse_networks(settings.hooks_allow.split(","))), duty.is_mine)
        yield {LIMITS: app.state.limits}
    finally:
        await run_in_threadpool(ledger.stop_keeping)
        duty.release()
        if metrics is not None:
            metrics.close()
        if given is None:
            await run_in_threadpool(ledger.close)


def _open(settings: Settings) -> Ledger:
    assert settings.ledger is not None, "create_app refuses to serve nothing"
    logs.configure(settings.log_level)
    if settings.replica_of:
        return open_replica(settings.ledger, settings.replica_of, trust=settings.trusted(), keys=settings.keys)
    ledger = open_ledger(settings.ledger, keys=settings.keys)
    if not isinstance(ledger, Ledger):
        ledger.close()
        raise UsageError("a ledger elsewhere is served there", hint="ONRECORD_LEDGER names a file or a database")
    return ledger
