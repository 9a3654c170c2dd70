"""Claims as Google's Fact Check Tools API gives them (v1alpha1, `claims:search`): its members, its spelling.

A member that nothing is known for is absent, as it is there.
"""

from __future__ import annotations

from pydantic import Field

from schemas.ids import Closed


class ReviewPublisher(Closed):
    name: str | None = None
    site: str | None = Field(None, description="host name without a scheme")


class ClaimReview(Closed):
    """One fact-checker's verdict on the claim. The ledger's own score is never among these."""

    publisher: ReviewPublisher
    url: str = Field(description="the fact-checker's article; where none is on record, the verdict's own record")
    title: str | None = None
    reviewDate: str | None = Field(None, description="a UTC time")
    textualRating: str
    languageCode: str | None = None


class FactCheckedClaim(Closed):
    """`claimant` and `claimDate` are those of the earliest origin that says so."""

    text: str
    claimant: str | None = None
    claimDate: str | None = Field(None, description="a UTC time; absent where the day is not known")
    claimReview: list[ClaimReview]


class FactCheckPage(Closed):
    claims: list[FactCheckedClaim]
    nextPageToken: str | None = Field(None, description="absent on the last page")
