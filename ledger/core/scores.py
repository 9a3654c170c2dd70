"""What a score alone may hold, and what it says of itself: for whoever writes one, and whoever checks one."""

from __future__ import annotations

MAX_SCORE_BYTES = 1 << 25
# Word for word, like a bundle's.
PROVES = (
    "the issuer signed this report as the answer to this question, for the log at this size and root, under this policy",
    "the log enrolled the issuer, by entries that are in this file and in the log at the stated indexes",
    "the log had this size and root when it signed the checkpoint, and had it at the checkpoint's time",
)
DOES_NOT_PROVE = (
    "that what the sources said is true: the score says how far the records carry the claim, no more",
    "that the report follows from the records: they are not in this file; compute it again from the log, or from a bundle",
    "that no word on the issuer's key was left out: inclusion is proven, completeness is not; replay the log to check that",
    "that a key has not been revoked, or a record corrected, after the checkpoint",
)
