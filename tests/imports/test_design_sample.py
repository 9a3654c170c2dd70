"""The dossier as its description shows it: every shorthand in one file."""

from __future__ import annotations

from collections import Counter

from schemas.records import AssessmentRecord, ClaimRecord, CorrectionRecord, SourceRelationRecord, StatementRecord
from tests.imports.ledgers import drafted

SAMPLE = """\
dossier: 1
sources:
  - {id: yonhap, type: news_agency, names: {en: Yonhap News Agency, ko: 연합뉴스}, country: KR, reliability: B}
  - {id: outlet, type: outlet, names: {no: Utsalg}, country: NO}
  - {id: dprk, type: government_body, names: {en: North Korea}, reliability: {value: D, rationale: Reversed itself}}
  - {id: dprk-cmc, type: government_body, names: {en: Central Military Commission}}
  - {id: russia, type: government_body, names: {en: Russia}}
relations:
  - [dprk-cmc, part_of, dprk]
  - {subject: russia, relation: allied_with, object: dprk, topic: ukraine-war, valid_from: 2024-06}
  - {subject: outlet, relation: owned_by, object: yonhap, share: 12.5}
claims:
  - {id: troops-sent, type: event, text: {en: North Korea sent troops to fight for Russia}, event_time: 2024}
  - {id: over-10000, type: quantity, text: {en: More than 10000}, about: [ukraine-war], quantity: {low: 10000, hedge: more_than, unit: soldiers, measure: deployed}, entails: [troops-sent]}
documents:
  - {id: article-1, publisher: outlet, url: "https://outlet.example/1", published_at: "2025-04-28T06:00:00Z", lang: de}
defaults: {document: article-1, certainty: certain}
reports:
  - id: r1
    claim: troops-sent
    chain: [outlet, yonhap, dprk]
    document: article-1
    act: confirms
    basis: own_act
    interest: against
    interest_reason: It had denied this
    said_at: 2025-04-28
    mode: cites
    quote: {exact: "Nordkorea bestätigt"}
corrections: [{target: r1, reason: The agency was another}]
assessments: [{target: yonhap, scheme: admiralty-reliability, value: B, rationale: Checked}]
"""  # noqa: E501


def test_the_sample_becomes_its_records() -> None:
    records = [item.record for item in drafted(SAMPLE.replace("{no: Utsalg}", "{nb: Utsalg}"), sealer=None).records]
    assert Counter(record.kind for record in records) == {
        "source": 5,
        "source_relation": 3,
        "claim": 2,
        "claim_relation": 1,
        "document": 1,
        "statement": 3,
        "attribution": 2,
        "assessment": 2,
        "correction": 5,
    }
    assert [record.share for record in records if isinstance(record, SourceRelationRecord)] == [None, None, 12.5]
    assert [record.event_time for record in records if isinstance(record, ClaimRecord)] == ["2024", None]
    assert [record.certainty for record in records if isinstance(record, StatementRecord)] == [
        "unstated",
        "unstated",
        "certain",
    ]
    assert {record.value for record in records if isinstance(record, AssessmentRecord)} == {"B", "D"}
    assert all(record.reason == "The agency was another" for record in records if isinstance(record, CorrectionRecord))
