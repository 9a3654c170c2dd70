"""A ledger full of contested claims, of which it is known who is right."""

from __future__ import annotations

from pathlib import Path

from tests.service.written import Written

GOOD = ("north", "south", "east", "west")
TRUE = 24
"""Claims that are so; as many are not."""


class Contested(Written):
    """Four outlets and a resident are right; a tabloid and its copy are wrong on every second claim, in the same way. The
    agency only relays the tabloid. Even claims are so; every third claim is quiet: nobody contests it."""

    def __init__(self, place: Path) -> None:
        super().__init__(place)
        for slug in (*GOOD, "tabloid", "copy"):
            self.source(slug)
        self.source("agency", type="news_agency")
        self.source("resident", type="person")
        self.happened = [self.claim(f"thing {number} happened") for number in range(2 * TRUE)]
        for number, claim in enumerate(self.happened):
            self._tell(number, claim)

    def _tell(self, number: int, claim: str) -> None:
        truth = "asserts" if number % 2 == 0 else "denies"
        wrong = ("denies" if truth == "asserts" else "asserts") if number % 3 else truth
        for slug in (*GOOD, "resident"):
            self.says(slug, truth, claim=claim, said_at=self.day(number))
        for slug in ("tabloid", "copy"):
            said = self.says(slug, wrong, claim=claim, said_at=self.day(number))
            if slug == "tabloid":
                self.through("agency", said, self.day(number))

    def day(self, number: int) -> str:
        return f"2024-{1 + number // 24:02}-{1 + number % 24:02}"
