"""The application as each process of `onrecord serve` runs it: what it changes of Python itself is that process's own."""

from __future__ import annotations

import gc
import sys

from fastapi import FastAPI

from api import app

# A thread that computes gives way after this many seconds. An append asks the database many small questions, and after each
# of them has to wait for whoever computes (Python's own 5 ms would make 100 ms of it).
_GIVES_WAY = 0.0005
# So many objects come to be before Python looks for garbage among them: some megabytes. Its own 700 are those of few requests.
_ALIVE = 50_000


def create_app() -> FastAPI:
    """The ledger that the environment names."""
    sys.setswitchinterval(_GIVES_WAY)
    made = app.create_app()
    _tidy_seldom()
    return made


def _tidy_seldom() -> None:
    """What is loaded by now stays and is not looked through again; what requests leave behind is, less often than usual."""
    gc.freeze()
    gc.set_threshold(_ALIVE, 20, 20)
