"""The log as files that any web server or object store can serve (C2SP tlog-tiles)."""
