"""Sources that are protected: an id by chance for one story, and nothing else that could tell who it is (docs/format.md §3.3).

The id itself says that it is protected, so every later record that names it is held against these rules, whoever sends it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ledger.core.evidence import Logged
from ledger.core.known import Known
from ledger.core.subjects import references_of
from ledger.errors import ForbiddenError, RuleError
from schemas.ids import Opening, Sealed
from schemas.records import ClaimRecord, CorrectionRecord, Record, SourceRecord, SourceRelationRecord, StatementRecord

PREFIX = "protected-"
NAME = "und"
"""The language of a protected source's one name: undetermined, since a language would tell where it is from."""
_ID = re.compile(r"protected-[0-9a-f]{16}")
_TELLING = ("country", "qid", "domains", "same_as", "public_role", "affiliation")
_MAY_NAME = frozenset({("statement", "speaker"), ("assessment", "target")})
"""The members that may name a protected source: it speaks, and it is rated."""


def is_protected(slug: str) -> bool:
    return slug.startswith(PREFIX)


def protected_id(chance: bytes) -> str:
    """The id that 8 random bytes give."""
    return PREFIX + chance.hex()


def check_protected(new: Logged, known: Known) -> None:
    """Nothing of a protected source is told or tied to anything but one story.

    1. Its own record has a random id, one sealed name in no language, and no member that tells where it belongs.
    2. No other member names it but who speaks and who is rated: no relation, author, concern or joint statement.
    3. No correction puts it in another source's place, or another one in its place.
    4. It speaks for who recorded it alone, not by its name, and on one claim, or on claims that relations join.
    """
    record = new.record
    if isinstance(record, SourceRecord) and is_protected(record.id):
        _check_own(record)  # 1
    for role, target in references_of(record):
        if is_protected(target) and role != "replaces" and (record.kind, role) not in _MAY_NAME:
            raise RuleError(f"{role} names a protected source: nothing is tied to it", pointer=f"/{role}")  # 2
    if any(map(is_protected, _topics(record))):
        raise RuleError("a protected source is no topic")  # 2
    if isinstance(record, CorrectionRecord):
        _check_replacement(record, known)  # 3
    if isinstance(record, StatementRecord) and is_protected(record.speaker):
        _check_speaking(new, record, known)  # 4


def check_protected_openings(record: Record, openings: Mapping[str, Opening]) -> None:
    """A ledger is not told a protected source's name: what it does not have, nobody can take from it."""
    if isinstance(record, SourceRecord) and is_protected(record.id) and openings:
        raise RuleError(
            "the name of a protected source stays with whoever recorded it", pointer="/openings", hint="send no openings"
        )


def _check_own(record: SourceRecord) -> None:
    if not _ID.fullmatch(record.id):
        raise RuleError(
            "an id that begins with protected- goes on with 16 random hex digits",
            pointer="/id",
            hint="`onrecord source add --protect` makes one",
        )
    if record.type != "unnamed":
        raise RuleError("a protected source has the type unnamed", pointer="/type")
    for member in _TELLING:
        if getattr(record, member) is not None:
            raise RuleError(f"a protected source has no {member}", pointer=f"/{member}")
    if list(record.names) != [NAME] or not isinstance(record.names[NAME], Sealed):
        raise RuleError(f"a protected source has one name, under {NAME!r}, and it is sealed", pointer="/names")


def _topics(record: Record) -> list[str]:
    match record:
        case ClaimRecord():
            return list(record.about or ())
        case SourceRelationRecord():
            return [topic for topic in (record.object, record.topic) if topic is not None]
    return []


def _check_replacement(record: CorrectionRecord, known: Known) -> None:
    ends = [known.first(name) for name in (record.target, record.replaced_by) if name is not None]
    sources = [end.record.id for end in ends if end is not None and isinstance(end.record, SourceRecord)]
    if len(set(sources)) > 1 and any(map(is_protected, sources)):
        raise RuleError("a protected source takes no other one's place, nor another one its", pointer="/replaced_by")


def _check_speaking(new: Logged, record: StatementRecord, known: Known) -> None:
    if record.anonymity == "named":
        raise RuleError("a protected source does not speak by its name", pointer="/anonymity")
    if record.joint_with:
        raise RuleError("a protected source speaks jointly with nobody", pointer="/joint_with")
    chain = known.chain(f"source:{record.speaker}")
    if chain and not (set(new.keys) & set(chain[0].keys) or known.names_of(new) & known.names_of(chain[0])):
        raise ForbiddenError("a protected source speaks through whoever recorded it alone", hint="make one of your own")
    for earlier in known.said_by(record.speaker):
        if not known.related(earlier.claim, record.claim):
            raise RuleError(
                "a protected source speaks in one story: on one claim, or on claims that relations join",
                pointer="/speaker",
                hint="`onrecord source add --protect` makes another one for another story",
            )
