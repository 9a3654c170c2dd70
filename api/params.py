"""Names and questions in paths and queries, held to their spelling and length before the ledger sees them."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from fastapi import Path, Query, Request
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints, WithJsonSchema

from ledger.core import tiles
from ledger.errors import FormatError, NotFoundError
from ledger.operations import CLAIMS_AFFECTED, MOST_SHOWN, ClaimQuery, Question
from ledger.service.factchecks import DEFAULT_SIZE, MOST, MOST_SKIPPED, FactCheckQuery
from schemas import dates
from schemas.corroboration import Clock, Headline, Label, Stance
from schemas.exports import EXPORT_FORMATS
from schemas.history import By
from schemas.ids import Closed, When

MAX_LIMIT = 200
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,17}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_EXAMPLE_ID = "sha256:" + "5f0e" * 16
_EXAMPLE_KEY = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"


def _decimal(value: Any) -> Any:
    # int() alone also takes "1_000", " 5 ", "+7" and "007".
    if isinstance(value, str) and not _DECIMAL.fullmatch(value):
        raise ValueError("is not a plain decimal number")
    return value


def _printable(value: str) -> str:
    if found := _CONTROL.search(value):
        raise ValueError(f"holds the control character U+{ord(found.group()):04X}")
    return value


def _moment(value: str) -> str:
    if not _DECIMAL.fullmatch(value):
        try:
            dates.bounds(value)
        except ValueError:
            raise ValueError(f"{value!r} is neither a tree size nor a day or time like 2025-04-28T06:00:00Z") from None
    return value


Plain = AfterValidator(_printable)
Words = Annotated[str, StringConstraints(min_length=1, max_length=300), Plain]
ShortName = Annotated[str, StringConstraints(min_length=1, max_length=100), Plain]
Cursor = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[\x21-\x7e]+$")]
Limit = Annotated[int, BeforeValidator(_decimal), Field(ge=1, le=MAX_LIMIT)]
Int32 = Annotated[int, BeforeValidator(_decimal), Field(ge=0, lt=2**31)]
NotRead = Annotated[str | None, StringConstraints(max_length=1_000), Field(description="taken for Google's clients, not read")]
TreeSize = Annotated[int, BeforeValidator(_decimal), Field(ge=0, lt=10**18)]
Moment = Annotated[str, StringConstraints(max_length=25), AfterValidator(_moment)]
Left = Annotated[
    str, StringConstraints(pattern=r"^(?:(?:source|owner|country|origin):[A-Za-z0-9-]{1,64}|signer:[A-Za-z0-9:-]{1,80})$")
]

_FORMATS = "; ".join(f"`{one.name}`: {one.says}" for one in EXPORT_FORMATS.values())


# What is no format is refused by the ledger itself, so that it is the same refusal from near and from afar.
ExportName = Annotated[ShortName, WithJsonSchema({"type": "string", "enum": [*EXPORT_FORMATS]})]

Id = Annotated[
    str,
    Path(
        min_length=1,
        max_length=80,
        description="a record id, or a unique prefix of 8 hex digits or more",
        examples=[_EXAMPLE_ID],
    ),
    Plain,
]
SourceId = Annotated[str, Path(min_length=1, max_length=64, description="a source's slug", examples=["yonhap"]), Plain]
AnyName = Annotated[
    str, Path(min_length=1, max_length=80, description="a record id or prefix, or a source's slug", examples=["yonhap"]), Plain
]
FeedKind = Annotated[Literal["atom", "json"], Path(description="`atom`, or `json` for JSON Feed", examples=["atom"])]
Key = Annotated[
    str, Path(max_length=80, pattern="^did:key:z[1-9A-HJ-NP-Za-km-z]+$", description="a did:key", examples=[_EXAMPLE_KEY])
]
Version = Annotated[str, Path(min_length=1, max_length=40, description="a policy's version", examples=["olo-1"]), Plain]


class Dated(Closed):
    """Two clocks. A parameter that is not listed is refused: a misspelt date would be silently ignored else."""

    until: When | None = Field(None, description="what had been said in the world by this date (EDTF)", examples=["2024-10-30"])
    clock: Clock = Field("said", description="`said`: when something was said; `public`: when it was published")
    as_of: Moment | None = Field(
        None,
        description="what was on record: a published tree size, or a day or UTC time on the ledger's clock",
        examples=["120"],
    )

    def question(self) -> Question:
        return Question(until=self.until, clock=self.clock, as_of=self.as_of)


class AskedEstimate(Dated):
    source: list[ShortName] = Field([], max_length=50, description="only these sources; may be repeated", examples=[["yonhap"]])


class Asked(Dated):
    """How a score is asked for."""

    without: list[Left] = Field(
        [],
        max_length=50,
        description="leave out a source, an owner, a country, an origin, or what one signer (an enrolled name or a did:key) "
        "alone vouches for; may be repeated",
        examples=[["source:yonhap"]],
    )
    policy: ShortName = Field("olo-1", description="the policy's version")
    base_rate: float | None = Field(None, gt=0, lt=1, allow_inf_nan=False, description="the probability before any evidence")

    def question(self) -> Question:
        return Question(
            until=self.until,
            clock=self.clock,
            as_of=self.as_of,
            without=tuple(self.without),
            policy=self.policy,
            base_rate=self.base_rate,
        )


class AskedExport(Asked):
    format: ExportName = Field(
        "bundle", description=_FORMATS, examples=["score"], json_schema_extra={"enum": [*EXPORT_FORMATS]}
    )


class AskedHistory(Asked):
    by: By = Field("both", description="which clock to tell it by")


class ClaimsAsked(Closed):
    query: Words | None = Field(None, description="words that all occur in its texts, in any language; the best come first")
    exact: bool = Field(False, description="no other name of a source and no slip of the hand is taken for these words")
    lang: ShortName | None = Field(None, description="claims with a text in this language (BCP 47)", examples=["ko"])
    source: ShortName | None = Field(None, description="claims that this source has spoken on", examples=["yonhap"])
    origin: ShortName | None = Field(None, description="claims of which this source is an origin", examples=["dprk"])
    since: When | None = Field(None, description="spoken on at or after this date (EDTF)")
    until: When | None = Field(None, description="spoken on at or before this date (EDTF)")
    stance: Stance | None = Field(None, description="somebody takes this stance")
    headline: Headline | None = Field(None, description="claims that stand so", examples=["contested"])
    label: Label | None = Field(None, description="claims with this label", examples=["changed_position"])
    url: Annotated[str, StringConstraints(min_length=1, max_length=2_000), Plain] | None = Field(
        None, description="claims that are spoken of in a document with this link, however it is spelt"
    )
    quote: Words | None = Field(None, description="words that somebody who speaks of the claim is quoted with")
    about: ShortName | None = Field(None, description="about this topic or source: slug or Wikidata item", examples=["Q423"])
    country: ShortName | None = Field(None, description="claims that sources of this country have spoken on", examples=["KP"])
    event_since: When | None = Field(None, description="said to have happened at or after this date (EDTF)")
    event_until: When | None = Field(None, description="said to have happened at or before this date (EDTF)")
    changed_since: TreeSize | None = Field(
        None, description="claims whose headline became what it is after the ledger had this size", examples=["100"]
    )
    cursor: Cursor | None = Field(None, description="`next` of the page before")
    limit: Limit = 50

    def wanted(self) -> ClaimQuery:
        return ClaimQuery(**self.model_dump())


class CorrectionsAsked(Closed):
    before: TreeSize | None = Field(None, description="only what was logged before this entry: `next` of the page before")
    limit: Limit = 50


class SignedAsked(Closed):
    start: TreeSize = Field(0, description="from this entry of the log on: `next` of the page before")
    limit: Limit = 100
    since: Moment | None = Field(None, description="only what was in no published state of the log before this date or time")


class DocumentAsked(Closed):
    cursor: Cursor | None = Field(None, description="`next` of the page before")
    limit: Limit = Field(MOST_SHOWN, description="so many statements at most")


class AffectedAsked(Closed):
    cursor: Cursor | None = Field(None, description="`next` of the page before")
    limit: Limit = Field(CLAIMS_AFFECTED, description="so many claims at most, and as many of those related to them")


class SourcesAsked(Closed):
    query: Words | None = Field(None, description="words that occur in a name, in any of its languages")
    cursor: Cursor | None = Field(None, description="`next` of the page before")
    limit: Limit = 50


def _bcp47(value: str) -> str:
    import langcodes  # takes a while, and few ask

    if not langcodes.tag_is_valid(value):
        raise ValueError(f"{value!r} is not a language of BCP 47")
    return langcodes.standardize_tag(value)


class FactChecksAsked(Closed):
    """The parameters of Google's Fact Check Tools API, as it spells them."""

    query: Words | None = Field(None, description="words that all match; may be left out if reviewPublisherSiteFilter is there")
    languageCode: Annotated[ShortName, AfterValidator(_bcp47)] | None = Field(
        None,
        description="shows texts and names in this language where they have it (BCP 47); leaves no claim out",
        examples=["ko"],
    )
    maxAgeDays: Int32 = Field(0, description="claimed or reviewed within so many days; 0 means any time")
    reviewPublisherSiteFilter: ShortName | None = Field(
        None, description="only claims that this site has reviewed, and only its reviews", examples=["factcheck.example"]
    )
    pageSize: Int32 = Field(0, description=f"0 means {DEFAULT_SIZE}; more than {MOST} gives {MOST}")
    pageToken: Annotated[str, StringConstraints(max_length=1_000, pattern=r"^[\x21-\x7e]*$")] = Field(
        "", description="`nextPageToken` of the page before"
    )
    offset: Int32 = Field(0, description=f"skips so many claims, {MOST_SKIPPED} at most; not read where there is a pageToken")
    prettyPrint: bool = Field(True, description="with line breaks and indentation")
    alt: Literal["json"] = Field("json", description="there is JSON only")
    key: NotRead = None
    fields: NotRead = None
    quotaUser: NotRead = None
    format_of_errors: NotRead = Field(None, alias="$.xgafv")

    def wanted(self) -> FactCheckQuery:
        return FactCheckQuery(
            query=self.query,
            language=self.languageCode,
            publisher_site=self.reviewPublisherSiteFilter,
            max_age_days=self.maxAgeDays,
            page_size=min(self.pageSize, MOST),
            page_token=self.pageToken or None,
            offset=self.offset,
        )


