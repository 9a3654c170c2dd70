"""The log's own keys change: by a record that the old ones and the new ones sign, with both under every checkpoint between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from ledger.core.note import open_checkpoint, parse_note
from ledger.errors import ForbiddenError, KeyMissingError, OnRecordError, RuleError, UnverifiableError
from ledger.keys import LedgerKeys, sign_record
from ledger.service.ledger import Ledger
from tests import factory
from tests.factory import ORIGIN, Ready
from tests.service.rotated import NEW, OLD, add, begin, finish, owner, pair_named, printed, ready_to_rotate, vkeys, word


def signed_by(here: Ready) -> set[str]:
    """Who signed the newest checkpoint."""
    ids = {one.key_id for one in parse_note(here.ledger.checkpoint().note.encode()).signatures}
    named = {"old": OLD, "new": NEW}
    return {name for name, pair in named.items() if {key.key_id for key in vkeys(pair)} <= ids}


@pytest.fixture
def here(database: str) -> Iterator[Ready]:
    """A ledger whose side has a second pair of keys, of which the log does not know yet."""
    found = ready_to_rotate(database)
    yield found
    found.ledger.close()


@pytest.fixture
def between(here: Ready) -> Ready:
    begin(here)
    return here


@pytest.fixture
def after(between: Ready) -> Ready:
    finish(between)
    return between


def test_keys_that_the_log_does_not_name_sign_nothing(here: Ready) -> None:
    here.add(factory.claim())
    assert signed_by(here) == {"old"}
    assert here.ledger.well_known().log_keys == here.keys.trusted(ORIGIN)[:2]


def test_between_both_pairs_sign_every_checkpoint_from_the_one_that_enrols_the_new(between: Ready) -> None:
    assert signed_by(between) == {"old", "new"}
    between.add(factory.claim())
    assert signed_by(between) == {"old", "new"}
    note = between.ledger.checkpoint().note.encode()
    for key in (*vkeys(OLD), *vkeys(NEW)):
        assert open_checkpoint(note, [key], origin=ORIGIN).log_keys == (key,)


def test_the_last_that_the_old_keys_sign_is_the_checkpoint_that_ends_them(after: Ready) -> None:
    assert signed_by(after) == {"old", "new"}
    after.add(factory.claim())
    assert signed_by(after) == {"new"}
    with pytest.raises(UnverifiableError, match="known key"):
        open_checkpoint(after.ledger.checkpoint().note.encode(), vkeys(OLD), origin=ORIGIN)


def test_a_state_that_is_signed_anew_is_signed_by_the_same_keys(after: Ready) -> None:
    after.clock.now += 100
    after.ledger.republish(10)
    assert signed_by(after) == {"new"}


def test_readers_are_told_of_the_keys_that_stay_first(between: Ready) -> None:
    told = between.ledger.well_known().log_keys
    assert told == [*printed(NEW), *printed(OLD)]


@pytest.mark.parametrize("steps", [(), (begin,), (begin, finish)])
def test_a_ledger_starts_and_passes_its_check_before_between_and_after(
    here: Ready, steps: tuple[Callable[[Ready], None], ...]
) -> None:
    for step in steps:
        step(here)
        here.add(factory.claim(step.__name__))
    both = LedgerKeys(*OLD, here.keys.issuer, (NEW,))
    for keys in [both, LedgerKeys(*NEW, here.keys.issuer)] if len(steps) > 1 else [both]:
        ledger = Ledger(here.store, keys, here.clock)
        ledger.check_start()
        assert ledger.fsck().faults == []


def test_a_side_without_the_new_keys_signs_nothing_more(between: Ready) -> None:
    ledger = Ledger(between.store, LedgerKeys(*OLD, between.keys.issuer), between.clock)
    ledger.check_start()
    with pytest.raises(KeyMissingError, match="not here"):
        ledger.add([sign_record(factory.claim(), between.admin)])


def test_a_side_that_can_read_its_keys_again_does(between: Ready) -> None:
    old, both = (LedgerKeys(*OLD, between.keys.issuer, later) for later in ((), (NEW,)))
    ledger = Ledger(between.store, old, between.clock, reload=lambda: both)
    ledger.add([sign_record(factory.claim(), between.admin)])
    assert signed_by(between) == {"old", "new"}


def test_an_enrolment_whose_keys_are_not_here_is_refused_and_nothing_is_left(here: Ready) -> None:
    size = here.ledger.checkpoint().size
    other = pair_named("another")
    add(here, word(OLD), here.admin, owner(OLD))
    with pytest.raises(KeyMissingError):
        add(here, word(other), here.admin, owner(OLD), owner(other))
    assert here.ledger.checkpoint().size == size + 1


@pytest.mark.parametrize(
    "who,action,error,found",
    [
        ("admin new", "enroll", ForbiddenError, "signs the log's checkpoints now"),
        ("admin old", "enroll", ForbiddenError, "by itself"),
        ("old new", "enroll", ForbiddenError, "an admin too"),
        ("anna old new", "enroll", ForbiddenError, "role admin"),
        ("admin anna old new", "enroll", ForbiddenError, "role admin"),
        ("admin old new", "revoke", RuleError, "does not sign"),
    ],
)
def test_nobody_hands_the_log_over_alone(here: Ready, who: str, action: str, error: type[OnRecordError], found: str) -> None:
    people = {"admin": here.admin, "anna": here.enroll("anna"), "old": owner(OLD), "new": owner(NEW)}
    add(here, word(OLD), here.admin, owner(OLD))
    with pytest.raises(error, match=found):
        add(here, word(NEW, action), *(people[name] for name in who.split()))


def test_the_first_pair_on_record_is_the_one_that_signs(here: Ready) -> None:
    with pytest.raises(RuleError, match="not the keys that sign"):
        add(here, word(NEW), here.admin, owner(NEW))


def test_the_last_pair_cannot_be_ended_nor_an_old_one_come_back(after: Ready) -> None:
    with pytest.raises(ForbiddenError, match="another that signs"):
        add(after, word(NEW, "revoke", replaces=factory.id_of(word(NEW))), after.admin, owner(NEW))
    with pytest.raises(OnRecordError):
        add(after, word(OLD), after.admin, owner(OLD), owner(NEW))


def test_a_key_of_the_log_signs_no_other_record(between: Ready) -> None:
    for record in (factory.claim(), factory.key(factory.signer("eve"), ["admin"])):
        with pytest.raises(ForbiddenError):
            between.add(record, by=owner(OLD))
        with pytest.raises(ForbiddenError):
            add(between, record, between.admin, owner(OLD))


def test_a_key_of_the_log_is_not_the_second_person(here: Ready) -> None:
    carla = factory.signer("carla")
    here.add(factory.key(carla, ["admin"], never_alone=True))
    add(here, word(OLD), here.admin, owner(OLD))
    with pytest.raises(ForbiddenError, match="never signs alone"):
        add(here, word(NEW), carla, owner(OLD), owner(NEW))
    add(here, word(NEW), carla, here.admin, owner(OLD), owner(NEW))


def test_new_keys_that_were_lost_are_given_up_by_the_old_ones(between: Ready) -> None:
    """Their private halves are gone: the old ones end them, and go on signing."""
    old = Ledger(between.store, replace(between.keys, later=()), between.clock)
    with pytest.raises(KeyMissingError):
        old.add([sign_record(factory.claim(), [between.admin])])
    lost = word(NEW, "revoke", replaces=factory.id_of(word(NEW)), reason="lost")
    old.add([sign_record(lost, [between.admin, owner(OLD)])])
    old.add([sign_record(factory.source(), [between.admin])])
    assert signed_by(replace(between, ledger=old)) == {"old"}
    assert old.fsck().faults == []
