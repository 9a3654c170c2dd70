"""What may join the log: every rule that holds a new record against the ones below it (docs/format.md §8).

Authority over entry i comes from the entries below i alone: a record is checked against what is known there, nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ledger.core.enrolment import check_key
from ledger.core.evidence import Logged
from ledger.core.known import Known
from ledger.core.logkeys import is_log_word, people_among
from ledger.core.privacy import is_private
from ledger.core.protecting import check_protected
from ledger.core.references import check_references
from ledger.core.subjects import replaces_of
from ledger.errors import ConflictError, ForbiddenError, RuleError
from schemas.dates import FUTURE, PAST, bounds, seconds_of, time_of
from schemas.ids import Sealed
from schemas.records import (
    KINDS,
    AssessmentRecord,
    AttributionRecord,
    ClaimRecord,
    ClaimRelationRecord,
    ClaimTextRecord,
    CorrectionRecord,
    KeyRecord,
    Record,
    Role,
    SourceRecord,
    SourceRelationRecord,
    StatementRecord,
    WithholdRecord,
)

_HOW_TO_ENROL = (
    "an admin enrols it with `onrecord key enroll`; what was signed for another ledger is checked with `onrecord verify`"
)
_WRITERS = frozenset(KINDS) - {"key", "withhold"}
MAY: Mapping[Role, frozenset[str]] = {
    "contributor": _WRITERS,
    "editor": _WRITERS,
    "admin": frozenset({"key", "withhold"}),
    "issuer": frozenset(),
    "log": frozenset(),
}
"""The kinds of record that each role may sign. Roles are not cumulative."""

_UNTOUCHABLE = ("key", "withhold")


def check_record(new: Logged, known: Known) -> None:
    """The record may be entry `new.index`, given the entries below it.

    1. It was made for this ledger, where its kind says for which.
    2. Its signers are enrolled, and one of each signer's roles allows the kind. Entries 0 and 1 found the ledger.
    3. Everything it names is on record, and of the right kind.
    4. It replaces the record in force for its subject, or there is none; and what it replaces is its signers' to revise.
    5. The rules of its kind hold.

    An endorsement, which is another signature on a record that is there, changes nothing, so 4 and 5 do not bind it; but
    whoever endorses an assessment makes it their own, nobody endorses what is withheld, and a protected source speaks through
    whoever recorded it alone.
    """
    endorses = known.first(new.id) is not None
    _check_ledger(new.record, known)  # 1
    _check_signers(new, known)  # 2
    check_references(new.record, known)  # 3
    if endorses and known.withheld(new.id):
        # It would bring back, with its openings, what was erased.
        raise RuleError(f"{new.id} is withheld: nobody signs it anew")
    if not endorses or isinstance(new.record, AssessmentRecord):
        _check_replaces(new, known)  # 4
    check_protected(new, known)  # 5
    if not endorses:
        _check_revises_own(new, known)  # 4
        _check_kind(new, known)  # 5
    elif isinstance(new.record, KeyRecord):
        # Signed again, an old enrolment would look like a new one to whoever reads the entries one by one.
        raise RuleError("this very word on the key is on record already", hint="enrol it anew with `replaces`")


# 1, 2: for which ledger, by whom


def _check_ledger(record: Record, known: Known) -> None:
    if isinstance(record, KeyRecord | CorrectionRecord | WithholdRecord) and record.ledger != known.origin:
        hint = "records of another ledger are checked with `onrecord verify`; `export --format dossier` there takes them over"
        raise RuleError(f"made for the ledger {record.ledger}, this is {known.origin}", pointer="/ledger", hint=hint)


def _check_signers(new: Logged, known: Known) -> None:
    if new.index == 0:
        _check_first_admin(new)
        return
    if new.index == 1:
        _check_issuer(new)
    people = _people_among(new, known)
    for did in people:
        _check_signer(did, new.record, known)
    if not any(_revokes_itself(did, new.record) for did in people):
        check_not_alone([key_in_use(did, known) for did in people])


def _people_among(new: Logged, known: Known) -> Sequence[str]:
    return people_among(new.record, new.keys, known.log_terms()) if is_log_word(new.record) else new.keys


def check_not_alone(words: Sequence[KeyRecord]) -> None:
    """Where one of the signers' keys never signs alone, somebody of another name signs too; `words` enrol the signers."""
    if any(word.never_alone for word in words) and len({word.subject for word in words}) < 2:
        raise ForbiddenError(
            f"the key of {words[0].subject} never signs alone: somebody else has to sign too",
            hint="`--hold FILE` keeps it for them, `onrecord approve FILE` adds their signature",
        )


def _check_first_admin(new: Logged) -> None:
    record = new.record
    if not isinstance(record, KeyRecord) or record.action != "enroll" or "admin" not in record.roles:
        raise ForbiddenError("entry 0 enrols the first admin")
    if new.keys != (record.public_key,):
        raise ForbiddenError("entry 0 is signed by the very key that it enrols, and by no other")


