"""A witness: it remembers how far it saw each log go, and signs a checkpoint only if the log grew from there."""
