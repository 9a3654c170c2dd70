"""`onrecord claim ...`: propositions, free of any speaker, and how they hang together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli import asking, drafting, naming, output
from ledger.cli.asking import AsOfOption, ClaimArgument, ClockOption, UntilOption, WithoutOption
from ledger.cli.desk import Desk, command, group
from ledger.cli.sources import pairs
from ledger.errors import UsageError

if TYPE_CHECKING:
    from ledger.operations import ClaimQuery, Operations
    from schemas.lookups import ClaimList, ClaimView

app = group("claim", "Claims: add, show, list, facets, relate.")

OtherClaims = list[str] | None
HeadlineOption = Annotated[
    str | None, typer.Option("--headline", metavar="WORD", help="Only claims that stand so: contested, corroborated, ...")
]
LabelOption = Annotated[
    str | None, typer.Option("--label", metavar="WORD", help="Only claims with this label: changed_position, divided, ...")
]
ChangedSinceOption = Annotated[
    int | None,
    typer.Option("--changed-since", metavar="SIZE", help="Only claims whose headline has changed since that tree size."),
]

OriginOption = Annotated[str | None, typer.Option("--origin", metavar="SLUG", help="Only claims this source is an origin of.")]
StanceOption = Annotated[str | None, typer.Option("--stance", help="Somebody supports, denies or differs.")]
SinceOption = Annotated[str | None, typer.Option("--since", metavar="DATE", help="Spoken on from this date on.")]
SpokenUntilOption = Annotated[str | None, typer.Option("--until", metavar="DATE", help="Spoken on up to this date.")]
UrlOption = Annotated[str | None, typer.Option("--url", metavar="LINK", help="Spoken of in a document with this link.")]
QuoteOption = Annotated[str | None, typer.Option("--quote", metavar="TEXT", help="Somebody is quoted with these words.")]
AboutOption = Annotated[str | None, typer.Option("--about", metavar="TOPIC", help="About this topic or source: QID or slug.")]
CountryOption = Annotated[str | None, typer.Option("--country", metavar="CC", help="Sources of this country speak of it.")]
EventSinceOption = Annotated[str | None, typer.Option("--event-since", metavar="DATE", help="Said to have happened since.")]
EventUntilOption = Annotated[str | None, typer.Option("--event-until", metavar="DATE", help="Said to have happened until.")]


def add(
    desk: Desk,
    text: Annotated[list[str], typer.Option("--text", metavar="LANG=TEXT", help="The claim in a language; may be repeated.")],
    type: Annotated[str, typer.Option("--type", help="event, quantity, position, quote or forecast.")] = "event",
    about: Annotated[
        list[str] | None, typer.Option("--about", metavar="TOPIC", help="A topic: QID or slug; may be repeated.")
    ] = None,
    event_time: Annotated[
        str | None, typer.Option("--event-time", metavar="DATE", help="When it is said to have happened.")
    ] = None,
    place: Annotated[str | None, typer.Option("--place")] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="Of a quantity: soldiers, people, USD.")] = None,
    hedge: Annotated[
        str | None,
        typer.Option("--hedge", help="Of a quantity: more_than, at_least, about, up_to, exact, order_of or between."),
    ] = None,
    low: Annotated[int | None, typer.Option("--low")] = None,
    best: Annotated[int | None, typer.Option("--best")] = None,
    high: Annotated[int | None, typer.Option("--high")] = None,
    measure: Annotated[str | None, typer.Option("--measure", help="Of a quantity: killed, deployed.")] = None,
    quantity_as_of: Annotated[
        str | None, typer.Option("--counted-at", metavar="DATE", help="Of a quantity: when it held.")
    ] = None,
    entails: Annotated[
        OtherClaims, typer.Option("--entails", metavar="CLAIM", help="If this holds, that holds; may be repeated.")
    ] = None,
    contradicts: Annotated[OtherClaims, typer.Option("--contradicts", metavar="CLAIM", help="Both cannot hold.")] = None,
    equivalent: Annotated[OtherClaims, typer.Option("--equivalent", metavar="CLAIM", help="The same in other words.")] = None,
) -> None:
    """Put a claim on record. The same claim has the same id in every ledger."""
    figures = {"low": low, "best": best, "high": high, "measure": measure, "as_of": quantity_as_of}
    quantity: dict[str, Any] = {"unit": unit, "hedge": hedge, **figures} if unit or hedge else {}
    if not quantity and any(value is not None for value in figures.values()):
        raise UsageError("a figure needs --unit and --hedge", hint="as in --unit soldiers --hedge more_than --low 10000")
    with desk.ledger() as ledger:
        item = {
            "id": "claim",
            "type": type,
            "text": pairs(text, "--text"),
            "about": about,
            "event_time": event_time,
            "place": place,
            "quantity": {name: value for name, value in quantity.items() if value is not None},
            "entails": [full_id(ledger, other) for other in entails or ()],
            "contradicts": [full_id(ledger, other) for other in contradicts or ()],
            "equivalent": [full_id(ledger, other) for other in equivalent or ()],
        }
        drafting.add_items_to(desk, ledger, claims=[item])


def show(
    desk: Desk,
    claim: ClaimArgument,
    until: UntilOption = None,
    clock: ClockOption = "said",
    as_of: AsOfOption = None,
    without: WithoutOption = None,
) -> None:
    """A claim: who says what about it, and its score in brief."""
    with desk.ledger(reading=True) as ledger:
        view = ledger.claim(naming.claim_id(ledger, claim), asking.question(until, clock, as_of, without))
    if desk.as_json:
        output.print_shape(view)
        return
    output.data(*_claim(view))


def list_(
    desk: Desk,
    query: Annotated[str | None, typer.Option("--query", metavar="TEXT", help="Only claims that hold these words.")] = None,
    lang: Annotated[str | None, typer.Option("--lang", help="Only claims with a text in this language.")] = None,
    source: Annotated[str | None, typer.Option("--source", metavar="SLUG", help="Only claims this source speaks of.")] = None,
    headline: HeadlineOption = None,
    label: LabelOption = None,
    changed_since: ChangedSinceOption = None,
    origin: OriginOption = None,
    stance: StanceOption = None,
    since: SinceOption = None,
    until: SpokenUntilOption = None,
    url: UrlOption = None,
    quote: QuoteOption = None,
    about: AboutOption = None,
    country: CountryOption = None,
    event_since: EventSinceOption = None,
    event_until: EventUntilOption = None,
) -> None:
    """All claims, newest first."""
    from ledger.operations import ClaimQuery

    wanted = ClaimQuery(
        query=query,
        lang=lang,
        source=source,
        headline=word(headline),
        label=word(label),
        changed_since=changed_since,
        origin=origin,
        stance=stance,
        since=since,
        until=until,
        url=url,
        quote=quote,
        about=about,
        country=country,
        event_since=event_since,
        event_until=event_until,
    )
    with desk.ledger(reading=True) as ledger:
        print_claims(desk, every_page(ledger, wanted), wanted)


def facets(desk: Desk) -> None:
    """How many claims stand how: by headline and by label."""
    with desk.ledger(reading=True) as ledger:
        found = ledger.facets()
    if desk.as_json:
        output.print_shape(found)
        return
    counts = [*found.headlines.items(), *found.labels.items()]
    if counts:
        output.data(*output.members((name.replace("_", " "), count) for name, count in counts))
    _tell_how_far(found.complete_to, found.size)


def relate(
    desk: Desk,
    subject: Annotated[str, typer.Argument(metavar="A")],
    relation: Annotated[str, typer.Argument(metavar="RELATION", help="entails, contradicts or equivalent.")],
    object: Annotated[str, typer.Argument(metavar="B")],
    reason: Annotated[str | None, typer.Option("--reason", help="Why they are so related.")] = None,
) -> None:
    """Say that one claim entails, contradicts or equals another."""
    from ledger.core.subjects import subject_of
    from schemas.records import ClaimRelationRecord

    with desk.ledger() as ledger:
        members = {
            "kind": "claim_relation",
            "subject": full_id(ledger, subject),
            "relation": relation,
            "object": full_id(ledger, object),
            "reason": reason,
        }
        record = drafting.shaped(ClaimRelationRecord, members)
        record = drafting.replacing(ledger, record, subject_of(record))
        drafting.add_record(desk, ledger, record)


def full_id(ledger: Operations, name: str) -> str:
    """The full id of the claim that a prefix or some words name."""
    return ledger.record(naming.claim_id(ledger, name)).id


def word(text: str | None) -> str | None:
    """A headline or label as it is spelt inside, however it was typed."""
    return text if text is None else text.strip().lower().replace(" ", "_").replace("-", "_")


def every_page(ledger: Operations, query: ClaimQuery) -> Iterator[ClaimList]:
    """All claims that fit, page after page."""
    from dataclasses import replace

    while True:
        page = ledger.claims(query)
        yield page
        if page.next is None:
            return
        query = replace(query, cursor=page.next)


def print_claims(desk: Desk, found: Iterator[ClaimList], query: ClaimQuery) -> None:
    """One line for each, or one list as the API gives it; complete to what its first page is complete to."""
    pages = list(found)
    claims = [claim for page in pages for claim in page.claims]
    if desk.as_json:
        output.print_shape(pages[0].model_copy(update={"claims": claims, "next": None}))
        return
    if claims:
        rows = [(output.short(one.id), one.headline.replace("_", " "), output.text_of(one.text)) for one in claims]
        output.data(*output.table(("claim", "headline", "text"), rows))
    else:
        output.prose(pages[0].hint or "no claims")
        if query.query and not pages[0].hint:
            output.prose("hint: `onrecord seen TEXT` finds what has only some of the words")
    if query.headline or query.label or query.changed_since is not None:
        _tell_how_far(pages[0].complete_to, pages[0].size)


def _tell_how_far(complete_to: int, size: int) -> None:
    if complete_to < size:
        output.prose(f"worked out to entry {complete_to} of {size}; `onrecord log standing` brings it up to date")


def _claim(view: ClaimView) -> list[str]:
    lines = [*map(output.bold, output.wrapped(output.text_of(view.text)))]
    lines += [output.faint(view.id), output.faint(f"{view.type} · entry {view.index}")]
    lines += (
        [part for lang, text in view.text.items() for part in output.wrapped(f"{lang}: {text}", hang=4)]
        if len(view.text) > 1
        else []
    )
    if view.replaced_by:
        lines.append(f"replaced by {view.replaced_by}")
    lines += ["", *output.wrapped(f"{view.corroboration.headline.replace('_', ' ').upper()}: {view.corroboration.summary}"), ""]
    for one in view.statements:
        lines += output.wrapped(f"{one.name}: {one.act.replace('_', ' ')}{', ' + one.said if one.said else ''}", hang=4)
        lines += [f"    {one.url}"] if one.url else []
    if view.related:
        lines += ["", *(line for one in view.related for line in _related(one.relation, one.id, output.text_of(one.text)))]
    return lines


def _related(relation: str, claim: str, text: str) -> list[str]:
    return output.wrapped(f"{relation.replace('_', ' ')} {output.short(claim)} {text}", hang=2)


command(app, "add", writes=True)(add)
command(app, "show")(show)
command(app, "list")(list_)
command(app, "facets")(facets)
command(app, "relate", writes=True)(relate)
