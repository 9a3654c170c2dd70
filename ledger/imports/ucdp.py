"""Events of the UCDP Georeferenced Event Dataset: which outlets reported them, and from whom they had it (docs/imports.md).

An event is a claim, its low, best and high figures a second claim that entails it; what was reported is the figure. The
file does not pair outlets with original sources, so every outlet cites every named original, and each hop says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.imports.faults import Fault
from ledger.imports.sheets import Piece, Sheet
from ledger.imports.slugs import MEDIA, Named, Namer, fold, slug_for
from ledger.imports.tables import Columns, Row, read_table
from schemas.ids import MAX_NAME

COLUMNS = Columns(
    names=(
        "id", "type_of_violence", "conflict_name", "side_a", "side_b", "source_article", "source_office", "source_date",
        "source_headline", "source_original", "where_description", "country", "date_start", "date_end", "best", "high", "low",
    ),
    required=("id", "side_a", "side_b", "source_article", "source_office", "source_original", "date_start", "date_end"),
    open=True,
)  # fmt: skip
UNNAMED = "Unnamed sources of UCDP events"
NOTE = "pairing unknown"
_NAMES = re.compile(r";|,| and ", re.IGNORECASE)
_HEADLINE_SOURCE = re.compile(r"""[^,;:"“”0-9]+""")
_ID = re.compile(r"[0-9]{1,12}")
_FIGURE = re.compile(r"(?:0|[1-9][0-9]{0,15})(?:\.0+)?")
_ONE_SIDED = "3"
_MAX_PLACE = 400


@dataclass(frozen=True)
class Article:
    """One report of an event: by which outlet (None: unnamed), when and under which headline where the file says so."""

    outlet: str | None
    date: str | None = None
    title: str | None = None


def read(text: str | bytes, namer: Namer) -> Sheet:
    table = read_table(text, COLUMNS)
    reader = _Reader(namer, table.rows, list(table.faults))
    pieces = [piece for row in table.rows if (piece := reader.piece(row)) is not None]
    faults, warnings = [*reader.faults, *namer.faults], [*reader.warnings, *namer.warnings]
    return Sheet(pieces, "event", faults, warnings, reader.counted())


def originals(row: Row) -> list[str]:
    """The distinct named originals: split on `;`, `,` and " and ", letter case aside, in the order of the file."""
    return list({fold(name): name for name in reversed(_split(row.get("source_original")))}.values())[::-1]


def articles(row: Row) -> list[Article]:
    """Each report of the event. Without an outlet, the one that the article's text begins with; else unnamed."""
    outlets = [part.strip() for part in (row.get("source_office") or "").split(";")]
    if not any(_says_something(outlet) for outlet in outlets):
        cited = row.get("source_article")
        return [Article(_headline_source(cited), None, cited)]
    # Lists of other lengths cannot be paired: a headline may hold a semicolon.
    dates = _paired(row.get("source_date"), len(outlets))
    titles = _paired(row.get("source_headline"), len(outlets))
    found = (Article(outlet, date or None, title) for outlet, date, title in zip(outlets, dates, titles, strict=True))
    return list(dict.fromkeys(article for article in found if _says_something(article.outlet)))


def _split(text: str | None) -> list[str]:
    return [" ".join(part.split()) for part in _NAMES.split(text or "") if part.strip()]


def _paired(text: str | None, count: int) -> list[str]:
    parts = [part.strip() for part in (text or "").split(";")]
    return parts if len(parts) == count else [""] * count


def _headline_source(text: str | None) -> str | None:
    """`Reuters` of `Reuters 1989-05-17 "..."`: the words before the first number, quotation mark, comma, colon or semicolon."""
    found = _HEADLINE_SOURCE.match((text or "").lstrip('"“ '))
    name = " ".join(found.group().split()).strip(" .-–(") if found else ""
    return name if sum(letter.isalpha() for letter in name) >= 2 and len(name) <= 80 else None


def _says_something(text: str | None) -> bool:
    return any(letter.isalnum() for letter in text or "")


