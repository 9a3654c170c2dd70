"""The examples of docs/format.md, made by the code they describe. `python -m tests.format_examples` writes them into the page.

Keys come from fixed seeds and the clock stands still, so every run gives the same text. Only ML-DSA-44 signatures differ from
run to run; like all that is long they are cut, and `...` stands for the rest.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from ledger.cli.importing import commitment_digest
from ledger.core.bundles import statement_bytes
from ledger.core.canonical import canonical_bytes
from ledger.core.didkey import parse_did_key
from ledger.core.dsse import RECORD_TYPE, pae
from ledger.core.encoding import parse_base64
from ledger.core.evidence import Logged
from ledger.core.force import aliases, in_force, in_force_at
from ledger.core.merkle import leaf_hash, node_hash, root_of
from ledger.core.note import parse_note
from ledger.core.records import record_bytes, record_id
from ledger.core.revealing import print_reveal
from ledger.core.sealing import derive_salt, sealed_hash
from ledger.core.subjects import subject_of
from ledger.core.tiles import entries_path, pack_entries, tile_path
from ledger.core.trust import parse_trust
from ledger.core.verify import verify, verify_bundle
from ledger.core.verifying.beside import of_bundle
from ledger.core.vkey import print_vkey
from ledger.keys import sign_record
from ledger.operations import Question
from schemas import dates
from schemas.bundle import BundleStatement, IssuedStatement, Verification
from schemas.ids import Opening
from schemas.records import KINDS, Record
from schemas.score import ScoreStatement
from tests import factory

PAGE = Path(__file__).resolve().parent.parent / "docs" / "format.md"
MARKED = re.compile(r"<!-- example: (?P<name>[a-z0-9_-]+) -->\n```(?P<language>[a-z]*)\n(?P<text>.*?)```\n", re.DOTALL)
ADMIN = factory.signer("admin")
QUOTE = "our forces took part in the operations"
CLAIM = factory.claim({"en": "North Korea sent troops to fight for Russia"}, about=["ukraine-war"])
LATER = factory.claim({"en": "More than 10,000 North Korean soldiers were sent"}, type="quantity", quantity={
    "low": 10_000, "hedge": "more_than", "unit": "soldiers", "measure": "deployed",
})  # fmt: skip
DPRK = factory.source("dprk", type="government_body", names={"en": "North Korea", "ko": "조선민주주의인민공화국"}, country="KP")
AGENCY = factory.source("yonhap", names={"en": "Yonhap News Agency"}, country="KR", domains=["yna.co.kr"])
WORK = factory.document(
    "https://news.example/2025/04/28/1", publisher="dprk", published_at="2025-04-28", lang="ko",
    sha256="sha256:" + hashlib.sha256(b"the bytes that were seen").hexdigest(),
)  # fmt: skip
SEAL = sealed_hash(derive_salt(ADMIN.seal_secret, "quote.exact", QUOTE), QUOTE)
SAID = factory.statement(
    CLAIM, "dprk", act="confirms", basis="own_act", interest="against", interest_reason="it had denied it", document=WORK,
    quote={"exact": {"sealed": SEAL}},
)  # fmt: skip
RELAYED = factory.statement(CLAIM, "yonhap", basis="told", said_at="2025-04-28")
RATING = factory.assessment("dprk", "C", valid_from="2024-01")


@cache
def one_of_each() -> dict[str, Record]:
    """One record of each kind, by kind."""
    found = [
        DPRK,
        factory.relation("dprk-un-mission", "speaks_for", "dprk", valid_from="1991-09-17"),
        CLAIM,
        factory.claim_text(CLAIM, "de", "Nordkorea schickte Truppen, um für Russland zu kämpfen"),
        factory.claim_relation(LATER, "entails", CLAIM),
        WORK,
        SAID,
        factory.attribution(RELAYED, SAID, credited_as="according to KCNA"),
        RATING,
        factory.correction(RELAYED, "the wrong day", replaced_by=factory.statement(CLAIM, "yonhap", said_at="2025-04-27")),
        factory.withhold(RELAYED),
        factory.record("commitment", digest=commitment_digest([record_id(CLAIM), record_id(LATER)])),
        factory.key(ADMIN, ("contributor", "editor", "admin")),
    ]
    return {record.kind: record for record in found}


@contextmanager
def _ready() -> Iterator[factory.Ready]:
    with tempfile.TemporaryDirectory() as place:
        ready = factory.ready(str(Path(place) / "ledger.db"))
        try:
            yield ready
        finally:
            ready.ledger.close()


@cache
def exported() -> tuple[bytes, bytes, str, str, tuple[str, str], bytes]:
    """From a small ledger: its second entry, the claim's bundle, a receipt, a proof file, its log's keys, the claim's score."""
    opening = Opening(salt=derive_salt(ADMIN.seal_secret, "quote.exact", QUOTE).hex(), value=QUOTE)
    with _ready() as ready:
        ready.add(DPRK, CLAIM, WORK)
        ready.add(SAID, openings={SEAL: opening})
        ready.add(RATING)
        receipt = ready.ledger.receipt(record_id(CLAIM)).model_dump_json()
        entry = canonical_bytes(ready.ledger.record(record_id(CLAIM)).envelope.model_dump(mode="json"))
        bundle, score = (ready.ledger.export(record_id(CLAIM), kind, Question()) for kind in ("bundle", "score"))
        first, second = ready.keys.vkeys(ready.origin)
        vkeys = (print_vkey(first), print_vkey(second))
        return entry, bundle, receipt, ready.ledger.tlog_proof(record_id(CLAIM)), vkeys, score


