"""Run by Alembic. The store hands over the connection, and the transaction around it is the store's."""

from __future__ import annotations

from alembic import context

from ledger.store.tables import metadata

connection = context.config.attributes.get("connection")
if connection is None:
    raise RuntimeError("a ledger is migrated by `onrecord db upgrade`, within one transaction")

context.configure(connection=connection, target_metadata=metadata)
context.run_migrations()
