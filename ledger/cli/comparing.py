"""`copies`: what looks copied, how to say what is so, and the section on it that stands beside a score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import typer

from ledger.cli import asking, naming, output
from ledger.cli.asking import AsOfOption, BaseRateOption, ClaimArgument, ClockOption, PolicyOption, UntilOption, WithoutOption
from ledger.cli.desk import Desk, command

if TYPE_CHECKING:
    from schemas.copies import Copies, CopyGroup, Outcome, SuspectedCopy

_MOST_MEMBERS = 6
_MOST_GROUPS = 4
_MOST_WORDS = 200


def register(app: typer.Typer) -> None:
    command(app, "copies")(copies)


def copies(
    desk: Desk,
    claim: ClaimArgument,
    until: UntilOption = None,
    clock: ClockOption = "said",
    as_of: AsOfOption = None,
    without: WithoutOption = None,
    base_rate: BaseRateOption = None,
    policy: PolicyOption = "olo-1",
) -> None:
    """What looks copied with no hop on record. And what the score would be if it were one origin; it is not applied."""
    asked = asking.question(until, clock, as_of, without, base_rate, policy)
    with desk.ledger(reading=True) as ledger:
        name = naming.claim_id(ledger, claim)
        found = ledger.copies(name, asked)
        if desk.as_json:
            output.print_shape(found)
            return
        view = ledger.claim(name, asked)
    quotes = {one.id: one.quote for one in view.statements if one.quote}
    output.data(*_note(output.text_of(view.text), found, quotes, desk.same_place))


def beside_score(found: Copies, place: str, *, why: bool) -> list[str]:
    """The section of a score's note: who may have it from whom, and what the score would be; nothing of it is applied."""
    if not found.groups:
        return []
    lines = [output.bold("Suspected copies (not applied)")]
    for group in found.groups[:_MOST_GROUPS]:
        lines += output.wrapped(_gist(group), indent=2, hang=4)
    if len(found.groups) > _MOST_GROUPS:
        lines.append(f"  and {output.plural(len(found.groups) - _MOST_GROUPS, 'more group')}")
    lines += output.wrapped(_if_one(found, why), indent=2, hang=4)
    return [*lines, f"  onrecord copies {output.short(found.claim)}{place}"]


def _gist(group: CopyGroup) -> str:
    """The group in one sentence."""
    first, *others = group.members
    names = [_who(member) for member in others[:_MOST_MEMBERS]]
    if len(others) > _MOST_MEMBERS:
        names.append(f"{len(others) - _MOST_MEMBERS} more")
    whole = ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]
    verb = "are" if len(others) > 1 else "is"
    return f"{whole} {verb} in nearly the same words as {_who(first)}; no hop says why"


def _who(member: SuspectedCopy) -> str:
    return f"{member.name} ({member.said})" if member.said else member.name


def _if_one(found: Copies, why: bool) -> str:
    several = "each group" if len(found.groups) > 1 else "they"
    if not found.differs:
        return f"if {several} were one origin, the score would be the same"
    before, after = (_short(one, why) for one in (found.now, found.if_one))
    return f"if {several} were one origin: {after}; as recorded: {before}"


def _short(outcome: Outcome, why: bool) -> str:
    """Headline, the number where it may be shown, and origins."""
    from ledger.cli.note import shown

    probability = None if outcome.headline == "not_scored" else outcome.probability
    number = f" {shown(probability)}" if probability is not None else ""
    counts = f"{output.plural(outcome.origins.for_, 'origin')} for, {outcome.origins.against} against"
    independent = outcome.independent_origins
    parts = f" (independent: {independent.for_:g} for, {independent.against:g} against)" if why else ""
    return f"{outcome.headline.replace('_', ' ')}{number}, {counts}{parts}"


def _note(text: str, found: Copies, quotes: Mapping[str, str], place: str) -> list[str]:
    circumstances = f"{output.short(found.claim)} · {found.as_of.size} entries at {found.as_of.time}"
    lines = [*map(output.bold, output.wrapped(text)), output.faint(circumstances), ""]
    lines += [*output.wrapped(_compared(found)), ""]
    for number, group in enumerate(found.groups, 1):
        lines += [output.bold(f"{number}. {output.plural(len(group.members), 'statement')} in nearly the same words")]
        lines += _members(group, quotes)
        lines += [""]
    if not found.groups:
        return [*lines, "nothing looks copied that the record does not explain"]
    lines += output.wrapped(_if_one(found, why=False), hang=4)
    return [*lines, "", *_what_to_do(found, place)]


def _compared(found: Copies) -> str:
    """How much the answer rests on."""
    left = [
        f"{output.plural(count, one, many)}"
        for count, one, many in (
            (found.unread, "text that can no longer be read", "texts that can no longer be read"),
            (found.too_short, "text too short to tell", "texts too short to tell"),
            (found.left_out, "statement past the first thousand", "statements past the first thousand"),
        )
        if count
    ]
    speak = output.plural(found.statements, "statement speaks", "statements speak")
    rest = f"; left out: {', '.join(left)}" if left else ""
    return f"{speak} to the claim, {found.compared} with words to compare{rest}. A translation is not recognised as a copy."


def _members(group: CopyGroup, quotes: Mapping[str, str]) -> list[str]:
    names = {member.statement: member.name for member in group.members}
    lines = []
    for member in group.members:
        lines += output.wrapped(f"{_who(member)} · {output.short(member.statement)}", indent=2, hang=4)
        for remark in _remarks(member, names):
            lines += output.wrapped(remark, indent=4, hang=6)
        if quote := quotes.get(member.statement):
            lines += output.wrapped(f'"{output.cut(quote, _MOST_WORDS)}"', indent=4, hang=6)
    return lines


def _remarks(member: SuspectedCopy, names: Mapping[str, str]) -> Sequence[str]:
    remarks = []
    if like := member.resembles:
        order = {"later": "later", "earlier": "earlier", "unknown": "which came first is not on record"}[like.order]
        remarks.append(
            f"its {like.own} shares {like.jaccard:.0%} with the {like.other} of {names[like.statement]} "
            f"({like.containment:.0%} of the shorter); {order}"
        )
    if member.names_its_source:
        remarks.append("says where it has it from")
    elif member.origin:
        remarks.append(f"counts for the origin {member.origin}")
    return remarks


def _what_to_do(found: Copies, place: str) -> list[str]:
    lines = output.wrapped("None of this is applied. Once you know, put on record that one has it from the other, or not:")
    pairs = [(hop.from_, hop.to) for hop in found.supposing] or [
        (member.statement, member.resembles.statement) for group in found.groups for member in group.members if member.resembles
    ]
    for below, above in pairs[:_MOST_GROUPS]:
        line = f"  onrecord attribute --from {_digits(below)} --to {_digits(above)} --mode"
        lines += [f"{line} republishes{place}", f"{line} not_from{place}"]
    if len(pairs) > _MOST_GROUPS:
        lines.append(f"  and so on for {output.plural(len(pairs) - _MOST_GROUPS, 'more pair')}; --json names all of them")
    return lines


def _digits(record_id: str) -> str:
    return output.short(record_id).removeprefix("sha256:")
