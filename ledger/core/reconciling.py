"""How well an entity of the ledger fits a cell of a table: names and properties compared, and when one is clearly meant.

A score is 0 to 100. Names are compared in the spelling of `core.search`, each name that is on record in any language; nothing
is transliterated. What is given of properties can only confirm or lower what the name says, but for those that identify.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from rapidfuzz import fuzz

from ledger.core.search import runs
from schemas.dates import bounds
from schemas.ids import COUNTRIES
from schemas.reconciliation import Candidate, EntityType, EntityValue, Feature, PropertyGiven, PropertyValue, TypeReference
from schemas.vocabulary import ClaimType, SourceType

TYPES: Mapping[EntityType, TypeReference] = {
    "Source": TypeReference(id="Source", name="Source"),
    "Claim": TypeReference(id="Claim", name="Claim"),
}
IDENTIFYING = ("qid", "domain")
"""Whoever shares one of these is the same, whatever the name; whoever has another one is somebody else."""
LEAD = 5.0
"""So many points the best is ahead of the next, where it is clearly meant."""
_OTHER, _UNKNOWN, _ANOTHER = 25.0, 5.0, 50.0
_WEAKEST = 40.0
_HOST = re.compile(r"(?:https?://)?(?:www\.)?([a-z0-9.-]+\.[a-z][a-z0-9-]+)(?::[0-9]+)?(?:[/?#].*)?", re.IGNORECASE)
_QID = re.compile(r"(?:.*/)?(Q[1-9][0-9]{0,11})")


@dataclass(frozen=True)
class Entity:
    """A source or a claim as others see it. `names`: all by which it is known, its own id among them; `values` by property."""

    id: str
    kind: EntityType
    name: str
    description: str
    names: tuple[str, ...]
    values: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Fit:
    """How well one entity fits. `exact`: a name is the very one, or a property says that it is this one and no other."""

    entity: Entity
    score: float
    exact: bool
    features: tuple[Feature, ...]

    @property
    def order(self) -> tuple[float, str]:
        return -self.score, self.entity.id


def fit(query: str | None, given: Sequence[PropertyGiven], entity: Entity) -> Fit:
    """How well the entity fits these words and properties."""
    features: list[Feature] = []
    alike, exact = (0.0, False) if query is None else _alike(query, entity)
    if query is not None:
        features.append(Feature(id="name", value=round(alike, 2)))
    held = {one.pid: found for one in given if (found := _holds(entity, one)) is not None}
    features += [Feature(id=f"property_{pid}", value=agrees) for pid, agrees in held.items()]
    silent = [one.pid for one in given if one.pid not in held and one.pid in PROPERTIES and _readable(one)]
    identified = held.get("qid", False) or (held.get("domain", False) and bool(_own_domains(entity)))
    if identified:
        score = 100.0
    elif query is not None:
        score = alike
    else:
        # Without a name the properties are all there is: a country alone says little.
        score = 60.0 * sum(held.values()) / max(1, len(held) + len(silent))
    score -= sum(_ANOTHER if pid in IDENTIFYING else _OTHER for pid, agrees in held.items() if not agrees)
    score -= 0 if identified else _UNKNOWN * len(silent)
    return Fit(entity, max(0.0, min(100.0, score)), (exact or identified) and all(held.values()), tuple(features))


def chosen(fits: Iterable[Fit], limit: int) -> list[Candidate]:
    """The best, best first; the first is a match if it is exact and nothing else comes near."""
    ordered = sorted((one for one in fits if one.score >= _WEAKEST), key=lambda one: one.order)
    clear = bool(ordered) and ordered[0].exact and (len(ordered) == 1 or ordered[0].score - ordered[1].score >= LEAD)
    return [_candidate(one, match=clear and place == 0) for place, one in enumerate(ordered[:limit])]


def _candidate(fitting: Fit, *, match: bool) -> Candidate:
    one = fitting.entity
    return Candidate(
        id=one.id,
        name=one.name,
        description=one.description,
        score=round(fitting.score, 2),
        features=list(fitting.features),
        match=match,
        type=[TYPES[one.kind]],
    )


# Names


def _alike(query: str, entity: Entity) -> tuple[float, bool]:
    """How near the nearest name is, and whether it is the very one. The host of a link is one of the names of its source."""
    host = host_of(query)
    if (host is not None and host in _own_domains(entity)) or _is_id(query.strip(), entity):
        return 100.0, True
    asked = _plain(query)
    score = max((_nearness(asked, _plain(name)) for name in entity.names), default=0.0)
    return score, score == 100.0


def _own_domains(entity: Entity) -> Sequence[str]:
    """Domains that are the source's own: an account shares its with everybody else there."""
    return () if "platform_account" in entity.values.get("type", ()) else entity.values.get("domain", ())


