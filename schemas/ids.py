"""Names of things, each with one spelling: digests, slugs, times, languages, countries, addresses, texts, sealed values."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, FailFast, Field, StringConstraints, Tag

from schemas import dates

MAX_NAME = 300
MAX_TEXT = 2_000
MAX_LONG_TEXT = 4_000
MAX_URL = 2_000
MAX_INTEGER = 2**53 - 1

# The codes of two letters that BCP 47 spells as they are: most languages that anybody writes, known without langcodes' tables.
LANGUAGES = frozenset(
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo "
    "es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg "
    "ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn "
    "no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta "
    "te tg th ti tk tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu".split()
)

# ISO 3166-1 alpha-2, officially assigned, with XK as used by the EU and the IMF for Kosovo.
COUNTRIES = frozenset(
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ "
    "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO "
    "FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE "
    "JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO "
    "MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW "
    "PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM "
    "TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW ".split()
)

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


Item = TypeVar("Item")
Listed = Annotated[list[Item], FailFast()]
"""A list of which no more is read once an item is wrong: a stranger's may be wrong a million times over."""


class Closed(BaseModel):
    """A shape that takes no other members and does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError("is blank; leave the member out instead")
    if found := _CONTROLS.search(value):
        raise ValueError(f"holds the control character U+{ord(found.group()):04X}")
    if not unicodedata.is_normalized("NFC", value):
        raise ValueError("is not in Unicode normal form C")
    return value


@lru_cache(maxsize=4_096)
def _language(value: str) -> str:
    if value in LANGUAGES:
        return value
    import langcodes

    if not langcodes.tag_is_valid(value):
        raise ValueError(f"{value!r} is not a language of BCP 47")
    if (standard := langcodes.standardize_tag(value)) != value:
        raise ValueError(f"{value!r} is spelt {standard!r} in BCP 47")
    return value


def _country(value: str) -> str:
    if value not in COUNTRIES:
        raise ValueError(f"{value!r} is not a country of ISO 3166-1 alpha-2")
    return value


def _when(value: str) -> str:
    dates.bounds(value)
    return value


def _utc_time(value: str) -> str:
    dates.seconds_of(value)
    return value


_PLAIN_URL = re.compile(r"https?://[a-z0-9](?:[a-z0-9.-]*)(?:[/?#][!-~]*)?")
"""What most addresses are like: nothing in it has to be looked at twice."""


def _url(value: str) -> str:
    if _PLAIN_URL.fullmatch(value):
        return value
    if _CONTROLS.search(value) or re.search(r"\s", value):
        raise ValueError("holds a blank or a control character")
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(f"is not an address: {error}") from None
    if parts.scheme not in ("http", "https") or not value.startswith(parts.scheme + "://") or not host:
        raise ValueError(f"{value[:80]!r} is not an http or https address")
    return value


def _unique(value: tuple[Any, ...]) -> tuple[Any, ...]:
    if any(item in value[:place] for place, item in enumerate(value)):
        raise ValueError("names the same thing twice")
    return value


Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$"), Field(description="sha256: and 64 hex digits")]
Slug = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$"),
    Field(description="1 to 64 of a-z, 0-9 and inner hyphens"),
]
Qid = Annotated[str, StringConstraints(pattern=r"^Q[1-9][0-9]{0,11}$"), Field(description="a Wikidata item")]
Topic = Annotated[
    str,
    StringConstraints(pattern=r"^(?:Q[1-9][0-9]{0,11}|[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?)$"),
    Field(description="a Wikidata item or a slug"),
]
Language = Annotated[str, StringConstraints(max_length=35), AfterValidator(_language), Field(description="BCP 47")]
Country = Annotated[str, StringConstraints(max_length=2), AfterValidator(_country), Field(description="ISO 3166-1 alpha-2")]
When = Annotated[
    str,
    StringConstraints(max_length=25),
    AfterValidator(_when),
    Field(description="EDTF date or interval, or a UTC time"),
]
UtcTime = Annotated[str, StringConstraints(max_length=20), AfterValidator(_utc_time), Field(description="2025-04-28T06:00:00Z")]
PlainUrl = Annotated[str, StringConstraints(max_length=MAX_URL), AfterValidator(_url)]
Domain = Annotated[
    str,
    StringConstraints(pattern=r"^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$", max_length=253),
]
DidKey = Annotated[
    str, StringConstraints(pattern=r"^did:key:z6Mk[1-9A-HJ-NP-Za-km-z]{44}$"), Field(description="an Ed25519 Multikey")
]
Origin = Annotated[
    str,
    StringConstraints(pattern=r"^[\x21-\x2a\x2c-\x7e]{1,200}$"),
    Field(description="a ledger's name: no blanks, no +"),
]
MediaType = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,80}$")]
PlainName = Annotated[str, StringConstraints(max_length=MAX_NAME), AfterValidator(_text)]
PlainText = Annotated[str, StringConstraints(max_length=MAX_TEXT), AfterValidator(_text)]
PlainLongText = Annotated[str, StringConstraints(max_length=MAX_LONG_TEXT), AfterValidator(_text)]


class Sealed(Closed):
    """A value that stays outside the log: only its salted hash is signed (docs/format.md, sealed values)."""

    sealed: Digest


class Opening(Closed):
    """What a sealed value says: 16 bytes of salt in hex, and the text."""

    salt: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    value: PlainLongText


def _which(value: Any) -> str:
    # A tagged union reports one error, for the shape that was meant; a plain union reports both.
    return "sealed" if isinstance(value, dict | Sealed) else "plain"


_SEALED = Annotated[Sealed, Tag("sealed")]
Name = Annotated[Annotated[PlainName, Tag("plain")] | _SEALED, Discriminator(_which)]
Text = Annotated[Annotated[PlainText, Tag("plain")] | _SEALED, Discriminator(_which)]
LongText = Annotated[Annotated[PlainLongText, Tag("plain")] | _SEALED, Discriminator(_which)]
Url = Annotated[Annotated[PlainUrl, Tag("plain")] | _SEALED, Discriminator(_which)]
Names = Annotated[dict[Language, Name], Field(min_length=1, max_length=40)]
Texts = Annotated[dict[Language, Text], Field(min_length=1, max_length=40)]
Unique = AfterValidator(_unique)
