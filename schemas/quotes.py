"""What is found of a quotation in a text, with W3C Web Annotation selectors (`onrecord quote`)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from schemas.ids import Closed


class TextQuoteSelector(Closed):
    """The words as the text has them, and what stands before and after them."""

    type: Literal["TextQuoteSelector"] = "TextQuoteSelector"
    exact: str
    prefix: str
    suffix: str


class TextPositionSelector(Closed):
    """From which character (Unicode code point) of the text to before which."""

    type: Literal["TextPositionSelector"] = "TextPositionSelector"
    start: int
    end: int


class QuotePlace(Closed):
    """A place that comes into question. `context` is how like prefix and suffix what is around it is, where they are known."""

    quote: TextQuoteSelector
    position: TextPositionSelector
    unique: bool = Field(description="whether the text has exact, prefix and suffix together only here")
    score: float = Field(description="how like the quotation it is: 1 where the words are the same")
    context: float | None


class QuoteChange(Closed):
    """Words that were quoted, and those that the text has instead."""

    quoted: str
    found: str


class QuoteCheck(Closed):
    """exact: the words stand there, and the place is known. fuzzy: something like them does; a person decides. ambiguous: they
    stand in several places and nothing tells which was meant. orphan: nothing in the text is like them."""

    statement: str | None = Field(None, description="the record that quotes it")
    speaker: str | None = None
    exact: str
    outcome: Literal["exact", "fuzzy", "ambiguous", "orphan"]
    places: list[QuotePlace] = Field(description="the likeliest first, at most 20")
    changes: list[QuoteChange]
    credited: list[str] = Field([], description="the names that were looked for around it")
    credit_found: bool | None = Field(None, description="whether one of them stands in the words or around them")


class QuoteChecks(Closed):
    checks: list[QuoteCheck]
