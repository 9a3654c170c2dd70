"""Before a server starts: the database can be what the server is to be, a ledger's own or a replica's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ledger.cli import output
from ledger.errors import OnRecordError

if TYPE_CHECKING:
    from ledger.cli.desk import Desk


def open_to_serve(desk: Desk, replica_of: str | None) -> int:
    """How many entries there are; what the server has to know of a replica is in its environment then."""
    primary = replica_of or os.environ.get("ONRECORD_REPLICA_OF")
    if not primary:
        return _size_of_own(desk)
    from ledger.wiring import open_replica

    trust = list(desk.trust) or os.environ.get("ONRECORD_TRUST", "").split() or _told_by(primary)
    ledger = open_replica(desk.ledger_name, primary, trust=trust, keys=desk.keys_dir)
    try:
        size = ledger.health().size
    finally:
        ledger.close()
    os.environ["ONRECORD_REPLICA_OF"] = primary
    os.environ["ONRECORD_TRUST"] = " ".join(trust)
    output.prose(f"a replica, complete to what has arrived; records are taken at {primary}")
    return size


def _size_of_own(desk: Desk) -> int:
    from ledger.service import Ledger

    with desk.ledger() as ledger:
        if isinstance(ledger, Ledger):
            ledger.check_role()
        return ledger.health().size


def _told_by(primary: str) -> list[str]:
    """The keys that the primary names, so that a replica can be started without them. They are held against the checkpoint
    in its own database; whoever wants to rely on less names them with --trust."""
    from ledger.client import Client

    client = Client(primary, token=os.environ.get("ONRECORD_READ_TOKEN"))
    try:
        known = client.well_known()
    except OnRecordError as error:
        output.prose(f"{error.message}: without its keys this replica verifies nothing; name them with --trust")
        return []
    finally:
        client.close()
    return [*known.log_keys, *([known.issuer] if known.issuer else [])]
