"""Our log, read by clients that others wrote."""