def _check_issuer(new: Logged) -> None:
    record = new.record
    if not isinstance(record, KeyRecord) or record.action != "enroll" or record.roles != ("issuer",):
        raise ForbiddenError("entry 1 enrols the issuer's key, with the role issuer alone")


def key_in_use(did: str, known: Known) -> KeyRecord:
    """The enrolment of a key that may sign now; ForbiddenError if there is none."""
    key = known.key(did)
    if key is None:
        raise ForbiddenError(f"the key {did} is not enrolled", hint=_HOW_TO_ENROL)
    if key.action == "revoke":
        raise ForbiddenError(f"the key {did} of {key.subject} was revoked")
    if key.not_before and known.time < seconds_of(key.not_before):
        raise ForbiddenError(f"the key {did} may sign from {key.not_before} on, it is {time_of(known.time)}")
    if key.not_after and known.time > seconds_of(key.not_after):
        raise ForbiddenError(f"the key {did} could sign until {key.not_after}, it is {time_of(known.time)}")
    return key


def _check_signer(did: str, record: Record, known: Known) -> None:
    key = key_in_use(did, known)
    if _revokes_itself(did, record) or any(record.kind in MAY[role] for role in key.roles):
        return
    wanted = " or ".join(role for role, kinds in MAY.items() if record.kind in kinds)
    raise ForbiddenError(f"a {record.kind} wants the role {wanted}; the key of {key.subject} has {', '.join(key.roles)}")


def _revokes_itself(did: str, record: Record) -> bool:
    return isinstance(record, KeyRecord) and record.action == "revoke" and record.public_key == did


def _is_editor(new: Logged, known: Known) -> bool:
    keys = (known.key(did) for did in new.keys)
    return any(key is not None and "editor" in key.roles for key in keys)


def recorded(new: Logged, earlier: Logged, known: Known) -> bool:
    """Whether a signer of the new record, or somebody of the same enrolled name, signed the earlier one."""
    return bool(set(new.keys) & set(earlier.keys) or known.names_of(new) & known.names_of(earlier))


# 4: what it replaces


def _check_replaces(new: Logged, known: Known) -> None:
    subject = known.subject_of(new)
    if subject is None:
        return
    replaces = replaces_of(new.record)
    standing = known.in_force(subject)
    wanted = standing.id if standing else None
    if replaces == wanted:
        return
    if wanted is None:
        raise ConflictError(f"replaces {replaces}, but nothing is in force for {subject}", hint="leave replaces out")
    said = f"replaces {replaces}" if replaces else "replaces nothing"
    raise ConflictError(f"{said}, but {wanted} is in force for {subject}", hint=f"look at it, then replace {wanted}")


def _check_revises_own(new: Logged, known: Known) -> None:
    """Who may not take a record back may not put another in its place either."""
    if isinstance(new.record, AssessmentRecord | KeyRecord):
        return  # a rating replaces its own assessor's, and words on keys are an admin's
    if isinstance(new.record, SourceRecord):
        _check_revises_source(new, new.record, known)
        return
    replaces = replaces_of(new.record)
    earlier = known.first(replaces) if replaces else None
    if earlier is not None and not recorded(new, earlier, known) and not _is_editor(new, known):
        raise ForbiddenError(f"only an editor or who recorded {replaces} may replace it")


def _check_revises_source(new: Logged, record: SourceRecord, known: Known) -> None:
    """A slug is whose who recorded it first, of those that stand; if all were taken back, of all."""
    chain = known.chain(f"source:{record.id}")
    standing = [entry for entry in chain if known.stands(entry.id)]
    first = next(iter(standing or chain), None)
    if first is not None and not recorded(new, first, known) and not _is_editor(new, known):
        raise ForbiddenError(f"only an editor or who first recorded {record.id} may revise it")


# 5: the rules of each kind


def _check_kind(new: Logged, known: Known) -> None:
    match new.record:
        case SourceRelationRecord(relation="speaks_for"):
            _check_one_parent(new.record, known)
        case ClaimTextRecord():
            _check_new_language(new.record, known)
        case ClaimRelationRecord():
            _check_relates_own(new, new.record, known)
        case ClaimRecord():
            _check_private(new.record, [*new.record.text.values()], known)
        case StatementRecord():
            _check_withdrawal(new.record, known)
        case AttributionRecord():
            _check_hop(new.record, known)
        case CorrectionRecord():
            _check_correction(new, new.record, known)
        case WithholdRecord():
            _check_withhold(new.record, known)
        case KeyRecord():
            check_key(new.record, known)
        case _:
            pass