@cache
def statement() -> BundleStatement:
    return BundleStatement.model_validate_json(parse_base64(json.loads(exported()[1])["payload"]))


# Short enough for a page


def _cut(text: str, keep: int) -> str:
    return text if len(text) <= keep + 3 else text[:keep] + "..."


def _brief(value: Any, keep: int = 24) -> Any:
    """The same JSON with long texts cut and of long lists the first item."""
    if isinstance(value, dict):
        return {name: _brief(member, keep) for name, member in value.items()}
    if isinstance(value, list):
        more = [f"... {len(value) - 1} more"] if len(value) > 1 else []
        return [_brief(item, keep) for item in value[:1]] + more
    return _cut(value, keep) if isinstance(value, str) and len(value) > 80 else value


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _note(text: str) -> str:
    """A note whose ML-DSA-44 line shows key id and time, which are fixed, and not the signature, which is not."""
    return "\n".join(line[: line.rindex(" ") + 17] + "..." if len(line) > 1_000 else line for line in text.split("\n"))


# The examples


def _dates() -> str:
    spellings = ("2024", "2024-10", "2024-10-30", "2024-10~", "2024-10/2025-04", "2024-10/..", "2025-04-28T06:00:00Z")
    rows = []
    for one in spellings:
        first, last = dates.bounds(one)
        end = "open" if last == dates.FUTURE else dates.time_of(last)
        rows.append(f"{one:<22}{dates.time_of(first)}  {end}")
    return "\n".join(rows)


def _did_key() -> str:
    return f"{parse_did_key(ADMIN.did).hex()}\n{ADMIN.did}"


def _subjects() -> str:
    kinds = ("source", "source_relation", "claim_relation", "assessment", "correction", "key")
    return "\n".join(str(subject_of(one_of_each()[kind], "admin")) for kind in kinds)


def _log(*records: Record) -> list[Logged]:
    return factory.logged(factory.key(ADMIN), *records, by=ADMIN)


def _standing(records: Mapping[str, Record]) -> str:
    """Which of these named records are in force."""
    stands = {entry.id for entry in in_force(_log(*records.values()))}
    return ", ".join(name for name, record in records.items() if record_id(record) in stands)


def _in_force() -> str:
    first = factory.assessment("yonhap", "B")
    second = factory.assessment("yonhap", "C", replaces=record_id(first))
    third = factory.assessment("yonhap", "B", replaces=record_id(second))
    chain = {"first (B)": first, "second (C)": second, "third (B)": third}
    wrong = {"correction of third": factory.correction(third, "a slip")}
    undone = {"correction of that": factory.correction(wrong["correction of third"], "it was right")}
    steps = [chain, chain | wrong, chain | wrong | undone]
    return "\n".join(f"on record: {', '.join(step)}\nin force:  {_standing(step)}" for step in steps)


