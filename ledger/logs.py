"""Log lines: one JSON object each, facts with ids and numbers. Never a claim's text, a secret or a signature."""

from __future__ import annotations

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

LOGGER = "onrecord"
Fact = str | int | float | bool | None | list[str] | list[int]
request_number: ContextVar[str | None] = ContextVar("request_number", default=None)
"""Of the request that is being answered: each line that comes of it bears the number, as the answer does."""


class LineFormatter(logging.Formatter):
    """Prints a record as one line of JSON with its time, level, event and facts."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, object] = {
            "time": moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z",
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        number = request_number.get()
        if number is not None:
            line["request"] = number
        if record.exc_info and record.exc_info[0]:
            # The kind alone: an exception's text may quote what somebody wrote.
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


def configure(level: str = "info", stream: TextIO | None = None) -> None:
    """Our log lines, and nobody else's, go to `stream` (standard error)."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(LineFormatter())
    logger = logging.getLogger(LOGGER)
    logger.handlers[:] = [handler]
    logger.setLevel(level.upper())
    logger.propagate = False


def fact(event: str, **facts: Fact) -> None:
    """One line that this happened."""
    logging.getLogger(LOGGER).info(event, extra={"facts": facts})


def trouble(event: str, **facts: Fact) -> None:
    """One line that this went wrong and somebody should look."""
    logging.getLogger(LOGGER).warning(event, extra={"facts": facts})
