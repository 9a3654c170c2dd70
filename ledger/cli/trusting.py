"""What the reader trusts, as `--trust` and `--policy` say it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ledger.cli.reading import read_bytes

if TYPE_CHECKING:
    from ledger.core.trust import Trust


def trust_of(keys: Sequence[str], policy: str | None) -> Trust:
    """Trust in these keys, and in the logs and witnesses of the tlog-policy file, if one is named."""
    from ledger.core.quorum import parse_policy
    from ledger.core.trust import parse_trust

    # A key that was pasted with its line's end is the same key.
    return parse_trust([key.strip() for key in keys], parse_policy(read_bytes(policy)) if policy else None)
