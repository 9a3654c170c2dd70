"""Public pages: a translation of what the ledger's methods answer into HTML. No rule and no SQL; they work without a script."""
