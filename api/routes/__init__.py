"""Routes by area. Each is a translation onto one method of the ledger."""
