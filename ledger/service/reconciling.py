"""The reconciliation service: cells of a table matched with sources and claims, and columns fetched for those that were."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from time import monotonic
from urllib.parse import quote

from ledger.core.chain import chain_view
from ledger.core.factchecks import instant
from ledger.core.gist import Gist, gist
from ledger.core.previews import HEIGHT, WIDTH, flyout_html, preview_html
from ledger.core.reconciling import PROPERTIES, TYPES, Entity, chosen, fit, value_texts
from ledger.service.entities import FOUND, Entities
from ledger.service.sources import source
from ledger.service.standing import POLICY
from ledger.store.protocol import Snapshot
from schemas.reconciliation import (
    MAX_CANDIDATES,
    MAX_QUERIES,
    Candidate,
    EntityType,
    ExtensionAnswer,
    ExtensionColumn,
    ExtensionOffer,
    ExtensionQuery,
    Flyout,
    Manifest,
    Preview,
    PropertyGiven,
    PropertyReference,
    PropertySetting,
    ProposedProperties,
    ReconciliationQuery,
    ReconciliationResult,
    ServicePlace,
    SuggestedEntities,
    SuggestedEntity,
    SuggestedProperties,
    SuggestedTypes,
    SuggestPlaces,
    Template,
)

DEFAULT_LIMIT = 10
_OF_CLAIMS = 20
_WITHOUT_WORDS = 200
_NEAR = 60.0
_LONGEST = 1.0
_WIKIDATA = "https://wikidata.reconci.link/en/api"
_BARE = re.compile(r"[^\w]+")
Value = dict[str, str | float]


# What the service is


def manifest(origin: str, address: str, *, closed: bool) -> Manifest:
    """What it can do, and where. `closed`: reading needs a token."""

    def at(path: str, flyout: str | None = None) -> ServicePlace:
        return ServicePlace(service_url=address, service_path=f"/reconcile{path}", flyout_service_path=flyout)

    token = {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Bearer, and the ledger's read token"}
    return Manifest(
        versions=["0.2"],
        name=f"OnRecord ({origin})",
        identifierSpace=f"urn:onrecord:ledger:{quote(origin, safe='')}:",
        schemaSpace="urn:onrecord:schema:",
        documentation=f"{address}/openapi.json",
        defaultTypes=list(TYPES.values()),
        view=Template(url=f"{address}/reconcile/view?id={{{{id}}}}"),
        preview=Preview(url=f"{address}/reconcile/preview?id={{{{id}}}}", width=WIDTH, height=HEIGHT),
        suggest=SuggestPlaces(
            entity=at("/suggest/entity", "/reconcile/flyout/entity?id=${id}"),
            type=at("/suggest/type"),
            property=at("/suggest/property"),
        ),
        extend=ExtensionOffer(
            propose_properties=at("/properties"),
            property_settings=[
                PropertySetting(
                    name="limit", label="Limit", type="number", default=0, help_text="so many values at most; 0 for all"
                )
            ],
        ),
        batchSize=MAX_QUERIES,
        authentication=token if closed else None,
    )


# Matching


def reconcile(snapshot: Snapshot, batch: Mapping[str, ReconciliationQuery]) -> dict[str, ReconciliationResult]:
    """The candidates for each cell, each cell by itself. After a second of work cells are matched by their words as they are:
    a batch of slips and strange names would cost this server several, and the caller nothing."""
    end = monotonic() + _LONGEST
    entities = Entities(snapshot, in_haste=lambda: monotonic() > end)
    return {name: ReconciliationResult(result=_result(entities, query)) for name, query in batch.items()}


def _result(entities: Entities, query: ReconciliationQuery) -> list[Candidate]:
    given = list(query.properties or ())
    candidates: list[Entity] = []
    if "Source" in _types(query):
        candidates += entities.sources(_sources_for(entities, query.query, given))
    if "Claim" in _types(query):
        candidates += entities.claims(_claims_for(entities, query.query, given))
    limit = min(MAX_CANDIDATES, int(query.limit or DEFAULT_LIMIT))
    return chosen((fit(query.query, given, one) for one in candidates), limit)


def _types(query: ReconciliationQuery) -> set[EntityType]:
    """The types that are asked for, all where none is; of types that are not ours there is nothing."""
    asked = [query.type] if isinstance(query.type, str) else query.type
    return {name for name in TYPES if not asked or name in asked}


def _sources_for(entities: Entities, text: str | None, given: Sequence[PropertyGiven]) -> list[str]:
    identifying = [value for one in given if one.pid in ("qid", "domain") for value in value_texts(one)]
    found = [slug for words in [*([text] if text else []), *identifying] for slug in entities.sources_like(words)]
    return found if text is not None or not given else [*found, *entities.newest_sources(_WITHOUT_WORDS)]


def _claims_for(entities: Entities, text: str | None, given: Sequence[PropertyGiven]) -> list[str]:
    if text is not None:
        return entities.claims_like(text, _OF_CLAIMS)
    asks = any(PROPERTIES[one.pid].matched and "Claim" in PROPERTIES[one.pid].of for one in given if one.pid in PROPERTIES)
    return entities.newest_claims(FOUND) if asks else []


# Suggesting


def suggest_entities(
    snapshot: Snapshot, prefix: str, kind: str | None = None, skip: int = 0, limit: int = DEFAULT_LIMIT
) -> SuggestedEntities:
    """Sources and claims whose names begin so, or hold these words; sources first, the nearest first."""
    entities = Entities(snapshot)
    found: list[Entity] = []
    if kind != "Claim":
        near = [fit(prefix, (), one) for one in entities.sources(entities.sources_like(prefix))]
        near = [one for one in near if _begins(one.entity, prefix) or one.score >= _NEAR]
        found += [one.entity for one in sorted(near, key=lambda one: one.order)]
    if kind != "Source":
        found += [one for one in entities.claims(entities.claims_like(prefix, FOUND)) if _begins(one, prefix)]
    return SuggestedEntities(
        result=[
            SuggestedEntity(id=one.id, name=one.name, description=one.description, notable=[TYPES[one.kind]])
            for one in found[skip : skip + limit]
        ]
    )


def _begins(entity: Entity, prefix: str) -> bool:
    """Whether each word that was typed begins a word of one of its names; a name without blanks need only hold it."""
    typed = prefix.casefold().split()
    return any(_begun(typed, name.casefold()) for name in entity.names)


def _begun(typed: Sequence[str], name: str) -> bool:
    words = [name, *_BARE.split(name)]
    return all(any(word.startswith(part) for word in words) or (not part.isascii() and part in name) for part in typed)


def suggest_types(prefix: str, skip: int = 0, limit: int = DEFAULT_LIMIT) -> SuggestedTypes:
    found = [one for one in TYPES.values() if _says(prefix, one.id, one.name)]
    return SuggestedTypes(result=found[skip : skip + limit])


def suggest_properties(prefix: str, skip: int = 0, limit: int = DEFAULT_LIMIT) -> SuggestedProperties:
    """Properties that a query can give, and then those that can only be fetched."""
    ordered = sorted(PROPERTIES, key=lambda pid: not PROPERTIES[pid].matched)
    found = [_property(pid) for pid in ordered if _says(prefix, pid, PROPERTIES[pid].name)]
    return SuggestedProperties(result=found[skip : skip + limit])


def proposed_properties(kind: str | None, limit: int | None) -> ProposedProperties:
    """What can be fetched for entities of this type."""
    fetched = [_property(pid) for pid, one in PROPERTIES.items() if not kind or kind in one.of]
    return ProposedProperties(properties=fetched[: limit or None], type=kind, limit=limit)


def _property(pid: str) -> PropertyReference:
    one = PROPERTIES[pid]
    return PropertyReference(id=pid, name=one.name, description=f"{' and '.join(one.of)}: {one.description}")


def _says(prefix: str, id: str, name: str) -> bool:
    begun = prefix.strip().casefold()
    return id.casefold().startswith(begun) or any(
        word.startswith(begun) for word in [name.casefold(), *name.casefold().split()]
    )


# Showing one


def view_path(snapshot: Snapshot, name: str) -> str:
    """Where the ledger's own answer about it is."""
    return _path(Entities(snapshot).get(name))


