"""A story with all that a lawyer asks about: replies sought and got, a withdrawn report that an outlet still carries."""

from __future__ import annotations

from tests.api.newsroom import HOP, Newsroom, claim_record, said, source

KOREAN = "북한이 병력을 보낸 것으로 알려졌다"
GERMAN = "Nordkorea hat Truppen nach Russland geschickt."
RUSSIAN = "Это ложь, никаких солдат там нет."
HEBREW = "צפון קוריאה שלחה חיילים <b>לרוסיה</b>"
TRANSLATION = {"text": "That is a lie, there are no soldiers there.", "lang": "en", "by": "Anna Probe", "method": "human"}


def tell(room: Newsroom) -> str:
    """The claim's id, on a newsroom that is filled already."""
    room.add("nato", source("nato", "organization", names={"en": "NATO"}))
    concerns = [
        {"source": "russia", "role": "accused"},
        {"source": "ukraine", "role": "victim"},
        {"source": "nato", "role": "subject"},
    ]
    claim = room.add("told claim", {**claim_record("Soldiers of North Korea are in Russia"), "concerns": concerns})
    paper = {
        "kind": "document",
        "url": "https://outlet.example/soldiers",
        "title": "Soldaten",
        "publisher": "outlet",
        "published_at": "2025-04-29T06:00:00Z",
        "lang": "de",
        "sha256": "sha256:" + "5a" * 32,
        "media_type": "text/html",
        "retrieved_at": "2025-04-29T07:00:00Z",
        "archive_urls": ["https://archive.example/1"],
    }
    document = room.add("told document", paper)
    wire = room.add("told wire", said(claim, "yonhap", said_at="2025-04-28", quote={"exact": KOREAN, "lang": "ko"}))
    quote = {"exact": GERMAN, "lang": "de"}
    outlet = room.add("told outlet", said(claim, "outlet", document=document, certainty="unstated", quote=quote))
    room.add("told hop", {**HOP, "from": outlet, "to": wire})
    denial = said(
        claim,
        "russia",
        act="denies",
        polarity="-",
        basis="own_act",
        said_at="2025-04-29",
        document=document,
        quote={"exact": RUSSIAN, "lang": "ru", "translations": [TRANSLATION]},
    )
    denied = room.add("told denial", denial)
    back = said(claim, "russia", act="withdraws", basis="own_act", said_at="2025-05-20", withdraws=denied)
    room.add("told withdrawal", back)
    silence = said(claim, "ukraine", act="did_not_respond", reported_by=outlet, said_at="2025-04-29", basis="not_stated")
    room.add("told silence", silence)
    hebrew = {"exact": HEBREW, "lang": "he"}
    room.add("told dismissal", said(claim, "dprk", act="dismisses", said_at="2025-04-30", basis="own_act", quote=hebrew))
    gone = said(claim, "yonhap", act="withdraws", said_at="2025-05-02", basis="not_stated", withdraws=wire)
    room.add("told wire is withdrawn", gone)
    return claim
