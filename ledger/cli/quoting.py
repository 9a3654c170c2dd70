"""`onrecord quote ...`: quotations found again in the text that they were taken from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli import output
from ledger.cli.desk import Desk, command, group
from ledger.errors import FormatError, UnverifiableError, VerificationError

if TYPE_CHECKING:
    from ledger.operations import Operations
    from schemas.lookups import RecordView
    from schemas.quotes import QuoteCheck, QuotePlace

app = group("quote", "Quotations in the text they were taken from: find, check.")

TextOption = Annotated[str, typer.Option("--in", metavar="FILE|-", help="The text, in UTF-8; - for stdin.")]
_AROUND = 60
_MOST_PLACES = 20
_POSITION = re.compile(r"char=(\d{1,9}),(\d{1,9})")


def find(
    desk: Desk,
    words: Annotated[str, typer.Argument(metavar="WORDS", help="The quotation.")],
    text: TextOption,
    prefix: Annotated[str, typer.Option("--prefix", help="What stood before it.")] = "",
    suffix: Annotated[str, typer.Option("--suffix", help="What stood after it.")] = "",
    names: Annotated[list[str] | None, typer.Option("--credited", help="Who is credited with it; may be repeated.")] = None,
) -> None:
    """Find words in a text and print their W3C selectors. Exit 0 only where they stand there just so."""
    from ledger.cli.reading import read_text
    from ledger.core.quoting.anchoring import Quoted

    found = check(read_text(text), Quoted(words, prefix, suffix), names=names or [])
    if desk.as_json:
        output.print_shape(found)
    else:
        output.data(*_told(found))
    _end([found])


def check_(
    desk: Desk,
    name: Annotated[str, typer.Argument(metavar="ID", help="A statement, or a document with all that is quoted from it.")],
    text: TextOption,
) -> None:
    """Whether what is quoted on record stands in a text, and whether who is credited is named there."""
    from ledger.cli.reading import read_text
    from schemas.quotes import QuoteChecks

    words = read_text(text)
    with desk.ledger(reading=True) as ledger:
        found = [one for view in _statements(ledger, name) if (one := _checked(ledger, view, words)) is not None]
    if not found:
        raise FormatError(f"no words are quoted in {name}, or they are sealed and cannot be opened")
    if desk.as_json:
        output.print_shape(QuoteChecks(checks=found))
    else:
        for one in found:
            output.data(*_told(one), "")
    _end(found)


command(app, "find")(find)
command(app, "check")(check_)


def check(text: str, quoted: Any, position: tuple[int, int] | None = None, names: Sequence[str] = ()) -> QuoteCheck:
    """The quotation in the text, with the selectors of each place where it may stand."""
    from ledger.core.quoting.anchoring import anchor
    from ledger.core.quoting.selecting import named_near
    from schemas.quotes import QuoteChange, QuoteCheck

    found = anchor(text, quoted, position)
    places = [found.place] if found.place else []
    places += [one for one in found.places if one != found.place]
    near = found.place
    return QuoteCheck(
        exact=quoted.exact,
        outcome=found.outcome,
        places=[_place(text, one.start, one.end, one.score, one.context) for one in places[:_MOST_PLACES]],
        changes=[QuoteChange(quoted=was, found=is_) for was, is_ in found.changes],
        credited=list(names),
        credit_found=named_near(text, near.start, near.end, names) if near and names else None,
    )


def _place(text: str, start: int, end: int, score: float, context: float | None) -> QuotePlace:
    from ledger.core.quoting.selecting import select
    from schemas.quotes import QuotePlace, TextPositionSelector, TextQuoteSelector

    made = select(text, start, end)
    quote = TextQuoteSelector(exact=made.quoted.exact, prefix=made.quoted.prefix, suffix=made.quoted.suffix)
    position = TextPositionSelector(start=start, end=end)
    return QuotePlace(quote=quote, position=position, unique=made.unique, score=score, context=context)


def _statements(ledger: Operations, name: str) -> list[RecordView]:
    view = ledger.record(name)
    if view.kind == "statement":
        return [view]
    if view.kind != "document":
        raise FormatError(f"{name} is a {view.kind.replace('_', ' ')}, wanted a statement or a document")
    found, cursor = [], None
    while True:
        page = ledger.document(view.id, cursor)
        found += [ledger.record(one.id) for one in page.statements if one.quote is not None]
        if (cursor := page.next) is None:
            return found[::-1]


def _checked(ledger: Operations, view: RecordView, text: str) -> QuoteCheck | None:
    """None where the record quotes nothing, or nothing that can be opened."""
    from ledger.core.quoting.anchoring import Quoted

    quote = view.record.get("quote") or {}
    exact, prefix, suffix = (quote.get(member) for member in ("exact", "prefix", "suffix"))
    if not isinstance(exact, str):
        return None
    quoted = Quoted(exact, prefix if isinstance(prefix, str) else "", suffix if isinstance(suffix, str) else "")
    at = _POSITION.fullmatch(quote.get("at") or "")
    found = check(text, quoted, (int(at[1]), int(at[2])) if at else None, _credited(ledger, view))
    return found.model_copy(update={"statement": view.id, "speaker": view.record["speaker"]})


def _credited(ledger: Operations, view: RecordView) -> list[str]:
    """The names of those that the statement has it from; of its own speaker where it has it from nobody."""
    from ledger.operations import Question

    rows = ledger.claim(view.record["claim"], Question()).statements
    own = next((one for one in rows if one.id == view.id), None)
    above = [one.speaker for one in rows if own is not None and one.id in own.upstream]
    return [name for slug in above or [view.record["speaker"]] for name in names_of(ledger, slug)]


def names_of(ledger: Operations, slug: str, credited_as: str | None = None) -> list[str]:
    """What a text may call the source."""
    from ledger.core.quoting.selecting import names_to_look_for

    source = ledger.source(slug)
    return names_to_look_for(source.names.values(), credited_as, person=source.type == "person")


def anchored(text: str, words: str, names: Sequence[str]) -> dict[str, Any]:
    """The members of a record's quote: the words as the text has them, and enough around them to be unique.

    VerificationError where the text does not have them, UnverifiableError where a person has to decide; a warning where who is
    credited is named neither in the words nor around them.
    """
    from ledger.core.quoting.anchoring import Quoted

    found = check(text, Quoted(words), names=names)
    if found.outcome != "exact":
        _refuse(found)
    warn_of_credit(found)
    best = found.places[0]
    # Where a line divides a word, what was typed says the same and reads better.
    exact = words if "\n" in best.quote.exact else best.quote.exact
    parts = {"exact": exact, "prefix": best.quote.prefix, "suffix": best.quote.suffix}
    members: dict[str, Any] = {member: unicodedata.normalize("NFC", value) for member, value in parts.items() if value}
    return members if best.unique else members | {"at": f"char={best.position.start},{best.position.end}"}


def nearest(text: str, words: str) -> str | None:
    """What the text says that is like the words, if one place is the nearest; with its own blanks made plain."""
    from ledger.core.quoting.anchoring import Quoted

    found = check(text, Quoted(words))
    return " ".join(found.places[0].quote.exact.split()) if found.outcome == "fuzzy" else None


def warn_of_credit(found: QuoteCheck) -> None:
    if found.credit_found is False:
        output.warn(f"{output.safe(found.credited[0])} is named neither in the quotation nor around it")


def _end(found: Sequence[QuoteCheck]) -> None:
    """The exit code of the worst of them."""
    for one in found:
        warn_of_credit(one)
    worst = {one.outcome for one in found}
    if "orphan" in worst:
        raise typer.Exit(VerificationError.exit_code)
    if worst != {"exact"}:
        raise typer.Exit(UnverifiableError.exit_code)


def _refuse(found: QuoteCheck) -> None:
    if found.outcome == "orphan":
        raise VerificationError("the text has nothing like the quotation", step="quote")
    if found.outcome == "ambiguous":
        said = f"the quotation stands in {len(found.places)} places of the text"
        raise UnverifiableError(said, step="quote", hint="quote more of it, so that it stands there once")
    says = found.places[0].quote.exact
    raise UnverifiableError(
        "the text says something else: " + "; ".join(_change(one.quoted, one.found) for one in found.changes),
        step="quote",
        hint=f"if that is what was meant, quote what it says: {says[:300]}",
    )


def _told(found: QuoteCheck) -> list[str]:
    who = f"{output.short(found.statement)} {found.speaker}: " if found.statement else ""
    lines = output.wrapped(f"{who}{_OUTCOMES[found.outcome]}: {_line(found.exact)}", hang=2)
    for one in found.places[:_MOST_SHOWN]:
        start, end = one.position.start, one.position.end
        score = f", like it by {one.score:.2f}" if one.score < 1 else ""
        apart = "; what is around it is not what it was" if one.context is not None and one.context < 0.5 else ""
        lines.append(f"  characters {start} to {end}{score}{apart}")
        around = f"...{_line(one.quote.prefix)[-_AROUND:]}[{_line(one.quote.exact)}]{_line(one.quote.suffix)[:_AROUND]}..."
        lines += output.wrapped(around, indent=4, hang=4)
    if more := len(found.places) - _MOST_SHOWN:
        lines += [f"  and {output.plural(more, 'place')} more"] if more > 0 else []
    for change in found.changes:
        lines += output.wrapped(_change(change.quoted, change.found), indent=2, hang=4)
    return lines


_MOST_SHOWN = 3
_OUTCOMES = {
    "exact": "it says so",
    "fuzzy": "it says something like it, for you to judge",
    "ambiguous": "it says so in several places",
    "orphan": "it does not say so",
}


def _change(quoted: str, found: str) -> str:
    if not found:
        return f"it lacks “{_line(quoted)}”"
    return f"it has “{_line(found)}” for “{_line(quoted)}”" if quoted else f"it adds “{_line(found)}”"


def _line(text: str) -> str:
    return " ".join(text.split(" ") if "\n" not in text else text.split())
