"""Small pages about one entity, for the window of somebody else's tool: escaped, whole in themselves, without script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from html import escape

from ledger.core.reconciling import Entity

STYLE = "body{font:14px/1.4 sans-serif;margin:8px;color:#222}h1{font-size:16px;margin:0 0 4px}p{margin:0 0 4px}a{color:#0645ad}"
POLICY = (
    "default-src 'none'; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    + "'; base-uri 'none'; form-action 'none'"
)
"""Content-Security-Policy of a preview: its own style and nothing else. It may be framed: that is what it is for."""
WIDTH, HEIGHT = 430, 220
_OTHERS = 8


def preview_html(entity: Entity, lines: Sequence[str], address: str) -> str:
    """The whole page; `lines` say more than the entity does, `address` is that of the ledger's own answer about it."""
    shown = "".join(f"<p>{escape(line)}</p>" for line in [entity.description, *_others(entity), *lines] if line)
    link = f'<p><a href="{escape(address)}" target="_blank" rel="noopener noreferrer">In the ledger</a></p>'
    head = f'<meta charset="utf-8"><title>{escape(entity.name)}</title><style>{STYLE}</style>'
    return f"<!DOCTYPE html><html><head>{head}</head><body><h1>{escape(entity.name)}</h1>{shown}{link}</body></html>\n"


def flyout_html(entity: Entity) -> str:
    """A few words for a window that opens under the pointer."""
    return f"<p><b>{escape(entity.name)}</b></p><p>{escape(entity.description)}</p>"


def _others(entity: Entity) -> list[str]:
    others = [name for name in entity.names if name not in (entity.name, entity.id)]
    domains = [*entity.values.get("domain", ())]
    return [" · ".join([*others[:_OTHERS], *domains])]
