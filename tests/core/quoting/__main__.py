"""`python -m tests.core.quoting SEED ...`: a thousand edits of sentences, and of whole sections, for each seed."""

from __future__ import annotations

import sys

from tests.core.quoting.judging import CHANGED, STANDING, judged_edits
from tests.core.quoting.texts import sections, sentences

SEEDS = (1, 2, 3)


def main(seeds: list[int]) -> int:
    """How many were accepted at a wrong place."""
    wrong = 0
    print("| quoted | seed | edits | accepted at a wrong place | words that stand, found | other words, shown |")
    print("|---|---|---|---|---|---|")
    for name, texts, count in (("sentences", sentences(), 1_000), ("sections", sections(), 1_000)):
        for seed in seeds:
            found = judged_edits(texts, count, seed)
            bad = sum(counts["WRONG"] for counts in found.values())
            stand = sum(found[kind]["exact"] for kind in STANDING), sum(found[kind].total() for kind in STANDING)
            other = sum(found[kind]["fuzzy, shown"] for kind in CHANGED), sum(found[kind].total() for kind in CHANGED)
            print(f"| {name} | {seed} | {count} | {bad} | {stand[0]} of {stand[1]} | {other[0]} of {other[1]} |", flush=True)
            wrong += bad
    return wrong


if __name__ == "__main__":
    sys.exit(main([int(one) for one in sys.argv[1:]] or list(SEEDS)) != 0)
