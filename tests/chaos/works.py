"""What the processes do that are killed. Each tells what it was answered, as soon as it was."""

from __future__ import annotations

import os
import resource
import socket
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from ledger import wiring
from ledger.errors import OnRecordError
from ledger.publishing.places import Folder
from ledger.publishing.publish import publish as publish_log
from ledger.service import batches, lines
from ledger.service.ledger import Ledger
from schemas.envelope import Submission
from schemas.erasure import ErasureOrder
from tests.chaos.dying import Tell


def opened(target: str, keys: Path) -> Ledger:
    """The ledger as a server opens it: not one whose parts contradict each other."""
    ledger = wiring.open_ledger(target, keys=keys)
    assert isinstance(ledger, Ledger)
    return ledger


def init(tell: Tell, target: str, keys: Path, origin: str) -> None:
    tell(wiring.create_ledger(target, keys=keys, origin=origin))


def add(tell: Tell, target: str, keys: Path, lists: Sequence[Sequence[Submission]]) -> None:
    ledger = opened(target, keys)
    for one in lists:
        tell(ledger.add(one))


def add_lines(tell: Tell, target: str, keys: Path, some: Sequence[bytes], at_once: int) -> None:
    batches.batches = partial(lines.batches, most=at_once)
    opened(target, keys).add_lines(some, lambda done: tell(done.new))


def erase(tell: Tell, target: str, keys: Path, order: ErasureOrder) -> None:
    tell(opened(target, keys).erase_openings(order))


def reindex(tell: Tell, target: str, keys: Path) -> None:
    opened(target, keys).reindex()


def publish(tell: Tell, target: str, keys: Path, place: Path) -> None:
    publish_log(opened(target, keys), Folder(place))


def witness(tell: Tell, place: Path, asked: Sequence[bytes]) -> None:
    """Its logs are the tests' own."""
    from tests.witness.test_witness import witness_at

    for one in asked:
        tell(witness_at(place).add(one).status)


def serve(listener: socket.socket, target: str, keys: Path) -> None:
    """`onrecord serve`, but for the command line: a process of its own for one ledger."""
    import uvicorn

    from api.worker import create_app

    os.environ.update(ONRECORD_LEDGER=target, ONRECORD_KEYS=str(keys), ONRECORD_LOG_LEVEL="error")
    config = uvicorn.Config(create_app, factory=True, log_config=None, access_log=False)
    uvicorn.Server(config).run(sockets=[listener])


def add_until_full(tell: Tell, target: str, keys: Path, lists: Sequence[Sequence[Submission]], room: int) -> None:
    """No file gets longer than `room` bytes. What is refused is told as the error, and then whether reading goes on."""
    ledger = opened(target, keys)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    for one in lists:
        try:
            tell(ledger.add(one))
        except OnRecordError as error:
            tell((type(error).__name__, error.message))
            tell(ledger.checkpoint().size)
            return


def add_unable(tell: Tell, target: str, keys: Path, submissions: Sequence[Submission], user: int | None) -> None:
    """As a user who may not write the file. The size is told, the error that adding ends with, and the size again."""
    if user is not None:
        os.setuid(user)
    ledger = opened(target, keys)
    tell(ledger.checkpoint().size)
    try:
        ledger.add(submissions)
    except OnRecordError as error:
        tell((type(error).__name__, error.message))
    tell(ledger.checkpoint().size)
