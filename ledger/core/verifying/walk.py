"""Steps made one after the other, and what came of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from ledger.errors import OnRecordError, UnverifiableError
from schemas.bundle import Step

Outcome = Literal["ok", "failed", "unverifiable", "malformed"]
Made = Callable[[], str]
FORM_STEPS = 2
"""The first two steps of every list ask whether the file is one at all; if they fail it is malformed, not false."""


class UncheckedError(UnverifiableError):
    """This step could not be made, but the next ones can."""


@dataclass(frozen=True)
class Walked:
    """Every step with its result; `stop` says what became of the file where a step came to an end."""

    steps: tuple[Step, ...]
    stop: Outcome | None

    @property
    def unchecked(self) -> frozenset[str]:
        return frozenset(step.name for step in self.steps if step.result == "not_checked")


def walk(steps: Sequence[tuple[str, Made]]) -> Walked:
    """The steps in their order, numbered from 1; after one that came to an end the rest is not checked."""
    walked: list[Step] = []
    stop: Outcome | None = None
    for number, (name, make) in enumerate(steps, start=1):
        result, detail, ended = ("not_checked", "an earlier step came to an end", None) if stop else _make(number, make)
        walked.append(Step(number=number, name=name, result=result, detail=detail))
        stop = stop or ended
    return Walked(tuple(walked), stop)


def _make(number: int, make: Made) -> tuple[Literal["ok", "failed", "not_checked"], str, Outcome | None]:
    try:
        return "ok", make(), None
    except UncheckedError as error:
        return "not_checked", error.message, None
    except UnverifiableError as error:
        return "not_checked", error.message, "unverifiable"
    except OnRecordError as error:
        return "failed", error.message, "malformed" if number <= FORM_STEPS else "failed"
