"""What OnRecord has to reach, by figure: one table. A bar that is missed is said to be missed, never moved."""

from __future__ import annotations

from benchmarks.figures import Bar, Figure

MILLION, LAKH = 1_000_000, 100_000
GROWTH = "against the smallest ledger"


def _least(limit: float, size: int | None = None) -> Bar:
    return Bar(of="figure", sense="at least", limit=limit, size=size)


def _most(limit: float, size: int | None = None) -> Bar:
    return Bar(of="figure", sense="at most", limit=limit, size=size)


def _ratio_of_at_least(limit: float, size: int | None = None) -> Bar:
    return Bar(of="ratio", sense="at least", limit=limit, size=size)


def _ratio_of_at_most(limit: float, size: int | None = None) -> Bar:
    return Bar(of="ratio", sense="at most", limit=limit, size=size)


# Part and name of the figure, and the back end where the bar is for one alone.
BARS: dict[tuple[str, str, str | None], tuple[Bar, ...]] = {
    ("append", "1 client", None): (_least(100),),
    ("append", "1 client, p99", None): (_most(30),),
    ("append", "32 clients", None): (_least(600), _ratio_of_at_least(0.5)),
    ("append", "32 clients, p99", None): (_most(120),),
    ("import", "batch import", "SQLite"): (_least(3_500, LAKH), _ratio_of_at_least(0.22, LAKH)),
    ("import", "batch import", "PostgreSQL"): (_least(2_500, LAKH),),
    ("import", "peak memory of a batch import", None): (_most(500),),
    ("read", "claim lookup", None): (_least(2_000, MILLION),),
    ("read", "claim lookup, p99", None): (_most(25, MILLION),),
    ("read", f"claim lookup, {GROWTH}", None): (_ratio_of_at_least(1 / 1.5, MILLION),),
    ("read", "chain and score", None): (_least(1_000, MILLION),),
    ("read", "chain and score, p99", None): (_most(25, MILLION),),
    ("read", f"chain and score, {GROWTH}", None): (_ratio_of_at_least(1 / 1.5, MILLION),),
    ("read", "inclusion proof", None): (_least(1_500, MILLION),),
    ("check", "log fsck", None): (_ratio_of_at_least(0.45, LAKH),),
    ("start", "onrecord verify BUNDLE", None): (_most(400),),
    ("disk", "after a batch import", None): (_ratio_of_at_most(3, LAKH),),
    ("disk", "after lone appends", None): (_ratio_of_at_most(4, LAKH),),
}


def barred(figure: Figure) -> Figure:
    """The figure with the bars that it is held against."""
    named = BARS.get((figure.part, figure.name, None), ())
    own = BARS.get((figure.part, figure.name, figure.back_end), ()) if figure.back_end else ()
    return figure.model_copy(update={"bars": (*figure.bars, *named, *own)})
