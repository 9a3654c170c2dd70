"""Errors as they travel: application/problem+json (RFC 9457)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Problem(BaseModel):
    """`type` is a URN of ours, `detail` what was found and wanted, `hint` what to do next, `pointer` where (RFC 6901)."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    hint: str | None = None
    pointer: str | None = None
    step: str | None = None
    errors: list[dict[str, Any]] | None = None
    suggestions: list[str] | None = None
    matches: list[str] | None = None
