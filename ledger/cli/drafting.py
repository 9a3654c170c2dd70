"""From drafted records to the log: sign them, show what they would do, add them, say what happened.

Every command that writes what a dossier can say writes a small dossier and goes the same road as `import`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from ledger.cli import approving, output
from ledger.cli.changes import changes, headlines
from ledger.cli.desk import keepsake_of
from ledger.errors import ForbiddenError, FormatError, NotFoundError, OnRecordError, UsageError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from ledger.cli.desk import Desk
    from ledger.imports.dossier import Dossier
    from ledger.keys import Signer
    from ledger.operations import Operations
    from schemas.envelope import Submission
    from schemas.ids import Opening
    from schemas.log import Receipt
    from schemas.lookups import CheckResult, InForce, RecordView
    from schemas.records import Record

    Kind = TypeVar("Kind", bound=BaseModel)
    Replacing = TypeVar("Replacing", bound=BaseModel)

_LINE_NUMBER = re.compile(r"^line [0-9]+: ", re.MULTILINE)
_MOST_SHOWN = 20
_MOST_SUBJECTS = 1_000


@dataclass(frozen=True)
class Draft:
    """Records in an order in which references precede, signed, and the ids behind a dossier's own names.

    `plain` is what the records say with nothing sealed.
    """

    records: Sequence[Record]
    submissions: Sequence[Submission]
    plain: Sequence[Record]
    aliases: Mapping[str, str] = field(default_factory=dict)
    claims: Mapping[str, str] = field(default_factory=dict)

    def __add__(self, later: Draft) -> Draft:
        return Draft(
            [*self.records, *later.records],
            [*self.submissions, *later.submissions],
            [*self.plain, *later.plain],
            {**self.aliases, **later.aliases},
            {**self.claims, **later.claims},
        )

    @property
    def ids(self) -> list[str]:
        from ledger.core.records import record_id

        return [record_id(record) for record in self.records]


@dataclass(frozen=True)
class Outcome:
    """What was added, or, of a dry run, what would be."""

    receipts: Sequence[Receipt] = ()
    check: CheckResult | None = None

    @property
    def new(self) -> int:
        return sum(not receipt.already_on_record for receipt in self.receipts)


def draft_record(signer: Signer, record: Record, *, as_it_stands: bool = False) -> Draft:
    """One record, sealed as it should be unless it is to stand as it is, and signed."""
    from ledger import keys
    from ledger.imports.sealing import Sealer, seal_record

    sealer = None if as_it_stands else Sealer(signer.seal_secret, signer.seals)
    sealed, openings = seal_record(record, sealer)
    return Draft([sealed], [keys.sign_record(sealed, signer, openings)], [record])


def draft_items(ledger: Operations, signer: Signer, **sections: Any) -> Draft:
    """What a dossier of these sections would add. Errors name no lines: nobody wrote any."""
    text = json.dumps({"dossier": 1} | {name: _present(items) for name, items in sections.items()}, ensure_ascii=False)
    try:
        return draft_dossier(ledger, signer, text, numbered=False)
    except NotFoundError as error:
        raise NotFoundError(_unnumbered(error.message), suggestions=error.suggestions, hint=error.hint) from None
    except FormatError as error:
        raise FormatError(_unnumbered(error.message), pointer=error.pointer) from None


def draft_dossier(ledger: Operations, signer: Signer, text: str, *, by_words: bool = False, numbered: bool = True) -> Draft:
    """What the dossier adds to the ledger, signed. FormatError lists every bad line; warnings go to stderr.

    A report may name a claim on record by the beginning of its id and, where `by_words` says so, by words that fit no other.
    """
    from ledger.cli import naming
    from ledger.imports import dossier as dossiers

    dossier = dossiers.read(text)
    names = [name for name in dossier.strays if by_words or naming.looks_like_id(name)]
    if names:
        dossier = dossiers.read(text, {name: _claim_on_record(ledger, name) for name in names})
    return draft_read(ledger, signer, dossier, numbered=numbered)


def _claim_on_record(ledger: Operations, name: str) -> str:
    """The full id of the claim that is meant, which is shown."""
    from ledger.cli import naming
    from ledger.operations import Question

    claim = ledger.claim(naming.claim_id(ledger, name), Question())
    output.prose(f"{name!r} is the claim on record: {output.text_of(claim.text)}")
    return claim.id


def draft_read(ledger: Operations, signer: Signer, dossier: Dossier, *, numbered: bool = True) -> Draft:
    """The same of a dossier that is read already. Without `numbered`, warnings name no lines."""
    from ledger import keys
    from ledger.imports import expand
    from ledger.imports.sealing import Sealer

    drafted = expand.draft(
        dossier,
        lambda subjects: in_force(ledger, subjects),
        assessor=enrolled_name(ledger, signer),
        origin=ledger.well_known().origin,
        sealer=Sealer(signer.seal_secret, signer.seals),
        private=_private_on_record(ledger, dossier),
        slugs=_slugs_to_suggest(ledger, expand.needed_sources(dossier)),
    )
    for warning in drafted.warnings:
        output.warn(warning if numbered else _unnumbered(warning))
    signed = [keys.sign_record(one.record, signer, one.openings) for one in drafted.records]
    records, plain = [one.record for one in drafted.records], [one.plain for one in drafted.records]
    return Draft(records, signed, plain, drafted.aliases, drafted.claims)


def _private_on_record(ledger: Operations, dossier: Dossier) -> set[str]:
    """Claims on record that concern a private person, among those of which documents with a title tell."""
    from ledger.core.privacy import is_private
    from schemas.records import RECORD, SourceRecord

    titled = {document.id for document in dossier.documents if document.title is not None}
    told = {ref for report in dossier.reports if titled & set(report.document_refs) for ref in report.claim_refs}
    views = [ledger.record(ref) for ref in sorted(told) if ref.startswith("sha256:")]
    concerned = {view.id: [f"source:{one['source']}" for one in view.record.get("concerns", ())] for view in views}
    held = in_force(ledger, sorted({subject for subjects in concerned.values() for subject in subjects})).records
    doubted = {subject for subject, view in held.items() if view is not None and view.in_doubt}
    sources = {subject: RECORD.validate_python(view.record) for subject, view in held.items() if view is not None}
    private = doubted | {subject for subject, one in sources.items() if isinstance(one, SourceRecord) and is_private(one)}
    return {claim for claim, subjects in concerned.items() if private & set(subjects)}


def in_force(ledger: Operations, subjects: Sequence[str]) -> InForce:
    """The records in force for any number of subjects."""
    from schemas.lookups import InForce

    found: dict[str, RecordView | None] = {}
    size = 0
    for start in range(0, len(subjects), _MOST_SUBJECTS):
        answer = ledger.in_force(subjects[start : start + _MOST_SUBJECTS])
        found |= answer.records
        size = answer.size
    return InForce(records=found, size=size)


def enrolled_name(ledger: Operations, signer: Signer) -> str:
    """The name under which the key is enrolled: whose ratings these are."""
    view = ledger.in_force([f"key:{signer.did}"]).records.get(f"key:{signer.did}")
    if view is not None and view.record["action"] == "revoke":
        raise ForbiddenError(
            f"the key {signer.did} was revoked on {view.logged_at[:10]}: {view.record.get('reason', 'no reason is given')}",
            hint="an admin enrols another one with `onrecord key enroll`",
        )
    if view is None or view.record["action"] != "enroll":
        raise ForbiddenError(
            f"the key {signer.did} is not enrolled in this ledger", hint="an admin enrols it with `onrecord key enroll`"
        )
    return str(view.record["subject"])


def _slugs_to_suggest(ledger: Operations, wanted: Iterable[str]) -> list[str]:
    """All slugs of the ledger if one of the wanted is not among them; else none are needed."""
    from ledger.cli.naming import every_source

    subjects = [f"source:{slug}" for slug in wanted]
    if all(in_force(ledger, subjects).records.values()):
        return []
    return [source.id for source in every_source(ledger)]


def add_items(desk: Desk, **sections: Any) -> None:
    """Adds what a dossier of these sections would, and says what happened."""
    with desk.ledger() as ledger:
        add_items_to(desk, ledger, **sections)


def add_items_to(desk: Desk, ledger: Operations, **sections: Any) -> None:
    add_draft(desk, ledger, draft_items(ledger, desk.signer(), **sections))


def add_judged(desk: Desk, ledger: Operations, draft: Draft) -> None:
    """Adds the records, says what happened, and what that did to scores."""
    check = ledger.check(draft.submissions) if draft.records and not desk.as_json and not desk.dry_run else None
    add_draft(desk, ledger, draft)
    if check is not None:
        output.data("", *changes(check.changes))


def add_telling_headlines(desk: Desk, ledger: Operations, draft: Draft) -> None:
    """The same, for what may move many claims: how many have another headline now, and the first of them."""
    silent = desk.as_json or desk.dry_run or desk.hold is not None or not draft.records
    check = None if silent else ledger.check(draft.submissions)
    add_draft(desk, ledger, draft)
    if check is not None:
        output.data("", *headlines(check.changes))


def add_record(desk: Desk, ledger: Operations, record: Record) -> None:
    add_draft(desk, ledger, draft_record(desk.signer(), record))


def add_draft(desk: Desk, ledger: Operations, draft: Draft) -> None:
    """Adds the records and says what happened; where the ledger says all of it already, there is nothing to add."""
    if draft.records:
        finish(desk, draft, write(desk, ledger, draft))
    elif desk.as_json:
        output.print_json([])
    else:
        output.data("nothing new: all of it is on record")


def shaped(shape: type[Kind], members: Mapping[str, Any]) -> Kind:
    """The record with these members; FormatError names the member that does not fit."""
    from ledger.core.canonical import canonical_bytes
    from ledger.core.records import parse_record

    record = parse_record(canonical_bytes(_present(members)))
    assert isinstance(record, shape)
    return record


def replacing(ledger: Operations, record: Replacing, subject: str | None) -> Replacing:
    """The record, naming the one in force for its subject that it replaces; itself again where nothing would change."""
    if subject is None:
        return record
    current = ledger.in_force([subject]).records.get(subject)
    if current is None:
        return record
    members = record.model_dump(mode="json", by_alias=True, exclude_none=True)
    if members == {name: value for name, value in current.record.items() if name != "replaces"}:
        return shaped(type(record), current.record)
    return shaped(type(record), members | {"replaces": current.id})


def write(desk: Desk, ledger: Operations, draft: Draft) -> Outcome:
    """Adds the records, all or none; with --dry-run asks what that would do."""
    _check_sealed(desk, draft)
    if desk.dry_run:
        return Outcome(check=ledger.check(draft.submissions))
    if desk.hold is not None:
        approving.hold(desk, desk.hold, draft.submissions)
        raise typer.Exit  # nothing of it is on record, so there is nothing that a command could go on to do with it
    receipts = ledger.add(draft.submissions)
    keep(desk.signer(), {name: one for sent in draft.submissions for name, one in (sent.openings or {}).items()})
    return Outcome(receipts=receipts)


def keep(signer: Signer, openings: Mapping[str, Opening]) -> None:
    """Openings that went to a ledger are in the signer's own file too. They are on record: what fails here is a warning."""
    keepsake = keepsake_of(signer)
    if keepsake is None or not openings:
        return
    try:
        keepsake.add(openings)
    except OnRecordError as error:
        output.warn(f"not kept in your own file of openings: {error.message}" + (f" ({error.hint})" if error.hint else ""))


