"""Dates as people know them: a small part of EDTF, and UTC times, each with one spelling.

EDTF (ISO 8601-2:2019, level 1, the parts listed here): `2024`, `2024-10`, `2024-10-30`, each with an optional `~`, `?` or `%`;
intervals `2024-10/2025-04`, either end open as `..`. A time is `2025-04-28T06:00:00Z`. A qualifier says that the writer is not
sure; it does not widen the interval, because by how much would be our invention.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

PAST, FUTURE = -(10**12), 10**12
"""Seconds that stand for an open beginning and an open end."""

_DAY = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?[~?%]?")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_EPOCH = date(1970, 1, 1).toordinal()


def _seconds(day: date) -> int:
    return (day.toordinal() - _EPOCH) * 86_400


def _day_bounds(text: str) -> tuple[int, int]:
    found = _DAY.fullmatch(text)
    if not found:
        raise ValueError(
            f"{text!r} is not a date: wanted 2024, 2024-10 or 2024-10-30 (with ~ or ? behind it if unsure), "
            "a span 2024-10/2025-04, or a time 2024-10-30T08:00:00Z"
        )
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        first = date(year or 0, 1 if month is None else month, 1 if day is None else day)
        if day is not None:
            last = first
        elif month is not None:
            last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        else:
            last = date(first.year, 12, 31)
    except (ValueError, OverflowError):
        if month == 12 and day is None and year == 9999:
            return _seconds(date(9999, 12, 1)), _seconds(date(9999, 12, 31)) + 86_399
        raise ValueError(f"{text!r} names a day that no calendar has") from None
    return _seconds(first), _seconds(last) + 86_399


def seconds_of(time: str) -> int:
    """POSIX seconds of a UTC time in its one spelling. ValueError for anything else."""
    if not _TIME.fullmatch(time):
        raise ValueError(f"{time!r} is not a time: wanted 2025-04-28T06:00:00Z")
    hour, minute, second = int(time[11:13]), int(time[14:16]), int(time[17:19])
    try:
        # Not strptime, which takes twenty times as long: every time of every record that is read comes by here.
        moment = datetime(int(time[:4]), int(time[5:7]), int(time[8:10]), hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise ValueError(f"{time!r} names a moment that no clock has") from None
    return _seconds(moment) + hour * 3600 + minute * 60 + second


def time_of(seconds: int) -> str:
    """The one spelling of a UTC time, to the second."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


@lru_cache(maxsize=65_536)
def bounds(when: str) -> tuple[int, int]:
    """First and last second (inclusive) of an EDTF date, interval or time. ValueError says what is wrong."""
    if "T" in when:
        moment = seconds_of(when)
        return moment, moment
    if "/" not in when:
        return _day_bounds(when)
    start, _, end = when.partition("/")
    first = PAST if start == ".." else _day_bounds(start)[0]
    last = FUTURE if end == ".." else _day_bounds(end)[1]
    if start == end == "..":
        raise ValueError(f"{when!r} is open at both ends and says nothing")
    if first > last:
        raise ValueError(f"{when!r} ends before it begins")
    return first, last


def last_second(when: str) -> int:
    return bounds(when)[1]


def is_later(one: str, other: str) -> bool:
    """Whether `one` is known to be later than `other`: their intervals are disjoint, in that order (SCORING 2.2)."""
    return bounds(one)[0] > bounds(other)[1]
