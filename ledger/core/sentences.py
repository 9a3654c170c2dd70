"""What a record did to a score, in one sentence that a fact-checker can read out."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.core.evidence import Logged
from ledger.core.force import Signers
from ledger.core.graph import Said, author_of
from ledger.core.hearing import Hearing
from schemas.history import Happening, NoLonger
from schemas.records import (
    AssessmentRecord,
    AttributionRecord,
    ClaimRelationRecord,
    CorrectionRecord,
    DocumentRecord,
    KeyRecord,
    SourceRecord,
    SourceRelationRecord,
    StatementRecord,
    WithholdRecord,
)

_DOES = {
    "questions": "questions it",
    "dismisses": "dismisses it",
    "declines_to_comment": "declines to comment",
    "did_not_respond": "does not respond",
    "withdraws": "takes back what it said",
    "corrects": "corrects itself",
    "warns": "warns of it",
}
_NOUNS = {
    "asserts": "assertion",
    "confirms": "confirmation",
    "denies": "denial",
    "claims": "claim",
    "estimates": "estimate",
    "alleges": "allegation",
    "announces": "announcement",
    "reports": "report",
    "finds": "finding",
    "warns": "warning",
}
_RELATIONS = {
    "speaks_for": "speaks for",
    "part_of": "is part of",
    "owned_by": "is owned by",
    "controlled_by": "is controlled by",
    "allied_with": "is allied with",
    "party_to": "is a party to",
    "member_of": "is a member of",
    "syndicates_from": "syndicates from",
}
_MANNERS: dict[Happening, str] = {
    "begins": ", from then on",
    "ends": ", no longer",
    "known": ", as became known then",
}


def act_on_it(act: str, polarity: str) -> str:
    """`confirms it`, `asserts the contrary`."""
    if act in _DOES:
        return _DOES[act]
    return f"{act} it" if polarity == "+" or act == "denies" else f"{act} the contrary"


class Narrator:
    """Sentences about the records of a claim, with the names that its sources have in the newest state that is asked about."""

    def __init__(self, hearing: Hearing, logged: Sequence[Logged]) -> None:
        self._graph = hearing.court.graph
        self._name = hearing.court.registry.name
        self._by_id = {entry.id: entry for entry in reversed(logged)}
        self._signers = Signers(logged)

    def signed_by(self, entry: Logged) -> list[str]:
        """The enrolled name of each key that signed the entry."""
        return self._signers.names(entry)

    def sentence(self, entry: Logged, happening: Happening) -> str:
        """What the record says happened, and in which way it took effect."""
        if happening == "published":
            told = dict.fromkeys(one.speaker for one in self._graph.statements.values() if one.document == entry.id)
            return f"{self._author(entry)} publishes what {' and '.join(map(self._name, told))} said"
        return self._says(entry, happening) + _MANNERS.get(happening, "")

    def no_longer(self, statement: str, said: str | None, reason: str) -> NoLonger:
        record = self._by_id[statement].record
        assert isinstance(record, StatementRecord)
        when = f" of {said}" if said else ""
        text = f"{self._what(statement)}{when} no longer counts: {reason}"
        return NoLonger(statement=statement, source=record.speaker, said=said, reason=reason, text=text)

    def _says(self, entry: Logged, happening: Happening) -> str:
        match entry.record:
            case StatementRecord() as record:
                return self._statement(entry.id, record, in_world=happening == "said")
            case AttributionRecord() as record:
                verb = "does not have it" if record.mode == "not_from" else "has it"
                return f"{self._who(record.from_)} {verb} from {self._who(record.to)}"
            case AssessmentRecord() as record:
                return self._assessment(entry, record)
            case SourceRelationRecord() as record:
                return f"{self._name(record.subject)} {_RELATIONS[record.relation]} {self._name(record.object)}"
            case ClaimRelationRecord() as record:
                return self._claim_relation(record)
            case CorrectionRecord() as record:
                return self._correction(record)
            case SourceRecord() as record:
                same = " and ".join(map(self._name, record.same_as or ()))
                return f"{self._name(record.id)} is described anew" + (f", as the same as {same}" if same else "")
            case WithholdRecord() as record:
                return f"{self._what(record.target)} is withheld"
            case KeyRecord(action="revoke") as record:
                since = f" as compromised since {record.compromise.since}" if record.compromise else ""
                return f"a key of {record.subject} is revoked{since}"
            case record:
                return f"a {record.kind.replace('_', ' ')} is put on record"

    def _statement(self, name: str, record: StatementRecord, *, in_world: bool) -> str:
        """In the world a relay carries; on the ledger the hop that says so is a record of its own, and comes later."""
        speaker, one = self._name(record.speaker), self._graph.statements.get(name)
        if record.withdraws:
            return f"{speaker} {'corrects' if record.act == 'corrects' else 'takes back'} {self._what(record.withdraws)}"
        carried = self._carried(name) if in_world and record.act not in ("confirms", "finds") else None
        if carried:
            return f"{speaker} carries what {carried} says"
        if one is not None and one.claim != self._graph.claim:
            return f"{speaker} {act_on_it(record.act, record.polarity).replace(' it', ' a related claim')}{_bearing(one)}"
        return f"{speaker} {act_on_it(record.act, record.polarity)}"

    def _carried(self, name: str) -> str | None:
        above = [hop.above for hop in self._graph.up.get(name, ())]
        return self._who(above[0]) if above else None

    def _assessment(self, entry: Logged, record: AssessmentRecord) -> str:
        assessor = self._name(record.by) if record.by else self._signers.name(entry)
        if record.scheme == "authenticity":
            return f"{assessor} judges {self._what(record.target)} {record.value}"
        return f"{assessor} rates {self._name(record.target)} {record.value}"

    def _claim_relation(self, record: ClaimRelationRecord) -> str:
        verb = {"entails": "entails", "contradicts": "contradicts", "equivalent": "is equivalent to"}[record.relation]
        here = self._graph.claim
        if here == record.subject:
            return f"this claim {verb} a related one"
        return f"a related claim {verb} {'this one' if here == record.object else 'another'}"

    def _correction(self, record: CorrectionRecord) -> str:
        target = self._what(record.target)
        if record.replaced_by is None:
            return f"{target} is taken back from the record"
        return f"{target} is replaced by {self._what(record.replaced_by)}"

    def _who(self, name: str) -> str:
        """The speaker of a statement, the author of a document."""
        entry = self._by_id.get(name)
        if entry is not None and isinstance(entry.record, StatementRecord):
            return self._name(entry.record.speaker)
        return f"a document of {self._author(entry)}" if entry is not None else "something not on record"

    def _author(self, entry: Logged) -> str:
        author = author_of(entry.record) if isinstance(entry.record, DocumentRecord) else None
        return self._name(author) if author else "an unknown author"

    def _what(self, name: str) -> str:
        """A record in a few words, as the object of a sentence."""
        entry = self._by_id.get(name)
        match entry.record if entry is not None else None:
            case StatementRecord() as record:
                return f"{_of(self._name(record.speaker))} {_NOUNS.get(record.act, 'statement')}"
            case AttributionRecord() as record:
                return f"the hop from {self._who(record.from_)} to {self._who(record.to)}"
            case AssessmentRecord() as record:
                return f"the rating of {self._name(record.target) if record.target[:7] != 'sha256:' else 'a document'}"
            case SourceRelationRecord() as record:
                return f"that {self._name(record.subject)} {_RELATIONS[record.relation]} {self._name(record.object)}"
            case DocumentRecord():
                return f"a document of {self._author(entry)}" if entry is not None else "a document"
            case CorrectionRecord() as record:
                return f"the correction of {self._what(record.target)}"
            case None:
                return "a record"
            case record:
                return f"a {record.kind.replace('_', ' ')}"


def _of(name: str) -> str:
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def _bearing(one: Said) -> str:
    if one.side is None:
        return ""
    return ", which supports this one" if one.side == "+" else ", which speaks against this one"