def _check_sealed(desk: Desk, draft: Draft) -> None:
    """What was to be sealed is: a name that fits nothing would leave in the open what somebody wanted sealed."""
    from ledger.core.records import record_json, sealed_members
    from ledger.imports.sealing import ALL, SEALABLE

    sealed = {(one.kind, path.split(".")[0]) for one in draft.records for path in sealed_members(record_json(one))}
    found = {ALL, *(member for _, member in sealed), *(f"{kind}.{member}" for kind, member in sealed)}
    for name in desk.seal:
        if name not in found:
            there = sorted({f"{one.kind}.{member}" for one in draft.plain for member in SEALABLE.get(one.kind, ())})
            raise UsageError(f"--seal {name}: nothing written here has such a text", hint=f"it may have {', '.join(there)}")


def finish(desk: Desk, draft: Draft, outcome: Outcome) -> None:
    """Says what happened: receipts (or the check) as JSON, or a line for each record."""
    if outcome.check is not None:
        show_check(desk, draft, outcome.check)
        return
    if desk.as_json:
        output.print_json([receipt.model_dump(mode="json", by_alias=True) for receipt in outcome.receipts])
        return
    rows = [
        (
            receipt.record_id[: output.SHORT_ID],
            str(receipt.index),
            record.kind,
            "already on record" if receipt.already_on_record else "new",
        )
        for record, receipt in zip(draft.records, outcome.receipts, strict=True)
    ]
    output.data(*output.table(("id", "entry", "kind", "state"), rows))
    output.warn_if_on_disk(any(receipt.to_scrub for receipt in outcome.receipts))


