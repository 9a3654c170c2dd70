"""The axioms of the score, each a property that is held against random worlds. `python -m tests.core.axioms` counts."""

from tests.core.axioms import arithmetic, clones, symmetries, voices
from tests.core.axioms.cases import AXIOMS, holds

__all__ = ["AXIOMS", "arithmetic", "clones", "holds", "symmetries", "voices"]
