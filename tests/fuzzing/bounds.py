"""What each parser is held to: a value or an error of ours, in bounded time."""

from __future__ import annotations

import hashlib
import traceback
from pathlib import Path
from time import process_time

from tests.fuzzing.targets import Target

FOUND = Path(__file__).parent / "found"
"""Inputs that once did what they should not: `found/TARGET/FAULT-HASH`, replayed by the tests."""
SECONDS = 2.0
"""Of processor time, for an input of up to 64 KiB."""


class Broken(Exception):
    """`fault` is the kind of exception, or `slow`; `place` is where it came from, so that one fault is told once."""

    def __init__(self, fault: str, place: str, said: str) -> None:
        super().__init__(f"{fault} at {place}: {said}")
        self.fault, self.place = fault, place


def hold(target: Target, data: bytes, seconds: float = SECONDS) -> bool:
    """Whether the parser took it, rather than refused it. Broken for anything else that it did."""
    began = process_time()
    try:
        target.call(data)
        taken = True
    except target.refuses:
        taken = False
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        raise Broken(type(error).__name__, f"{Path(last.filename).name}:{last.lineno}", str(error)[:120]) from error
    if (took := process_time() - began) > seconds:
        raise Broken("slow", target.name, f"{len(data)} bytes took {took:.1f} s")
    return taken


def keep(target: Target, fault: str, data: bytes) -> Path:
    """The input as a file that the tests replay."""
    place = FOUND / target.name / f"{fault}-{hashlib.sha256(data).hexdigest()[:12]}"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    return place


def kept(target: Target) -> list[Path]:
    return sorted((FOUND / target.name).glob("*"))
