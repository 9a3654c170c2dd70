"""A served ledger with something for every kind of page, and the list of those pages, to open or picture them all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.app import create_app
from ledger.cli.demonstrating import example_text
from ledger.cli.main import main
from ledger.core.records import read_record
from ledger.keys import Signer, find_signer, sign_record
from ledger.operations import NOW, ClaimQuery
from ledger.service import Ledger
from ledger.wiring import create_ledger, open_ledger
from tests.api.newsroom import HOP, Members, claim_record, id_of, said, source
from tests.api.serving import served

ORIGIN = "ledger.example/gallery"
TROOPS = "North Korea sent troops to fight for Russia in the war"
SHOWS: Mapping[str, str] = {
    "home": "what the ledger is, its size, what is new, contested and turned",
    "search": "claims that fit the words, and by what they may be narrowed",
    "search-nothing": "words that nothing on record has",
    "search-sentence": "a pasted sentence finds what may say the same",
    "search-source": "the name of a source",
    "sources": "every source on record",
    "claim": "a claim of the running example: the answer, the chains, the sum, what would change it",
    "claim-until": "the same claim as of 30 October 2024",
    "claim-without": "the same claim without one of its origins",
    "claim-long": "a claim with a chain of 60 statements",
    "card": "the card of that claim, as an article frames it",
    "pack": "a claim's legal pack, to be printed",
    "source": "a state: names, relations, ratings, track record, claims",
    "source-relay": "an agency, which is mostly a relay",
    "document": "a work, and what is said in it",
    "record": "a record: its canonical JSON, signature, index and proof",
    "log": "the log: checkpoint, witnesses, growth, how to audit it",
    "method": "every rule and parameter of the score",
    "about": "what the words mean",
    "corrections": "what was taken back or withheld",
    "verify": "checking a bundle in the browser",
    "error-404": "an address that leads nowhere",
    "error-451": "a claim that is withheld",
}
"""Each kind of page by a short name, and what there is to see on it."""
_MORE = 10
"""Relays besides each deep chain, per step: as many outlets as a large story has."""


@dataclass(frozen=True)
class Gallery:
    url: str
    place: str
    ledger: Ledger
    signer: Signer
    pages: dict[str, str]
    """The address of each kind of page within the ledger, by a short name."""

    def add(self, *records: Members) -> list[str]:
        return add(self.ledger, self.signer, *records)


def add(ledger: Ledger, signer: Signer, *records: Members) -> list[str]:
    """They are on record, all or none; their ids in order."""
    ledger.add([sign_record(read_record(one), signer) for one in records])
    return [id_of(one) for one in records]


@contextmanager
def gallery(place: Path) -> Iterator[Gallery]:
    """The running example, a claim with a chain of 60 statements, a record taken back, and a claim that is withheld."""
    target = str(place / "gallery.db")
    create_ledger(target, origin=ORIGIN, name="editor")
    (place / "example.yaml").write_text(example_text(), "utf-8")
    assert main(["import", str(place / "example.yaml"), "--ledger", target]) == 0
    ledger = open_ledger(target)
    assert isinstance(ledger, Ledger)
    signer = find_signer(target)
    try:
        pages = _pages(ledger, signer)
        ledger.catch_up()
        with served(create_app(ledger)) as url:
            yield Gallery(url, target, ledger, signer, pages)
    finally:
        ledger.close()


def _pages(ledger: Ledger, signer: Signer) -> dict[str, str]:
    claim = ledger.claims(ClaimQuery(query=f'"{TROOPS}"')).claims[0].id
    long = add(ledger, signer, *many_relays("A ferry was turned back at the border", 60, 12))[0]
    withheld = _set_right(ledger, signer)
    documents = [one.document for one in ledger.claim(claim, NOW).statements if one.document]
    return {
        "home": "/",
        "search": "/search?query=troops",
        "search-nothing": "/search?query=zzzzzzz",
        "search-sentence": "/search?query=Did+North+Korea+realy+send+soldiers+to+Russia%3F",
        "search-source": "/search?query=yonhap",
        "sources": "/sources",
        "claim": f"/claims/{claim}",
        "claim-until": f"/claims/{claim}?until=2024-10-30",
        "claim-without": f"/claims/{claim}?without=origin:dprk",
        "claim-long": f"/claims/{long}",
        "card": f"/embed/claims/{claim}",
        "pack": f"/claims/{claim}/pack",
        "source": "/sources/dprk",
        "source-relay": "/sources/yonhap",
        "document": f"/documents/{documents[0]}",
        "record": f"/records/{claim}",
        "log": "/log",
        "method": "/method",
        "about": "/about",
        "corrections": "/corrections",
        "verify": "/verify",
        "error-404": "/claims/00000000",
        "error-451": f"/claims/{withheld}",
    }


def _set_right(ledger: Ledger, signer: Signer) -> str:
    """One statement is taken back, and one claim withheld: the claim's id."""
    claim, other = add(
        ledger, signer, claim_record("The bridge was closed on Monday"), claim_record("A claim that an order hides")
    )
    (slip,) = add(ledger, signer, said(claim, "harbour-times", act="reports", said_at="2025-04-29"))
    why: dict[str, Any] = {"ledger": ORIGIN}
    add(ledger, signer, {"kind": "correction", "target": slip, "reason": "The date in the article was read wrongly.", **why})
    order = {
        "kind": "withhold",
        "target": other,
        "basis": "Interim order, case 12/2025",
        "authority": "A district court",
        **why,
    }
    add(ledger, signer, order)
    return other


def many_relays(text: str, nodes: int, depth: int, **more: Any) -> list[Members]:
    """A claim and everything that a chain of so many statements needs: a line of `depth`, the others from some step of it."""
    kinds = ("government_body", "news_agency", *["outlet"] * _MORE)
    claim = {**claim_record(text), **more}
    found: list[Members] = [claim]
    statements: list[str] = []
    for step in range(nodes):
        slug = f"relay-{nodes}-{step}"
        found.append({**source(slug, kinds[step % len(kinds)]), "names": {"en": f"Relay {step} of {nodes}"}})
        letter = {"kind": "assessment", "target": slug, "scheme": "admiralty-reliability", "value": "B"}
        found += [letter] if step < depth else []
        spoken: dict[str, Any] = {"said_at": f"2025-03-{step % 28 + 1:02}"}
        if step == 0:
            spoken |= {"act": "announces", "basis": "own_act"}
        else:
            work = {"kind": "document", "publisher": slug, "url": f"https://{slug}.example/story"}
            found.append({**work, "published_at": spoken["said_at"], "lang": "en"})
            spoken = {"document": id_of(found[-1])}
        statement = said(id_of(claim), slug, **spoken)
        found.append(statement)
        statements.append(id_of(statement))
        if step:
            above = statements[step - 1 if step < depth else step % depth]
            found.append({**HOP, "from": statements[step], "to": above})
    return found
