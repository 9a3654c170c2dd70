"""Sources and claims as entities: looked up by id, and found by words through the lists that everybody sees."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from ledger.core.evidence import Logged
from ledger.core.force import corrected, heard_standing, in_force_of
from ledger.core.queries import shortened
from ledger.core.reconciling import Entity, host_of
from ledger.core.search import query_terms
from ledger.core.views import SEALED, Opened, best_name, claim_texts
from ledger.errors import AmbiguousError, FormatError, NotFoundError
from ledger.operations import ClaimQuery
from ledger.service.gathering import as_of, gather, gather_about, resolve
from ledger.service.listing import claims
from ledger.service.reading import Reading
from ledger.service.sources import near_slugs, sources
from ledger.service.views import named_sources, open_values_of
from ledger.service.withholding import refuse_withheld
from ledger.store.protocol import Snapshot
from schemas.records import ClaimRecord, SourceRecord

FOUND = 50
"""So many candidates are compared for one cell."""
_WORDS, _OF_A_WORD = 4, 20
_CLAIM = re.compile(r"(?:sha256:)?[0-9a-f]{8,64}")
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


class Entities:
    """What is on record in one state of the ledger. Nothing that is withheld or taken back is among it.

    `in_haste` says whether words are to be taken as they are: what looks like them costs many times as much to find.
    """

    def __init__(self, snapshot: Snapshot, in_haste: Callable[[], bool] = lambda: False) -> None:
        self._snapshot = snapshot
        self._in_haste = in_haste
        self.reading = Reading(snapshot)
        self.state = as_of(snapshot, None)
        self._sources: dict[str, Entity | None] = {}
        self._claims: dict[str, Entity | None] = {}

    def sources(self, slugs: Iterable[str]) -> list[Entity]:
        """Those of these sources that stand, in this order."""
        wanted = list(dict.fromkeys(slug for slug in slugs if _SLUG.fullmatch(slug)))
        if missing := [slug for slug in wanted if slug not in self._sources]:
            records = named_sources(self.reading, missing, self.state.size)
            opened = open_values_of(self.reading, (one.record for one in records))
            found = [source_entity(one.record, opened) for one in records if isinstance(one.record, SourceRecord)]
            self._sources |= dict.fromkeys(missing) | {one.id: one for one in found}
        return [one for slug in wanted if (one := self._sources[slug]) is not None]

    def claims(self, ids: Iterable[str]) -> list[Entity]:
        """Those of these claims that stand, in this order."""
        wanted = list(dict.fromkeys(one for one in ids if one.startswith("sha256:")))
        if missing := [one for one in wanted if one not in self._claims]:
            self._claims |= dict.fromkeys(missing) | {one.id: one for one in self._read_claims(missing)}
        return [entity for one in wanted if (entity := self._claims[one]) is not None]

    def _read_claims(self, ids: Sequence[str]) -> list[Entity]:
        own = [entry for entry in self.reading.records(ids) if isinstance(entry.record, ClaimRecord)]
        known = [entry.id for entry in own]
        added = self.reading.at(self._snapshot.hanging(known, "claim", "claim_text")) if known else []
        about = gather_about(self.reading, [*known, *(entry.id for entry in added)], self.state.size)
        out = corrected(about).keys() | self.reading.withheld([*known, *(entry.id for entry in added)]).keys()
        standing = [entry for entry in [*own, *added] if entry.id not in out]
        opened = open_values_of(self.reading, (entry.record for entry in standing))
        texts = claim_texts(standing, opened)
        return [claim_entity(entry, texts[entry.id]) for entry in own if entry.id not in out]

    def get(self, name: str) -> Entity:
        """The one of this id. NotFoundError if there is none, WithheldError if it is not to be shown."""
        if name.startswith("sha256:") or not _SLUG.fullmatch(name):
            claim_id = resolve(self._snapshot, name, ("claim",))
            refuse_withheld(self.reading, claim_id)
            found = self.claims([claim_id])
        else:
            found = self.sources([name])
            records = self.reading.of_subjects([f"source:{name}"])
            if not found and records:
                refuse_withheld(self.reading, self.reading.at(records[f"source:{name}"])[-1].id)
        if not found:
            raise NotFoundError(f"no source and no claim {name[:80]!r} is on record")
        return found[0]

    # Found by words

    def sources_like(self, text: str) -> list[str]:
        """Slugs of sources that have all these words; where none has, one of the longest; where none has, that look alike."""
        asked = host_of(text) or text.strip()
        found = self._listed_sources(asked, FOUND)
        if not found and not self._in_haste():
            found = [slug for word in longest_words(asked) for slug in self._listed_sources(word, _OF_A_WORD)]
        if not found and not self._in_haste():
            found = near_slugs(self._snapshot, asked)
        return list(dict.fromkeys([asked.lower(), *found]))

    def _listed_sources(self, text: str, limit: int) -> list[str]:
        if not query_terms(text):
            return []
        return [one.id for one in sources(self._snapshot, shortened(text), None, limit, exact=self._in_haste()).sources]

    def newest_sources(self, limit: int) -> list[str]:
        return [one.id for one in sources(self._snapshot, None, None, limit).sources]

    def claims_like(self, text: str, limit: int) -> list[str]:
        """Ids of claims that hold these words; where none holds all, of those that hold one of the longest."""
        found = self._claim_of_id(text.strip()) or self._listed_claims(text, limit)
        if not found and not self._in_haste():
            found = [one for word in longest_words(text) for one in self._listed_claims(word, _OF_A_WORD)]
        return list(dict.fromkeys(found))

    def _listed_claims(self, text: str, limit: int) -> list[str]:
        if not query_terms(text):
            return []
        query = ClaimQuery(query=shortened(text), limit=limit, exact=self._in_haste())
        return [one.id for one in claims(self._snapshot, query).claims]

    def newest_claims(self, limit: int) -> list[str]:
        return [one.id for one in claims(self._snapshot, ClaimQuery(limit=limit)).claims]

    def _claim_of_id(self, text: str) -> list[str]:
        if not _CLAIM.fullmatch(text):
            return []
        try:
            return [resolve(self._snapshot, text, ("claim",))]
        except (NotFoundError, AmbiguousError, FormatError):
            return []

    # More about one

    def gathered(self, claim: Entity) -> list[Logged]:
        """Everything that hangs together with the claim."""
        return gather(self.reading, [claim.id], self.state.size)

    def names_of(self, logged: Sequence[Logged]) -> Mapping[str, str]:
        """Display names of the sources among these records, by slug."""
        shown = [one for one in in_force_of(heard_standing(logged)) if isinstance(one.record, SourceRecord)]
        opened = open_values_of(self.reading, (one.record for one in shown))
        entities = [source_entity(one.record, opened) for one in shown if isinstance(one.record, SourceRecord)]
        return {one.id: one.name for one in entities}


def longest_words(text: str) -> list[str]:
    """The few words that say most, where not all can be asked for."""
    words = list(dict.fromkeys(word for word in text.split() if query_terms(word)))
    return sorted(words, key=len, reverse=True)[:_WORDS] if len(words) > 1 else []


def source_entity(record: SourceRecord, opened: Opened) -> Entity:
    names = {lang: name for lang, name in opened.texts(record.names).items() if name != SEALED}
    kind = record.type.replace("_", " ")
    return Entity(
        id=record.id,
        kind="Source",
        name=best_name(names, record.id),
        description=f"{kind}, {record.country}" if record.country else kind,
        names=(*dict.fromkeys(names.values()), record.id),
        values={
            "type": (record.type,),
            "country": (record.country,) if record.country else (),
            "qid": (record.qid,) if record.qid else (),
            "domain": record.domains or (),
            "name": tuple(dict.fromkeys(names.values())),
        },
    )


def claim_entity(entry: Logged, texts: Mapping[str, str]) -> Entity:
    record = entry.record
    assert isinstance(record, ClaimRecord)
    known = {lang: text for lang, text in texts.items() if text != SEALED}
    return Entity(
        id=entry.id,
        kind="Claim",
        name=best_name(known, SEALED),
        description=f"claim of type {record.type}" + (f", {record.event_time}" if record.event_time else ""),
        names=(*dict.fromkeys(known.values()), entry.id),
        values={
            "type": (record.type,),
            "lang": tuple(known),
            "event_date": (record.event_time,) if record.event_time else (),
            "text": tuple(dict.fromkeys(known.values())),
        },
    )
