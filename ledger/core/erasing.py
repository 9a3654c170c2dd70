"""Orders to erase openings: their bytes, and whose word is enough (docs/format.md §5.6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from ledger.core.canonical import MAX_RECORD_BYTES, canonical_bytes, parse_canonical, parse_json
from ledger.core.didkey import SigningKey
from ledger.core.dsse import check_signatures, parse_envelope, sign_envelope
from ledger.core.evidence import Logged
from ledger.core.known import Known
from ledger.core.records import sealed_in
from ledger.core.rules import check_not_alone, key_in_use, recorded
from ledger.errors import ForbiddenError, FormatError, RuleError
from schemas.erasure import ERASURE_TYPE, Erasure, ErasureOrder


@dataclass(frozen=True)
class SignedErasure:
    """An order in its one spelling, whose signatures hold."""

    erasure: Erasure
    keys: tuple[str, ...]


def sign_erasure(erasure: Erasure, signers: Sequence[SigningKey]) -> ErasureOrder:
    data = sign_envelope(canonical_bytes(erasure.model_dump(mode="json")), ERASURE_TYPE, signers)
    return ErasureOrder.model_validate(parse_json(data, max_bytes=len(data)))


def open_erasure(order: ErasureOrder) -> SignedErasure:
    """What was ordered. FormatError for another spelling, UnauthenticatedError if a signature does not hold."""
    envelope = parse_envelope(canonical_bytes(order.model_dump(mode="json")), payload_type=ERASURE_TYPE)
    value = parse_canonical(envelope.payload, max_bytes=MAX_RECORD_BYTES)
    try:
        erasure = Erasure.model_validate(value)
    except ValidationError as error:
        raise FormatError(f"the payload is no order to erase: {error.errors()[0]['msg']}", pointer="/payload") from None
    check_signatures(envelope)
    return SignedErasure(erasure, envelope.keyids)


def check_erasure(order: SignedErasure, target: Logged, sealers: Sequence[Logged], known: Known) -> None:
    """The order is for this ledger, names values that the target seals, and comes from somebody whose word is enough.

    That is an admin, or whoever recorded the first record that seals each of the values (`sealers`): somebody who copied
    another's digest into a record of their own cannot have it erased.
    """
    if order.erasure.ledger != known.origin:
        raise RuleError(f"made for the ledger {order.erasure.ledger}, this is {known.origin}", pointer="/ledger")
    sealed = sealed_in(target.record)
    for place, name in enumerate(order.erasure.values):
        if name not in sealed:
            raise RuleError(f"{target.id} does not seal {name}", pointer=f"/values/{place}")
    keys = [key_in_use(did, known) for did in order.keys]
    check_not_alone(keys)
    if any("admin" in key.roles for key in keys):
        return
    asking = Logged(known.size, target.id, target.record, order.keys)
    if not all(recorded(asking, sealer, known) for sealer in sealers):
        raise ForbiddenError(
            "an opening is erased by an admin, or by whoever recorded the sealed value",
            hint="an admin may also withhold the record",
        )
