"""Whole reports of olo-1, kept: a published policy keeps giving what it gave. `python -m tests.golden_reports` writes them
anew, which is right when the report has a new member or the description was not met, and never to make a test pass."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from schemas.corroboration import Report
from tests.core.test_worked_example import troops
from tests.core.world import World
from tests.imports.ledgers import dossier_text, drafted, score

PLACE = Path(__file__).parent / "golden" / "reports"
T = "2025-01-01"


def example(alias: str, until: str | None = None) -> Report:
    return score(drafted(dossier_text("north-korea-troops.yaml")), alias, until=until)


def one_channel() -> Report:
    """Two ministries that one agency alone carries."""
    w = World()
    w.source("agency", "B", type="news_agency")
    for slug in ("one", "two"):
        w.source(slug, "B", type="government_body")
        w.through("agency", w.says(slug, "confirms", said_at=T), "2025-01-02")
    return w.report()


def forged_and_circular() -> Report:
    """A ministry's words that rest on a forged page, and three outlets that cite each other."""
    w = World()
    w.source("ministry", "B", type="government_body")
    names = [w.source(slug, "C") for slug in ("a", "b", "c")]
    said = [w.says(slug, "reports", document=w.document(slug, T), basis="told") for slug in names]
    for below, above in zip(said, [*said[1:], said[0]], strict=True):
        w.hop(below, above)
    page = w.document("a", T)
    below = w.says("a", "reports", document=page, basis="told")
    w.hop(below, w.says("ministry", "confirms", reported_by=below))
    w.add(kind="assessment", target=page, scheme="authenticity", value="forged", rationale="the letterhead is wrong")
    return w.report()


def figures() -> Report:
    """Figures that agree, agree in part, differ, and cannot be compared."""
    w = World()
    soldiers = {"unit": "soldiers", "measure": "deployed"}
    claim = w.claim("about ten thousand", "quantity", quantity={"best": 10000, "hedge": "about", **soldiers})
    said: dict[str, dict[str, Any]] = {
        "same": {"best": 10000, "hedge": "about", **soldiers},
        "wide": {"low": 8000, "hedge": "more_than", **soldiers},
        "far": {"best": 100, "hedge": "exact", **soldiers},
        "other": {"best": 10000, "hedge": "about", "unit": "shells"},
    }
    for slug, quantity in said.items():
        w.source(slug, "B", type="organization")
        w.says(slug, "reports", claim=claim, quantity=quantity, document=w.document(slug, T), basis="data")
    return w.report(claim=claim)


def public_and_unnamed() -> Report:
    """An official without a name, a joint statement and an admission, as readers could know them on a day."""
    w = World()
    for slug, letter in (("one", "B"), ("two", "C"), ("accused", "D")):
        w.source(slug, letter, type="government_body")
    w.relate("two", "allied_with", "one")
    w.relate("accused", "party_to", w.topic)
    w.source("official", "A", type="unnamed", unnamed_kind="person", affiliation="one")
    w.source("paper", "B")
    w.through("paper", w.says("official", "asserts", said_at=T), "2025-01-02")
    w.says("two", "announces", joint_with=["one"], document=w.document("two", "2025-01-03"))
    w.says("accused", "denies", document=w.document("accused", "2025-01-04"), interest="unknown")
    w.through("paper", w.says("accused", "confirms", said_at="2025-01-05", interest="against"), "2025-06-01")
    return w.report("2025-02-01", clock="public")


REPORTS: dict[str, Callable[[], Report]] = {
    "worked-example-2024-10-22": lambda: troops().report("2024-10-22"),
    "worked-example-2025-04-30": lambda: troops().report("2025-04-30"),
    "worked-example-rare": lambda: troops().report("2025-04-30", base_rate=0.01, without=["origin:nis"]),
    "troops-sent": lambda: example("troops-sent"),
    "troops-sent-2024-10-30": lambda: example("troops-sent", "2024-10-30"),
    "arms-supplied": lambda: example("arms-supplied"),
    "one-channel": one_channel,
    "forged-and-circular": forged_and_circular,
    "figures": figures,
    "public-and-unnamed": public_and_unnamed,
}


def document(name: str) -> dict[str, Any]:
    found: dict[str, Any] = REPORTS[name]().model_dump(mode="json", by_alias=True)
    return found


def main() -> None:
    PLACE.mkdir(parents=True, exist_ok=True)
    for path in PLACE.glob("*.json"):
        path.unlink()
    for name in REPORTS:
        text = json.dumps(document(name), indent=1, ensure_ascii=False, sort_keys=True)
        (PLACE / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
