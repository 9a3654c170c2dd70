"""Words of others and ids as a page may spell them."""

from __future__ import annotations

import re

# What reorders the text around it, or steers a terminal. Marks that right-to-left scripts need are left: <bdi> holds them in.
_DECEPTIVE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]")
_SHORT = 12


def plain(text: object) -> str:
    """The text without what makes it look like another."""
    return _DECEPTIVE.sub("\N{REPLACEMENT CHARACTER}", str(text))


def short(name: str) -> str:
    """Enough of an id to tell it apart by eye."""
    return name.removeprefix("sha256:")[:_SHORT]
