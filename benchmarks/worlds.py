"""`python -m benchmarks.worlds COUNT FILE [--seed 7] [--enrol LEDGER]`: a world of signed records, one to a line.

The same seed gives the same bytes on every machine, and a smaller world is the beginning of a larger one, so 1,000 and
1,000,000 records are told by the same rules. Each line rests on lines before it, so any number of them can be imported. A
ledger takes them once the world's keys are enrolled there (`World.enrol`, or `--enrol`, which makes the ledger where there is
none).

What it is like: claims in eight languages, some in two; about five hops a claim, most with fewer and a few with hundreds;
chains of one to six hops that meet in the same statement; documents; quotes, of which one in twenty is sealed; sources of
which a few say much and most say little, some owned by others, half of them rated; figures, denials, relations of claims.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import count as counted
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.vocabulary import LANGUAGES, Language
from ledger.core.canonical import canonical_bytes, digest
from ledger.core.didkey import did_key_of
from ledger.core.dsse import sign_envelope
from ledger.core.records import read_record
from ledger.core.sealing import derive_salt, sealed_hash
from ledger.keys import Signer, find_signer, keys_place, sign_record
from ledger.wiring import create_ledger, open_ledger
from schemas.envelope import RECORD_TYPE

SEED = 7
SIGNERS = 3
_CLAIMS = 25
"""Claims of a block; a block is made by itself, so that blocks can be made side by side."""
_FIRST_SOURCES, _SOURCES = 60, 4
"""How many sources the first block brings, and each later one."""
_MOST_HOPS = 6
_MOST_ATTRIBUTIONS = 400
_SEALED = 0.05
_WORTH_A_PROCESS = 2_000

Json = dict[str, Any]


@dataclass(frozen=True)
class Made:
    """A record of the world: its id, its members, and the openings of what it seals."""

    id: str
    payload: bytes
    members: Json
    openings: Mapping[str, Json]


@dataclass(frozen=True)
class World:
    seed: int = SEED

    @cached_property
    def signers(self) -> list[Signer]:
        """Those who enter the records, each an enrolled contributor; a block is entered by one of them."""
        secrets = [hashlib.sha256(f"onrecord world {self.seed} {number}".encode()).digest() for number in range(SIGNERS)]
        keys = [Ed25519PrivateKey.from_private_bytes(secret) for secret in secrets]
        return [
            Signer(did_key_of(key), key, secret, f"desk-{number}")
            for number, (key, secret) in enumerate(zip(keys, secrets, strict=True), 1)
        ]

    def enrol(self, target: str, keys: Path | None = None) -> None:
        """The ledger takes this world's records from now on; it is made first where there is none."""
        place = keys_place(target, keys)
        if place is None or not place.exists():
            create_ledger(target, keys=keys)
        admin = find_signer(target, keys_dir=keys)
        ledger = open_ledger(target, keys=keys)
        try:
            origin = ledger.checkpoint().origin
            members = [
                {"kind": "key", "subject": one.subject, "public_key": one.did, "roles": ["contributor"], "action": "enroll"}
                for one in self.signers
            ]
            ledger.add([sign_record(read_record(one | {"ledger": origin}), admin) for one in members])
        finally:
            ledger.close()

    def made(self, count: int) -> Iterator[Made]:
        """The first `count` records, unsigned."""
        return islice((one for number in counted() for one in _Block(self, number).made), count)

    def lines(self, count: int, workers: int | None = None) -> Iterator[bytes]:
        """The first `count` records, signed, each a line as `onrecord import --format jsonl` reads it. Made side by side."""
        workers = workers or os.cpu_count() or 1
        if workers == 1 or count < _WORTH_A_PROCESS:
            yield from islice((line for number in counted() for line in _block_of_lines(self.seed, number)), count)
            return
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            yield from islice((line for block in self._blocks(pool, 4 * workers) for line in block), count)

    def _blocks(self, pool: Executor, ahead: int) -> Iterator[list[bytes]]:
        """In order, and never more than so many ahead of whoever takes them."""
        coming = deque(pool.submit(_block_of_lines, self.seed, number) for number in range(ahead))
        for number in counted():
            yield coming.popleft().result()
            coming.append(pool.submit(_block_of_lines, self.seed, number + ahead))

    def write(self, path: Path, count: int, workers: int | None = None) -> None:
        with path.open("wb") as file:
            file.writelines(self.lines(count, workers))


@cache
def _world(seed: int) -> World:
    return World(seed)


def _block_of_lines(seed: int, number: int) -> list[bytes]:
    world = _world(seed)
    signer = world.signers[number % SIGNERS]
    return [_line(one, signer) for one in _Block(world, number).made]


def _line(one: Made, signer: Signer) -> bytes:
    envelope = sign_envelope(one.payload, RECORD_TYPE, [signer.private_key])
    if not one.openings:
        return envelope + b"\n"
    return b'{"envelope":' + envelope + b',"openings":' + canonical_bytes(one.openings) + b"}\n"


