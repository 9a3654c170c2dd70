"""`onrecord credibility show|estimate|accept`: what the record says of its sources, and letters that a person may accept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli import asking, drafting, naming, output
from ledger.cli.asking import AsOfOption, ClockOption, UntilOption
from ledger.cli.credibility import family_lines
from ledger.cli.desk import Desk, command
from ledger.errors import ConflictError, RuleError

if TYPE_CHECKING:
    from ledger.operations import Operations
    from schemas.credibility import TrackRecord
    from schemas.estimate import CredibilityEstimate, SourceEstimate
    from schemas.records import AssessmentRecord

_MOST_CLAIMS = 5
SourceArgument = Annotated[str, typer.Argument(metavar="SOURCE", help="A source's slug, or one of its names.")]


def register(app: typer.Typer) -> None:
    command(app, "show")(show)
    command(app, "estimate")(estimate)
    command(app, "accept", writes=True)(accept)


def show(
    desk: Desk, source: SourceArgument, until: UntilOption = None, clock: ClockOption = "said", as_of: AsOfOption = None
) -> None:
    """A source's track record, who rated it, and what OriginEM would suggest."""
    from ledger.cli.sources import source_note
    from schemas.estimate import Credibility

    asked = asking.question(until, clock, as_of)
    with desk.ledger(reading=True) as ledger:
        slug = naming.slug_of(ledger, source)
        naming.check_source(ledger, slug)
        view, estimate = ledger.source(slug, asked), ledger.estimate(asked, [slug])
        one = next(iter(estimate.sources), None)
        behind = [] if desk.as_json else _behind(ledger, view.track_record, one)
    if desk.as_json:
        output.print_shape(
            Credibility(source=view, estimator=estimate.estimator, items=estimate.items, minimum=estimate.minimum, estimate=one)
        )
        return
    output.data(*source_note(view), "", *_estimate_note(estimate, one), *behind)


def estimate(
    desk: Desk,
    source: Annotated[
        list[str] | None, typer.Argument(metavar="SOURCE...", help="Only these sources; without any, all that were learned of.")
    ] = None,
    until: UntilOption = None,
    clock: ClockOption = "said",
    as_of: AsOfOption = None,
) -> None:
    """How often each source is right where sources contest each other, by OriginEM. It rates nobody."""
    with desk.ledger(reading=True) as ledger:
        found = ledger.estimate(asking.question(until, clock, as_of), _slugs(ledger, source or []))
    if desk.as_json:
        output.print_shape(found)
        return
    output.data(*_table(found))


def accept(
    desk: Desk,
    source: Annotated[
        list[str], typer.Argument(metavar="SOURCE...", help="The sources whose suggested letters you make yours.")
    ],
    until: UntilOption = None,
    clock: ClockOption = "said",
    as_of: AsOfOption = None,
    replace: Annotated[bool, typer.Option("--replace", help="Also where you have rated the source already.")] = False,
) -> None:
    """Make suggested letters your own ratings, signed with your key. All of them, or none."""
    with desk.ledger() as ledger:
        slugs = _slugs(ledger, source)
        signer = desk.signer()
        name = drafting.enrolled_name(ledger, signer)
        _refuse_persons(ledger, slugs)
        found = ledger.estimate(asking.question(until, clock, as_of), slugs)
        records = [_accepted(ledger, found, slug, name, replace=replace) for slug in slugs]
        draft = drafting.Draft([], [], [])
        for record in records:
            draft += drafting.draft_record(signer, record, as_it_stands=True)
        drafting.add_judged(desk, ledger, draft)


def _slugs(ledger: Operations, names: Sequence[str]) -> list[str]:
    """Their slugs, each once."""
    slugs = list(dict.fromkeys(naming.slug_of(ledger, name) for name in names))
    for slug in slugs:
        naming.check_source(ledger, slug)
    return slugs


def _refuse_persons(ledger: Operations, slugs: Sequence[str]) -> None:
    from ledger.core.suggesting import refusal

    for subject, view in drafting.in_force(ledger, [f"source:{slug}" for slug in slugs]).records.items():
        why = refusal(view.record["type"]) if view is not None else None
        if why is not None:
            slug = subject.removeprefix("source:")
            raise RuleError(f"{slug}: {why}", hint=f"`onrecord source rate {slug} LETTER` gives a rating of your own")


def _accepted(ledger: Operations, found: CredibilityEstimate, slug: str, name: str, *, replace: bool) -> AssessmentRecord:
    """The suggestion as a rating by this person. ConflictError rather than to replace one of theirs unasked."""
    from ledger.core.subjects import subject_of
    from schemas.records import AssessmentRecord

    one = next((one for one in found.sources if one.source == slug), None)
    if one is None or one.suggestion is None:
        why = one.reason if one is not None else "it spoke on no item that is contested"
        raise RuleError(
            f"nothing is suggested for {slug}: {why}", hint=f"`onrecord credibility show {slug}` says what is on record"
        )
    members = {
        "kind": "assessment",
        "target": slug,
        "scheme": one.suggestion.scheme,
        "value": one.suggestion.value,
        # In the open, though a person's own words would be sealed: it is the estimator's, and names what it counted.
        "rationale": one.suggestion.rationale,
        "valid_from": one.suggestion.valid_from,
    }
    record = drafting.shaped(AssessmentRecord, members)
    subject = subject_of(record, name)
    assert subject is not None
    current = ledger.in_force([subject]).records[subject]
    if current is not None and not replace:
        raise ConflictError(
            f"{name} has rated {slug} already: {current.record['value']}",
            hint=f"nothing was changed; --replace puts {one.suggestion.value} in its place",
        )
    return drafting.replacing(ledger, record, subject)


