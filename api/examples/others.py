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
