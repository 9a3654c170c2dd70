"""`score` and `chain`: how far to believe a claim, and who had it from whom."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli import asking, naming, output
from ledger.cli.asking import AsOfOption, BaseRateOption, ClaimArgument, ClockOption, PolicyOption, UntilOption, WithoutOption
from ledger.cli.desk import Desk, command


def register(app: typer.Typer) -> None:
    command(app, "score")(score)
    command(app, "chain")(chain)


def score(
    desk: Desk,
    claim: ClaimArgument,
    until: UntilOption = None,
    clock: ClockOption = "said",
    as_of: AsOfOption = None,
    without: WithoutOption = None,
    base_rate: BaseRateOption = None,
    policy: PolicyOption = "olo-1",
    why: Annotated[bool, typer.Option("--why", help="Show every factor, rating and what would change the answer.")] = False,
) -> None:
    """How far to believe a claim, and why. From how many independent origins, for and against."""
    from ledger.cli.comparing import beside_score
    from ledger.cli.note import score_note, told
    from ledger.cli.why import why_note

    asked = asking.question(until, clock, as_of, without, base_rate, policy)
    with desk.ledger(reading=True) as ledger:
        name = naming.claim_id(ledger, claim)
        report = ledger.corroboration(name, asked)
        if desk.as_json:
            output.print_shape(report)
            return
        view = ledger.claim(name, asked)
        known = told(view, ledger.chain(name, asked))
        lines = score_note(report, known, why=why)
        if view.suspected_copies:
            lines += ["", *beside_score(ledger.copies(name, asked), desk.same_place, why=why and not view.private)]
        if why:
            lines += ["", *why_note(report, known, ledger.policy(report.policy))]
    output.data(*lines)


def chain(
    desk: Desk,
    claim: ClaimArgument,
    until: UntilOption = None,
    clock: ClockOption = "said",
    as_of: AsOfOption = None,
    without: WithoutOption = None,
) -> None:
    """Who had it from whom: a tree for each origin."""
    from ledger.cli.tree import chain_tree

    asked = asking.question(until, clock, as_of, without)
    with desk.ledger(reading=True) as ledger:
        name = naming.claim_id(ledger, claim)
        view = ledger.chain(name, asked)
        if desk.as_json:
            output.print_shape(view)
            return
        shown = ledger.claim(name, asked)
    texts = {one.id: output.text_of(one.text) for one in shown.related}
    output.data(*chain_tree(output.text_of(shown.text), view, texts))