def slug(number: int) -> str:
    """The id of the world's source of that number; the lower it is, the more it says."""
    return f"{_TYPES[number % len(_TYPES)].replace('_', '-')}-{number}"


_TYPES = ("outlet", "news_agency", "outlet", "government_body", "outlet", "person", "outlet", "organization")
_ACTS = ("asserts", "confirms", "claims", "announces", "alleges", "reports", "finds", "estimates")
_BASES = ("own_act", "witnessed", "document", "imagery", "analysis", "not_stated", "data", "intercept")
_MODES = ("cites", "cites", "quotes", "paraphrases", "republishes", "translates", "summarizes", "relays")
_SYLLABLES = ("ka", "ro", "vi", "len", "do", "ma", "ti", "shu", "bre", "zan", "no", "pol", "ske", "ya", "gor", "li")


class _Block:
    """25 claims and all that is said of them, and the sources that come with them."""

    def __init__(self, world: World, number: int) -> None:
        self.number = number
        self.chance = random.Random(f"onrecord world {world.seed} {number}")
        self.secret = world.signers[number % SIGNERS].seal_secret
        self.known = _FIRST_SOURCES + _SOURCES * number
        """How many sources are on record once this block's own are."""
        self.made: list[Made] = []
        self._ids: set[str] = set()
        self._add_sources()
        claims = [self._claim(place) for place in range(_CLAIMS)]
        for one in claims:
            self._talk(one)
        self._relate([one.id for one in claims])

    def _add(self, kind: str, openings: Mapping[str, Json] | None = None, **members: Any) -> Made:
        value = {"kind": kind, **{name: member for name, member in members.items() if member is not None}}
        payload = canonical_bytes(value)
        one = Made(digest(payload), payload, value, openings or {})
        if one.id not in self._ids:
            self._ids.add(one.id)
            self.made.append(one)
        return one

    # Sources

    def _add_sources(self) -> None:
        first = 0 if self.number == 0 else self.known - _SOURCES
        for number in range(first, self.known):
            self._source(number)
        for number in range(first, self.known):
            # Owned in small groups: what hangs together by ownership stays small, however large the world.
            if number % 4 and self.chance.random() < 0.4:
                relation = "owned_by" if _TYPES[number % len(_TYPES)] == "outlet" else "part_of"
                self._add("source_relation", subject=slug(number), relation=relation, object=slug(number - number % 4))
            if self.chance.random() < 0.5:
                rating: Json = {
                    "target": slug(number),
                    "scheme": "admiralty-reliability",
                    "value": self.chance.choice("AABBBC"),
                }
                self._add("assessment", **rating)

    def _source(self, number: int) -> None:
        kind = _TYPES[number % len(_TYPES)]
        language = LANGUAGES[number % len(LANGUAGES)]
        name = " ".join(self.chance.choice(language.nouns) for _ in range(2))
        names = {"en": f"{kind.replace('_', ' ').title()} {self._place(number, 0)}", language.code: f"{name} {number}"}
        self._add(
            "source",
            id=slug(number),
            type=kind,
            names=names,
            country=language.country,
            domains=[f"{slug(number)}.example"] if kind in ("outlet", "news_agency") else None,
            public_role="minister" if kind == "person" else None,
        )

    def _speaker(self) -> str:
        """A few say much, most say little."""
        return slug(int(self.known ** self.chance.random()) - 1)

    # Claims

    def _claim(self, place: int) -> Made:
        chance = self.chance
        language = chance.choice(LANGUAGES)
        kind = chance.choices(("event", "quantity", "position", "quote", "forecast"), (70, 18, 6, 4, 2))[0]
        name = self._place(self.number, place + 1)
        text = {language.code: self._sentence(language, name)}
        if chance.random() < 0.4:
            other = chance.choice(LANGUAGES)
            text.setdefault(other.code, self._sentence(other, name))
        quantity = {"hedge": "more_than", "low": chance.randrange(10, 20_000), "unit": "people"} if kind == "quantity" else None
        return self._add(
            "claim",
            text=text,
            type=kind,
            about=[f"Q{1000 + int(chance.paretovariate(0.8)) % 5_000}"] if chance.random() < 0.6 else None,
            event_time=self._day() if chance.random() < 0.7 else None,
            place=name if chance.random() < 0.5 else None,
            quantity=quantity,
        )

    def _sentence(self, language: Language, name: str) -> str:
        words = [self.chance.choice(language.nouns), self.chance.choice(language.verbs)]
        words += self.chance.choices(language.nouns, k=self.chance.randint(2, 6))
        return language.join([*words, name, str(self.chance.randrange(2, 900))])

    def _place(self, *numbers: int) -> str:
        """A name of its own for each place in the world."""
        digits = "".join(f"{number:x}." for number in numbers)
        return "".join(_SYLLABLES[int(digit, 16)] if digit != "." else "-" for digit in digits).strip("-").title()

    def _relate(self, claims: list[str]) -> None:
        for one, other in zip(claims[::4], claims[1::4], strict=False):
            relation = self.chance.choices(("entails", "equivalent", "contradicts"), (60, 20, 20))[0]
            self._add("claim_relation", subject=one, relation=relation, object=other)

    # What is said of a claim, and who has it from whom

    def _talk(self, claim: Made) -> None:
        # Five hops on average; half of the claims have three or fewer, and one in some thousands has more than a hundred.
        wanted = min(int(self.chance.lognormvariate(1.18, 1.0)), _MOST_ATTRIBUTIONS)
        talk = _Talk(self, claim)
        talk.begin()
        while talk.hops < wanted:
            talk.go_on()

    def _day(self) -> str:
        return f"{self.chance.randint(2019, 2025)}-{self.chance.randint(1, 12):02d}-{self.chance.randint(1, 28):02d}"


