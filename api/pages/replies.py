"""What those concerned said to it, as far as it is on record; and who still carries what no longer stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.corroboration import ChainView, Report, SetAside
from schemas.lookups import ClaimView, StatementView

SILENCES = ("declines_to_comment", "did_not_respond")
MOST_PARTIES = 30
MOST_REPLIES = 8
MOST_CARRIERS = 20


@dataclass(frozen=True)
class Reply:
    """One reply. `kind` is denial, dismissal, silence, withdrawal or statement; `since` says why it no longer stands, if so."""

    said: StatementView
    kind: str
    since: str
    withdrawn_by: str | None


@dataclass(frozen=True)
class Party:
    """Somebody concerned (`role`), or who denied, dismissed or kept silent without being named as concerned."""

    source: str
    role: str | None
    replies: Sequence[Reply]
    more: int


@dataclass(frozen=True)
class Aside:
    """What was withdrawn or set aside, and who in the chains of this claim has it from there and still stands."""

    gone: SetAside
    said: StatementView | None
    carriers: Sequence[StatementView]
    more: int


def parties(view: ClaimView, report: Report, chain: ChainView) -> list[Party]:
    """First those whom the claim concerns, whether or not anything of theirs is on record; then everybody else who replied.

    A body that speaks for another is told under that one, as the score counts it. Words that somebody relays are no reply.
    """
    behind = {node.id: node.origin or node.speaker for node in chain.nodes}
    own = [one for one in view.statements if not one.upstream and one.claim in (view.id, view.replaced_by)]
    fallen = _fallen(report)
    back = {one.withdraws: one.id for one in view.statements if one.withdraws is not None}

    def of(source: str, role: str | None, said: Sequence[StatementView]) -> Party:
        told = [Reply(one, kind_of(one), fallen.get(one.id, ""), back.get(one.id)) for one in sorted(said, key=_when)]
        return Party(source, role, told[-MOST_REPLIES:], max(len(told) - MOST_REPLIES, 0))

    concerned = [(one["source"], one["role"]) for one in view.record.get("concerns") or ()]
    named = {slug for slug, _ in concerned}
    found = [of(slug, role, [one for one in own if slug in (one.speaker, behind.get(one.id))]) for slug, role in concerned]
    others: dict[str, list[StatementView]] = {}
    for one in own:
        if kind_of(one) not in ("statement", "withdrawal") and not named & {one.speaker, behind.get(one.id)}:
            others.setdefault(one.speaker, []).append(one)
    return [*found, *(of(slug, None, said) for slug, said in others.items())]


def kind_of(one: StatementView) -> str:
    if one.act in SILENCES:
        return "silence"
    if one.act in ("dismisses", "questions"):
        return "dismissal"
    if one.withdraws is not None:
        return "withdrawal"
    return "denial" if one.act == "denies" or one.stance == "denies" else "statement"


def aside(view: ClaimView, report: Report, chain: ChainView) -> list[Aside]:
    """Everything set aside. Who withdrew its own words carries nothing any more, though it had them from there."""
    statements = {one.id: one for one in view.statements}
    below: dict[str, list[str]] = {}
    for hop in chain.hops:
        if hop.mode != "not_from":
            below.setdefault(hop.to, []).append(hop.from_)
    for one in view.statements:
        if one.document is not None:
            below.setdefault(one.document, []).append(one.id)
    taken_back = {one.withdraws for one in view.statements if one.withdraws is not None}
    found = []
    for gone in report.set_aside:
        reached = [statements[name] for name in _reached(gone.record, below) if name in statements and name not in taken_back]
        reached = sorted(reached, key=_when)
        more = max(len(reached) - MOST_CARRIERS, 0)
        found.append(Aside(gone, statements.get(gone.record), reached[:MOST_CARRIERS], more))
    return found


def _fallen(report: Report) -> dict[str, str]:
    """Why a statement no longer stands, by its id."""
    earlier = [one for row in report.contributions for one in row.withdrawn] + list(report.withdrawn)
    return {one.record: one.reason for one in report.set_aside} | {one.statement: one.reason for one in earlier}


def _reached(start: str, below: Mapping[str, Sequence[str]]) -> list[str]:
    found: dict[str, None] = {}
    queue = [start]
    for here in queue:
        new = [one for one in below.get(here, ()) if one not in found and one != start]
        found.update(dict.fromkeys(new))
        queue += new
    return list(found)


def _when(one: StatementView) -> tuple[str, int]:
    return one.said or "", one.index
