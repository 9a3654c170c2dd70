"""The conversation of `onrecord attribute`: link, claim, words, who says it, who told them, until the origin."""

from __future__ import annotations

import hashlib
import mimetypes
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import questionary
from rapidfuzz import fuzz

from ledger.cli import attributing, capturing, drafting, naming, output, quoting
from ledger.cli.reading import read_bytes
from ledger.errors import OnRecordError, UnverifiableError, VerificationError
from ledger.operations import ClaimQuery, Question
from schemas.dates import bounds
from schemas.vocabulary import Act, Basis, Certainty, Interest, SourceType

if TYPE_CHECKING:
    from ledger.cli.desk import Desk
    from ledger.operations import Operations
    from schemas.lookups import ClaimSummary, SourceSummary

_NEW, _ORIGIN = "(something else)", ""
_BACK, _GO_BACK, _UNCHOSEN = "<", "< (back)", "(move down to choose)"
_MOST_SUGGESTED = 8
_RIGHT, _NOT_NOW = "yes, as it stands", "no, keep the evidence only"
_MENDED = {
    "its title": "title",
    "when it was published": "published_at",
    "its language": "lang",
    "who published it (short name)": "publisher",
    "where it is": "url",
}
_LETTERS = ["A", "B", "C", "D", "E", "F cannot be judged"]
_LINK_CUT_SHORT = re.compile(r"\w+:/|www\.|(?:[\w-]+\.)+[a-z]{2,}/", re.IGNORECASE)
_NO_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass
class _Notes:
    """What has been said so far, as the sections of a dossier; `known` grows with sources that are added on the way. `text` is
    what stands in the file that was named, if that is plain text."""

    ledger: Operations
    known: list[SourceSummary]
    sources: list[dict[str, Any]] = field(default_factory=list)
    claims: list[dict[str, Any]] = field(default_factory=list)
    text: str | None = None
    capture: Callable[[str], tuple[dict[str, Any], str | None]] | None = None


def run(desk: Desk) -> None:
    """Asks, shows what it would change, and adds it once somebody says yes."""
    with desk.ledger() as ledger:
        signer = desk.signer()
        keep = _Capturing(desk, ledger)
        notes = _Notes(ledger, list(naming.every_source(ledger)), capture=None if desk.dry_run else keep)
        sections = _sections(notes)
        draft = drafting.draft_items(ledger, signer, **sections)
        drafting.show_check(desk, draft, ledger.check(draft.submissions), stored_next=not desk.dry_run)
        output.data("", *_read_back(notes, sections), "")
        if desk.dry_run or not _yes("Sign and put it on record?"):
            output.prose("nothing was stored")
            return
        drafting.finish(desk, draft, drafting.write(desk, ledger, draft))
        keep.attach(draft.aliases.get(attributing.DOCUMENT))
        drafting.offer_ratings(desk, ledger, sections["reports"][0]["chain"])


class _Capturing:
    """Keeps what stands at a link or in a file, and ties it to its document once that is on record."""

    def __init__(self, desk: Desk, ledger: Operations) -> None:
        self._desk, self._ledger = desk, ledger
        self._kept: str | None = None

    def __call__(self, place: str) -> tuple[dict[str, Any], str | None]:
        """What it says of itself, as somebody mended it, and its text; an error is told, and the link stands alone."""
        try:
            captured, _ = capturing.kept_of(self._desk, place, None)
        except OnRecordError as error:
            output.warn(f"not kept: {error.message}")
            return {"url": place} if place.startswith(("https://", "http://")) else {"title": Path(place).name}, None
        found = capturing.document_of(self._ledger, captured)
        self._kept = captured.kept.sha256
        made = confirm_document(found, "Is this right?", (_RIGHT,)) or found
        return {
            name: value for name, value in made.items() if name not in ("id", "publisher") and value
        }, captured.found.text or None

    def attach(self, document: str | None) -> None:
        if self._kept is not None and document is not None:
            capturing.store_of(self._desk, None).attach(self._kept, document)


