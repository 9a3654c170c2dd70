"""Commands that take their time: less of it, and a line on the terminal meanwhile."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer


@contextmanager
def few_collections() -> Iterator[None]:
    """Looking for rings of objects that hold each other costs as much as a third of the work; many records have none."""
    import gc

    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, int], None]]:
    """To be told how many there were, and of how many: on a terminal that is a line, which is gone at the end."""
    shown = False

    def tell(done: int, size: int) -> None:
        nonlocal shown
        if sys.stderr.isatty():
            shown = True
            typer.echo("\r" + f"{done:,} of {size:,} {what}".ljust(78), err=True, nl=False)

    try:
        yield tell
    finally:
        if shown:
            typer.echo("\r" + " " * 78 + "\r", err=True, nl=False)
