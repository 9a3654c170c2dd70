"""A zip of evidence as this version writes it, to be kept once its page gets another form.

`python -m tests.evidence.forms FOLDER` writes it. What it holds is read by no library, so that the same texts come out of it in
later years: a plain text, a picture, time stamps, a sealed document, one that was never seen, a quote.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from tests.evidence.site import PNG

CLAIM = """dossier: 1
sources:
  - {id: fjord, type: outlet, names: {en: Fjord, ar: فيورد}, country: NO}
  - {id: ministry, type: government_body, names: {en: The Ministry}, country: NO, reliability: B}
claims:
  - {id: bridge, type: event, text: {en: The bridge is <b>closed</b>, ar: "الجسر مغلق"}}
documents:
  - {id: hidden, title: A title that tells too much, publisher: fjord, sha256: "HIDDEN"}
  - {id: unseen, url: "https://fjord.example/2", publisher: fjord, sha256: "UNSEEN"}
reports:
  - {id: r1, claim: bridge, chain: [ministry], document: "TEXT", act: confirms, quote: {exact: {plain: "The bridge is closed"}}}
  - {id: r2, claim: bridge, chain: [fjord], document: "PICTURE", act: reports}
  - {id: r3, claim: bridge, chain: [fjord], document: hidden, act: reports}
  - {id: r4, claim: bridge, chain: [fjord], document: unseen, act: asserts}
"""
FILES = {
    "TEXT": ("notice.txt", "The bridge is closed, says the ministry.\nالجسر مغلق\n".encode()),
    "PICTURE": ("bridge.png", PNG),
    "HIDDEN": ("hidden.txt", b"Who it is."),
}


def write(folder: Path) -> Path:
    """The zip, and beside it the keys of its ledger."""
    from tests.cli.conftest import run_here
    from tests.stamps.authorities import make, served

    folder.mkdir(parents=True, exist_ok=True)
    ledger, dossier = str(folder / "ledger.db"), CLAIM.replace("UNSEEN", "sha256:" + "ab" * 32)
    assert run_here("init", "--ledger", ledger, "--name", "alice").code == 0
    for word, (name, content) in FILES.items():
        (folder / name).write_bytes(content)
        own = ("--title", "Notice <1>", "--url", f"https://fjord.example/{name}", "--yes") if word != "HIDDEN" else ()
        kept = run_here("capture", str(folder / name), "--ledger", ledger, "--json", *own)
        assert kept.code == 0, kept.err
        dossier = dossier.replace(word, kept.json[0]["record_id"] if own else kept.json["document"]["sha256"])
    (folder / "claim.yaml").write_text(dossier, encoding="utf-8")
    ran = run_here("import", str(folder / "claim.yaml"), "--ledger", ledger, "--seal", "document.title", "--json")
    assert ran.code == 0, ran.err  # what is sealed is the title of the one document that the dossier adds with one
    by = make(folder, "one")
    with served(by) as address:
        (folder / "authorities").write_text(f"authority one {address}/one {by.root}\n")
        known = ("--authorities", str(folder / "authorities"))
        for warc in sorted(Path(f"{ledger}.evidence").glob("warc/*/*.warc.gz")):
            assert run_here("timestamp", "file", str(warc), *known).code == 0
        words = ("--with-evidence", "--timestamp", *known, "-o", str(folder / "claim.zip"))
        done = run_here("export", ran.json["claims"]["bridge"], "--ledger", ledger, *words)
        assert done.code == 0, done.err
    (folder / "keys.json").write_text(json.dumps(run_here("log", "keys", "--ledger", ledger).out.split()))
    return folder / "claim.zip"


if __name__ == "__main__":
    os.chdir(Path(sys.argv[1]).parent)
    print(write(Path(sys.argv[1])))