class _Back(Exception):
    """Somebody wants to answer the question before once more."""


def _sections(notes: _Notes) -> dict[str, Any]:
    steps = (_document, _claim, _quote, _chain, lambda notes: _origin(notes, said[3][-1]))
    output.prose(f"{_BACK} goes back to the question before")
    said: list[Any] = []
    added: list[tuple[int, int, int]] = []  # what the notes held before each step
    while len(said) < len(steps):
        before = len(notes.sources), len(notes.claims), len(notes.known)
        try:
            said.append(steps[len(said)](notes))
            added.append(before)
        except _Back:
            sources, claims, known = added.pop() if said else before
            del notes.sources[sources:], notes.claims[claims:], notes.known[known:]
            del said[-1:]
    made, claim, quote, chain, origin = said
    report = {"id": "report", "claim": claim, "chain": chain, "quote": quote or None} | origin
    sections = attributing.with_document(report, made, None, chain[0])
    return sections | {"sources": notes.sources, "claims": notes.claims}


def _read_back(notes: _Notes, sections: dict[str, Any]) -> list[str]:
    """What will be signed, as a person would say it."""
    report = sections["reports"][0]
    made = sections.get("documents", [{}])[0]
    pairs = [
        ("claim", notes.claims[0]["text"] if notes.claims else notes.ledger.claim(report["claim"], Question()).text),
        ("chain", " < ".join(output.text_of(_names(notes, slug)) for slug in report["chain"])),
        ("act", " ".join(filter(None, [report["act"].replace("_", " "), report["said_at"]]))),
        ("stands in", made.get("url") or made.get("title")),
        ("published", made.get("published_at")),
        ("words", report["quote"]["exact"] if isinstance(report.get("quote"), dict) else report.get("quote")),
    ]
    return output.members((name, output.text_of(value) if isinstance(value, dict) else value) for name, value in pairs)


# Questions, one after the other


def _document(notes: _Notes) -> dict[str, Any]:
    """A link or a file, captured if somebody wishes it (else of a file the hash is kept, not its content), or a title."""
    given = _text("Where does it stand? A link, a file, or a title (Enter for nowhere):", check=_is_place)
    if not given:
        return {}
    made: dict[str, Any] = {"title": given}
    is_place = given.startswith(("https://", "http://")) or Path(given).is_file()
    if is_place and notes.capture is not None and _yes("Keep what stands there as evidence?"):
        made, notes.text = notes.capture(given)
        return made
    if given.startswith(("https://", "http://")):
        made = {"url": given}
    elif Path(given).is_file():
        content, media_type = read_bytes(given), mimetypes.guess_type(given)[0]
        made = {"title": Path(given).name, "sha256": hashlib.sha256(content).hexdigest(), "media_type": media_type}
        if media_type == "text/plain":
            notes.text = content.decode("utf-8", "replace")
    return made | {"published_at": _date("When was it published?") or None}


def _quote(notes: _Notes) -> str | dict[str, Any]:
    """The words; looked for in the text where that is at hand. What is only like them is quoted if somebody says so."""
    words = _text("The words, as they stand there (Enter to skip):")
    if not words or notes.text is None:
        return words
    try:
        return quoting.anchored(notes.text, words, [])
    except (UnverifiableError, VerificationError) as error:
        output.warn(error.message)
        says = quoting.nearest(notes.text, words)
    if says is not None and _yes(f"Quote what it says, “{output.cut(says, 200)}”?"):
        return quoting.anchored(notes.text, says, [])
    return words if _yes("Quote your words all the same?") else _quote(notes)


def _claim(notes: _Notes) -> str:
    """The id of a claim on record, or the name of a new one."""
    words = _text("What is claimed? A few words:", needed=True)
    found = _near_claims(notes.ledger, words)
    titles = {_title(output.text_of(claim.text), claim.id[7:15]): claim.id for claim in found}
    if titles:
        chosen = _choose("Is it one of these?", [*titles, _NEW])
        if chosen in titles:
            return titles[chosen]
    text = _text("The claim as one sentence, free of any speaker:", default=words, needed=True)
    lang = _text("In which language (en, de, uk, ...)?", default="en", needed=True)
    kind = _choose("What kind of claim is it?", ["event", "position", "quote", "forecast"], chosen=True)
    notes.claims.append({"id": "claim", "type": kind, "text": {lang: text}})
    return "claim"


