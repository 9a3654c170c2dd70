"""The file itself: a DSSE envelope with one signature, and the in-toto Statement inside."""

from __future__ import annotations

from functools import cached_property
from typing import Any, TypeVar

from pydantic import ValidationError

from ledger.core.bundles import MAX_BUNDLE_BYTES, MAX_BUNDLE_VALUES, statement_bytes
from ledger.core.canonical import parse_json
from ledger.core.dsse import OpenedEnvelope, check_signatures, parse_envelope
from ledger.core.trust import Trust
from ledger.errors import FormatError, OnRecordError, UnverifiableError, VerificationError
from schemas.bundle import BUNDLE_TYPE, IssuedStatement

Statement = TypeVar("Statement", bound=IssuedStatement)


class SignedFile:
    """The bytes of a file, read as far as somebody asks; FormatError where they are not what they should be."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    @cached_property
    def opened(self) -> OpenedEnvelope:
        opened = parse_envelope(self.data, payload_type=BUNDLE_TYPE, max_bytes=MAX_BUNDLE_BYTES)
        if len(opened.signatures) != 1:
            raise FormatError("one signature is wanted, the issuer's", pointer="/signatures")
        return opened

    @cached_property
    def value(self) -> Any:
        """The payload as strict JSON."""
        return parse_json(self.opened.payload, max_bytes=MAX_BUNDLE_BYTES, max_values=MAX_BUNDLE_VALUES)

    @property
    def predicate_type(self) -> object:
        """What the payload calls itself, nothing being checked yet; None if there is none."""
        try:
            return self.value.get("predicateType") if isinstance(self.value, dict) else None
        except OnRecordError:
            return None

    def statement(self, shape: type[Statement], what: str) -> Statement:
        """The payload in this shape, of which it is the one spelling."""
        try:
            statement = shape.model_validate(self.value)
        except ValidationError as error:
            raise FormatError(f"not a {what}: {error.error_count()} members are not as they should be") from None
        # Covers order of members, white space, escapes, and values that only look alike (1 and true).
        if statement_bytes(statement) != self.opened.payload:
            raise FormatError(f"the {what} is not in its one spelling")
        return statement


def check_issuer(opened: OpenedEnvelope, issuer: str, trust: Trust) -> str:
    """The signer is the issuer that the file names, trusted or to be found in a trusted log; its signature holds."""
    signer = opened.keyids[0]
    known = signer in trust.issuers
    if not known and not trust.logs:
        raise UnverifiableError(f"signed by {signer}, and no key that could vouch for it is trusted", step="issuer")
    if not known and signer != issuer:
        raise UnverifiableError(f"signed by {signer}, which is not the issuer that the file names", step="issuer")
    check_signatures(opened)
    if signer != issuer:
        raise VerificationError("signed by a trusted issuer, which is not the one that the file names", step="issuer")
    return f"{signer}, {'trusted' if known else 'to be found in the log'}"