def _check_one_parent(record: SourceRelationRecord, known: Known) -> None:
    """At any moment a source speaks for one other at most: whose origin would it be otherwise?"""
    if record.valid_to is not None and _validity(record)[0] >= _validity(record)[1]:
        return  # holds at no moment: how an editor takes a relation out of use
    for other in known.spoken_for(record.subject):
        if other.object != record.object and _overlap(_validity(record), _validity(other)):
            raise RuleError(
                f"{record.subject} speaks for {other.object} at that time already",
                pointer="/object",
                hint="end the other relation with valid_to first",
            )


def _validity(record: SourceRelationRecord) -> tuple[int, int]:
    start = bounds(record.valid_from)[0] if record.valid_from else PAST
    return start, bounds(record.valid_to)[1] if record.valid_to else FUTURE


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return max(one[0], other[0]) < min(one[1], other[1])


def _check_private(claim: ClaimRecord, texts: Sequence[str | Sealed], known: Known) -> None:
    """What is said of somebody who is no public person may have to go one day; the log never forgets."""
    if all(isinstance(text, Sealed) for text in texts):
        return
    for concern in claim.concerns or ():
        held = known.in_force(f"source:{concern.source}")
        if held is not None and isinstance(held.record, SourceRecord) and is_private(held.record):
            raise RuleError(
                f"the claim concerns {concern.source}, a person without a public role: its text is sealed",
                pointer="/text",
                hint="imports and the command line seal it by themselves",
            )


def _check_new_language(record: ClaimTextRecord, known: Known) -> None:
    claim = known.first(record.claim)
    assert claim is not None, "references were checked"
    assert isinstance(claim.record, ClaimRecord), "references were checked"
    _check_private(claim.record, [record.text], known)
    there = known.translation(record.claim, record.lang)
    if record.lang in claim.record.text or there is not None:
        hint = f"correct {there.id} first" if there else None
        raise RuleError(f"the claim has a text in {record.lang} already", pointer="/lang", hint=hint)


def _check_relates_own(new: Logged, record: ClaimRelationRecord, known: Known) -> None:
    if _is_editor(new, known):
        return
    ends = (known.first(record.subject), known.first(record.object))
    if not any(end is not None and recorded(new, end, known) for end in ends):
        raise ForbiddenError("a contributor relates claims of which it recorded one; an editor relates any")


def _check_withdrawal(record: StatementRecord, known: Known) -> None:
    if record.withdraws is None:
        return
    earlier = known.first(record.withdraws)
    assert earlier is not None, "references were checked"
    assert isinstance(earlier.record, StatementRecord), "references were checked"
    if earlier.record.speaker != record.speaker:
        raise RuleError(
            f"{record.speaker} cannot take back what {earlier.record.speaker} said; a correction takes back our own records",
            pointer="/withdraws",
        )


def _check_hop(record: AttributionRecord, known: Known) -> None:
    near, far = known.first(record.from_), known.first(record.to)
    assert near is not None, "references were checked"
    assert far is not None, "references were checked"
    if not isinstance(near.record, StatementRecord) or not isinstance(far.record, StatementRecord):
        return  # to a document: it says what it says
    if not known.related(near.record.claim, far.record.claim):
        raise RuleError(
            f"from is about {near.record.claim}, to is about {far.record.claim}, and no relation between claims joins them",
            pointer="/to",
            hint="relate the claims first, or name a statement about the same one",
        )


def _check_correction(new: Logged, record: CorrectionRecord, known: Known) -> None:
    target = known.first(record.target)
    assert target is not None, "references were checked"
    if target.record.kind in _UNTOUCHABLE:
        hint = "revoke the key instead" if target.record.kind == "key" else None
        raise RuleError(f"a {target.record.kind} record is not corrected", pointer="/target", hint=hint)
    if record.replaced_by is not None:
        _check_replacement(target, record.replaced_by, known)
    if _is_editor(new, known):
        return
    if not recorded(new, target, known):
        raise ForbiddenError("a contributor corrects its own records; an editor corrects any")
    if isinstance(target.record, AssessmentRecord) and not known.assessors(target.id) <= known.names_of(new):
        raise ForbiddenError("others gave this rating too; an editor corrects it", hint="give another one, with `replaces`")


def _check_replacement(target: Logged, replaced_by: str, known: Known) -> None:
    replacement = known.first(replaced_by)
    assert replacement is not None, "references were checked"
    if replacement.record.kind != target.record.kind:
        raise RuleError(
            f"a {target.record.kind} is replaced by a {target.record.kind}, not by a {replacement.record.kind}",
            pointer="/replaced_by",
        )


def _check_withhold(record: WithholdRecord, known: Known) -> None:
    target = known.first(record.target)
    assert target is not None, "references were checked"
    if target.record.kind in _UNTOUCHABLE:
        # Who may sign, and what is not shown, must stay visible: everything else rests on it.
        raise RuleError(f"a {target.record.kind} record is not withheld", pointer="/target")
    if target.record.kind == "correction":
        # What it took back would stand again for whoever cannot see it.
        hint = "take the correction back by another one"
        raise RuleError("a correction is not withheld", pointer="/target", hint=hint)
