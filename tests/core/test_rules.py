"""What may join the log, held against the entries below it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ledger.core.evidence import Logged
from ledger.core.known import Known
from ledger.core.records import record_id
from ledger.core.references import near_names
from ledger.core.rules import MAY, check_record
from ledger.errors import ConflictError, ForbiddenError, NotFoundError, OnRecordError, RuleError
from ledger.keys import Signer
from schemas.records import KINDS, Record
from tests import factory
from tests.factory import ORIGIN, START

ADMIN, ANNA, BERT, EDDA, CHIEF = (factory.signer(name) for name in ("admin", "anna", "bert", "edda", "chief"))
ISSUER = factory.signer("issuer")


class Log:
    """A log in memory: what `check_record` lets in is known to the next."""

    def __init__(self) -> None:
        self.known = Known(ORIGIN, START, 0)
        self.add(factory.key(ADMIN, ["contributor", "editor", "admin"]), by=ADMIN)
        self.add(factory.key(ISSUER, ["issuer"]), by=ADMIN)
        for person, role in ((ANNA, "contributor"), (BERT, "contributor"), (EDDA, "editor"), (CHIEF, "admin")):
            self.add(factory.key(person, [role]), by=ADMIN)
        for slug in ("kcna", "yonhap", "dprk"):
            self.add(factory.source(slug))

    def add(self, *records: Record, by: Signer = ANNA, also: Signer | None = None) -> None:
        for one in records:
            keys = tuple(sorted(signer.did for signer in (by, also) if signer))
            entry = Logged(self.known.size, record_id(one), one, keys)
            check_record(entry, self.known)
            self.known.add(entry)

    def refuses(self, one: Record, error: type[OnRecordError], *, by: Signer = ANNA) -> OnRecordError:
        with pytest.raises(error) as caught:
            self.add(one, by=by)
        assert type(caught.value) is error
        return caught.value


@pytest.fixture
def log() -> Log:
    return Log()


CLAIM = factory.claim()
OTHER = factory.claim("More than 10,000 were sent")
THIRD = factory.claim("None were sent")
DOC = factory.document()
SAID = factory.statement(CLAIM, "kcna")
RELAYED = factory.statement(CLAIM, "yonhap", document=DOC)
ON_OTHER = factory.statement(OTHER, "kcna")


# References


@pytest.mark.parametrize(
    "record,pointer,names",
    [
        (factory.statement(CLAIM, "kcnaa"), "/speaker", "kcnaa"),
        (factory.statement(CLAIM, joint_with=["yonhap", "kcnaa"]), "/joint_with/1", "kcnaa"),
        (factory.claim("x", concerns=[{"source": "kcnaa", "role": "accused"}]), "/concerns/0/source", "kcnaa"),
        (factory.statement("sha256:" + "00" * 32), "/claim", "sha256:0000"),
        (factory.statement(CLAIM, document="sha256:" + "00" * 32), "/document", "sha256:0000"),
        (factory.document(publisher="kcnaa"), "/publisher", "kcnaa"),
        (factory.relation("kcna", "part_of", "kcnaa"), "/object", "kcnaa"),
        (factory.assessment("kcnaa"), "/target", "kcnaa"),
        (factory.correction("sha256:" + "00" * 32), "/target", "sha256:0000"),
        (factory.source("new", affiliation="kcnaa", type="unnamed", unnamed_kind="person"), "/affiliation", "kcnaa"),
    ],
)
def test_what_is_not_on_record_is_named(log: Log, record: Record, pointer: str, names: str) -> None:
    log.add(CLAIM)
    error = log.refuses(record, NotFoundError)
    assert isinstance(error, NotFoundError)
    assert error.pointer == pointer
    assert names in error.message


def test_near_sources_are_suggested(log: Log) -> None:
    log.add(CLAIM)
    log.known.near = lambda _: ["dprk", "kcna", "yonhap"]
    error = log.refuses(factory.statement(CLAIM, "kcnaa"), NotFoundError)
    assert isinstance(error, NotFoundError)
    assert error.suggestions == ["kcna"]
    assert error.hint == "did you mean kcna?"


def test_near_names_look_alike() -> None:
    assert near_names("yonhab", ["kcna", "yonhap", "yonhap-en"])[0] == "yonhap"
    assert near_names("zzz", ["kcna"]) == []


def test_a_topic_is_no_source_and_need_not_be_on_record(log: Log) -> None:
    log.add(factory.relation("dprk", "party_to", "ukraine-war"))


@pytest.mark.parametrize(
    "record,pointer",
    [
        (factory.statement(DOC), "/claim"),
        (factory.statement(CLAIM, document=CLAIM), "/document"),
        (factory.statement(CLAIM, reported_by=DOC), "/reported_by"),
        (factory.attribution(CLAIM, SAID), "/from"),
        (factory.attribution(SAID, CLAIM), "/to"),
        (factory.claim_relation(CLAIM, "entails", DOC), "/object"),
        (factory.assessment(DOC, "true"), "/target"),
        (factory.assessment(CLAIM, "forged", scheme="authenticity", rationale="x"), "/target"),
        (factory.statement(CLAIM, evidence=[SAID]), "/evidence/0"),
        (factory.assessment(CLAIM, "False", by="kcna", document=SAID), "/document"),
    ],
)
def test_what_is_named_must_be_of_the_right_kind(log: Log, record: Record, pointer: str) -> None:
    log.add(CLAIM, DOC, SAID)
    error = log.refuses(record, RuleError)
    assert isinstance(error, RuleError)
    assert error.pointer == pointer


def test_whoever_is_said_to_have_judged_is_on_record(log: Log) -> None:
    log.add(CLAIM, DOC)
    error = log.refuses(factory.assessment(CLAIM, "False", by="kcnaa", document=DOC), NotFoundError)
    assert isinstance(error, NotFoundError)
    assert error.pointer == "/by"


def test_the_verdicts_of_two_others_stand_beside_ones_own(log: Log) -> None:
    log.add(CLAIM, DOC, factory.assessment(CLAIM, "open"))
    log.add(factory.assessment(CLAIM, "False", by="kcna"), factory.assessment(CLAIM, "True", by="yonhap", document=DOC))
    log.refuses(factory.assessment(CLAIM, "Half true", by="kcna"), ConflictError)


# Hops


def test_a_hop_joins_statements_about_the_same_claim(log: Log) -> None:
    log.add(CLAIM, DOC, SAID, RELAYED, factory.attribution(RELAYED, SAID), factory.attribution(RELAYED, DOC))


def test_a_hop_between_unrelated_claims_is_refused_with_the_reason(log: Log) -> None:
    log.add(CLAIM, DOC, OTHER, RELAYED, ON_OTHER)
    error = log.refuses(factory.attribution(RELAYED, ON_OTHER), RuleError)
    assert "no relation between claims joins them" in error.message
    assert record_id(CLAIM) in error.message


@pytest.mark.parametrize("relation", ["equivalent", "entails", "contradicts"])
def test_any_relation_joins_claims_in_either_direction(log: Log, relation: str) -> None:
    log.add(CLAIM, DOC, OTHER, RELAYED, ON_OTHER, factory.claim_relation(OTHER, relation, CLAIM))
    log.add(factory.attribution(RELAYED, ON_OTHER), factory.attribution(ON_OTHER, RELAYED))


def test_relations_join_claims_along_a_path(log: Log) -> None:
    log.add(CLAIM, DOC, OTHER, THIRD, RELAYED, ON_OTHER)
    log.add(factory.claim_relation(OTHER, "contradicts", THIRD), factory.claim_relation(CLAIM, "contradicts", THIRD))
    log.add(factory.attribution(RELAYED, ON_OTHER))


def test_a_relation_that_was_taken_back_joins_nothing(log: Log) -> None:
    relation = factory.claim_relation(OTHER, "entails", CLAIM)
    log.add(CLAIM, DOC, OTHER, RELAYED, ON_OTHER, relation, factory.correction(relation))
    log.refuses(factory.attribution(RELAYED, ON_OTHER), RuleError)


def test_a_claim_and_the_one_that_replaced_it_are_joined(log: Log) -> None:
    log.add(CLAIM, DOC, OTHER, RELAYED, ON_OTHER, factory.correction(OTHER, replaced_by=CLAIM))
    log.add(factory.attribution(RELAYED, ON_OTHER))


def test_a_circle_of_citations_is_no_error(log: Log) -> None:
    later = factory.statement(CLAIM, "kcna", said_at="2025-04-29")
    log.add(CLAIM, DOC, SAID, RELAYED, later)
    log.add(factory.attribution(RELAYED, SAID), factory.attribution(later, RELAYED))


# Replacing


def test_a_second_source_of_the_same_name_is_a_conflict(log: Log) -> None:
    error = log.refuses(factory.source("kcna", country="KP"), ConflictError)
    assert record_id(factory.source("kcna")) in error.message


def test_there_and_back_again_is_three_records(log: Log) -> None:
    first = factory.assessment("kcna", "B")
    second = factory.assessment("kcna", "C", replaces=first)
    third = factory.assessment("kcna", "B", replaces=second)
    log.add(first, second, third)
    assert len({record_id(one) for one in (first, second, third)}) == 3
    log.refuses(factory.assessment("kcna", "A", replaces=first), ConflictError)
    log.refuses(factory.assessment("kcna", "A"), ConflictError)


def test_everybody_rates_for_themselves(log: Log) -> None:
    log.add(factory.assessment("kcna", "B"), by=ANNA)
    log.add(factory.assessment("kcna", "C"), by=BERT)
    log.add(factory.assessment("kcna", "B"), by=EDDA)  # the same record: it becomes Edda's own rating too
    log.refuses(factory.assessment("kcna", "A"), ConflictError, by=EDDA)


def test_what_replaces_nothing_that_is_there_is_a_conflict(log: Log) -> None:
    error = log.refuses(factory.assessment("kcna", "B", replaces="sha256:" + "00" * 32), ConflictError)
    assert "nothing is in force" in error.message


def test_after_a_correction_the_record_before_is_in_force_again(log: Log) -> None:
    first = factory.assessment("kcna", "B")
    second = factory.assessment("kcna", "C", replaces=first)
    log.add(first, second, factory.correction(second))
    log.refuses(factory.assessment("kcna", "A", replaces=second), ConflictError)
    log.add(factory.assessment("kcna", "A", replaces=first))


def test_a_correction_of_a_correction_reinstates(log: Log) -> None:
    first = factory.assessment("kcna", "B")
    mistaken = factory.correction(first)
    log.add(first, mistaken, factory.correction(mistaken))
    log.refuses(factory.assessment("kcna", "C"), ConflictError)
    log.add(factory.assessment("kcna", "C", replaces=first))


# Who may


def test_only_the_first_recorder_or_an_editor_revises_a_source(log: Log) -> None:
    revised = factory.source("kcna", country="KP", replaces=factory.source("kcna"))
    log.refuses(revised, ForbiddenError, by=BERT)
    log.add(revised, by=ANNA)
    log.add(factory.source("kcna", country="KP", qid="Q1", replaces=revised), by=EDDA)


def test_a_contributor_relates_claims_of_which_it_recorded_one(log: Log) -> None:
    log.add(CLAIM, OTHER, by=ANNA)
    log.add(THIRD, by=BERT)
    log.refuses(factory.claim_relation(CLAIM, "contradicts", OTHER), ForbiddenError, by=BERT)
    log.add(factory.claim_relation(CLAIM, "contradicts", THIRD), by=BERT)
    log.add(factory.claim_relation(OTHER, "entails", CLAIM), by=EDDA)


def test_a_contributor_corrects_its_own_and_an_editor_any(log: Log) -> None:
    log.add(CLAIM, OTHER, by=ANNA)
    log.refuses(factory.correction(CLAIM), ForbiddenError, by=BERT)
    log.add(factory.correction(CLAIM), by=ANNA)
    log.add(factory.correction(OTHER), by=EDDA)


def test_who_changed_keys_still_corrects_their_own(log: Log) -> None:
    new = factory.signer("anna's new key")
    log.add(CLAIM, by=ANNA)
    log.add(factory.key(new, subject="anna"), by=ADMIN)
    log.add(factory.correction(CLAIM), by=new)


@pytest.mark.parametrize("signer", [CHIEF, ISSUER], ids=["admin", "issuer"])
def test_roles_do_not_hold_each_other(log: Log, signer: Signer) -> None:
    error = log.refuses(CLAIM, ForbiddenError, by=signer)
    assert "contributor or editor" in error.message


def test_every_kind_has_a_role_that_may_sign_it() -> None:
    assert set().union(*MAY.values()) == set(KINDS)


def test_a_contributor_neither_enrols_nor_withholds(log: Log) -> None:
    log.add(CLAIM)
    log.refuses(factory.key(factory.signer("carl")), ForbiddenError)
    log.refuses(factory.withhold(CLAIM), ForbiddenError)
    log.add(factory.withhold(CLAIM), by=CHIEF)


def test_a_key_that_is_not_enrolled_may_nothing(log: Log) -> None:
    error = log.refuses(CLAIM, ForbiddenError, by=factory.signer("stranger"))
    assert "not enrolled" in error.message


def test_each_of_several_signers_must_be_allowed(log: Log) -> None:
    log.add(CLAIM, by=ANNA, also=BERT)
    with pytest.raises(ForbiddenError):
        log.add(OTHER, by=ANNA, also=factory.signer("stranger"))


def test_a_revoked_key_may_nothing_any_more(log: Log) -> None:
    log.add(factory.key(BERT, action="revoke", reason="lost", replaces=factory.key(BERT)), by=CHIEF)
    assert "revoked" in log.refuses(CLAIM, ForbiddenError, by=BERT).message


def test_everybody_may_revoke_their_own_key(log: Log) -> None:
    revoked = factory.key(BERT, action="revoke", replaces=factory.key(BERT))
    log.refuses(revoked, ForbiddenError, by=ANNA)
    log.add(revoked, by=BERT)
    log.refuses(CLAIM, ForbiddenError, by=BERT)


@pytest.mark.parametrize(
    "window,allowed",
    [
        ({"not_before": "2025-04-28T00:00:00Z"}, True),
        ({"not_before": "2025-05-01T00:00:00Z"}, False),
        ({"not_after": "2025-05-01T00:00:00Z"}, True),
        ({"not_after": "2025-04-27T00:00:00Z"}, False),
    ],
)
def test_a_key_signs_within_its_time_by_the_clock_of_the_log(log: Log, window: dict[str, str], allowed: bool) -> None:
    carl = factory.signer("carl")
    log.add(factory.key(carl, **window), by=ADMIN)
    if allowed:
        log.add(CLAIM, by=carl)
    else:
        log.refuses(CLAIM, ForbiddenError, by=carl)


def test_a_key_that_is_enrolled_is_enrolled_anew_only_in_place_of_the_old_word(log: Log) -> None:
    log.refuses(factory.key(ANNA, ["editor"]), ConflictError, by=ADMIN)
    log.add(factory.key(ANNA, ["editor"], replaces=factory.key(ANNA)), by=ADMIN)


def test_an_enrolled_key_does_not_change_hands(log: Log) -> None:
    moved = factory.key(ANNA, subject="bert", replaces=factory.key(ANNA))
    assert "belongs to anna" in log.refuses(moved, RuleError, by=ADMIN).message


def test_an_old_enrolment_is_not_signed_again(log: Log) -> None:
    error = log.refuses(factory.key(ANNA), RuleError, by=CHIEF)
    assert "on record already" in error.message


# The first two entries


@pytest.mark.parametrize(
    "record,by",
    [
        (CLAIM, ADMIN),
        (factory.key(ADMIN, ["contributor"]), ADMIN),
        (factory.key(ADMIN, ["admin"]), ANNA),
        (factory.key(ADMIN, ["admin"], action="revoke"), ADMIN),
    ],
)
def test_entry_0_enrols_the_first_admin_signed_by_that_very_key(record: Record, by: Signer) -> None:
    with pytest.raises(ForbiddenError, match="entry 0"):
        check_record(Logged(0, record_id(record), record, (by.did,)), Known(ORIGIN, START, 0))


@pytest.mark.parametrize(
    "record,by",
    [(factory.key(ISSUER, ["issuer"]), ISSUER), (factory.key(ISSUER, ["issuer", "admin"]), ADMIN), (CLAIM, ADMIN)],
)
def test_entry_1_enrols_the_issuer_signed_by_the_admin(record: Record, by: Signer) -> None:
    known = Known(ORIGIN, START, 0)
    first = factory.key(ADMIN, ["admin"])
    known.add(Logged(0, record_id(first), first, (ADMIN.did,)))
    with pytest.raises(ForbiddenError):
        check_record(Logged(1, record_id(record), record, (by.did,)), known)


# Kinds


@pytest.mark.parametrize("make", [factory.correction, factory.withhold])
def test_a_record_for_another_ledger_is_refused(log: Log, make: Callable[..., Record]) -> None:
    log.add(CLAIM)
    error = log.refuses(make(CLAIM, ledger="elsewhere.example"), RuleError, by=ADMIN)
    assert isinstance(error, RuleError)
    assert error.pointer == "/ledger"


def test_only_the_speaker_takes_a_statement_back(log: Log) -> None:
    log.add(CLAIM, SAID)
    taken_back = {"act": "withdraws", "polarity": "-", "withdraws": SAID, "said_at": "2025-04-29"}
    log.refuses(factory.statement(CLAIM, "yonhap", **taken_back), RuleError)
    log.add(factory.statement(CLAIM, "kcna", **taken_back))


def test_a_source_speaks_for_one_other_at_a_time(log: Log) -> None:
    first = factory.relation("kcna", "speaks_for", "dprk", valid_from="2020", valid_to="2024-12-31")
    log.add(first)
    log.refuses(factory.relation("kcna", "speaks_for", "yonhap", valid_from="2024"), RuleError)
    log.refuses(factory.relation("kcna", "speaks_for", "yonhap"), RuleError)
    log.add(factory.relation("kcna", "speaks_for", "yonhap", valid_from="2025"))


def test_a_language_is_added_to_a_claim_once(log: Log) -> None:
    german = factory.claim_text(CLAIM, "de", "Nordkorea schickte Truppen")
    log.add(CLAIM, german)
    log.refuses(factory.claim_text(CLAIM, "en", "again"), RuleError)
    log.refuses(factory.claim_text(CLAIM, "de", "noch einmal"), RuleError)
    log.add(factory.correction(german), factory.claim_text(CLAIM, "de", "Nordkorea entsandte Truppen"))


def test_a_record_is_replaced_by_one_of_its_kind(log: Log) -> None:
    log.add(CLAIM, OTHER, DOC)
    log.refuses(factory.correction(CLAIM, replaced_by=DOC), RuleError)
    log.add(factory.correction(CLAIM, replaced_by=OTHER))


@pytest.mark.parametrize("make", [factory.correction, factory.withhold])
def test_words_on_keys_are_neither_corrected_nor_withheld(log: Log, make: Callable[..., Record]) -> None:
    log.refuses(make(factory.key(ANNA)), RuleError, by=ADMIN)


def test_a_correction_is_not_withheld_because_what_it_took_back_would_stand_again(log: Log) -> None:
    correction = factory.correction(CLAIM)
    log.add(CLAIM, correction)
    log.refuses(factory.withhold(correction), RuleError, by=ADMIN)


def test_whoever_may_record_a_kind_may_endorse_it(log: Log) -> None:
    relation = factory.claim_relation(OTHER, "entails", CLAIM)
    log.add(CLAIM, OTHER, relation, factory.correction(relation), by=ANNA)
    log.add(CLAIM, factory.source("kcna"), relation, factory.correction(relation), by=BERT)
    log.refuses(CLAIM, ForbiddenError, by=factory.signer("stranger"))
    log.refuses(CLAIM, ForbiddenError, by=CHIEF)


def test_an_endorsement_changes_nothing(log: Log) -> None:
    log.add(factory.source("kcna"), by=BERT)
    log.refuses(factory.source("kcna", country="KP", replaces=factory.source("kcna")), ForbiddenError, by=BERT)


# What must be sealed


PERSON = factory.source("anna", type="person", names={"en": {"sealed": "sha256:" + "a1" * 32}})
MAYOR = factory.source("mayor", type="person", names={"en": "Berta"}, public_role="mayor")
SEALED = {"sealed": "sha256:" + "a2" * 32}


def test_a_claim_that_concerns_a_private_person_is_sealed_in_every_language(log: Log) -> None:
    log.add(PERSON, MAYOR)
    concerns = [{"source": "mayor", "role": "accused"}, {"source": "anna", "role": "victim"}]
    log.refuses(factory.claim("Anna was fined", concerns=concerns), RuleError)
    log.refuses(factory.claim({"en": SEALED, "de": "Anna"}, concerns=concerns), RuleError)
    sealed = factory.claim({"en": SEALED}, concerns=concerns)
    log.add(sealed, factory.claim("The mayor was fined", concerns=concerns[:1]))
    log.refuses(factory.record("claim_text", claim=sealed, lang="de", text="Anna"), RuleError)
    log.add(factory.record("claim_text", claim=sealed, lang="de", text=SEALED))