def _near_claims(ledger: Operations, words: str) -> list[ClaimSummary]:
    """Claims that hold all the words, then those that hold the longest of them."""
    found: dict[str, ClaimSummary] = {}
    longest = sorted(words.split(), key=len, reverse=True)[:3]
    for query in (words, *longest):
        for claim in ledger.claims(ClaimQuery(query=query, limit=_MOST_SUGGESTED)).claims:
            found.setdefault(claim.id, claim)
    likeness = {
        claim.id: fuzz.token_set_ratio(words.casefold(), output.text_of(claim.text).casefold()) for claim in found.values()
    }
    return sorted(found.values(), key=lambda claim: -likeness[claim.id])[:_MOST_SUGGESTED]


def _chain(notes: _Notes) -> list[str]:
    """Who says it, who told them, and so on; an empty answer ends at the origin."""
    chain: list[str] = []
    while True:
        try:
            if not chain:
                chain.append(_source(notes, "Who says it, nearest the reader?", needed=True))
            who = output.text_of(_names(notes, chain[-1]))
            told = _source(notes, f"Who told {who}? (Enter if it begins there)", needed=False)
        except _Back:
            if not chain:
                raise
            _forget(notes, chain.pop(), chain)
            continue
        if told == _ORIGIN:
            return chain
        chain.append(told)


def _forget(notes: _Notes, slug: str, chain: Sequence[str]) -> None:
    """A source that was added for a chain in which it is no more is not added."""
    if slug not in chain and any(one["id"] == slug for one in notes.sources):
        notes.sources[:] = [one for one in notes.sources if one["id"] != slug]
        notes.known[:] = [one for one in notes.known if one.id != slug]


def _source(notes: _Notes, question: str, *, needed: bool) -> str:
    """The slug of a source: one on record, one that was meant, or one that is added now."""
    given = _text(question, needed=needed)
    if not given:
        return _ORIGIN
    exact = [one.id for one in notes.known if given.casefold() in (one.id, *(name.casefold() for name in one.names.values()))]
    if len(exact) == 1:
        return exact[0]
    near = naming.near(given, notes.known)
    if near:
        titles = {_title(output.text_of(_names(notes, slug)), slug): slug for slug in near}
        chosen = _choose(f"No source is called {given!r}. Did you mean", [*titles, "(add it)"])
        if chosen in titles:
            return titles[chosen]
    try:
        return _new_source(notes, given)
    except _Back:
        return _source(notes, question, needed=needed)


def _new_source(notes: _Notes, name: str) -> str:
    from schemas.lookups import SourceSummary

    slug = _text("Its short name:", default=_slug(name), needed=True)
    lang = _text("The language of its name:", default="en", needed=True)
    kind = _choose("What is it?", list(get_args(SourceType)), chosen=True)
    country = _text("Its country (two letters, Enter to skip):").upper()
    letter = _choose("How reliable is it, in your judgement?", _LETTERS, default=_LETTERS[-1])[0]
    item: dict[str, Any] = {"id": slug, "type": kind, "names": {lang: name}, "country": country or None}
    if kind == "unnamed":
        item["unnamed_kind"] = _choose("Unnamed in what way?", ["person", "document", "media_reports"])
    if letter in "ABCDE":
        why = _text("Why?" if letter in "DE" else "Why? (Enter to skip)", needed=letter in "DE")
        item["reliability"] = {"value": letter, "rationale": why or None}
    notes.sources.append(item)
    notes.known.append(SourceSummary(id=slug, names={lang: name}, type=kind, country=country or None, letter=letter))
    return slug


