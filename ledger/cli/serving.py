"""Runs the HTTP server in the foreground. The app is named, not imported: the command line knows nothing of it."""

from __future__ import annotations

import os
import signal
import socket
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.errors import ConflictError, FormatError, StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    import uvicorn

    from ledger.cli.desk import Desk

# Of each process; `api.wire` refuses those that come later.
_CONNECTIONS = 512
# A worker that has not answered its parent for so many seconds is killed and replaced. uvicorn's own 5 are less than a start
# takes on a busy machine.
_HUNG = 20


def serve(desk: Desk, host: str, port: int, *, workers: int = 1, ready: Callable[[str], None] | None = None) -> None:
    """Serves until SIGTERM or Ctrl-C, in so many processes; `ready` is told the address once connections are taken."""
    _tell_app(desk)
    _unlock(desk)
    _check_settings()
    if workers == 1:
        _run("api.worker:create_app", host, port, ready)
        return
    with tempfile.TemporaryDirectory(prefix="onrecord-serve-") as place:
        os.environ["ONRECORD_DUTY"] = str(Path(place) / "duty")
        # Where the processes' figures meet, if any are kept.
        figures = Path(place) / "figures"
        figures.mkdir()
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(figures)
        _run("api.worker:create_app", host, port, ready, workers)


def serve_witness(host: str, port: int) -> None:
    """The witness that the environment names, until SIGTERM or Ctrl-C."""
    _run("api.witnessing:create_witness", host, port, None)


def _run(app: str, host: str, port: int, ready: Callable[[str], None] | None, workers: int = 1) -> None:
    import uvicorn

    listener = _listen(host, port)
    address = _address(listener)
    config = uvicorn.Config(
        app,
        factory=True,
        http="api.wire:Bounded",
        log_level="warning",
        access_log=False,
        server_header=False,
        # `api.limits` reads whom the proxies ask for that ONRECORD_PROXIES names; uvicorn would believe all of this machine.
        proxy_headers=False,
        limit_concurrency=_CONNECTIONS,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=10,
        timeout_worker_healthcheck=_HUNG,
        workers=workers,
    )
    if ready is None:
        from ledger.cli.output import prose

        prose(f"serving on {address} (Ctrl-C stops)")
    else:
        ready(address)
    # uvicorn stops in order and then raises the signal again: here, being told to stop is a good end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        started = _run_here(config, listener) if workers == 1 else _run_in_workers(config, listener)
    except KeyboardInterrupt:
        return
    finally:
        listener.close()
    if not started:
        raise StoreError("the server did not start", hint="the lines above say why; `onrecord doctor` looks further")


def _run_here(config: uvicorn.Config, listener: socket.socket) -> bool:
    """Whether it came as far as answering anybody."""
    import uvicorn

    server = uvicorn.Server(config)
    server.run(sockets=[listener])
    return server.started


def _run_in_workers(config: uvicorn.Config, listener: socket.socket) -> bool:
    """The same of processes that take connections from one listener. One that dies is replaced; none is if it cannot start."""
    from uvicorn.config import STARTUP_FAILURE
    from uvicorn.supervisors import Multiprocess

    supervisor = Multiprocess(config, sockets=[listener])
    supervisor.run()
    return all(process.exitcode != STARTUP_FAILURE for process in supervisor.processes)


def _tell_app(desk: Desk) -> None:
    """The app reads its settings where every server process does: in the environment."""
    os.environ["ONRECORD_LEDGER"] = desk.ledger_name
    if desk.keys_dir is not None:
        os.environ["ONRECORD_KEYS"] = str(desk.keys_dir)


def _unlock(desk: Desk) -> None:
    """Asks for the passphrase of the ledger's keys where somebody sits at a terminal; else the app says what it misses."""
    from ledger.cli.unlocking import can_ask, unlocked
    from ledger.keys import keys_place, load_ledger_keys
    from ledger.passphrases import at_hand

    place = keys_place(desk.ledger_name, desk.keys_dir)
    if can_ask() and place is not None and place.is_dir():
        unlocked(lambda: load_ledger_keys(place, at_hand()))


def _check_settings() -> None:
    """As the app checks them, but before anything listens: one line here, where the app could only fail to start."""
    from ledger.config import check_contact, read_settings
    from ledger.net.guarded import parse_networks

    settings = read_settings()
    if settings.contact:
        check_contact(settings.contact)
    try:
        parse_networks(settings.proxies.split(","))
    except FormatError as error:
        raise UsageError(f"ONRECORD_PROXIES: {error.message}", hint="as in 127.0.0.1, 10.1.0.0/16") from None


def _listen(host: str, port: int) -> socket.socket:
    """Bound here, so that a port in use is one clear line, and port 0 is known before anybody asks."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)  # whoever connects as soon as the address is printed waits in line
    except socket.gaierror:
        listener.close()
        raise UsageError(f"{host!r} is no address of this machine") from None
    except OSError as error:
        listener.close()
        raise ConflictError(f"cannot listen on {host}:{port}: {error.strerror}", hint="--port names another") from None
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
