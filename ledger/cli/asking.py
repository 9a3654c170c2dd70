"""The options of every question about a score, read once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from ledger.operations import Question

ClaimArgument = Annotated[
    str, typer.Argument(metavar="CLAIM", help="An id, 8 or more of its hex digits, or words that fit one claim.")
]
UntilOption = Annotated[
    str | None,
    typer.Option("--until", metavar="DATE", help="What had been said in the world by this date, all of it included."),
]
ClockOption = Annotated[
    Literal["said", "public"],
    typer.Option("--clock", help="said: by when it was said; public: by when a reader could have read it."),
]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", metavar="SIZE|TIME", help="What the ledger held at this tree size or UTC time.")
]
WithoutOption = Annotated[
    list[str] | None,
    typer.Option(
        "--without",
        metavar="WHAT",
        help="Leave out source:SLUG, owner:SLUG, country:CC, origin:SLUG or signer:NAME; may be repeated.",
    ),
]
BaseRateOption = Annotated[
    float | None, typer.Option("--base-rate", metavar="P", help="Start from this probability instead of even odds.")
]
PolicyOption = Annotated[str, typer.Option("--policy", metavar="VERSION", help="The rules to score by.")]


def question(
    until: str | None = None,
    clock: Literal["said", "public"] = "said",
    as_of: str | None = None,
    without: list[str] | None = None,
    base_rate: float | None = None,
    policy: str = "olo-1",
) -> Question:
    from ledger.operations import Question

    return Question(until=until, clock=clock, as_of=as_of, without=tuple(without or ()), policy=policy, base_rate=base_rate)
