"""Runs where aics-tlog is installed: every tile and every entry of a log, held against its checkpoint.

    python aics_audit.py URL VKEY

prints {"size", "tiles", "bundles"}; ends with an exception where something is wrong.
"""

from __future__ import annotations

import json
import sys

from aics_tlog import HttpTileReader, audit_tiles, parse_checkpoint, parse_note, parse_vkey, verify_note


def audit(url: str, vkey: str) -> dict[str, int]:
    reader = HttpTileReader([url])
    note = parse_note(reader.read_checkpoint())
    if not verify_note(note, [parse_vkey(vkey)]):
        raise SystemExit("nobody we know signed the checkpoint")
    head = parse_checkpoint(note.text)
    report = audit_tiles(reader, head.size, head.root)
    return {"size": report.size, "tiles": report.tiles, "bundles": report.bundles}


if __name__ == "__main__":
    print(json.dumps(audit(*sys.argv[1:])))
