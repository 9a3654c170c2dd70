"""How the scores of claims would move, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ledger.cli import output

if TYPE_CHECKING:
    from schemas.lookups import Brief, ScoreChange

_MOST_CHANGES = 8
_MOST_HEADLINES = 5
_LOOKED_AT = 50
"""Claims that a check looks at (`service.changes`)."""


def changes(moved: Sequence[ScoreChange]) -> list[str]:
    """One paragraph for each claim whose score would move; last, one line for each that stays as it is."""
    moving = [change for change in moved if not _stays(change)]
    staying = [change for change in moved if _stays(change)]
    lines = []
    for change in [*moving, *staying][:_MOST_CHANGES]:
        lines += output.wrapped(output.text_of(change.text), hang=2)
        lines += [part for line in _change(change) for part in output.wrapped(line, indent=2, hang=4)]
    if len(moved) > _MOST_CHANGES:
        lines.append(f"and {len(moved) - _MOST_CHANGES} more claims")
    return lines or ["no score changes"]


def headlines(moved: Sequence[ScoreChange]) -> list[str]:
    """How many claims have another headline now, and the first of them, each in one line that fits."""
    changed = [one for one in moved if _headline(one.before) != _headline(one.after)]
    of = f" of the first {len(moved)}" if len(moved) >= _LOOKED_AT else ""
    if not changed:
        return [f"no claim{of} has another headline"]
    many = "claim has" if len(changed) == 1 else "claims have"
    lines = [f"{len(changed)} {many} another headline{of}:"]
    for one in changed[:_MOST_HEADLINES]:
        text = output.text_of(one.text)
        lines.append(output.cut(f"  {_headline(one.before)} -> {_headline(one.after)}: {text}", output.width()))
    if len(changed) > _MOST_HEADLINES:
        lines.append(f"  and {output.plural(len(changed) - _MOST_HEADLINES, 'more claim')}")
    return lines


def _headline(brief: Brief | None) -> str:
    return "not on record" if brief is None else brief.headline.replace("_", " ")


def _stays(change: ScoreChange) -> bool:
    before, after = change.before, change.after
    if before is None or after is None:
        return False
    return (change.log_odds_before, before.headline, before.labels) == (change.log_odds_after, after.headline, after.labels)


def _change(change: ScoreChange) -> list[str]:
    """Before and after, which labels come and go, and how far the log-odds move."""
    from ledger.cli.note import in_brief

    before, after = change.before, change.after
    if after is None:
        return [f"{in_brief(before)} -> no longer on record"] if before else []
    if before is None:
        return [f"new: {in_brief(after)}"]
    if _stays(change):
        return [f"stays {in_brief(after)}"]
    if before.headline == after.headline and not before.showable and not after.showable:
        lines = [f"still {in_brief(after)}, though what stands behind it changes"]
    else:
        lines = [f"{in_brief(before)} -> {in_brief(after)}"]
    lines += [f"now: {label.replace('_', ' ')}" for label in after.labels if label not in before.labels]
    lines += [f"no longer: {label.replace('_', ' ')}" for label in before.labels if label not in after.labels]
    if change.log_odds_before is not None and change.log_odds_after is not None and before.showable and after.showable:
        lines.append(f"log odds {change.log_odds_before:+.3f} -> {change.log_odds_after:+.3f}")
    return lines