def _validity() -> str:
    older = factory.assessment("yonhap", "B")
    newer = factory.assessment("yonhap", "C", valid_from="2025-01", replaces=record_id(older))
    ended = factory.assessment("yonhap", "C", valid_from="2025-01", valid_to="2025-06-30", replaces=record_id(older))
    rows = []
    for name, last in (("from 2025-01", newer), ("from 2025-01 to 2025-06-30", ended)):
        chain = _log(older, last)[:0:-1]
        for day in ("2024-12-31", "2025-03-01", "2025-09-01"):
            found = in_force_at(chain, dates.last_second(day))
            rows.append(f"B, then C {name}: on {day} {getattr(found.record, 'value', '') if found else 'nothing'}")
    return "\n".join(rows)


def _alias() -> str:
    wrong = factory.claim("North Korea send troops to Russia")
    found = aliases(_log(wrong, CLAIM, factory.correction(wrong, "the same claim", replaced_by=CLAIM)))
    return "\n".join(f"{one} -> {other}" for one, other in found.items())


def _sealed() -> str:
    salt = derive_salt(ADMIN.seal_secret, "quote.exact", QUOTE)
    opening = _pretty({SEAL: {"salt": salt.hex(), "value": QUOTE}})
    head = f"secret  {ADMIN.seal_secret.hex()}\nfield   quote.exact\nvalue   {QUOTE}"
    return f"{head}\nsalt    {salt.hex()}\nhash    {SEAL}\n{opening}"


def _erasure() -> str:
    order = factory.erasure(SAID, ADMIN)
    return f"{parse_base64(order.payload).decode()}\n{canonical_bytes(order.model_dump(mode='json')).decode()}"


def _reveal() -> str:
    opening = Opening(salt=derive_salt(ADMIN.seal_secret, "quote.exact", QUOTE).hex(), value=QUOTE)
    return print_reveal(sign_record(SAID, ADMIN).envelope, {SEAL: opening}, _proof()).decode()


def _canonical() -> str:
    data = record_bytes(CLAIM)
    return f"{data.decode()}\nbytes  {len(data)}\nid     {record_id(CLAIM)}"


def _pae() -> str:
    return pae(RECORD_TYPE, record_bytes(CLAIM)).decode()


def _envelope() -> str:
    return exported()[0].decode()


def _leaf() -> str:
    return f"entry  {len(exported()[0])} bytes\nleaf   {leaf_hash(exported()[0]).hex()}"


def _tree() -> str:
    leaves = [leaf_hash(letter.encode()) for letter in "abc"]
    pair = node_hash(leaves[0], leaves[1])
    names = [*zip(("leaf a", "leaf b", "leaf c"), leaves, strict=True), ("a + b", pair), ("root of 3", root_of(leaves))]
    assert node_hash(pair, leaves[2]) == root_of(leaves)
    return "\n".join(f"{name:<11}{one.hex()}" for name, one in names)


def _paths() -> str:
    rows = [
        ("hashes 0 to 255", tile_path(0, 0)),
        ("hashes 256 to 275, in a tree of 276", tile_path(0, 1, 20)),
        ("the root of the first full tile", tile_path(1, 0, 1)),
        ("tile 1,234,067 of level 0", tile_path(0, 1_234_067)),
        ("entries 0 to 255", entries_path(0)),
        ("entries 256 to 275", entries_path(1, 20)),
    ]
    return "\n".join(f"{name:<38}/{path}" for name, path in rows)


def _entry_bundle() -> str:
    packed = pack_entries([b"abc", b"de"])
    return f"entries  abc, de\nbytes    {packed.hex(' ')}"