class _Reader:
    """Reads rows one by one; which names are outlets follows from all of them."""

    def __init__(self, namer: Namer, rows: Sequence[Row], faults: list[Fault]) -> None:
        self._namer = namer
        self._outlets = {fold(article.outlet) for row in rows for article in articles(row) if article.outlet}
        self._seen: dict[str, int] = {}
        self._told: list[tuple[int, int]] = []
        self.faults = faults
        self.warnings: list[Fault] = []

    def counted(self) -> str:
        """How many events that look corroborated go back to one source."""
        several = [origins for outlets, origins in self._told if outlets >= 2]
        return f"two or more outlets report {len(several)} of them; {several.count(1)} of these name one original source"

    def piece(self, row: Row) -> Piece | None:
        before = len(self.faults)
        self.faults += _faults_of(row)
        name = row.get("id")
        if name and self._seen.setdefault(name, row.line) != row.line:
            self.faults.append(Fault(row.line, f"id: {name[:40]!r} is there twice, first on line {self._seen[name]}"))
        figure = self._figure(row)
        if len(self.faults) > before:
            return None
        piece = Piece(row.line)
        claims = list(_claims(row, figure))
        piece.claims.update(claims)
        self._report(piece, row, claims[-1][0])
        return piece

    def _figure(self, row: Row) -> dict[str, str] | None:
        """The quantity, hedged as the figures are."""
        given: dict[str, int] = {}
        for name in ("low", "best", "high"):
            text = row.get(name)
            if text is not None and not _FIGURE.fullmatch(text):
                self.faults.append(Fault(row.line, f"{name}: found {text[:40]!r}, wanted a whole number"))
            elif text is not None:
                given[name] = int(text.split(".")[0])
        if list(given.values()) != sorted(given.values()):
            self.warnings.append(Fault(row.line, f"low, best and high are {list(given.values())}; put in order"))
            given = dict(zip(given, sorted(given.values()), strict=True))
        bounds = _hedged(given)
        if bounds is None:
            return None
        return {"unit": "people", "measure": "killed", **{name: str(value) for name, value in bounds.items()}}

    def _report(self, piece: Piece, row: Row, claim: str) -> None:
        named = originals(row)
        sources = {source.slug: source for source in (self._source(piece, name, row.line, "organization") for name in named)}
        found = articles(row)
        outlets = [self._source(piece, one.outlet or UNNAMED, row.line, "outlet" if one.outlet else "unnamed") for one in found]
        self._told.append((len({outlet.slug for outlet in outlets}), len(sources)))
        # An outlet that is itself an original tells what it found; the first article of it stands for it.
        links: dict[str, dict[str, Any]] = {}
        dates: dict[str, str | None] = {}
        for place, (outlet, article) in enumerate(zip(outlets, found, strict=True)):
            alias = f"d{row.cells['id']}-{place}"
            piece.documents[alias] = _document(row, outlet, article)
            dates[alias] = article.date
            own = outlet.slug in sources
            links[alias] = _own_link(outlet.slug, alias) if own else {"source": outlet.slug, "document": alias}
        own_links = {link["source"]: link for link in reversed(links.values()) if "basis" in link}
        ends = [own_links.get(source.slug) or self._original(source) for source in sources.values()]
        for link in links.values():
            # Of two originals that both published, neither is known to have it from the other.
            cited = [end for end in ends if end["source"] != link["source"] and not ("basis" in link and "document" in end)]
            for end in cited:
                # Nobody cites what was published later; what is cited then is something else that the original said.
                later = (dates.get(end.get("document", "")) or "") > (dates[link["document"]] or "9999")
                origin = self._original(sources[end["source"]]) if later else end
                piece.reports.append({"claim": claim, "chain": [link, {**origin, "note": NOTE, "standing": "implied"}]})
            if not cited:
                piece.reports.append({"claim": claim, "chain": [{"basis": "told", "act": "reports", **link}]})

    def _original(self, source: Named) -> dict[str, Any]:
        """Who acts for itself is an origin as it is; media are one where they say how they know, which the file vouches for."""
        kind = source.type or ("outlet" if fold(source.name) in self._outlets else "organization")
        return {"source": source.slug, "act": "finds", "basis": "data"} if kind in MEDIA else {"source": source.slug}

    def _source(self, piece: Piece, name: str, line: int, kind: str) -> Named:
        source = self._namer.name(name, line)
        if source.type is None:
            known_as = "outlet" if fold(name) in self._outlets else kind
            members: dict[str, Any] = {"type": known_as, "names": {"en": _short(source.name, MAX_NAME)}}
            if known_as == "unnamed":
                members["unnamed_kind"] = "media_reports"
            piece.sources[source.slug] = members
        return source