class ReconciliationForm(Closed):
    """As long as a form may be."""

    queries: str | None = None
    extend: str | None = None


class ReconciliationAsked(ReconciliationForm):
    """Neither: the manifest is wanted."""

    queries: Annotated[str, StringConstraints(max_length=60_000)] | None = Field(
        None, description="queries by name, as JSON", examples=['{"q0": {"query": "Yonhap"}}']
    )
    extend: Annotated[str, StringConstraints(max_length=60_000)] | None = Field(
        None, description="ids and properties, as JSON", examples=['{"ids": ["yonhap"], "properties": [{"id": "country"}]}']
    )


class SuggestionAsked(BaseModel):
    """What clients send besides is not read: each has parameters of its own here."""

    prefix: Annotated[str, StringConstraints(max_length=300), Plain] = Field("", description="what was typed so far")
    cursor: Annotated[int, BeforeValidator(_decimal), Field(ge=0, le=1_000)] = Field(0, description="so many are skipped")
    limit: Annotated[int, BeforeValidator(_decimal), Field(ge=1, le=50)] = 10
    type: ShortName | None = Field(None, description="entities of this type only", examples=["Source"])


class ProposalAsked(BaseModel):
    type: Annotated[str, StringConstraints(max_length=100), Plain] | None = Field(None, examples=["Source"])
    limit: Annotated[int, BeforeValidator(_decimal), Field(ge=0, le=1_000)] | None = None


