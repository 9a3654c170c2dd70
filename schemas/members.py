"""What records hold that has a shape of its own: figures, quotations, grades (docs/format.md §3)."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StrictInt, model_validator

from schemas.ids import MAX_INTEGER, Closed, Language, LongText, Name, Slug, Text, When
from schemas.vocabulary import Hedge

Amount = Annotated[StrictInt, Field(ge=0, le=MAX_INTEGER)]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,49}$")]
_BOUNDS_OF_HEDGE: dict[str, set[str]] = {
    "more_than": {"low"},
    "at_least": {"low"},
    "up_to": {"high"},
    "about": {"best"},
    "exact": {"best"},
    "order_of": {"best"},
    "between": {"low", "high"},
}


class Quantity(Closed):
    """A figure as it was said, with its hedge; which of low, best, high it holds follows from the hedge."""

    low: Amount | None = None
    best: Amount | None = None
    high: Amount | None = None
    unit: Word
    measure: Word | None = None
    hedge: Hedge
    as_of: When | None = None
    period: Literal["point", "cumulative"] | None = None

    @model_validator(mode="after")
    def _fits_its_hedge(self) -> Self:
        given = {name for name in ("low", "best", "high") if getattr(self, name) is not None}
        wanted = _BOUNDS_OF_HEDGE[self.hedge]
        allowed = wanted | {"best"} if self.hedge == "between" else wanted
        if not wanted <= given <= allowed:
            raise ValueError(f"hedge {self.hedge} wants {' and '.join(sorted(wanted))}, found {sorted(given) or 'none'}")
        ordered = [value for value in (self.low, self.best, self.high) if value is not None]
        if ordered != sorted(ordered):
            raise ValueError("low, best and high are not in that order")
        return self


class Concern(Closed):
    source: Slug
    role: Literal["accused", "victim", "subject"]


class Translation(Closed):
    text: LongText
    lang: Language
    by: Name
    method: Literal["human", "machine", "machine_checked"]


class Quote(Closed):
    """The words themselves, found again by what stands around them (W3C Web Annotation, TextQuoteSelector)."""

    exact: LongText
    prefix: Text | None = None
    suffix: Text | None = None
    at: Annotated[str, Field(pattern=r"^[a-z]+=[0-9A-Za-z:.,%_-]{1,100}$")] | None = None
    lang: Language | None = None
    translations: Annotated[tuple[Translation, ...], Field(min_length=1, max_length=20)] | None = None


Decimal = Annotated[
    str,
    Field(pattern=r"^(?:0|-?(?:[1-9][0-9]{0,8}(?:\.[0-9]{0,5}[1-9])?|0\.[0-9]{0,5}[1-9]))$"),
    Field(description="a decimal number as text: no + and no needless zeros"),
]


class Grade(Closed):
    """A rating in figures, as whoever gave it prints them, and where their scale ends."""

    value: Decimal
    best: Decimal | None = None
    worst: Decimal | None = None