def _own_link(slug: str, document: str) -> dict[str, Any]:
    return {"source": slug, "document": document, "act": "finds", "basis": "data", "interest": "unknown"}


def _faults_of(row: Row) -> Iterator[Fault]:
    for column in ("id", "side_a", "side_b", "date_start"):
        if row.get(column) is None:
            yield Fault(row.line, f"no {column}, which is wanted")
    number = row.get("id")
    if number is not None and not _ID.fullmatch(number):
        yield Fault(row.line, f"id: found {number[:40]!r}, wanted a number")


def _hedged(given: Mapping[str, int]) -> dict[str, Any] | None:
    """Given in order. One bound alone is a bound; several that agree are the figure itself."""
    if not given:
        return None
    least, most = min(given.values()), max(given.values())
    if least < most:
        return {**given, "low": least, "high": most, "hedge": "between"}
    if len(given) == 1 and "best" not in given:
        return {**given, "hedge": "at_least" if "low" in given else "up_to"}
    return {"best": most, "hedge": "exact"}


def _claims(row: Row, figure: Mapping[str, str] | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """The event, then its figure. The event's number in the text keeps two events of one day and place apart."""
    event, when, place = row.cells["id"], _when(row), _place(row)
    sides = (_short(row.cells["side_a"], MAX_NAME), _short(row.cells["side_b"], MAX_NAME))
    verb = "{0} attacked {1}" if row.get("type_of_violence") == _ONE_SIDED else "{0} and {1} clashed"
    where = f" in {place}" if place else ""
    text = f"{verb.format(*sides)}{where}, {when.replace('/', ' to ')} (UCDP event {event})"
    about = [slug_for(row.cells["conflict_name"])] if row.get("conflict_name") else None
    common = {"about": about, "event_time": when, "place": place}
    yield f"e{event}", {"type": "event", "text": {"en": text}, **common}
    if figure is not None:
        quantity_text = f"{_counted(figure)} killed when {text}"
        yield (
            f"q{event}",
            {"type": "quantity", "text": {"en": quantity_text}, **common, "quantity": figure, "entails": [f"e{event}"]},
        )


def _counted(figure: Mapping[str, str]) -> str:
    match figure["hedge"]:
        case "between":
            best = f", most likely {figure['best']}," if "best" in figure else ""
            return f"{figure['low']} to {figure['high']} people{best} were"
        case "exact":
            return "1 person was" if figure["best"] == "1" else f"{figure['best']} people were"
        case "at_least":
            return f"At least {figure['low']} people were"
        case _:
            return f"Up to {figure['high']} people were"


def _when(row: Row) -> str:
    """Days; full releases write midnight behind them."""
    start = row.cells["date_start"].split(" ")[0]
    end = row.cells.get("date_end", start).split(" ")[0]
    return start if start == end else f"{start}/{end}"


def _place(row: Row) -> str | None:
    parts = [" ".join(part.split()) for part in (row.get("where_description"), row.get("country")) if part]
    return _short(", ".join(parts), _MAX_PLACE) if parts else None


def _document(row: Row, outlet: Named, article: Article) -> dict[str, Any]:
    """What was published; without a headline the event's number keeps one article from standing for all of its outlet's."""
    title = " ".join((article.title or "").split())
    if not _says_something(title):
        title = f"Report of UCDP event {row.cells['id']}"
    date = article.date.split(" ")[0] if article.date else None
    return {"publisher": outlet.slug, "title": _short(title, _MAX_PLACE), "published_at": date, "medium": "text"}


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
