"""Search over synthetic claims in four scripts, on SQLite and PostgreSQL: p50 and p95 beside a floor, and what is found.

Each claim names a source in the claim's own script, with words drawn as words of a language are (few are common, many are
rare), and a figure. The records are signed as they are everywhere, and what is derived from them is what an append derives;
only the checks of an append and the scoring of each claim are left out. The floor is one read of an entry by its key, through
the same store, between every two questions: what else the machine does meanwhile slows both. How busy it is stands beside it.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import accumulate, islice
from pathlib import Path
from statistics import quantiles
from time import perf_counter, process_time

import psycopg

from ledger.client import entry_bytes
from ledger.core.evidence import Logged
from ledger.core.merkle import leaf_hash
from ledger.core.records import record_id
from ledger.keys import Signer, sign_record
from ledger.operations import ClaimQuery
from ledger.service.ledger import Ledger
from ledger.service.projecting import projection_of
from ledger.service.standing import METHOD, POLICY
from ledger.store.protocol import NewEntry, StandingProgress, StandingRow, StandingStep, Store, StoredCheckpoint
from schemas.records import Record
from tests import factory
from tests.backends import find_programs, fresh_database, throwaway_cluster

QUESTIONS = 200
KINDS = (
    "exact",
    "common words",
    "prefix",
    "phrase",
    "typo",
    "cross-script",
    "seen, other words",
    "seen, other script",
)
SOURCES = 200
SCRIPTS = {
    "en": ("abcdefghijklmnoprstuvw", "aeiou", 4),
    "ru": ("бвгджзклмнпрстфхц", "аеиоуы", 4),
    "ko": ("가나다라마바사아자차카타파하거너더러머버서어저처", "", 3),
    "zh": ("中国军队派兵战争和平政府总统部长会议声明谈判边境导弹无人机城市", "", 3),
}
_BATCH = 5_000


@dataclass(frozen=True)
class Made:
    """A claim as the questions need it."""

    id: str
    lang: str
    words: tuple[str, ...]
    source: int
    figure: str


class World:
    def __init__(self, claims: int) -> None:
        self.chance = random.Random(7)
        self.words = {lang: self._vocabulary(lang, 20_000 if lang in ("en", "ru") else 6_000) for lang in SCRIPTS}
        self.weights = {
            lang: list(accumulate(1 / (rank + 3) for rank in range(len(words)))) for lang, words in self.words.items()
        }
        self.names = [{lang: " ".join(self._word(lang).title() for _ in range(2)) for lang in SCRIPTS} for _ in range(SOURCES)]
        self.made: list[Made] = []
        self.claims = claims

    def _vocabulary(self, lang: str, size: int) -> list[str]:
        found: dict[str, None] = {}
        while len(found) < size:
            found[self._word(lang)] = None
        return list(found)

    def _word(self, lang: str) -> str:
        letters, vowels, most = SCRIPTS[lang]
        if not vowels:
            return "".join(self.chance.choice(letters) for _ in range(self.chance.randint(2, most)))
        return "".join(
            self.chance.choice(letters) + self.chance.choice(vowels) for _ in range(self.chance.randint(2, most + 1))
        )

    def records(self) -> Iterator[Record]:
        for number, names in enumerate(self.names):
            yield factory.source(f"source-{number}", names=names, qid=f"Q{number + 1000}")
        for number in range(self.claims):
            lang = list(SCRIPTS)[number % len(SCRIPTS)]
            words = tuple(self.chance.choices(self.words[lang], cum_weights=self.weights[lang], k=8))
            source, figure = self.chance.randrange(SOURCES), str(self.chance.randrange(10_000, 10_000_000))
            text = " ".join([self.names[source][lang], *words[:4], figure, *words[4:]])
            about = [f"Q{source + 1000}"] if number % 2 else None
            record = factory.record("claim", type="event", text={lang: text}, about=about)
            self.made.append(Made(record_id(record), lang, words, source, figure))
            yield record

    # Questions, each with the claim that it should find

    def ask(self, kind: str) -> tuple[str, Made]:
        one = self.chance.choice(self.made)
        other = self.chance.choice([lang for lang in SCRIPTS if lang != one.lang])
        rare = sorted(set(one.words), key=self.words[one.lang].index)[-2:]
        match kind:
            case "exact":
                return " ".join(rare), one
            case "common words":
                return " ".join(self.words[one.lang][:2]), one
            case "prefix":
                return " ".join(word[: max(2, len(word) - 2)] for word in rare), one
            case "phrase":
                return f'"{" ".join(one.words[:3])}"', one
            case "typo":
                alphabetic = next(made for made in self.chance.choices(self.made, k=999) if made.lang in ("en", "ru"))
                longest = sorted(set(alphabetic.words), key=len)[-2:]
                return " ".join(map(self._slip, longest)), alphabetic
            case "cross-script":
                return f"{self.names[one.source][other]} {one.figure}", one
            case "seen, other words":
                kept = self.chance.sample(one.words, 5)
                return " ".join([self._word(one.lang), *kept, self._word(one.lang), self.names[one.source][one.lang]]), one
            case "seen, other script":
                words = self.chance.choices(self.words[other], cum_weights=self.weights[other], k=8)
                return " ".join([*words[:4], self.names[one.source][other], one.figure, *words[4:]]), one
        raise AssertionError(kind)

    def _slip(self, word: str) -> str:
        place, letter = self.chance.randrange(1, len(word)), self.chance.choice(word)
        return self.chance.choice([word[:place] + word[place + 1 :], word[:place] + letter + word[place:]])


def fill(store: Store, world: World) -> None:
    """The log and everything derived from it, written past the checks of an append."""
    person, records = factory.signer("admin"), world.records()
    while batch := list(islice(records, _BATCH)):
        with store.writing() as writer:
            old = writer.checkpoint
            new = [_entry(old.size + place, record, person) for place, record in enumerate(batch)]
            head = StoredCheckpoint(old.seq + 1, old.size + len(new), bytes(32), old.time + 1, b"a benchmark\n")
            writer.append(new, [], [], head, old.time + 1)
    _stand(store, world)


def _entry(index: int, record: Record, person: Signer) -> NewEntry:
    submission = sign_record(record, person)
    entry = entry_bytes(submission.envelope)
    logged = Logged(index, record_id(record), record, (person.did,))
    projection = projection_of(logged, "admin", {}, first=True)
    return NewEntry(logged.id, record.kind, logged.keys, leaf_hash(entry), entry, projection)


def _stand(store: Store, world: World) -> None:
    """Where claims stand of which nobody has said anything."""
    with store.reading() as snapshot:
        newest, progress = snapshot.checkpoint, snapshot.standing.progress()
        places = snapshot.find([made.id for made in world.made])
    rows = [
        StandingRow(one[0], name, newest.size, POLICY, "no_reports", (), 0.5, 0.0, 0.0, "low", False, newest.size, None, None)
        for name, one in places.items()
    ]
    done = StandingProgress(0, METHOD, newest.size, newest.time, newest.size, newest.time, newest.size)
    store.advance_standing(progress.version, StandingStep(done, rows=rows, anew=True))


def measured(ask: Callable[[], object]) -> float:
    start = perf_counter()
    ask()
    return perf_counter() - start


def run(database: str, claims: int) -> None:
    ready = factory.ready(database)
    world = World(claims)
    seconds = measured(lambda: fill(ready.store, world))
    _settle(database)
    print(f"{claims} claims in {len(SCRIPTS)} scripts, derived in {seconds:.0f} s", flush=True)
    ask(ready.ledger, ready.store, world)
    ready.ledger.close()


def ask(ledger: Ledger, store: Store, world: World) -> None:
    """The table of figures. `cpu` is what this process itself works for one question: the database's work is not in it."""
    print(f"load average {_load()}")
    print(f"{'query':<20} {'p50':>9} {'p95':>9} {'floor p50':>10} {'p50/floor':>10} {'cpu':>9} {'recall@10':>10}", flush=True)
    for kind in KINDS:
        times, floor, worked, found = [], [], 0.0, 0
        for text, wanted in [world.ask(kind) for _ in range(QUESTIONS)]:
            floor.append(measured(lambda: _one_read(store, world)))
            start, working = perf_counter(), process_time()
            ids = _answer(ledger, kind, text)
            times.append(perf_counter() - start)
            worked += process_time() - working
            found += wanted.id in ids
        _row(kind, times, floor, worked / QUESTIONS, None if kind == "common words" else found / QUESTIONS)
    print(f"load average {_load()}", flush=True)


