"""What the record says of a source: its track record in counts, each of which names what it counts."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from schemas.ids import Closed, Digest

Counted = Literal[
    "as_origin",
    "as_relay",
    "credits",
    "credited",
    "shown",
    "withdrawn",
    "set_aside",
    "corrected",
    "only_origin",
    "changed_position",
    "supported_corroborated",
    "denied_contradicted",
    "denied_corroborated",
    "supported_contradicted",
    "undecided",
]
"""The counts of a track record that name records: statements, hops (of `credits` and `credited`), documents (of `shown`) or
claims (from `only_origin` on)."""


class TrackRecord(Closed):
    """Counts over the claims that a source spoke on, never one number. See docs/credibility.md for each."""

    claims: int = Field(
        description="claims that were looked at: the newest that it or a document of its own speaks on, at most 100"
    )
    complete: bool = Field(description="whether these are all of them")
    statements: int
    as_origin: int = Field(description="statements that it has from nobody else")
    as_relay: int = Field(description="statements that it has from others")
    credits: int = Field(description="hops by which it says whom it has it from")
    credited: int = Field(description="hops by which others say that they have it from this source")
    shown: int = Field(description="documents of its own that others show, without words of its own")
    withdrawn: int = Field(description="statements that it took back itself")
    set_aside: int = Field(description="statements that no longer count: withdrawn, forged, or resting on such")
    corrected: int = Field(description="statements that we had wrong and took back")
    only_origin: int = Field(description="claims on which it is the only established origin of its side")
    changed_position: int = Field(description="claims on which it now says the contrary of what it said, or walked it back")
    judged: int = Field(description="claims on which it took a stance, as an established origin, that the score can judge")
    supported_corroborated: int = Field(description="supported what others corroborate")
    denied_contradicted: int = Field(description="denied what others contradict")
    denied_corroborated: int = Field(description="denied what others corroborate")
    supported_contradicted: int = Field(description="supported what others contradict")
    undecided: int = Field(description="took a stance on what is neither corroborated nor contradicted without it")
    withheld: int = Field(description="statements and claims left out because they, or what they rest on, are withheld")
    named: dict[Counted, list[Digest]] = Field(description="the newest records behind each count, at most 20")
