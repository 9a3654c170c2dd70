"""What a page may be asked: the questions of the API, as forms send them, and in which language."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from pydantic import Field, model_validator

from api.pages.language import Language
from api.params import Asked, ClaimsAsked, CorrectionsAsked, Limit
from ledger.operations import ClaimQuery
from schemas.ids import Closed

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


class SearchAsked(_Form, ClaimsAsked):
    """As `/v1/claims` is asked, but that `lang` is the reader's own."""

    lang: Lang = None
    limit: Limit = 20

    def wanted(self) -> ClaimQuery:
        return ClaimQuery(**self.model_dump(exclude={"lang"}))


class CorrectionsPageAsked(_Form, CorrectionsAsked):
    lang: Lang = None


CorrectionsPageQuery = Annotated[CorrectionsPageAsked, Query()]
PageQuery = Annotated[PageAsked, Query()]
ClaimPageQuery = Annotated[ClaimPageAsked, Query()]
SearchQuery = Annotated[SearchAsked, Query()]
