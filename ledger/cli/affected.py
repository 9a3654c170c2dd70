"""`affected`: what rests on a record or a source, who still carries it, and the scores with it and without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli import naming, output
from ledger.cli.desk import Desk, command

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ledger.operations import Operations
    from schemas.affected import Affected, AffectedClaim, AffectedStatement

_AT_ONCE = 20
_CHAINS = 3
"""So many lost chains of a claim are printed."""
_NAMED = 5


def register(app: typer.Typer) -> None:
    command(app, "affected")(affected)


def affected(
    desk: Desk,
    name: Annotated[str, typer.Argument(metavar="ID|SOURCE", help="A record's id or prefix, or a source.")],
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many claims, the newest.")] = _AT_ONCE,
) -> None:
    """Everything that rests on a record or source. Who still carries it, and what it does to scores."""
    with desk.ledger(reading=True) as ledger:
        if not naming.looks_like_id(name):
            naming.check_source(ledger, name)
        found = _gathered(ledger, name, limit)
    if desk.as_json:
        output.print_shape(found)
        return
    output.data(*_told(found))
    if found.next is not None:
        more = found.all_claims - len(_direct(found))
        output.prose(f"{output.plural(more, 'older claim')} besides: `onrecord affected {name} --limit {found.all_claims}`")
    if not found.complete:
        output.prose("more rests on it than is looked through; this is the newest")


def _gathered(ledger: Operations, name: str, limit: int) -> Affected:
    """The pages of the answer, put together."""
    found = ledger.affected(name, None, min(limit, _AT_ONCE))
    claims, statements = {one.claim: one for one in found.claims}, list(found.statements)
    page, asked = found, min(limit, _AT_ONCE)
    while page.next is not None and asked < limit:
        portion = min(limit - asked, _AT_ONCE)
        page, asked = ledger.affected(name, page.next, portion), asked + portion
        claims |= {one.claim: one for one in page.claims if one.claim not in claims}
        statements += page.statements
    return found.model_copy(update={"claims": list(claims.values()), "statements": statements, "next": page.next})


def _direct(found: Affected) -> set[str]:
    return {one.claim for one in found.statements}


def _told(found: Affected) -> list[str]:
    called = f": {output.safe(found.name)}" if found.name else ""
    lines = output.wrapped(f"{found.what} {found.target}{called}", hang=2)
    lines = [output.bold(lines[0]), *lines[1:], *_in_all(found), ""]
    if not found.statements and not found.claims:
        return [*lines[:1], "", "nothing rests on it"]
    told: set[str] = set()
    for claim in found.claims:
        about = [one for one in found.statements if one.claim == claim.claim]
        told |= {one.statement for one in about}
        lines += [*_claim(claim), *_carriers(about), *_more(claim), ""]
    others = [one for one in found.statements if one.statement not in told]
    lines += ["on other claims", *_carriers(others), ""] if others else []
    return lines[:-1]


def _in_all(found: Affected) -> list[str]:
    """How much rests on it, and who still carries what was taken back."""
    if not found.all_statements:
        return []
    statements = output.plural(found.all_statements, "statement")
    lines = [f"{statements} on {output.plural(found.all_claims, 'claim')}"]
    if any(claim.before for claim in found.claims):
        own = {one.speaker for one in found.statements if one.taken_back_by}
        left = (one for one in found.statements if one.speaker not in own and not one.taken_back_by and one.now == "set_aside")
        lines += output.wrapped(f"taken back by {_few(_names(found.statements, own))}; {_still(left)}", hang=2)
    return lines


def _names(statements: Iterable[AffectedStatement], speakers: set[str]) -> list[str]:
    return list(dict.fromkeys(one.name for one in statements if one.speaker in speakers))


def _still(left: Iterable[AffectedStatement]) -> str:
    names = list(dict.fromkeys(one.name for one in left))
    return f"still carried by {_few(names)}" if names else "nobody else carries it"


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(output.safe(name) for name in names[:_NAMED]) + more


def _claim(claim: AffectedClaim) -> list[str]:
    from ledger.cli.note import in_brief

    before = f"before it was taken back {in_brief(claim.before)}; " if claim.before else ""
    scores = f"{before}now {in_brief(claim.now)}; without it {in_brief(claim.without)}"
    lines = [*output.wrapped(output.text_of(claim.text), hang=2), *output.wrapped(scores, indent=2, hang=4)]
    for chain in claim.chains[:_CHAINS]:
        others = f", which has {output.plural(chain.others, 'other')}" if chain.others else ""
        way = " < ".join(output.safe(who) for who in chain.speakers)
        against = " (against)" if chain.side == "against" else ""
        lines += output.wrapped(f"chain that breaks{against}: {way}{others}", indent=2, hang=4)
    if more := len(claim.chains[_CHAINS:]) + claim.more_chains:
        lines.append(f"  {output.plural(more, 'more chain')}")
    return lines


def _carriers(statements: Sequence[AffectedStatement]) -> list[str]:
    """Who carries it, and where: each speaker and each place once, however many statements they hold."""
    places: dict[str, dict[str, None]] = {}
    for one in statements:
        who = f"  {output.safe(one.name)}, {_how(one)}:"
        places.setdefault(who, {})[one.url or f"statement {output.short(one.statement)}"] = None
    lines = []
    for who, wheres in places.items():
        line = f"{who} {next(iter(wheres))}"
        if len(wheres) == 1 and output.cells(line) <= output.width():
            lines.append(line)
        else:
            lines += output.wrapped(who.strip(), indent=2, hang=4)
            lines += [output.cut(f"    {where}", output.width()) for where in wheres]
    return lines


def _how(one: AffectedStatement) -> str:
    if one.taken_back_by:
        return "has taken it back"
    if len(one.chain) == 1 and one.alone:
        return "in its own words"
    if one.now == "set_aside":
        return f"still carries it, set aside ({output.safe(one.reason or '')})"
    return "rests on it alone" if one.alone else "has others beside it"


def _more(claim: AffectedClaim) -> list[str]:
    return [f"  {output.plural(claim.more_statements, 'more statement')}"] if claim.more_statements else []
