"""`python -m benchmarks.corroborating`: how long one claim's report takes, and how that grows with its statements.

Synthetic claims over one registry of sources: chains of up to 6 hops from origins to outlets, owners, allies, ratings, several
reports of one origin. The records of a claim are what `service.gathering` would bring: its statements, documents and hops, the
sources named with all that relations connect to them, and their ratings.
"""

from __future__ import annotations

import gc
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median, quantiles
from time import process_time

from ledger.core.corroboration import corroborate
from ledger.core.evidence import Logged
from schemas.corroboration import AsOf, Report
from schemas.records import RECORD, Record

SOURCES = 5_000
STATEMENTS = 50
MAX_HOPS = 6
TOPIC = "some-war"
KEY = "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQXJPt4swbTQ2R"
NOW = "2026-01-01T00:00:00Z"
ORIGIN_TYPES = ("government_body", "organization", "armed_group", "person")
RELAY_TYPES = ("outlet", "outlet", "outlet", "outlet", "news_agency", "platform_account")
COUNTRIES = "US GB FR DE KR KP RU UA CN IN BR NG ZA TR PL JP IT ES MX EG".split()


def _id(number: int) -> str:
    return f"sha256:{number:064x}"


class Registry:
    """5,000 sources: a fifth can be origins, the others relay. Owners hold five outlets each; allies come in threes."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.count = 0
        self.around: dict[str, list[Logged]] = defaultdict(list)
        """Of each source, the records of the component that it hangs in."""
        desk = {"subject": "desk", "public_key": KEY, "roles": ["contributor"], "action": "enroll", "ledger": "t.example/b"}
        self.keys = [self._logged(kind="key", **desk)]
        self.origins = [f"origin-{number}" for number in range(SOURCES // 5)]
        self.relays = [f"relay-{number}" for number in range(SOURCES - SOURCES // 5)]
        for start in range(0, len(self.origins), 3):
            self._component(self.origins[start : start + 3], ORIGIN_TYPES, "allied_with", topic=TOPIC)
        for start in range(0, len(self.relays), 5):
            self._component(self.relays[start : start + 5], RELAY_TYPES, "owned_by")

    def _component(self, slugs: list[str], types: tuple[str, ...], relation: str, **more: str) -> None:
        found = []
        for slug in slugs:
            country = self.chance.choice(COUNTRIES)
            found.append(
                self._logged(kind="source", id=slug, type=self.chance.choice(types), names={"en": slug}, country=country)
            )
            if self.chance.random() < 0.8:
                found.append(
                    self._logged(
                        kind="assessment",
                        target=slug,
                        scheme="admiralty-reliability",
                        value=self.chance.choice("ABBCCD"),
                        rationale="a reason",
                    )
                )
        found += [
            self._logged(kind="source_relation", subject=slug, relation=relation, object=slugs[0], **more) for slug in slugs[1:]
        ]
        for slug in slugs:
            self.around[slug] = found

    def _logged(self, **members: object) -> Logged:
        record: Record = RECORD.validate_python(members)
        self.count += 1
        return Logged(self.count - 1, _id(self.count), record, (KEY,))


class Claim:
    """One claim with its records, in the order in which a desk would enter them."""

    def __init__(self, registry: Registry, number: int, statements: int) -> None:
        self.chance = random.Random(number)
        self.registry = registry
        self.logged: list[Logged] = list(registry.keys)
        self.number = number << 40
        self.index = registry.count
        self.id = self._add(kind="claim", text={"en": f"claim {number}"}, type="event", about=[TOPIC])
        self.sources: set[str] = set()
        left = statements
        while left > 0:
            left -= self._chain(min(left, self.chance.randint(1, MAX_HOPS + 1)))
        components = {id(records): records for slug in sorted(self.sources) for records in [registry.around[slug]]}
        known = [entry for records in components.values() for entry in records]
        self.logged = sorted([*known, *self.logged], key=lambda entry: entry.index)
        self.as_of = AsOf(size=self.index, root="00" * 32, time=NOW)

    def _chain(self, length: int) -> int:
        """An origin and the relays of its word, each with its document; the origins of a claim are few, so many repeat."""
        chance = self.chance
        act = chance.choice(["asserts", "confirms", "denies", "claims", "estimates"])
        day = f"2025-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
        origin = chance.choice(self.registry.origins[(self.number >> 40) % 900 :][:12])
        above = self._says(origin, act, said_at=day, interest=chance.choice(["neutral", "for", "unknown"]))
        for _ in range(length - 1):
            relay = chance.choice(self.registry.relays)
            polarity = "-" if act == "denies" else "+"
            below = self._says(relay, "reports", polarity=polarity, document=self._document(relay, day))
            self._add(kind="attribution", mode="cites", standing="explicit", **{"from": below, "to": above})
            above = below
        return length

    def _says(self, speaker: str, act: str, **more: str) -> str:
        self.sources.add(speaker)
        plain = {"certainty": "certain", "basis": "not_stated", "interest": "neutral"}
        members = {"polarity": "-" if act == "denies" else "+", **plain, **more}
        return self._add(kind="statement", claim=self.id, speaker=speaker, act=act, **members)

    def _document(self, publisher: str, day: str) -> str:
        url = f"https://{publisher}.example/{self.index}"
        return self._add(kind="document", url=url, publisher=publisher, published_at=day)

    def _add(self, **members: object) -> str:
        name = _id(self.number + self.index)
        self.logged.append(Logged(self.index, name, RECORD.validate_python(members), (KEY,)))
        self.index += 1
        return name

    def report(self) -> Report:
        return corroborate(self.id, self.logged, as_of=self.as_of)


@dataclass(frozen=True)
class Timed:
    """Milliseconds of the processor: a busy machine does not count. The floor reads the same records from JSON once."""

    report: float
    floor: float
    headline: str


def timed(registry: Registry, claims: int, statements: int) -> Iterator[Timed]:
    """One after another; making the records is not in them."""
    for number in range(claims):
        claim = Claim(registry, number + 1, statements)
        said = [entry.record.model_dump_json(by_alias=True, exclude_none=True) for entry in claim.logged]
        began = process_time()
        for text in said:
            RECORD.validate_json(text)
        read = process_time()
        report = claim.report()
        yield Timed((process_time() - read) * 1e3, (read - began) * 1e3, report.headline)


def main(arguments: list[str]) -> int:
    claims = int(arguments[0]) if arguments else 10_000
    registry = Registry(random.Random(1))
    gc.freeze()  # what the registry holds is not a report's to clean up
    found = list(timed(registry, claims, STATEMENTS))
    cuts = quantiles([one.report for one in found], n=100)
    floor = median(one.floor for one in found)
    print(f"{claims} claims of {STATEMENTS} statements, chains of up to {MAX_HOPS} hops, {SOURCES} sources")
    print(f"headlines: {', '.join(f'{name} {count}' for name, count in Counter(one.headline for one in found).most_common())}")
    print(f"a whole report takes p50 {cuts[49]:.2f} ms, p99 {cuts[98]:.2f} ms of the processor,")
    print(
        f"p50 {cuts[49] / floor:.1f} and p99 {cuts[98] / floor:.1f} times as long as reading its records once ({floor:.2f} ms)"
    )
    print(f"{'statements':>10} {'p50 ms':>8} {'us each':>8} {'floors':>8}")
    for statements in (25, 50, 100, 200, 400, 800, 1_600):
        some = list(timed(registry, max(5, 2_000 // statements), statements))
        middle, least = median(one.report for one in some), median(one.floor for one in some)
        print(f"{statements:>10} {middle:>8.2f} {middle * 1e3 / statements:>8.1f} {middle / least:>8.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