def _path(entity: Entity) -> str:
    return f"/v1/{'sources' if entity.kind == 'Source' else 'claims'}/{entity.id}"


def preview(snapshot: Snapshot, name: str, address: str) -> str:
    """A small page about it."""
    entities = Entities(snapshot)
    one = entities.get(name)
    lines = [_stands(brief)] if one.kind == "Claim" and (brief := _gist(entities, one)) is not None else []
    return preview_html(one, lines, address + _path(one))


def _stands(brief: Gist) -> str:
    counts = f"{brief.n_for:g} for, {brief.n_against:g} against"
    return f"{brief.headline.replace('_', ' ')}; independent origins: {counts}"


def flyout(snapshot: Snapshot, name: str) -> Flyout:
    return Flyout(id=name, html=flyout_html(Entities(snapshot).get(name)))


# Fetching columns


def extend(snapshot: Snapshot, query: ExtensionQuery) -> ExtensionAnswer:
    """The values of these properties for these entities; none for what is not on record, or not shown."""
    entities = Entities(snapshot)
    known = {one.id: one for one in [*entities.sources(query.ids), *entities.claims(query.ids)]}
    columns = [one.id for one in query.properties]
    limits = {one.id: _limit(one.settings or {}) for one in query.properties}
    rows: dict[str, dict[str, list[Value]]] = {}
    for name in query.ids:
        fetched = _Fetched(snapshot, entities, known[name]) if name in known else None
        rows[name] = {pid: fetched.values(pid)[: limits[pid]] if fetched else [] for pid in columns}
    return ExtensionAnswer(meta=[_column(pid) for pid in dict.fromkeys(columns)], rows=rows)


