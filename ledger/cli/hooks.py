"""`onrecord hook ...`: addresses that are told when a score moved. The operator's own, on the ledger's own machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli import naming, output
from ledger.cli.desk import Desk, command, group
from ledger.errors import UsageError

if TYPE_CHECKING:
    from ledger.service import Ledger
    from ledger.service.hooks import Hooks
    from schemas.hooks import HookView

app = group("hook", "Webhooks: add, list, test, resume, remove. The server of the ledger calls them when a score moved.")

HookArgument = Annotated[str, typer.Argument(metavar="ID", help="The webhook, as in hook_5f0e77d0a1c4.")]


def add(
    desk: Desk,
    url: Annotated[str, typer.Argument(metavar="URL", help="Where to POST: https://...")],
    claim: Annotated[str | None, typer.Option("--claim", metavar="CLAIM", help="Only when this claim's score moved.")] = None,
) -> None:
    """Tell this address from now on. Its secret is printed once: the receiver checks signatures with it."""
    with _own(desk) as ledger:
        made = _hooks(ledger).add(url, naming.claim_id(ledger, claim) if claim else None)
    if desk.as_json:
        output.print_shape(made)
        return
    output.data(*output.members([("hook", made.id), ("url", made.url), ("secret", made.secret)]))
    output.prose("keep the secret, it is not shown again; `onrecord serve` does the telling")


def list_(desk: Desk) -> None:
    """Each webhook, and whether its receiver answers."""
    with _own(desk) as ledger:
        found = _hooks(ledger).all()
    if desk.as_json:
        output.print_json({"hooks": [one.model_dump(mode="json", exclude={"secret"}) for one in found]})
        return
    if not found:
        output.prose("no webhooks; `onrecord hook add URL` makes one")
    for one in found:
        output.data(*_lines(one), "")


def test(desk: Desk, hook: HookArgument) -> None:
    """Send a ping, and say what came back. It changes nothing."""
    with _own(desk) as ledger:
        status = _hooks(ledger).ping(hook)
    if desk.as_json:
        output.print_json({"status": status})
    else:
        output.data(f"answered {status}")
    if not 200 <= status < 300:
        raise typer.Exit(1)


def resume(desk: Desk, hook: HookArgument) -> None:
    """Try a webhook again at once that failed or was stopped. Nothing that moved meanwhile is lost."""
    with _own(desk) as ledger:
        found = _hooks(ledger).resume(hook)
    if desk.as_json:
        output.print_shape(found)
        return
    output.data(*_lines(found))


def remove(desk: Desk, hook: HookArgument) -> None:
    """Tell this address nothing any more."""
    with _own(desk) as ledger:
        _hooks(ledger).remove(hook)
    if desk.as_json:
        output.print_json({"removed": hook})
        return
    output.data(f"{hook} is removed")


@contextmanager
def _own(desk: Desk) -> Iterator[Ledger]:
    from ledger.service import Ledger

    with desk.ledger(reading=True) as ledger:
        if not isinstance(ledger, Ledger):
            raise UsageError("webhooks are kept by a ledger's operator", hint="run it on that ledger's own machine")
        yield ledger


def _hooks(ledger: Ledger) -> Hooks:
    from ledger.config import read_settings
    from ledger.net.guarded import Guard, parse_networks

    return ledger.hooks(Guard(parse_networks(read_settings().hooks_allow.split(","))))


def _lines(one: HookView) -> list[str]:
    trouble = f"{one.trouble}, {output.plural(one.failures, 'time')}" if one.trouble else None
    return output.members(
        [
            ("hook", one.id),
            ("url", one.url),
            ("claim", output.short(one.claim) if one.claim else "all"),
            ("state", one.state),
            ("told", f"up to size {one.told}"),
            ("trouble", trouble),
            ("next try", one.next_try),
        ]
    )


command(app, "add")(add)
command(app, "list")(list_)
command(app, "test")(test)
command(app, "resume")(resume)
command(app, "remove")(remove)
