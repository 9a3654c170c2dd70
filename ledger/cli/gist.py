"""A record in a few words, for a list of many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ledger.cli import output


def gists(records: Sequence[Mapping[str, Any]], ids: Sequence[str]) -> list[str]:
    """What each record is about. Where one names another of the list, that one is told by its speaker or title."""
    by_id = dict(zip(ids, records, strict=True))
    return [_gist(record, by_id) for record in records]


def _gist(record: Mapping[str, Any], by_id: Mapping[str, Mapping[str, Any]]) -> str:
    match record["kind"]:
        case "source":
            return f"{record['id']}: {output.text_of(record['names'])}"
        case "source_relation" | "claim_relation":
            ends = (_named(record[end], by_id) for end in ("subject", "object"))
            return f" {record['relation'].replace('_', ' ')} ".join(ends)
        case "claim":
            return output.text_of(record["text"])
        case "document":
            return ", ".join(str(record[name]) for name in ("publisher", "title", "url") if isinstance(record.get(name), str))
        case "statement":
            side = "" if record["polarity"] == "+" else " (against)"
            return f"{record['speaker']} {record['act'].replace('_', ' ')}{side}: {_named(record['claim'], by_id)}"
        case "attribution":
            return f"{_named(record['from'], by_id)} < {_named(record['to'], by_id)}, {record['mode']}"
        case "assessment":
            return f"{_named(record['target'], by_id)}: {record['value']}"
        case _:
            return str(record.get("reason") or record.get("subject") or "")


def _named(name: str, by_id: Mapping[str, Mapping[str, Any]]) -> str:
    """A source by its slug, a record of the list by what it says, any other by the beginning of its id."""
    record = by_id.get(name)
    if record is None:
        return output.short(name) if name.startswith("sha256:") else name
    return str(record["speaker"]) if record["kind"] == "statement" else output.cut(_gist(record, by_id), 40)
