"""Our small part of EDTF agrees with the `edtf` package wherever both have an opinion (decision 0001)."""

from __future__ import annotations

from datetime import date

import pytest
from edtf import EDTFParseException, parse_edtf
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from schemas import dates

MARKS = st.sampled_from(["", "~", "?", "%"])
DAYS = st.dates(date(1, 1, 1), date(9999, 12, 31))
# About 10 ms for each date in the package, so that few examples have to do.
FEW = settings(max_examples=25, deadline=None)


@st.composite
def plain(draw: st.DrawFn) -> str:
    """A year, month or day, maybe with a qualifier."""
    day = draw(DAYS).isoformat()
    return day[: draw(st.sampled_from([4, 7, 10]))] + draw(MARKS)


def day_bounds(text: str) -> tuple[str, str]:
    first, last = dates.bounds(text)
    assert first % 86_400 == 0
    assert last % 86_400 == 86_399
    return dates.time_of(first)[:10], dates.time_of(last)[:10]


def theirs(text: str) -> tuple[str, str]:
    found = parse_edtf(text)
    first, last = (f"{end[0]:04d}-{end[1]:02d}-{end[2]:02d}" for end in (found.lower_strict(), found.upper_strict()))
    return first, last


@FEW
@given(plain())
def test_both_give_a_date_the_same_first_and_last_day(text: str) -> None:
    assert day_bounds(text) == theirs(text)


@FEW
@given(plain(), plain())
def test_both_give_an_interval_the_same_first_and_last_day(start: str, end: str) -> None:
    assume(dates.bounds(start)[0] <= dates.bounds(end)[1])
    assert day_bounds(f"{start}/{end}") == theirs(f"{start}/{end}")


@FEW
@given(plain())
def test_what_both_accept_is_spelt_the_same(text: str) -> None:
    assert str(parse_edtf(text)) == text


@pytest.mark.parametrize("text", ["2024-10/..", "../2024-10", "2024-10-30/.."])
def test_the_package_takes_our_open_intervals(text: str) -> None:
    dates.bounds(text)
    assert str(parse_edtf(text)) == text


def test_a_time_is_a_time_to_the_package_too() -> None:
    assert str(parse_edtf("2025-04-28T06:00:00Z")) == "2025-04-28T06:00:00Z"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2024-13",
        "2024-00",
        "2024-10-00",
        "0000-00",
        "2024-10-32",
        "2024-1",
        "24",
        "2024-10-",
        "yesterday",
        "2024/2025/2026",
    ],
)
def test_what_the_package_refuses_we_refuse(text: str) -> None:
    with pytest.raises(EDTFParseException):
        parse_edtf(text)
    with pytest.raises(ValueError):
        dates.bounds(text)


@pytest.mark.parametrize(
    "text", ["2023-02-29", "2025/2024", "2024-10-30T06:00:00", "2024-21", "201X", "Y170000002", "[2024,2025]", "2024-?10"]
)
def test_what_the_package_takes_and_our_part_leaves_out_is_refused(text: str) -> None:
    """A day that is in no calendar, an end before its beginning, a time of nowhere, seasons, sets and other levels."""
    with pytest.raises(ValueError):
        dates.bounds(text)
