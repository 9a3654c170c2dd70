"""How a file that the ledger issued is checked, a module for each concern. Pure, and trusting nothing that the file holds."""