def _is_id(text: str, entity: Entity) -> bool:
    digits = text.removeprefix("sha256:")
    return entity.kind == "Claim" and len(digits) >= 8 and entity.id.removeprefix("sha256:").startswith(digits)


def _plain(text: str) -> str:
    return " ".join(run for run, _ in runs(text))


def _nearness(asked: str, name: str) -> float:
    if not asked or not name:
        return 0.0
    if asked == name:
        return 100.0
    words = max(fuzz.ratio(asked, name), 0.97 * fuzz.token_sort_ratio(asked, name))
    return min(99.0, max(words, _part(set(asked.split()), set(name.split()), len(asked) / len(name))))


def _part(asked: set[str], name: set[str], ratio: float) -> float:
    """ "Kremlin" is all of what one says of "The Kremlin", and little of "Kremlin Wall Necropolis"."""
    if not (asked <= name or name <= asked):
        return 0.0
    return 80 + 15 * min(ratio, 1 / ratio)


# Properties


@dataclass(frozen=True)
class Property:
    """`matched`: can be given in a query; others can only be fetched."""

    name: str
    description: str
    of: tuple[EntityType, ...]
    matched: bool = False


PROPERTIES: Mapping[str, Property] = {
    "country": Property("Country", "ISO 3166-1 alpha-2, as in KR", ("Source",), True),
    "type": Property("Kind", "of a source, as in news_agency; of a claim, as in event", ("Source", "Claim"), True),
    "qid": Property("Wikidata item", "as in Q423", ("Source",), True),
    "domain": Property("Domain", "of its pages, as in yna.co.kr", ("Source",), True),
    "name": Property("Names", "in every language on record", ("Source",)),
    "reliability": Property("Reliability", "the letter A to F that scores use now; empty if nobody rated it", ("Source",)),
    "lang": Property("Language", "that the claim has a text in, as in ko", ("Claim",), True),
    "event_date": Property("Date of the event", "as in 2024-10 or 2024-10-30", ("Claim",), True),
    "text": Property("Texts", "in every language on record", ("Claim",)),
    "claimant": Property("Said by", "the origins on record, those who have it from nobody else here", ("Claim",)),
    "headline": Property("Where it stands", "the ledger's headline, as in contested", ("Claim",)),
    "origins_for": Property("Independent origins for", "how many say so by themselves", ("Claim",)),
    "origins_against": Property("Independent origins against", "how many deny it by themselves", ("Claim",)),
}


def host_of(text: str) -> str | None:
    """The host of a link or a bare domain, without `www.`; None for any other text."""
    found = _HOST.fullmatch(text.strip())
    return found[1].lower() if found else None


def value_texts(given: PropertyGiven) -> list[str]:
    values: Sequence[PropertyValue] = given.v if isinstance(given.v, list) else [given.v]
    return [one.id if isinstance(one, EntityValue) else str(one) for one in values]


def wanted_values(pid: str, given: PropertyGiven) -> list[str]:
    """The values in our spelling; those that cannot be one of this property are left out."""
    return [found for text in value_texts(given) if (found := _spelt(pid, text.strip())) is not None]


def _spelt(pid: str, text: str) -> str | None:
    match pid:
        case "country":
            return text.upper() if text.upper() in COUNTRIES else None
        case "type":
            kind = re.sub(r"[\s-]+", "_", text.lower())
            return kind if kind in (*get_args(SourceType), *get_args(ClaimType)) else None
        case "qid":
            found = _QID.fullmatch(text)
            return found[1] if found else None
        case "domain":
            return host_of(text)
        case "lang":
            return text.lower().partition("-")[0] or None
        case "event_date":
            return text if _is_date(text) else None
    return None


def _is_date(text: str) -> bool:
    try:
        bounds(text)
    except ValueError:
        return False
    return True


def _readable(given: PropertyGiven) -> bool:
    return bool(wanted_values(given.pid, given))


def _holds(entity: Entity, given: PropertyGiven) -> bool | None:
    """Whether the entity has one of these values; None where it, or the question, says nothing that could be compared."""
    wanted, own = wanted_values(given.pid, given), entity.values.get(given.pid, ())
    if not wanted or not own:
        return None
    if given.pid == "event_date":
        return any(_overlap(one, other) for one in own for other in wanted)
    spelt = {_spelt(given.pid, one) for one in own}
    return any(one in spelt for one in wanted)


def _overlap(one: str, other: str) -> bool:
    (first, last), (begins, ends) = bounds(one), bounds(other)
    return first <= ends and begins <= last