def offer_ratings(desk: Desk, ledger: Operations, slugs: Iterable[str]) -> None:
    """Who is unrated counts for nothing; say so where somebody may wonder."""
    from ledger.cli.naming import letter_of

    if desk.as_json or desk.dry_run:
        return
    for slug in dict.fromkeys(slugs):
        if letter_of(ledger, slug) is None:
            output.prose(
                f"nobody has rated {slug}, so it counts for nothing: onrecord source rate {slug} LETTER{desk.same_place}"
            )


def show_check(desk: Desk, draft: Draft, check: CheckResult, *, stored_next: bool = False) -> None:
    """The records with their ids, and how the score of each claim would move."""
    if desk.as_json and not stored_next:
        output.print_shape(check)
        return
    known = set(check.already_on_record)
    shown = [record.model_dump(mode="json", by_alias=True, exclude_none=True) for record in draft.plain]
    if len(shown) > _MOST_SHOWN:
        output.data(*_listed(shown, check.records, known), "")
    else:
        for value, record_id in zip(shown, check.records, strict=True):
            output.data(
                output.bold(value["kind"]) + _state(record_id, known), f"  {record_id}", *output.record_members(value), ""
            )
    output.data(*changes(check.changes))
    if not stored_next:
        output.prose("dry run: nothing was stored")


def _listed(records: Sequence[Mapping[str, Any]], ids: Sequence[str], known: set[str]) -> list[str]:
    """A line for each record: too many to show all that they say."""
    from ledger.cli.gist import gists

    told = zip(records, ids, gists(records, ids), strict=True)
    rows = [(output.short(name), str(record["kind"]) + _state(name, known), gist) for record, name, gist in told]
    return output.table(("id", "kind", "what it says"), rows)


def _state(record_id: str, known: set[str]) -> str:
    return " (already on record)" if record_id in known else ""


def _present(value: Any) -> Any:
    """The value without members that nobody gave."""
    if isinstance(value, Mapping):
        return {name: _present(item) for name, item in value.items() if item not in (None, [], (), {})}
    if isinstance(value, list | tuple):
        return [_present(item) for item in value]
    return value


def _unnumbered(message: str) -> str:
    return _LINE_NUMBER.sub("", message)
