"""Figures in the form that Prometheus reads, at `/metrics`, for whoever has the operator's token for them.

Of several worker processes each counts in files that all of them read (`PROMETHEUS_MULTIPROC_DIR`, which `onrecord serve
--workers` sets): whichever is asked tells of all of them.
"""

from __future__ import annotations

import hmac
import os
import threading
from collections.abc import Iterator, Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from api.observing import Seen
from ledger import logs, meters, points
from ledger.errors import OnRecordError, UnauthenticatedError, UsageError
from ledger.meters import Counted, Timed
from ledger.points import Point
from ledger.service import Ledger
from schemas.health import Health

if TYPE_CHECKING:
    from prometheus_client.registry import CollectorRegistry

SHORTEST_TOKEN = 16
MANY_PROCESSES = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS = (0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0, 60.0)
_COUNTED: Mapping[Counted, tuple[str, str]] = {
    "records": ("onrecord_records", "Records handed in and taken; known: they were on record before"),
    "database errors": ("onrecord_database_errors", "Questions that the database did not answer"),
    "cosignatures": ("onrecord_cosignatures", "Signatures that witnesses gave"),
    "witness failures": ("onrecord_witness_failures", "Rounds in which a witness gave nothing of use"),
    "webhook failures": ("onrecord_webhook_failures", "Calls that a webhook did not take"),
}
_TIMED: Mapping[Timed, tuple[str, str]] = {
    "waited": ("onrecord_append_wait_seconds", "How long a submission waited for its turn"),
    "settled": ("onrecord_append_step_seconds", "How long one step of the log took, for all that it settled"),
}


