"""The Reconciliation Service API v0.2, as OpenRefine speaks it: what it asks, and what it is answered.

Questions take what the specification's JSON Schemas take. In answers a member that says nothing is absent.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr, model_validator

from schemas.ids import MAX_TEXT, Closed

MAX_QUERIES = 50
MAX_IDS = 100
MAX_WANTED = 20
MAX_CANDIDATES = 50

EntityType = Literal["Source", "Claim"]
Words = Annotated[StrictStr, Field(max_length=MAX_TEXT)]
Short = Annotated[StrictStr, Field(max_length=300)]


class Open(BaseModel):
    """A part of a question in which the specification allows members of others; they are not read."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class EntityValue(Open):
    """A value that was itself reconciled before."""

    id: Short
    name: Words | None = None


PropertyValue = Words | StrictBool | StrictInt | StrictFloat | EntityValue


class PropertyGiven(Open):
    pid: Short
    v: PropertyValue | Annotated[list[PropertyValue], Field(max_length=100)]


class ReconciliationQuery(Closed):
    """One cell to be matched: by its words, by properties, or by both."""

    query: Words | None = None
    type: Short | Annotated[list[Short], Field(max_length=20)] | None = None
    limit: Annotated[StrictInt | StrictFloat, Field(ge=1)] | None = None
    properties: Annotated[list[PropertyGiven], Field(max_length=MAX_WANTED)] | None = None
    type_strict: Literal["any", "should", "all"] | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if self.query is None and not self.properties:
            raise ValueError("neither a query nor properties")
        return self


class PropertyWanted(Open):
    id: Short
    settings: dict[str, Any] | None = None


class ExtensionQuery(Open):
    ids: Annotated[list[Short], Field(max_length=MAX_IDS)]
    properties: Annotated[list[PropertyWanted], Field(max_length=MAX_WANTED)]


class TypeReference(Closed):
    id: str
    name: str


class Feature(Closed):
    """One thing that the score was made of."""

    id: str
    value: bool | float


class Candidate(Closed):
    """`match` only where one candidate is clearly the one that is meant."""

    id: str = Field(description="a source's slug, or a claim's id")
    name: str
    description: str
    score: float = Field(ge=0, le=100)
    features: list[Feature]
    match: bool
    type: list[TypeReference]


class ReconciliationResult(Closed):
    result: list[Candidate] = Field(description="best first")


class SuggestedEntity(Closed):
    id: str
    name: str
    description: str
    notable: list[TypeReference]


class SuggestedEntities(Closed):
    result: list[SuggestedEntity]


class PropertyReference(Closed):
    id: str
    name: str
    description: str


class SuggestedProperties(Closed):
    result: list[PropertyReference]


class SuggestedTypes(Closed):
    result: list[TypeReference]


class ProposedProperties(Closed):
    properties: list[PropertyReference]
    type: str | None = None
    limit: int | None = None


class Flyout(Closed):
    id: str
    html: str = Field(description="escaped; no script")


class ExtensionColumn(Closed):
    id: str
    name: str
    type: TypeReference | None = None
    service: str | None = Field(None, description="where the ids of this column are entities, if not here")


class ExtensionAnswer(Closed):
    """`rows`: for each entity and property its values, each `{"str": ..}`, `{"float": ..}` or `{"id": .., "name": ..}`."""

    meta: list[ExtensionColumn]
    rows: dict[str, dict[str, list[dict[str, str | float]]]]


class Template(Closed):
    url: str


class Preview(Closed):
    url: str
    width: int
    height: int


class ServicePlace(Closed):
    service_url: str
    service_path: str
    flyout_service_path: str | None = None


class SuggestPlaces(Closed):
    entity: ServicePlace
    type: ServicePlace
    property: ServicePlace


class PropertySetting(Closed):
    name: str
    label: str
    type: Literal["number"]
    default: int
    help_text: str


class ExtensionOffer(Closed):
    propose_properties: ServicePlace
    property_settings: list[PropertySetting]


class Manifest(Closed):
    """What this service can do, and where."""

    versions: list[str]
    name: str
    identifierSpace: str
    schemaSpace: str
    documentation: str
    defaultTypes: list[TypeReference]
    view: Template
    preview: Preview
    suggest: SuggestPlaces
    extend: ExtensionOffer
    batchSize: int
    authentication: dict[str, str] | None = None
