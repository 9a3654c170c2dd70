"""`onrecord demo`: the running example from file to score, then served."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING

from ledger.cli import drafting, output
from ledger.cli.places import EXAMPLE
from ledger.errors import NotFoundError

if TYPE_CHECKING:
    from ledger.cli.desk import Desk
    from ledger.operations import Operations

_SHOWN_CLAIM = "troops-sent"


def run(desk: Desk, *, serve: bool, browser: bool, port: int) -> None:
    """A fresh ledger at the desk's place, the example in it, its main claim on stdout; then it is served."""
    from ledger import wiring

    created = wiring.create_ledger(desk.ledger_name, keys=desk.keys_dir, name="demo")
    output.prose(f"made a ledger at {desk.shown_name} ({created.origin})")
    with desk.ledger() as ledger:
        draft = drafting.draft_dossier(ledger, desk.signer(), example_text())
        outcome = drafting.write(desk, ledger, draft)
        output.prose(f"imported the example: {outcome.new} signed records in the log\n")
        _show(desk, ledger, draft.claims)
    if serve:
        _serve(desk, browser, port)


def example_text() -> str:
    try:
        return files("ledger.examples").joinpath(EXAMPLE).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFoundError(f"the example {EXAMPLE} is not part of this installation") from None


def _show(desk: Desk, ledger: Operations, claims: Mapping[str, str]) -> None:
    """The example's claim: who had it from whom, then how far to believe it."""
    from ledger.cli.asking import question
    from ledger.cli.note import score_note, told
    from ledger.cli.tree import chain_tree

    claim = claims.get(_SHOWN_CLAIM) or next(iter(claims.values()))
    asked = question()
    report, chain = ledger.corroboration(claim, asked), ledger.chain(claim, asked)
    if desk.as_json:
        output.print_shape(report)
        return
    shown = ledger.claim(claim, asked)
    text = output.text_of(shown.text)
    texts = {one.id: output.text_of(one.text) for one in shown.related}
    output.data(*chain_tree(text, chain, texts), "", *score_note(report, told(shown, chain), why=False))
    sys.stdout.flush()


def _serve(desk: Desk, browser: bool, port: int) -> None:
    from ledger.cli import serving

    def ready(address: str) -> None:
        output.prose(f"\nserving on {address} (Ctrl-C stops)")
        output.prose(f"try: onrecord claim list --ledger {address}")
        if browser and sys.stdout.isatty() and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            _open_browser(f"{address}/")

    serving.serve(desk, "127.0.0.1", port, ready=ready)


def _open_browser(address: str) -> None:
    """Connections wait in line from the moment the port is bound, so the page loads as soon as the server runs."""
    import webbrowser

    webbrowser.open_new_tab(address)