class ReceiptAsked(Closed):
    format: Literal["json", "tlog-proof"] = Field("json", description="`tlog-proof` gives the C2SP proof file as text")


ClaimsQuery = Annotated[ClaimsAsked, Query()]
SignedQuery = Annotated[SignedAsked, Query()]
CorrectionsQuery = Annotated[CorrectionsAsked, Query()]
AffectedQuery = Annotated[AffectedAsked, Query()]
DocumentQuery = Annotated[DocumentAsked, Query()]
SourcesQuery = Annotated[SourcesAsked, Query()]
ReconciliationParts = Annotated[ReconciliationAsked, Query()]
SuggestionQuery = Annotated[SuggestionAsked, Query()]
ProposalQuery = Annotated[ProposalAsked, Query()]
EntityId = Annotated[
    str, Query(min_length=1, max_length=80, description="a source's slug, or a claim's id", examples=["yonhap"]), Plain
]
FactChecksQuery = Annotated[FactChecksAsked, Query()]
Asking = Annotated[Asked, Query()]
AskingDate = Annotated[Dated, Query()]
AskingEstimate = Annotated[AskedEstimate, Query()]
AskingHistory = Annotated[AskedHistory, Query()]
AskingExport = Annotated[AskedExport, Query()]
AskingReceipt = Annotated[ReceiptAsked, Query()]


TilePart = Annotated[str, Path(description="`<L>/<N>[.p/<W>]` or `entries/<N>[.p/<W>]`", examples=["0/000.p/120"])]


async def tile_path(path: TilePart, request: Request) -> str:
    """The path of a tile or an entry bundle, `tile/...`, in its one spelling. Every other address holds nothing."""
    whole = "tile/" + path
    sent: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    try:
        _parse(whole)
    except FormatError as error:
        raise NotFoundError(error.message) from None
    # A path with escapes in it would be a second address of the same bytes.
    if not sent.endswith(b"/" + whole.encode()):
        raise NotFoundError("a tile's path is spelt without escapes")
    return whole


def _parse(path: str) -> None:
    if path.startswith("tile/entries/"):
        tiles.parse_entries_path(path)
    else:
        tiles.parse_tile_path(path)
