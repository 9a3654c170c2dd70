"""`onrecord source ...`: who can say something, how they hang together, and how far each is believed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli import asking, drafting, naming, output, protecting
from ledger.cli.asking import AsOfOption, ClockOption, UntilOption
from ledger.cli.desk import Desk, command, group
from ledger.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemas.credibility import TrackRecord
    from schemas.doubt import Doubt
    from schemas.lookups import SourceView

app = group("source", "Sources: add, show, list, relate, rate.")

SlugArgument = Annotated[str, typer.Argument(metavar="SLUG", help="The source's short name, as in yonhap.")]
FromOption = Annotated[str | None, typer.Option("--from", metavar="DATE", help="In force from this date.")]
ToOption = Annotated[str | None, typer.Option("--to", metavar="DATE", help="In force until before this date.")]


def pairs(given: list[str] | None, option: str) -> dict[str, str]:
    """`LANG=TEXT` options as a mapping."""
    found: dict[str, str] = {}
    for item in given or ():
        lang, equals, text = item.partition("=")
        if not equals or not lang or not text:
            raise UsageError(f"{option} {item!r} is not LANG=TEXT", hint=f'as in {option} en="Yonhap News Agency"')
        if lang in found:
            raise UsageError(f"{option} gives {lang!r} twice")
        found[lang] = text
    return found


def add(
    desk: Desk,
    name: Annotated[list[str], typer.Option("--name", metavar="LANG=NAME", help="A name; may be repeated.")],
    slug: Annotated[str | None, typer.Argument(metavar="[SLUG]", help="The source's short name, as in yonhap.")] = None,
    type: Annotated[
        str | None,
        typer.Option(
            "--type",
            metavar="TYPE",
            help="One of: person organization government_body armed_group news_agency outlet platform_account dataset unnamed.",
        ),
    ] = None,
    country: Annotated[str | None, typer.Option("--country", metavar="CC", help="ISO 3166-1 alpha-2, as in KR.")] = None,
    qid: Annotated[str | None, typer.Option("--qid", help="Its Wikidata item.")] = None,
    domain: Annotated[list[str] | None, typer.Option("--domain", help="A domain it publishes on; may be repeated.")] = None,
    same_as: Annotated[
        list[str] | None, typer.Option("--same-as", metavar="SLUG", help="The same source under another slug.")
    ] = None,
    public_role: Annotated[
        str | None, typer.Option("--public-role", help="Of a person: the office that makes the name public.")
    ] = None,
    unnamed_kind: Annotated[
        str | None,
        typer.Option("--unnamed-kind", metavar="KIND", help="Of an unnamed source: person, document or media_reports."),
    ] = None,
    affiliation: Annotated[
        str | None, typer.Option("--affiliation", metavar="SLUG", help="Of an unnamed source: whose it is.")
    ] = None,
    reliability: Annotated[str | None, typer.Option("--reliability", metavar="LETTER", help="Your rating, A to F.")] = None,
    rationale: Annotated[str | None, typer.Option("--rationale", help="Why that rating.")] = None,
    protect: Annotated[
        bool, typer.Option("--protect", help="A random id for one story; its name stays in your own encrypted file.")
    ] = False,
) -> None:
    """Put a source on record, or revise it. The new record replaces the one in force."""
    rating = {"value": reliability, "rationale": rationale} if reliability else None
    if protect:
        telling = {"a slug": slug, "--type": type, "--country": country, "--qid": qid, "--domain": domain}
        telling |= {"--same-as": same_as, "--public-role": public_role, "--affiliation": affiliation}
        protecting.add(desk, name, telling, unnamed_kind, rating)
        return
    if slug is None or type is None:
        raise UsageError("source add needs a SLUG and a --type", hint="or --protect, which makes an id of its own")
    item = {
        "id": slug,
        "type": type,
        "names": pairs(name, "--name"),
        "country": country,
        "qid": qid,
        "domains": domain,
        "same_as": same_as,
        "public_role": public_role,
        "unnamed_kind": unnamed_kind,
        "affiliation": affiliation,
        "reliability": rating,
    }
    with desk.ledger() as ledger:
        drafting.add_items_to(desk, ledger, sources=[item])
        drafting.offer_ratings(desk, ledger, [slug])


def show(
    desk: Desk, slug: SlugArgument, until: UntilOption = None, clock: ClockOption = "said", as_of: AsOfOption = None
) -> None:
    """A source: names, relations, ratings, track record. `--until` and `--as-of` show them as they were."""
    with desk.ledger(reading=True) as ledger:
        slug = naming.slug_of(ledger, slug)
        naming.check_source(ledger, slug)
        view = ledger.source(slug, asking.question(until, clock, as_of))
    if desk.as_json:
        output.print_shape(view)
        return
    output.data(*source_note(view))


def list_(
    desk: Desk,
    query: Annotated[str | None, typer.Argument(metavar="TEXT", help="Only sources whose names hold these words.")] = None,
) -> None:
    """All sources."""
    from schemas.lookups import SourceList

    with desk.ledger(reading=True) as ledger:
        first = ledger.sources(query=query, limit=1)
        sources = list(naming.every_source(ledger, query))
    if desk.as_json:
        output.print_shape(SourceList(sources=sources, size=first.size, next=None))
        return
    rows = [
        (one.id, one.letter or "-", one.type.replace("_", " "), one.country or "", output.text_of(one.names)) for one in sources
    ]
    output.data(*output.table(("slug", "rated", "type", "in", "name"), rows))


def relate(
    desk: Desk,
    subject: Annotated[str, typer.Argument(metavar="A")],
    relation: Annotated[
        str,
        typer.Argument(
            metavar="RELATION",
            help="speaks_for, part_of, owned_by, controlled_by, allied_with, party_to, member_of or syndicates_from.",
        ),
    ],
    object: Annotated[str, typer.Argument(metavar="B", help="Another source; for party_to a topic.")],
    topic: Annotated[str | None, typer.Option("--topic", help="What allies are allied on.")] = None,
    share: Annotated[str | None, typer.Option("--share", metavar="PERCENT", help="Of owned_by and controlled_by.")] = None,
    valid_from: FromOption = None,
    valid_to: ToOption = None,
) -> None:
    """Say how two sources hang together. What depends on each other counts once."""
    item = {
        "subject": subject,
        "relation": relation,
        "object": object,
        "topic": topic,
        "share": share,
        "valid_from": valid_from,
        "valid_to": valid_to,
    }
    drafting.add_items(desk, relations=[item])


def rate(
    desk: Desk,
    slug: SlugArgument,
    letter: Annotated[str, typer.Argument(metavar="LETTER", help="A reliable .. E unreliable, F cannot be judged.")],
    rationale: Annotated[str | None, typer.Option("--rationale", help="Why; needed below C.")] = None,
    valid_from: FromOption = None,
    valid_to: ToOption = None,
) -> None:
    """Rate how reliable a source is (Admiralty A to F), in your name."""
    item = {
        "target": slug,
        "scheme": "admiralty-reliability",
        "value": letter,
        "rationale": rationale,
        "valid_from": valid_from,
        "valid_to": valid_to,
    }
    with desk.ledger() as ledger:
        naming.check_source(ledger, slug)
        drafting.add_judged(desk, ledger, drafting.draft_items(ledger, desk.signer(), assessments=[item]))


def source_note(view: SourceView) -> list[str]:
    """A source as a reader sees it, at 80 columns."""
    heading = [
        ("source", view.id),
        ("names", "; ".join(f"{lang}: {name}" for lang, name in view.names.items())),
        ("type", view.type.replace("_", " ")),
        ("country", view.country),
        ("rated", view.letter or _why_unrated(view)),
        ("until", f"{view.until} ({view.clock})" if view.until else None),
        ("record", output.short(view.record_id) + _mark(view.in_doubt)),
        *(("passed over", output.short(one.id) + _mark(one.in_doubt)) for one in view.newer_in_doubt),
    ]
    lines = [*output.members(heading), "", *track_note(view.track_record)]
    if view.relations:
        rows = [
            (one.subject, one.relation, one.object + (f" on {one.topic}" if one.topic else "") + _mark(one.in_doubt))
            for one in view.relations
        ]
        lines += ["", *output.table(("source", "relation", "to"), rows), *_newest(rows, view.more_relations)]
    if view.assessments:
        rated = [(one.value, one.by + _mark(one.in_doubt), one.scheme, one.rationale or "") for one in view.assessments]
        lines += ["", *output.table(("value", "by", "scheme", "because"), rated), *_newest(rated, view.more_assessments)]
    return lines


def _mark(keys: Sequence[Doubt]) -> str:
    """Behind what only a compromised key signed."""
    return " (in doubt)" if keys else ""


def _why_unrated(view: SourceView) -> str:
    doubted = any(one.in_doubt for one in view.assessments)
    return f"by {'a key in doubt alone' if doubted else 'nobody'}: it counts for nothing"


def track_note(track: TrackRecord) -> list[str]:
    """Every count that is not nought, with the claims that it is complete to."""
    whole = "" if track.complete else ", the newest that it spoke on"
    counts = [
        ("as origin", track.as_origin, "statements that it has from nobody else"),
        ("as relay", track.as_relay, "statements that it has from others"),
        ("credits", track.credits, "hops by which it says whom it has it from"),
        ("credited", track.credited, "hops by which others say that they have it from this source"),
        ("shown", track.shown, "documents of its own that others show"),
        ("withdrawn", track.withdrawn, "statements that it took back itself"),
        ("set aside", track.set_aside, "statements that no longer count"),
        ("corrected", track.corrected, "statements that we had wrong and took back"),
        ("only origin", track.only_origin, "claims of whose side it is the only established origin"),
        ("changed", track.changed_position, "claims on which it changed its position"),
        ("borne out", track.supported_corroborated, "claims that it supported and others corroborate"),
        ("", track.denied_contradicted, "claims that it denied and others contradict"),
        ("contradicted", track.denied_corroborated, "claims that it denied and others corroborate"),
        ("", track.supported_contradicted, "claims that it supported and others contradict"),
        ("undecided", track.undecided, "claims on which others settle nothing"),
        ("withheld", track.withheld, "statements and claims that are not shown"),
    ]
    said = f"{output.plural(track.statements, 'statement')} on {output.plural(track.claims, 'claim')}{whole}"
    judged = f"on {track.judged} of them it took a stance, as an established origin, that can be judged"
    rows = [(name, str(count), what) for name, count, what in counts if count or name in ("as origin", "as relay")]
    return [*output.wrapped(f"track record: {said}; {judged}"), *output.table(("", "", ""), rows)[1:]]


def _newest(rows: Sequence[object], more: int) -> list[str]:
    return [f"the newest {len(rows)} of {len(rows) + more}"] if more else []


command(app, "add", writes=True)(add)
command(app, "show")(show)
command(app, "list")(list_)
command(app, "relate", writes=True)(relate)
command(app, "rate", writes=True)(rate)