def _limit(settings: Mapping[str, object]) -> int | None:
    text = str(settings.get("limit", ""))
    return int(text) or None if text.isascii() and text.isdecimal() and len(text) < 6 else None


def _column(pid: str) -> ExtensionColumn:
    return ExtensionColumn(
        id=pid,
        name=PROPERTIES[pid].name if pid in PROPERTIES else pid,
        type=TYPES["Source"] if pid == "claimant" else None,
        service=_WIKIDATA if pid == "qid" else None,
    )


class _Fetched:
    """The values of one entity; what costs something is worked out when it is first asked for."""

    def __init__(self, snapshot: Snapshot, entities: Entities, entity: Entity) -> None:
        self._snapshot, self._entities, self._entity = snapshot, entities, entity
        self._gist: Gist | None = None

    def values(self, pid: str) -> list[Value]:
        if pid not in PROPERTIES or self._entity.kind not in PROPERTIES[pid].of:
            return []
        dearer: Mapping[str, Callable[[], list[Value]]] = {
            "reliability": self._letter,
            "claimant": self._claimants,
            "headline": lambda: _texts([self._brief().headline]),
            "origins_for": lambda: [{"float": self._brief().n_for}],
            "origins_against": lambda: [{"float": self._brief().n_against}],
        }
        if pid in dearer:
            return dearer[pid]()
        held = self._entity.values.get(pid, ())
        if pid == "qid":
            return [{"id": qid, "name": self._entity.name} for qid in held]
        if pid == "event_date":
            return [{"date": day} if (day := instant(when)) else {"str": when} for when in held]
        return _texts(held)

    def _letter(self) -> list[Value]:
        letter = source(self._snapshot, self._entity.id).letter
        return _texts([letter] if letter else [])

    def _brief(self) -> Gist:
        if self._gist is None:
            self._gist = _gist(self._entities, self._entity)
        assert self._gist is not None, "it stands"
        return self._gist

    def _claimants(self) -> list[Value]:
        logged = self._entities.gathered(self._entity)
        view = chain_view(self._entity.id, logged, as_of=self._entities.state)
        saying = [node for node in view.nodes if node.root and node.stance == "supports" and not node.set_aside]
        names = self._entities.names_of(logged)
        slugs = dict.fromkeys(node.speaker for node in saying if node.speaker is not None)
        return [{"id": slug, "name": names.get(slug, slug)} for slug in slugs]


def _gist(entities: Entities, claim: Entity) -> Gist | None:
    return gist(claim.id, entities.gathered(claim), entities.state, POLICY)


def _texts(values: Iterable[str]) -> list[Value]:
    return [{"str": value} for value in values]
