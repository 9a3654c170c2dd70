"""What one question asks of the database: little, and nothing that reads a table that grows with the ledger whole."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from ledger.operations import NOW, ClaimQuery
from ledger.service.gathering import gather
from ledger.service.reading import Reading
from ledger.service.ties import Ties
from ledger.store import asking
from schemas.reconciliation import ReconciliationQuery
from tests import factory
from tests.factory import Ready, id_of

MANY = 12
"""Of each kind of record that a question may meet: one question for each of them would show."""
MORE = 4
"""A question or two more is no matter; one for each of many is."""
GROWING = {
    "checkpoint",
    "checkpoint_note",
    "entry",
    "link",
    "opening",
    "record",
    "search",
    "spelling",
    "standing",
    "standing_due",
    "standing_label",
    "subject",
    "term_count",
    "tile",
}
CLAIM = factory.claim(about=["Q423"])
DOCUMENT = factory.record("document", url="https://news.example/1", publisher="outlet-1", published_at="2025-04-28")
STATEMENTS = [factory.statement(CLAIM, speaker=f"outlet-{number}", document=DOCUMENT, said_at=None) for number in range(MANY)]


@pytest.fixture
def made(database: str) -> Iterator[Ready]:
    """Everything that a question may lead to is there many times."""
    ready = factory.ready(database)
    ready.add(*(factory.source(f"outlet-{number}", names={"en": f"Outlet {number}"}) for number in range(MANY)))
    ready.add(CLAIM, DOCUMENT, *STATEMENTS)
    # Each step towards an origin may cost a question more, so there are few steps, and many that take each.
    ready.add(*(factory.attribution(one, STATEMENTS[0 if place % 2 else 1]) for place, one in enumerate(STATEMENTS[2:])))
    ready.add(factory.attribution(STATEMENTS[1], STATEMENTS[0]))
    ready.add(*(factory.assessment(f"outlet-{number}") for number in range(MANY)))
    others = [factory.claim(text={"en": f"Soldiers trained in camp {number}"}, about=["Q423"]) for number in range(MANY)]
    ready.add(*others, *(factory.statement(one, speaker="outlet-1", said_at="2025-04-28") for one in others))
    ready.add(*(factory.correction(one, ledger=ready.origin) for one in others[: MANY // 2]))
    ready.ledger.catch_up()
    yield ready
    ready.ledger.close()


@dataclass
class Asked:
    """The questions that were put to a database while one was at it, each with what was filled in."""

    statements: list[tuple[str, Any]] = field(default_factory=list)
    engine: Engine | None = None
    thread: int = field(default_factory=threading.get_ident)

    def note(self, connection: Connection, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if threading.get_ident() != self.thread:
            return  # another ledger in this process, which works behind its log
        self.engine = connection.engine
        if statement.startswith("SELECT"):
            self.statements.append((statement, parameters))

    def during(self, ask: Callable[[], object]) -> None:
        """Both kinds: those that SQLAlchemy puts, and those that are put to the driver itself."""
        direct = asking.asked

        def noted(own: Any, driver: asking.Driver, words: str, values: Sequence[Any] = ()) -> list[Any]:
            if threading.get_ident() == self.thread:
                self.statements.append((words.strip(), tuple(values)))
            return direct(own, driver, words, values)

        event.listen(Engine, "before_cursor_execute", self.note)
        asking.asked = noted
        try:
            ask()
        finally:
            asking.asked = direct
            event.remove(Engine, "before_cursor_execute", self.note)

    def scans(self) -> list[str]:
        """What is read from end to end, and by which question."""
        assert self.engine is not None
        look = _scans_on_sqlite if self.engine.dialect.name == "sqlite" else _scans_on_postgresql
        with self.engine.connect() as connection:
            return [
                f"{table}: {statement}"
                for statement, parameters in self.statements
                for table in look(connection, statement, parameters)
                if table in GROWING and not re.search(r"\bLIMIT\b", statement)
            ]


def _scans_on_sqlite(connection: Connection, statement: str, parameters: Any) -> list[str]:
    rows = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters).all()
    details = [row[3] for row in rows]
    # A full-text table that is asked for words is `SCAN search VIRTUAL TABLE INDEX 0:M3`.
    return [detail.split()[1] for detail in details if detail.startswith("SCAN ") and not re.search(r"INDEX \d+:.*M", detail)]


def _scans_on_postgresql(connection: Connection, statement: str, parameters: Any) -> list[str]:
    (plan,) = connection.exec_driver_sql("EXPLAIN (FORMAT JSON) " + statement, parameters).scalar_one()
    return [node["Relation Name"] for node in _nodes(plan["Plan"]) if "Relation Name" in node and _reads_all(node)]


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for part in node.get("Plans", ()):
        yield from _nodes(part)


def _reads_all(node: dict[str, Any]) -> bool:
    """Without a condition on an index; of a bitmap it stands in the scans of the indexes that it is made of."""
    if node["Node Type"] == "Bitmap Heap Scan":
        return any("Index Cond" not in part for part in _nodes(node) if part["Node Type"] == "Bitmap Index Scan")
    return "Index Cond" not in node


QUESTIONS: dict[str, tuple[int, Callable[[Ready], object]]] = {
    "claim": (21, lambda made: made.ledger.claim(id_of(CLAIM), NOW)),
    "chain": (29, lambda made: made.ledger.chain(id_of(CLAIM), NOW)),
    "score": (29, lambda made: made.ledger.corroboration(id_of(CLAIM), NOW)),
    "history": (41, lambda made: made.ledger.history(id_of(CLAIM), NOW)),
    "source": (40, lambda made: made.ledger.source("outlet-1")),
    "document": (23, lambda made: made.ledger.document(id_of(DOCUMENT))),
    "record": (10, lambda made: made.ledger.record(id_of(CLAIM))),
    "receipt": (5, lambda made: made.ledger.receipt(id_of(CLAIM))),
    "tile": (3, lambda made: made.ledger.tile("tile/0/000.p/2")),
    "state": (1, lambda made: made.ledger.state()),
    "receipt at once": (2, lambda made: made.ledger.receipts_under(made.ledger.state(), [id_of(CLAIM)])),
    "checkpoint": (2, lambda made: made.ledger.checkpoint()),
    "list of claims": (13, lambda made: made.ledger.claims(ClaimQuery())),
    "list of sources": (17, lambda made: made.ledger.sources()),
    "search": (20, lambda made: made.ledger.claims(ClaimQuery(query="soldiers camp"))),
    "search with slips": (21, lambda made: made.ledger.claims(ClaimQuery(query="solderis trianed"))),
    "seen": (18, lambda made: made.ledger.seen("Soldiers of Outlet 1 have trained in camp 3")),
    "reconcile": (31, lambda made: made.ledger.reconcile({"q": ReconciliationQuery(query="Outlet 1", type="Source")})),
    "feed": (51, lambda made: made.ledger.feed(ClaimQuery())),
    "feed of a claim": (69, lambda made: made.ledger.claim_feed(id_of(CLAIM))),
    "feed of a source": (29, lambda made: made.ledger.source_feed("outlet-1")),
    "corrections": (14, lambda made: made.ledger.corrections()),
    "affected": (34, lambda made: made.ledger.affected(id_of(STATEMENTS[-1]))),
    "in force": (10, lambda made: made.ledger.in_force(["source:outlet-1"])),
}


def test_every_question_reads_by_an_index_and_asks_little(made: Ready) -> None:
    """One ledger for all of them. What is found is told together: which reads everything, which asks too often."""
    scans: dict[str, list[str]] = {}
    counts: dict[str, int] = {}
    for name, (_, ask) in QUESTIONS.items():
        asked = Asked(engine=made.store._backend.engine)  # type: ignore[attr-defined]
        asked.during(lambda ask=ask: ask(made))  # type: ignore[misc]  # mypy does not infer a lambda's default
        assert asked.statements, f"{name} asked nothing"
        counts[name] = len(asked.statements)
        if found := asked.scans():
            scans[name] = found
    assert scans == {}
    assert {name: count for name, count in counts.items() if count > QUESTIONS[name][0] + MORE} == {}


def test_what_came_since_the_last_question_is_read_by_its_index(made: Ready) -> None:
    """What is kept of sources is brought to the newest state: the new entries are read, and nothing else for that."""
    ties = Ties()

    def ask() -> None:
        with made.store.reading() as snapshot:
            gather(Reading(snapshot, ties), [id_of(CLAIM)], snapshot.checkpoint.size)

    ask()
    made.add(factory.source("newcomer"), factory.relation("outlet-1", "owned_by", "newcomer"))
    asked = Asked(engine=made.store._backend.engine)  # type: ignore[attr-defined]
    asked.during(ask)
    assert any(re.search(r'WHERE entry\."?index"? >=', statement) for statement, _ in asked.statements)
    assert asked.scans() == []


def test_a_scan_would_be_seen(made: Ready) -> None:
    """The test above can fail: a question that reads every opening is told."""
    asked = Asked(engine=made.store._backend.engine)  # type: ignore[attr-defined]

    def reads_everything() -> None:
        with made.store.reading() as snapshot:
            snapshot.saying(["anything"])
            assert [*snapshot.all_links(), *snapshot.all_subjects()]

    asked.during(reads_everything)
    assert {found.split(":")[0] for found in asked.scans()} == {"link", "opening", "subject"}
