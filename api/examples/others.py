"""Examples of what the clients of others get."""

from __future__ import annotations

from api.examples.facts import TEXT, Example

FACT_CHECKS: Example = {
    "claims": [
        {
            "text": TEXT["en"],
            "claimant": "North Korea",
            "claimDate": "2025-04-28T00:00:00Z",
            "claimReview": [
                {
                    "publisher": {"name": "Fact desk", "site": "factcheck.example"},
                    "url": "https://factcheck.example/troops",
                    "title": "Did North Korea send troops?",
                    "reviewDate": "2025-05-02T00:00:00Z",
                    "textualRating": "True",
                    "languageCode": "en",
                }
            ],
        }
    ],
    "nextPageToken": "W251bGwsIld6RXlMREV5TUYwIiwwLCI2ZjBkIl0",
}

_SOURCE = {"id": "Source", "name": "Source"}
_COUNTRY = {"id": "country", "name": "Country", "description": "Source: ISO 3166-1 alpha-2, as in KR"}
QUERIES = '{"q0": {"query": "연합뉴스", "type": "Source", "properties": [{"pid": "country", "v": "KR"}]}}'
EXTEND = '{"ids": ["yonhap"], "properties": [{"id": "country"}]}'
RECONCILED: Example = {
    "q0": {
        "result": [
            {
                "id": "yonhap",
                "name": "Yonhap News Agency",
                "description": "news agency, KR",
                "score": 100.0,
                "features": [{"id": "name", "value": 100.0}, {"id": "property_country", "value": True}],
                "match": True,
                "type": [_SOURCE],
            }
        ]
    }
}
SUGGESTED: Example = {
    "result": [
        {"id": "yonhap", "name": "Yonhap News Agency", "description": "news agency, KR", "notable": [_SOURCE]},
    ]
}
SUGGESTED_TYPES: Example = {"result": [_SOURCE]}
SUGGESTED_PROPERTIES: Example = {"result": [_COUNTRY]}
PROPOSED_PROPERTIES: Example = {"properties": [_COUNTRY], "type": "Source"}
FLYOUT: Example = {"id": "yonhap", "html": "<p><b>Yonhap News Agency</b></p><p>news agency, KR</p>"}
PREVIEW = "<!DOCTYPE html><html><head><title>Yonhap News Agency</title></head><body><h1>Yonhap News Agency</h1></body></html>"