@dataclass
class _Talk:
    """The statements on one claim, and how many hops each is away from where its chain began."""

    block: _Block
    claim: Made
    said: list[tuple[str, int]] = field(default_factory=list)
    hops: int = 0

    def begin(self) -> None:
        """Somebody says it of their own."""
        chance = self.block.chance
        denies = chance.random() < 0.12
        interest = "against" if chance.random() < 0.06 else chance.choice(("for", "neutral", "unknown"))
        self._say(
            0,
            act="denies" if denies else chance.choice(_ACTS),
            polarity="-" if denies else "+",
            basis=chance.choice(_BASES),
            interest=interest,
            interest_reason="it admits what it had denied" if interest == "against" else None,
        )

    def go_on(self) -> None:
        """Somebody has it from a statement or a document that is there."""
        chance = self.block.chance
        if chance.random() < 0.18:
            self.begin()
        above, depth = chance.choice(self.said[-12:])
        if depth == _MOST_HOPS:
            above, depth = self.said[0]
        below = self._say(depth + 1, act="reports", polarity="+", basis="told", interest="unknown")
        if chance.random() < 0.06:
            above = self._document(self.block._speaker(), self.block._day(), chance.choice(LANGUAGES))
        ends: Json = {"from": below, "to": above}
        self.block._add(
            "attribution",
            mode=chance.choice(_MODES),
            standing=chance.choices(("explicit", "implied", "found_later"), (80, 15, 5))[0],
            credited_as=chance.choice(LANGUAGES).nouns[0] + " " + str(chance.randrange(100)) if chance.random() < 0.5 else None,
            relay_says="could_not_verify" if chance.random() < 0.05 else None,
            **ends,
        )
        self.hops += 1

    def _say(self, depth: int, **members: Any) -> str:
        chance, block = self.block.chance, self.block
        speaker, day = block._speaker(), block._day()
        language = chance.choice(LANGUAGES)
        document = self._document(speaker, day, language) if chance.random() < 0.55 else None
        quote, openings = self._quote(language) if document and chance.random() < 0.8 else (None, None)
        one = block._add(
            "statement",
            openings,
            claim=self.claim.id,
            speaker=speaker,
            certainty=chance.choice(("certain", "certain", "probable", "unstated")),
            said_at=day,
            document=document,
            quote=quote,
            **members,
        )
        self.said.append((one.id, depth))
        return one.id

    def _document(self, publisher: str, day: str, language: Language) -> str:
        chance = self.block.chance
        number = f"{self.block.number}-{len(self.block.made)}"
        return self.block._add(
            "document",
            url=f"https://{publisher}.example/{day.replace('-', '/')}/{number}",
            title=language.join(chance.choices(language.nouns, k=chance.randint(4, 9))),
            publisher=publisher,
            published_at=f"{day}T{chance.randrange(24):02d}:{chance.randrange(60):02d}:00Z",
            lang=language.code,
            sha256=digest(number.encode()) if chance.random() < 0.5 else None,
        ).id

    def _quote(self, language: Language) -> tuple[Json, Mapping[str, Json] | None]:
        chance = self.block.chance
        words = [
            chance.choice(language.nouns if chance.random() < 0.7 else language.verbs) for _ in range(chance.randint(6, 30))
        ]
        exact = language.join(words)
        if chance.random() >= _SEALED:
            return {"exact": exact, "lang": language.code}, None
        salt = derive_salt(self.block.secret, "quote.exact", exact)
        sealed = sealed_hash(salt, exact)
        return {"exact": {"sealed": sealed}, "lang": language.code}, {sealed: {"salt": salt.hex(), "value": exact}}


def kinds(made: Iterable[Made]) -> dict[str, int]:
    """How many records of each kind there are."""
    return Counter(one.members["kind"] for one in made)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.worlds", description="a world of signed records, one to a line")
    parser.add_argument("count", type=int)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--enrol", metavar="LEDGER", help="enrol the world's keys there; it is made where there is none")
    parser.add_argument("--keys", type=Path, help="the folder of that ledger's keys, if it is no file")
    chosen = parser.parse_args()
    world = World(chosen.seed)
    if chosen.enrol:
        world.enrol(chosen.enrol, chosen.keys)
    world.write(chosen.file, chosen.count)


if __name__ == "__main__":
    main()
