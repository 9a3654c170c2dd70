"""What a page may be asked: the questions of the API, as forms send them, and in which language."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import BaseModel, Field, field_validator, model_validator

from api.pages.language import Language
from api.params import AffectedAsked, Asked, ClaimsAsked, CorrectionsAsked, DocumentAsked, Limit, SourcesAsked
from ledger.operations import ClaimQuery, Question
from schemas.ids import Closed, When

Lang = Annotated[Language | None, Field(description="the language of the interface")]


class _Form(Closed):
    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, sent: Any) -> Any:
        """A form sends every field; one that was left empty asks for nothing."""
        return {name: value for name, value in sent.items() if value not in ("", [""])} if isinstance(sent, dict) else sent


class PageAsked(_Form):
    lang: Lang = None


class ClaimPageAsked(_Form, Asked):
    lang: Lang = None


class CardAsked(_Form):
    lang: Lang = None
    until: When | None = Field(None, description="what had been said in the world by this date")

    def question(self) -> Question:
        return Question(until=self.until)


class PictureAsked(_Form):
    lang: Lang = None
    width: Literal[1200, 600, 300] = 1200

    @field_validator("width", mode="before")
    @classmethod
    def _spelled(cls, sent: Any) -> Any:
        return int(sent) if sent in ("1200", "600", "300") else sent


class OembedAsked(BaseModel):
    """What is not known is not refused here: consumers send members of their own."""

    url: str = Field(max_length=2_000)
    format: str = Field("json", max_length=100)
    maxwidth: int | None = Field(None, ge=1, le=100_000)
    maxheight: int | None = Field(None, ge=1, le=100_000)


class SearchAsked(_Form, ClaimsAsked):
    """As `/v1/claims` is asked, but that `lang` is the reader's own."""

    lang: Lang = None
    limit: Limit = 20

    def wanted(self) -> ClaimQuery:
        return ClaimQuery(**self.model_dump(exclude={"lang"}))


class CorrectionsPageAsked(_Form, CorrectionsAsked):
    lang: Lang = None


class DocumentPageAsked(_Form, DocumentAsked):
    lang: Lang = None


class AffectedPageAsked(_Form, AffectedAsked):
    lang: Lang = None


class SourcesPageAsked(_Form, SourcesAsked):
    lang: Lang = None


SourcesPageQuery = Annotated[SourcesPageAsked, Query()]
AffectedPageQuery = Annotated[AffectedPageAsked, Query()]
DocumentPageQuery = Annotated[DocumentPageAsked, Query()]
CorrectionsPageQuery = Annotated[CorrectionsPageAsked, Query()]
PageQuery = Annotated[PageAsked, Query()]
PictureQuery = Annotated[PictureAsked, Query()]
OembedQuery = Annotated[OembedAsked, Query()]
CardQuery = Annotated[CardAsked, Query()]
ClaimPageQuery = Annotated[ClaimPageAsked, Query()]
SearchQuery = Annotated[SearchAsked, Query()]