# How it looks


def _table(found: CredibilityEstimate) -> list[str]:
    bounds = ", ".join(f"{letter} from {bound:.2f}" for letter, bound in found.letters.items() if bound)
    heading = (
        f"{found.estimator} at size {found.as_of.size}{_until(found)}: {output.plural(found.items, 'contested item')} "
        f"in {output.plural(found.statements, 'statement')}{_cut(found)}"
    )
    if not found.sources:
        return [*output.wrapped(heading), "", "nobody that was asked about spoke on a contested item in its own name"]
    lines = [*output.wrapped(heading), ""]
    lines += output.table(
        ("source", "rated", "right", "open", "accuracy", "90 %", "suggests"),
        (_row(one, found.minimum) for one in found.sources),
    )
    lines += ["", *family_lines(found.families)]
    lines += output.wrapped(
        f"{bounds}, else E; A only where all of the 90 % lies in A; nothing below {found.minimum} settled items, or where the "
        "90 % reaches past the next letter. Nobody is rated by this: `onrecord credibility accept SOURCE` makes a letter yours."
    )
    return lines


def _until(found: CredibilityEstimate) -> str:
    return f", until {found.until} ({found.clock})" if found.until else ""


def _cut(found: CredibilityEstimate) -> str:
    parts = [] if found.complete else ["the newest; older ones were not read"]
    parts += [f"{output.plural(found.withheld, 'record')} withheld since"] if found.withheld else []
    return f" ({'; '.join(parts)})" if parts else ""


def _row(one: SourceEstimate, minimum: int) -> tuple[str, ...]:
    from ledger.core.suggesting import refusal

    low, high = one.interval
    settled = one.right + one.wrong
    why_not = "never" if refusal(one.type) else "too few" if settled < minimum else "too uncertain"
    return (
        one.source,
        one.letter or "-",
        f"{one.right} of {settled}",
        str(one.open),
        f"{one.accuracy:.2f}",
        f"{low:.2f}-{high:.2f}",
        one.suggestion.value if one.suggestion else f"- {why_not}",
    )


def _behind(ledger: Operations, track: TrackRecord, one: SourceEstimate | None) -> list[str]:
    """The claims behind the counts that a fact-checker will want to look at, in their own words."""
    told: list[tuple[str, Sequence[str], int]] = [
        ("changed its position on", track.named["changed_position"], track.changed_position),
        ("denied what others corroborate", track.named["denied_corroborated"], track.denied_corroborated),
        ("supported what others contradict", track.named["supported_contradicted"], track.supported_contradicted),
    ]
    if one is not None:
        told.append(("wrong, by the estimate, on", one.named["wrong"], one.wrong))
    lines: list[str] = []
    for heading, claims, count in told:
        if not claims:
            continue
        shown = claims[:_MOST_CLAIMS]
        lines += ["", heading if len(shown) == count else f"{heading} ({len(shown)} of {count}; --json names more)"]
        rows = [(output.short(claim), output.text_of(ledger.record(claim).record["text"])) for claim in shown]
        lines += output.table(("", ""), rows)[1:]
    return lines


def _estimate_note(found: CredibilityEstimate, one: SourceEstimate | None) -> list[str]:
    """What the estimator makes of one source, in words."""
    if one is None:
        return output.wrapped(
            f"{found.estimator}: nothing. It spoke on no contested item, or is a person, or unnamed, or speaks for another "
            "source, whose words these are"
        )
    low, high = one.interval
    told = (
        f"{found.estimator}: right on {one.right} of {output.plural(one.right + one.wrong, 'contested item')}, "
        f"{one.open} open; "
        f"accuracy {one.accuracy:.2f}, 90 % between {low:.2f} and {high:.2f}"
    )
    lines = output.wrapped(told, hang=2)
    if one.relayed_right or one.relayed_wrong:
        passed = one.relayed_right + one.relayed_wrong
        lines += output.wrapped(f"what it passed on as the word of others: right on {one.relayed_right} of {passed}", indent=2)
    if one.family:
        lines += output.wrapped("shares mistakes with " + ", ".join(map(output.safe, one.family)), indent=2, hang=4)
    if one.suggestion is None:
        return [*lines, *output.wrapped(f"suggests nothing: {one.reason}", indent=2, hang=4)]
    suggested = f"suggests {one.suggestion.value}, from {one.suggestion.valid_from}; not on record until somebody accepts it:"
    return [*lines, *output.wrapped(suggested, indent=2, hang=4), f"    onrecord credibility accept {one.source}"]