def _load() -> str:
    return f"{' '.join(f'{one:.1f}' for one in os.getloadavg())}, {os.cpu_count()} cores"


def _settle(database: str) -> None:
    """What PostgreSQL does by itself within a minute of such a load: it counts how often words occur."""
    if database.startswith("postgresql://"):
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")


def _one_read(store: Store, world: World) -> None:
    with store.reading() as snapshot:
        snapshot.find([world.chance.choice(world.made).id])


def _answer(ledger: Ledger, kind: str, text: str) -> list[str]:
    if kind.startswith("seen"):
        return [one.claim.id for one in ledger.seen(text).claims]
    return [one.id for one in ledger.claims(ClaimQuery(query=text, limit=10)).claims]


def _row(name: str, times: Sequence[float], floor: Sequence[float], cpu: float, recall: float | None) -> None:
    p50, p95, least = quantiles(times, n=20)[9], quantiles(times, n=20)[18], quantiles(floor, n=20)[9]
    shown = "" if recall is None else f"{recall:.3f}"
    figures = f"{p50 * 1e3:>6.1f} ms {p95 * 1e3:>6.1f} ms {least * 1e3:>7.1f} ms {p50 / least:>9.1f}x {cpu * 1e3:>6.1f} ms"
    print(f"{name:<20} {figures} {shown:>10}", flush=True)


@contextmanager
def databases() -> Iterator[list[tuple[str, str]]]:
    with ExitStack() as stack:
        found = [("SQLite", str(Path(stack.enter_context(tempfile.TemporaryDirectory())) / "ledger.db"))]
        programs = find_programs()
        if programs is not None:
            found.append(("PostgreSQL", stack.enter_context(fresh_database(stack.enter_context(throwaway_cluster(programs))))))
        yield found


if __name__ == "__main__":
    with databases() as places:
        for name, database in places:
            print(f"\n{name}", flush=True)
            run(database, int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
