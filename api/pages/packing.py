"""A claim's legal pack: a page made to be printed. What is in it is `ledger.service.packing`'s."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from api.pages.answer import answer_of
from api.pages.claiming import may_show_numbers
from api.pages.language import Tongue
from api.pages.replies import aside, parties
from ledger.operations import Question
from schemas.corroboration import Hop
from schemas.lookups import StatementView
from schemas.pack import Pack, PackRecord

MOST = 400
"""Statements told one by one, and corrections, what was set aside, and what is withheld; what is past them is counted."""
MOST_RECORDS = 1_000
"""Whose signatures are listed: the bundle has them all."""
_ID = re.compile(r"[0-9a-f]{64}")
_PRINTABLE = re.compile(r"[A-Za-z0-9./:_-]{1,80}")


@dataclass(frozen=True)
class Exhibit:
    """A statement with its number in the pack, its record, the documents it stands in or rests on, and the hops from it."""

    number: int
    said: StatementView
    record: PackRecord
    documents: Sequence[PackRecord]
    hops: Sequence[tuple[Hop, PackRecord | None]]


def pack_page(pack: Pack, asked: Question, keys: Sequence[str], address: str, t: Tongue) -> dict[str, Any]:
    """Everything for the template. The bundle that it names is of the very state that it shows. Without an address of this
    server its paths are named, after the origin that they are to be asked of."""
    view, report, chain = pack.claim, pack.report, pack.chain
    question = replace(asked, as_of=asked.as_of or str(view.size))
    place = address or f"{pack.checkpoint.origin} "
    records = {one.id: one for one in pack.records}
    exhibits = _exhibits(pack, records)
    return {
        "pack": pack,
        "view": view,
        "report": report,
        "chain": chain,
        "asked": asked,
        "answer": answer_of(report, chain.names, t),
        "numbers": may_show_numbers(report, view),
        "parties": parties(view, report, chain),
        "aside": aside(view, report, chain),
        "exhibits": exhibits,
        "left_out": len(view.statements) - len(exhibits),
        "number_of": {one.said.id: one.number for one in exhibits},
        "corrections": [one for one in pack.records if one.kind == "correction"],
        "keys": keys,
        "sealed": [one for one in pack.records if one.sealed],
        "most": MOST,
        "most_records": MOST_RECORDS,
        "download": f"{place}/v1/claims/{view.id}/export?{_query(question)}",
        "address": place,
        "related": {one.id: one.text for one in view.related},
    }


def _exhibits(pack: Pack, records: Mapping[str, PackRecord]) -> list[Exhibit]:
    hops: dict[str, list[tuple[Hop, PackRecord | None]]] = {}
    for hop in pack.chain.hops:
        hops.setdefault(hop.from_, []).append((hop, records.get(hop.record_id) if hop.record_id else None))
    found = []
    for number, said in enumerate(pack.claim.statements[:MOST], 1):
        record = records[said.id]
        names = [said.document, *(record.record.get("evidence") or ())]
        documents = [records[name] for name in dict.fromkeys(names) if name is not None and name in records]
        found.append(Exhibit(number, said, record, documents, hops.get(said.id, ())))
    return found


def _query(question: Question) -> str:
    asked = [("format", "bundle"), ("until", question.until), ("as_of", question.as_of)]
    asked += [("clock", question.clock)] if question.clock != "said" else []
    return urlencode([(name, value) for name, value in [*asked, *(("without", one) for one in question.without)] if value])


def running(digits: str, origin: str, t: Tongue) -> str | None:
    """The style that puts claim and page number on every printed page. Margin boxes take no text from the page, so that the id
    has to be in a style of its own; None where these are not the 64 digits of an id."""
    if not _ID.fullmatch(digits):
        return None
    place = f"{origin} " if _PRINTABLE.fullmatch(origin) else ""
    return (
        f'@page {{ @bottom-left {{ content: "{place}claim sha256:{digits}"; }} '
        f'@bottom-right {{ content: "{t("pack.page")} " counter(page) " / " counter(pages); }} }}\n'
    )
