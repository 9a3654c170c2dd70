"""A claim about a private person, with evidence that would carry a number many times over."""

from __future__ import annotations

from ledger.core.records import read_record, record_id
from ledger.keys import seal, sign_record
from tests.api.newsroom import Members, Newsroom, claim_record, said, source

TEXT = "She took the money"
BODIES = ("court", "police", "press", "union")


def accused(room: Newsroom, *, slug: str = "mayor-x") -> str:
    """The id of a claim that a person without a public role is accused in, confirmed by four bodies rated A."""
    room.post(source(slug, "person")).raise_for_status()
    for body in BODIES:
        room.post(source(body, "government_body")).raise_for_status()
        room.post({"kind": "assessment", "target": body, "scheme": "admiralty-reliability", "value": "A"}).raise_for_status()
    claim = sealed(room, {**claim_record(TEXT), "concerns": [{"source": slug, "role": "accused"}]})
    for body in BODIES:
        room.post(said(claim, body, act="confirms", basis="own_act", said_at="2025-04-28")).raise_for_status()
    return claim


def sealed(room: Newsroom, members: Members) -> str:
    """The claim with its text sealed, as the ledger wants it of whoever is private."""
    hidden, opening = seal(room.signer, "text", str(members["text"]["en"]))
    record = read_record({**members, "text": {"en": {"sealed": hidden.sealed}}})
    room.ledger.add([sign_record(record, room.signer, {hidden.sealed: opening})])
    return record_id(record)
