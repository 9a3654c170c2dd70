"""Every error that OnRecord raises on purpose. They differ where the caller's next step differs.

OnRecordError
├── UsageError              the command's words do not fit together          exit 2
├── FormatError             bytes or text that are not what they should be   exit 5   422
│   ├── RuleError           well-formed, but a rule of the ledger refuses it exit 5   422
│   ├── AmbiguousError      a prefix or name that fits several things        exit 5   422
│   └── TooLargeError       past a stated limit                              exit 5   413
├── NotFoundError           nothing of that name on record                   exit 3   404
├── WithheldError           on record, not shown, for a stated reason        exit 3   451
├── UnauthenticatedError    unsigned, or the signature does not hold         exit 4   401
├── ForbiddenError          signed, but by a key that may not do this        exit 4   403
├── KeyMissingError         no usable private key on this side               exit 4
├── ConflictError           something newer is in force already              exit 8   409
├── VerificationError       a check failed: do not trust it                  exit 6   422
├── UnverifiableError       a check could not be made                        exit 7   422
└── StoreError              the store cannot answer                          exit 1   500
    ├── BusyError           try again in a moment                            exit 1   503
    │   ├── CrowdedError    too many are waiting already                     exit 1   429
    │   └── TooManyError    this caller has asked for too much lately        exit 1   429
    ├── ReadOnlyError       a replica is only read: write at its primary     exit 1   421
    └── CorruptError        what is stored contradicts itself                exit 1   500
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemas.problems import Withheld


class OnRecordError(Exception):
    """An error with a message (what was found, what was wanted) and, where there is one, a hint."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(OnRecordError):
    exit_code = 2


class FormatError(OnRecordError):
    """`pointer` is a JSON pointer (RFC 6901) to the member at fault, where one is known."""

    exit_code = 5

    def __init__(self, message: str, *, pointer: str | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.pointer = pointer


class RuleError(FormatError):
    pass


class AmbiguousError(FormatError):
    """`matches` are the full names of what the short one fits."""

    def __init__(self, message: str, *, matches: Sequence[str], hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.matches = list(matches)


class TooLargeError(FormatError):
    pass


class NotFoundError(OnRecordError):
    """`suggestions` are near names that are on record."""

    exit_code = 3

    def __init__(
        self, message: str, *, suggestions: Sequence[str] = (), pointer: str | None = None, hint: str | None = None
    ) -> None:
        if hint is None and suggestions:
            hint = "did you mean " + ", ".join(suggestions) + "?"
        super().__init__(message, hint=hint)
        self.suggestions = list(suggestions)
        self.pointer = pointer


class WithheldError(OnRecordError):
    """`withheld` tells what may be told of the record: by whose order, since when, and what of it remains."""

    exit_code = 3

    def __init__(self, message: str, *, withheld: Withheld | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.withheld = withheld


class UnauthenticatedError(OnRecordError):
    exit_code = 4


class ForbiddenError(OnRecordError):
    exit_code = 4


class KeyMissingError(OnRecordError):
    """`locked` says where a key is that wants a passphrase, or another one than it was given."""

    exit_code = 4

    def __init__(self, message: str, *, hint: str | None = None, locked: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.locked = locked


class ConflictError(OnRecordError):
    exit_code = 8


class VerificationError(OnRecordError):
    """`step` names the check that failed, as `docs/format.md` numbers it."""

    exit_code = 6

    def __init__(self, message: str, *, step: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.step = step


class UnverifiableError(OnRecordError):
    exit_code = 7

    def __init__(self, message: str, *, step: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.step = step


class StoreError(OnRecordError):
    pass


class BusyError(StoreError):
    """`retry_after` is in seconds."""

    def __init__(self, message: str, *, retry_after: int = 1, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class CrowdedError(BusyError):
    pass


class TooManyError(BusyError):
    pass


class ReadOnlyError(StoreError):
    """`primary` is the address of the server that takes what this side does not, where that is known."""

    def __init__(self, message: str, *, primary: str | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.primary = primary


class CorruptError(StoreError):
    pass