def _origin(notes: _Notes, slug: str) -> dict[str, Any]:
    """What the origin did, when, how it knows, and what it has to win or lose."""
    who = output.text_of(_names(notes, slug))
    said = {
        "act": _choose(f"What does {who} do?", list(get_args(Act)), default="asserts"),
        "said_at": _date(f"When did {who} say so?") or None,
        "certainty": _choose("How sure does it sound?", list(get_args(Certainty)), default="unstated"),
        "basis": _choose(f"How does {who} know?", list(get_args(Basis)), default="not_stated"),
        "interest": _choose(f"Is it in the interest of {who} to say so?", list(get_args(Interest)), default="unknown"),
    }
    if said["interest"] == "against":
        said["interest_reason"] = _text("Why is it against its interest?", needed=True)
    return said


# The four ways to ask


def _text(question: str, *, default: str = "", needed: bool = False, check: Callable[[str], bool | str] | None = None) -> str:
    back = (_BACK, f"{default}{_BACK}")  # typed behind what stands there already

    def valid(answer: str) -> bool | str:
        if answer.strip() in back:
            return True
        if not answer.strip():
            return "an answer is needed" if needed else True
        return check(answer.strip()) if check else True

    answer: str = questionary.text(question, default=default, validate=valid).unsafe_ask()
    if answer.strip() in back:
        raise _Back
    return unicodedata.normalize("NFC", answer.strip())


def _date(question: str) -> str:
    return _text(f"{question} (2025-04-28, 2025-04, 2025~, Enter if not known)", check=_is_date)


def _choose(question: str, choices: Sequence[str], *, default: str | None = None, chosen: bool = False) -> str:
    """One of them. `chosen`: Enter alone takes none of them, since none of them is what it mostly is."""
    shown = [*([_UNCHOSEN] if chosen else []), *choices, _GO_BACK]
    answer: str = questionary.select(question, choices=shown, default=default).unsafe_ask()
    if answer == _GO_BACK:
        raise _Back
    return answer if answer != _UNCHOSEN else _choose(question, choices, default=default, chosen=chosen)


def _yes(question: str) -> bool:
    answer: bool = questionary.confirm(question, default=False).unsafe_ask()
    return answer


def _is_place(text: str) -> bool | str:
    """A link without its beginning is asked for again: as a title it would lead nobody there."""
    if text.startswith(("https://", "http://")) or " " in text or Path(text).is_file() or not _LINK_CUT_SHORT.match(text):
        return True
    return "found no link, wanted its whole address, as in https://fjord.example/4"


def _is_date(text: str) -> bool | str:
    try:
        bounds(text)
    except ValueError as error:
        return str(error)
    return True


def _names(notes: _Notes, slug: str) -> dict[str, str]:
    return next((one.names for one in notes.known if one.id == slug), {"en": slug})


def _title(text: str, name: str) -> str:
    """One line of a list, however narrow the terminal."""
    return f"{output.cut(text, output.width() - len(name) - 8)}  {name}"


def _slug(name: str) -> str:
    """A short name made of the long one, for somebody to mend."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return _NO_SLUG.sub("-", plain).strip("-")[:64].strip("-") or "source"


def confirm_document(
    made: dict[str, Any], question: str = "Put it on record?", ends: Sequence[str] = (_RIGHT, _NOT_NOW)
) -> dict[str, Any] | None:
    """The document as it goes on record, once somebody says that it is right; None where it is not to."""
    while True:
        told = {name: value for name, value in made.items() if value not in (None, [], "") and name != "id"}
        output.data("document", *output.record_members(told))
        try:
            chosen = _choose(question, [ends[0], *_MENDED, *ends[1:]])
        except _Back:
            continue  # there is nothing before it
        if chosen == _RIGHT:
            return made
        if chosen == _NOT_NOW:
            return None
        member = _MENDED[chosen]
        before = str(made.get(member) or "")
        try:
            if member == "published_at":
                made = made | {member: _date("When was it published?") or None}
            else:
                made = made | {member: _text(f"{chosen} (Enter leaves it out if empty):", default=before) or None}
        except _Back:
            continue
