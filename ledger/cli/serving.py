"""Runs the HTTP server in the foreground. The app is named, not imported: the command line knows nothing of it."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
from typing import TYPE_CHECKING

from ledger.errors import ConflictError, StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ledger.cli.desk import Desk

# Past these uvicorn answers 503 by itself. Each may hold a body in memory while it is read.
_CONNECTIONS = 512
# A thread that computes gives way after this many seconds. An append asks the database many small questions, and after each
# of them has to wait for whoever computes (Python's own 5 ms would make 100 ms of it).
_GIVES_WAY = 0.0005
# So many objects come to be before Python looks for garbage among them: some megabytes. Its own 700 are those of few requests.
_ALIVE = 50_000


def serve(desk: Desk, host: str, port: int, *, ready: Callable[[str], None] | None = None) -> None:
    """Serves until SIGTERM or Ctrl-C; `ready` is told the address once connections are taken."""
    _tell_app(desk)
    _check_contact()
    sys.setswitchinterval(_GIVES_WAY)
    _run("api.app:create_app", host, port, ready)


def serve_witness(host: str, port: int) -> None:
    """The witness that the environment names, until SIGTERM or Ctrl-C."""
    _run("api.witnessing:create_witness", host, port, None)


def _run(app: str, host: str, port: int, ready: Callable[[str], None] | None) -> None:
    import uvicorn

    listener = _listen(host, port)
    address = _address(listener)
    config = uvicorn.Config(
        app,
        factory=True,
        log_level="warning",
        access_log=False,
        server_header=False,
        limit_concurrency=_CONNECTIONS,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=10,
    )
    config.load()
    _tidy_seldom()
    server = uvicorn.Server(config)
    if ready is None:
        from ledger.cli.output import prose

        prose(f"serving on {address} (Ctrl-C stops)")
    else:
        ready(address)
    # uvicorn stops in order and then raises the signal again: here, being told to stop is a good end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        return
    finally:
        listener.close()
    if not server.started:
        raise StoreError("the server did not start", hint="the lines above say why; `onrecord doctor` looks further")


def _tidy_seldom() -> None:
    """What is loaded by now stays and is not looked through again; what requests leave behind is, less often than usual."""
    gc.freeze()
    gc.set_threshold(_ALIVE, 20, 20)


def _tell_app(desk: Desk) -> None:
    """The app reads its settings where every server process does: in the environment."""
    os.environ["ONRECORD_LEDGER"] = desk.ledger_name
    if desk.keys_dir is not None:
        os.environ["ONRECORD_KEYS"] = str(desk.keys_dir)


def _check_contact() -> None:
    """As the app checks it, but before anything listens: one line here, where the app could only fail to start."""
    from ledger.config import check_contact, read_settings

    contact = read_settings().contact
    if contact:
        check_contact(contact)


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