class Metrics:
    """The figures of one process. It is a `ledger.meters.Meter` and an `api.observing.Watcher`."""

    def __init__(self, token: str) -> None:
        try:
            from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
        except ModuleNotFoundError:
            hint = "pip install 'onrecord[metrics]'"
            raise UsageError(
                "ONRECORD_METRICS_TOKEN asks for /metrics: prometheus-client is not installed", hint=hint
            ) from None
        if len(token) < SHORTEST_TOKEN:
            raise UsageError(f"ONRECORD_METRICS_TOKEN is shorter than {SHORTEST_TOKEN} characters", hint="openssl rand -hex 16")
        self._token = token.encode()
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "onrecord_requests",
            "Requests by the template of their route",
            ["method", "route", "status", "how"],
            registry=registry,
        )
        self._seconds = Histogram(
            "onrecord_request_seconds", "How long they took to answer", ["route"], buckets=_SECONDS, registry=registry
        )
        self._problems = Counter(
            "onrecord_problems",
            "Requests that were refused, or failed, by the kind of problem",
            ["method", "kind"],
            registry=registry,
        )
        self._counted = {what: Counter(name, told, ["kind"], registry=registry) for what, (name, told) in _COUNTED.items()}
        self._timed = {
            what: Histogram(name, told, buckets=_SECONDS, registry=registry) for what, (name, told) in _TIMED.items()
        }
        self._parts = Histogram(
            "onrecord_append_part_seconds",
            "The parts of one step of the log, each up to the point that it is named for",
            ["part"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._known: dict[tuple[str, ...], tuple[Counter, Histogram]] = {}
        self._here = threading.local()
        self._waiting = Gauge(
            "onrecord_append_waiting",
            "Submissions that wait for the log",
            registry=registry,
            multiprocess_mode="livesum",
        )

    # What it is told

    def count(self, what: Counted, kind: str, by: int) -> None:
        self._counted[what].labels(kind).inc(by)

    def begun(self) -> None:
        self._here.last = perf_counter()

    def reached(self, point: Point) -> None:
        """A part of the step that this thread has begun is over."""
        last, now = getattr(self._here, "last", None), perf_counter()
        if last is not None:
            self._parts.labels(point).observe(now - last)
            self._here.last = now

    def took(self, what: Timed, seconds: float) -> None:
        self._timed[what].observe(seconds)
        if what == "settled":
            self._here.last = None

    def waiting(self, submissions: int) -> None:
        self._waiting.set(submissions)

    def requested(self, seen: Seen) -> None:
        kind = (seen.method, seen.route, str(seen.status), seen.how)
        known = self._known.get(kind)
        if known is None:  # looking labels up takes longer than counting
            known = self._known[kind] = (self._requests.labels(*kind), self._seconds.labels(seen.route))
        counted, timed = known
        counted.inc()
        timed.observe(seen.seconds)
        if seen.problem:
            self._problems.labels(seen.method, seen.problem).inc()

    # What it tells

    async def answer(self, request: Request) -> Response:
        """401 without the token."""
        scheme, _, given = Headers(scope=request.scope).get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.encode("latin-1"), self._token):
            raise UnauthenticatedError("the figures need their own token", hint="ONRECORD_METRICS_TOKEN is it")
        body, media_type = await run_in_threadpool(self.print, request.app.state.ledger)
        return Response(body, headers={"Content-Type": media_type, "Cache-Control": "no-store"})

    def print(self, ledger: Ledger) -> tuple[bytes, str]:
        """All figures, and the type of that text."""
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        registry = self._of_all_processes()
        try:
            registry.register(_Now(ledger.health()))
        except OnRecordError as error:
            logs.trouble("metrics_without_ledger", error=type(error).__name__)
            registry.register(_Now(None))
        return generate_latest(registry), CONTENT_TYPE_LATEST

    def _of_all_processes(self) -> CollectorRegistry:
        from prometheus_client import CollectorRegistry
        from prometheus_client.multiprocess import MultiProcessCollector

        registry = CollectorRegistry()
        if os.environ.get(MANY_PROCESSES):
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library's own
        else:
            registry.register(_Of(self._registry))
        return registry

    def begin(self) -> None:
        """All that is counted and timed in this process comes here, until `close`."""
        meters.meter = self
        points.listener = points.listener or self.reached

    def close(self) -> None:
        """What this process holds of things that are now is gone with it; what it counted stays."""
        meters.meter = None
        if points.listener == self.reached:
            points.listener = None
        if os.environ.get(MANY_PROCESSES):
            from prometheus_client.multiprocess import mark_process_dead

            mark_process_dead(os.getpid())  # type: ignore[no-untyped-call]  # the library's own


class _Of:
    """What another registry collects."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Any]:
        return iter(self._registry.collect())


class _Now:
    """How the ledger stands at this moment; `health` is None where its store does not answer."""

    def __init__(self, health: Health | None) -> None:
        self._health = health

    def collect(self) -> Iterator[Any]:
        health = self._health
        yield _gauge("onrecord_up", "Whether the store answers", int(health is not None))
        if health is None:
            return
        yield _gauge("onrecord_tree_size", "Entries in the log", health.size)
        yield _gauge("onrecord_checkpoint_age_seconds", "Since the newest checkpoint was signed", health.age or 0)
        lag = health.size - health.standing_size
        yield _gauge("onrecord_standing_lag_entries", "Entries for which it is not worked out where claims stand", lag)
        yield _gauge("onrecord_to_scrub", "Erased words may still be on the ledger's disk", int(health.to_scrub))
        yield _gauge("onrecord_signing_stopped", "Nothing is signed: a witness objects", int(health.status == "alarm"))
        if health.witnesses is None:
            return
        told = health.witnesses
        yield _gauge("onrecord_witnessed", "Enough witnesses have signed the newest checkpoint", int(told.state == "witnessed"))
        yield _gauge("onrecord_witnessed_size", "Entries that enough witnesses have signed", told.size or 0)
        sizes = {one.url: one.size for one in told.asked}
        silent = {one.url: int(one.trouble is not None) for one in told.asked}
        objecting = {one.url: int(one.objection is not None and not one.acknowledged) for one in told.asked}
        yield _gauges("onrecord_witness_size", "Entries that this witness has signed", sizes)
        yield _gauges("onrecord_witness_silent", "Its last answer was of no use", silent)
        yield _gauges("onrecord_witness_objects", "It remembers another history", objecting)


def _gauge(name: str, about: str, value: float) -> Any:
    from prometheus_client.core import GaugeMetricFamily

    return GaugeMetricFamily(name, about, value=value)


def _gauges(name: str, about: str, by_witness: Mapping[str, float]) -> Any:
    from prometheus_client.core import GaugeMetricFamily

    family = GaugeMetricFamily(name, about, labels=["witness"])
    for url, value in by_witness.items():
        family.add_metric([url], value)
    return family