def _keys() -> str:
    entry = record_bytes(factory.key(ADMIN, ("contributor", "editor", "admin"))).decode()
    issuer = factory.ledger_keys().issuer_did
    second = factory.record(
        "key", subject="issuer", public_key=issuer, roles=["issuer"], action="enroll", ledger=factory.ORIGIN
    )  # fmt: skip
    return f"0  {entry}\n1  {record_bytes(second).decode()}"


def _vkeys() -> str:
    first, second = exported()[4]
    return f"{first}\n{_cut(second, 50)}\n{factory.ledger_keys().issuer_did}"


def _checkpoint() -> str:
    return _note(statement().predicate.checkpoint).rstrip("\n")


def _timed() -> str:
    note = parse_note(statement().predicate.checkpoint.encode())
    moment = int.from_bytes(note.signatures[1].signature[:8], "big")
    return f"{note.signatures[1].signature[:8].hex()}  {moment}  {dates.time_of(moment)}"


def _receipt() -> str:
    value = json.loads(exported()[2])
    value["checkpoint"]["note"] = _cut(value["checkpoint"]["note"], 50)
    return _pretty(value)


def _proof() -> str:
    return _note(exported()[3]).rstrip("\n")


def _bundle() -> str:
    return _issued(statement())


def _score() -> str:
    return _issued(ScoreStatement.model_validate_json(parse_base64(json.loads(exported()[5])["payload"])))


def _issued(said: IssuedStatement) -> str:
    value = json.loads(statement_bytes(said))
    report = value["predicate"]["report"]
    value["predicate"]["report"] = {name: report[name] for name in ("as_of", "claim", "policy")} | {"...": "the other members"}
    value["predicate"]["checkpoint"] = _cut(value["predicate"]["checkpoint"], 50)
    return _pretty(_brief(value))


def _report() -> str:
    report = statement().predicate.report.model_dump(mode="json", by_alias=True)
    report["probability"] = round(report["probability"], 6)
    return _pretty({name: report[name] for name in ("claim", "as_of", "until", "clock", "policy", "probability", "headline")})


def _verification() -> str:
    return _steps(verify_bundle(exported()[1], parse_trust(exported()[4])))


def _score_verification() -> str:
    trust = parse_trust(exported()[4])
    return _steps(verify(exported()[5], trust, records=of_bundle(exported()[1], trust)))


def _steps(found: Verification) -> str:
    assert found.result == "ok"
    # Not of the first: how many digits a float has, and so the file's length, differs between mathematical libraries.
    said = ["" if step.name == "form" else f": {step.detail}" for step in found.steps]
    return "\n".join(
        f"{step.number:>2}  {step.result}  {step.name}{detail}" for step, detail in zip(found.steps, said, strict=True)
    )


def _record(kind: str) -> Callable[[], str]:
    return lambda: record_bytes(one_of_each()[kind]).decode()


EXAMPLES: Mapping[str, Callable[[], str]] = {
    "did-key": _did_key,
    "dates": _dates,
    "quantity": lambda: canonical_bytes(LATER.model_dump(mode="json", exclude_none=True)["quantity"]).decode(),
    **{kind: _record(kind) for kind in KINDS},
    "subjects": _subjects,
    "in-force": _in_force,
    "validity": _validity,
    "alias": _alias,
    "sealed": _sealed,
    "erasure": _erasure,
    "reveal": _reveal,
    "canonical": _canonical,
    "pae": _pae,
    "envelope": _envelope,
    "keys": _keys,
    "leaf": _leaf,
    "tree": _tree,
    "paths": _paths,
    "entry-bundle": _entry_bundle,
    "vkeys": _vkeys,
    "checkpoint": _checkpoint,
    "timed": _timed,
    "receipt": _receipt,
    "tlog-proof": _proof,
    "bundle": _bundle,
    "report": _report,
    "verification": _verification,
    "score": _score,
    "score-verification": _score_verification,
}


def written(page: str) -> str:
    """The page with every marked example as the code makes it today."""

    def block(found: re.Match[str]) -> str:
        name, language = found["name"], found["language"]
        return f"<!-- example: {name} -->\n```{language}\n{EXAMPLES[name]()}\n```\n"

    return MARKED.sub(block, page)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
