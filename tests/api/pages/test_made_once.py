"""Templates are made of their text by one thread, however many pages are asked for at once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from jinja2 import Environment

from api.pages import rendering


def test_a_template_is_made_once_though_many_ask_for_it_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rendering._made.cache_clear()
    made: Counter[str] = Counter()
    plain = Environment.compile

    def counted(self: Environment, source: Any, name: str | None = None, *args: Any, **named: Any) -> Any:
        made[str(name)] += 1
        return plain(self, source, name, *args, **named)

    monkeypatch.setattr(Environment, "compile", counted)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: rendering.environment().get_template("claim.html"), range(16)))
    assert made == {"claim.html": 1}
    assert len({id(one) for one in found}) == 1
