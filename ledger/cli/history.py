"""`history`: how a score moved, and which record moved it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ledger.cli import asking, naming, output
from ledger.cli.asking import AsOfOption, BaseRateOption, ClaimArgument, ClockOption, PolicyOption, UntilOption, WithoutOption
from ledger.cli.desk import Desk, command

if TYPE_CHECKING:
    from schemas.history import History, LedgerHistory, Point, WorldHistory


def register(app: typer.Typer) -> None:
    command(app, "history")(history)


def history(
    desk: Desk,
    claim: ClaimArgument,
    until: UntilOption = None,
    clock: ClockOption = "said",
    as_of: AsOfOption = None,
    without: WithoutOption = None,
    base_rate: BaseRateOption = None,
    policy: PolicyOption = "olo-1",
    by: Annotated[
        Literal["world", "ledger", "both"],
        typer.Option("--by", help="world: as things were said; ledger: as they came on record."),
    ] = "both",
) -> None:
    """How the score moved, and which record moved it. In the world, and on the ledger."""
    asked = asking.question(until, clock, as_of, without, base_rate, policy)
    with desk.ledger(reading=True) as ledger:
        name = naming.claim_id(ledger, claim)
        found = ledger.history(name, asked, by)
        if desk.as_json:
            output.print_shape(found)
            return
        text = output.text_of(ledger.claim(found.claim, asked).text)
    output.data(*timeline(text, found))


def timeline(text: str, found: History) -> list[str]:
    """The claim, then one paragraph for each point, the oldest first."""
    lines = [*map(output.bold, output.wrapped(text)), output.faint(_circumstances(found)), ""]
    if found.world is not None:
        lines += [output.bold("In the world"), *_world(found.world), ""]
    if found.ledger is not None:
        lines += [output.bold("On the ledger"), *_ledger(found.ledger), ""]
    return lines[:-1]


def _circumstances(found: History) -> str:
    parts = [output.short(found.claim), f"{found.as_of.size} entries at {found.as_of.time}"]
    parts += [f"{found.clock} by {found.until}"] if found.until else ["publication counts"] if found.clock == "public" else []
    parts += [f"without {' '.join(found.without)}"] if found.without else []
    return " · ".join(parts)


def _world(told: WorldHistory) -> Iterator[str]:
    if told.left_out:
        yield from output.wrapped(f"{told.left_out} earlier moments are left out; --until {told.next} shows them", indent=2)
    wide = max((len(point.at or _UNDATED) for point in told.points), default=0)
    labels: Sequence[str] = ()
    for point in told.points:
        yield from _point(point, output.padded(point.at or _UNDATED, wide), labels, signed=False)
        labels = point.labels
    if not told.points:
        yield "  nothing that bears on it had been said"


_UNDATED = "undated"


def _ledger(told: LedgerHistory) -> Iterator[str]:
    if told.left_out:
        yield from output.wrapped(f"{told.left_out} earlier records are left out; --as-of {told.next} shows them", indent=2)
    published = None
    labels: Sequence[str] = ()
    wide = max((len(str(point.size)) for point in told.points), default=0)
    for point in told.points:
        if point.published != published:
            yield output.faint(f"  published with {point.published} entries at {point.time}")
            published = point.published
        yield from _point(point, str(point.size).rjust(wide), labels, signed=True)
        labels = point.labels
    if not told.points:
        yield "  nothing that bears on it is on record"


def _point(point: Point, at: str, labels_before: Sequence[str], *, signed: bool) -> Iterator[str]:
    """When, and where the score stood from then on; below, what moved it. A number only where readers may see one."""
    from ledger.cli.note import shown

    line = f"  {at}  {output.bold(point.headline.replace('_', ' '))}"
    if point.probability is not None and point.interval is not None:
        low, high = point.interval
        change = f", log odds moved {point.change:+.3f}" if point.change is not None else ""
        line += f"  {shown(point.probability)} ({shown(low)} to {shown(high)}){change}"
    yield line
    told = [one.text + (f" (entry {one.index}, {', '.join(one.by)})" if signed else "") for one in point.moved_by]
    for text in dict.fromkeys(told):
        yield from output.wrapped(text, indent=_INDENT, hang=_INDENT + 2)
    if point.more:
        yield f"{' ' * _INDENT}and {output.plural(point.more, 'record')} more of that moment"
    for gone in point.no_longer_counts:
        yield from output.wrapped(gone.text, indent=_INDENT, hang=_INDENT + 2)
    new, old = {*point.labels} - {*labels_before}, {*labels_before} - {*point.labels}
    changes = [*(f"now: {label}" for label in sorted(new)), *(f"no longer: {label}" for label in sorted(old))]
    yield from (" " * _INDENT + change.replace("_", " ") for change in changes)


_INDENT = 6
