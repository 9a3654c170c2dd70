"""One line: `--chain "Unian < Yonhap < KCNA"`."""

from __future__ import annotations

import pytest

from ledger.errors import AmbiguousError, FormatError, NotFoundError
from ledger.imports.attribute import attribution, parse_chain
from ledger.imports.expand import Known, records
from schemas.records import AttributionRecord, DocumentRecord, StatementRecord
from tests.imports.ledgers import ASSESSOR, ORIGIN, SEALER

SOURCES = {
    "unian": ["UNIAN", "УНІАН"],
    "yonhap": ["Yonhap News Agency", "연합뉴스", "Yonhap"],
    "kcna": ["Korean Central News Agency", "KCNA"],
    "herald-a": ["The Herald"],
    "herald-b": ["The Herald"],
}
CLAIM = "sha256:" + "1" * 64
IN_FORCE = {
    f"source:{slug}": ("sha256:" + "2" * 64, {"kind": "source", "id": slug, "type": "outlet", "names": {"en": slug}})
    for slug in SOURCES
}


@pytest.mark.parametrize(
    "text", ["Unian < Yonhap < KCNA", "unian<yonhap<kcna", " УНІАН  < yonhap  news agency < korean central news agency"]
)
def test_links_are_slugs_or_names_in_any_case(text: str) -> None:
    assert parse_chain(text, SOURCES) == ["unian", "yonhap", "kcna"]


def test_an_unknown_link_gets_near_ones() -> None:
    with pytest.raises(NotFoundError) as error:
        parse_chain("Unian < Yonhup", SOURCES)
    assert error.value.suggestions == ["yonhap"]


def test_a_name_of_two_sources_is_ambiguous() -> None:
    with pytest.raises(AmbiguousError) as error:
        parse_chain("the herald", SOURCES)
    assert error.value.matches == ["herald-a", "herald-b"]


@pytest.mark.parametrize("text", ["", "unian <", "< kcna", "unian << kcna", "<".join(["kcna"] * 51)])
def test_a_chain_with_holes_or_without_end_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        parse_chain(text, SOURCES)


def test_the_line_becomes_what_the_same_report_in_a_dossier_becomes() -> None:
    dossier = attribution(
        CLAIM,
        ["unian", "yonhap", "kcna"],
        document={"url": "https://unian.example/1", "published_at": "2025-04-28"},
        act="confirms",
        said_at="2025-04-28",
        quote="Yonhap says so",
        mode="cites",
        basis=None,
    )
    drafted = records(dossier, Known(ASSESSOR, ORIGIN, IN_FORCE), SEALER)
    spoken = [(item.record.speaker, item.record.act) for item in drafted.records if isinstance(item.record, StatementRecord)]
    assert spoken == [("unian", "reports"), ("yonhap", "reports"), ("kcna", "confirms")]
    assert sum(isinstance(item.record, AttributionRecord) for item in drafted.records) == 2
    assert [item.record.publisher for item in drafted.records if isinstance(item.record, DocumentRecord)] == ["unian"]


def test_a_wrong_option_is_named() -> None:
    with pytest.raises(FormatError, match="did you mean confirms"):
        attribution(CLAIM, ["unian"], act="confrims")


def test_what_does_not_hold_together_is_refused_without_a_line() -> None:
    dossier = attribution(CLAIM, ["kcna"], act="confirms", interest="against", said_at="2025-04-28")
    with pytest.raises(FormatError, match=r"^interest against needs an interest_reason$"):
        records(dossier, Known(ASSESSOR, ORIGIN, IN_FORCE), SEALER)
