"""A server on a copy that follows its primary: it answers from what has arrived, and says where records are taken."""

from __future__ import annotations

from typing import NoReturn

from ledger.errors import ReadOnlyError, UsageError
from ledger.store.protocol import Following
from schemas.dates import time_of
from schemas.health import ReplicaHealth


def refuse_writing(primary: str) -> NoReturn:
    raise ReadOnlyError(
        "this server is a replica, which can only be read", primary=primary, hint=f"send what is to be written to {primary}"
    )


def refuse_signing(primary: str) -> NoReturn:
    raise ReadOnlyError(
        "this replica has no issuer's key, so it signs no files", primary=primary, hint=f"ask {primary} for signed files"
    )


def check_role(following: Following | None, primary: str | None) -> None:
    """UsageError where a replica is asked for and the database follows nobody, or the other way round."""
    if primary is not None and following is None:
        raise UsageError(
            "the ledger's database is no replica: it follows no primary",
            hint="--ledger names the PostgreSQL standby; leave --replica-of out where records are to be taken",
        )
    if primary is None and following is not None:
        raise UsageError(
            "the ledger's database is a standby, which can only be read",
            hint="--replica-of URL serves it to readers, and sends whoever writes to the server at URL",
        )


def health_of(following: Following | None, primary: str) -> ReplicaHealth:
    """How the copy keeps up; a database that follows nobody any more was promoted since this server started."""
    if following is None:
        return ReplicaHealth(primary=primary, state="promoted", lag_seconds=None, replayed_at=None)
    return ReplicaHealth(
        primary=primary,
        state="paused" if following.paused else "following" if following.connected else "cut_off",
        lag_seconds=None if following.behind is None else round(max(following.behind, 0.0), 1),
        replayed_at=None if following.replayed_at is None else time_of(following.replayed_at),
    )
