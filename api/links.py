"""Where an answer leads: for each operation, which others take what it answers (OpenAPI links), and where it stands there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_Parameters = Mapping[str, str]
_ADDED = "$response.body#/0/record_id"
_NAMED = "$request.path.id"


def _to(operation: str, parameters: _Parameters | None = None, body: str | None = None) -> Mapping[str, Any]:
    given = {"parameters": dict(parameters)} if parameters else {}
    return {"operationId": operation} | given | ({"requestBody": body} if body else {})


LINKS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "add": {
        "record": _to("record", {"id": _ADDED}),
        "receipt": _to("receipt", {"id": _ADDED}),
        "affected": _to("affected_by_record", {"id": _ADDED}),
        "claim, if it is one": _to("claim", {"id": _ADDED}),
        "consistency": _to("consistency", {"old": "$response.body#/0/checkpoint/size"}),
    },
    "receipt": {
        "record": _to("record", {"id": "$response.body#/record_id"}),
        "consistency": _to("consistency", {"old": "$response.body#/checkpoint/size"}),
    },
    "claims": {"claim": _to("claim", {"id": "$response.body#/claims/0/id"})},
    "claim": {
        name: _to(name, {"id": _NAMED})
        for name in ("chain", "corroboration", "history", "copies", "export", "record", "receipt")
    },
    "chain": {"score": _to("corroboration", {"id": _NAMED})},
    "corroboration": {"proof": _to("receipt", {"id": _NAMED})},
    "sources": {"source": _to("source", {"slug": "$response.body#/sources/0/id"})},
    "export": {"check": _to("verify", body="$response.body")},
}


def with_links(operation: dict[str, Any]) -> None:
    """The operation says where its answer leads."""
    found = LINKS.get(operation["operationId"])
    if found:
        operation["responses"]["200"]["links"] = {name: dict(link) for name, link in found.items()}
