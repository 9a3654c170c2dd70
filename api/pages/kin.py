"""The relations of a source as a small picture in numbers: what it belongs to above it, what belongs to it below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.pages.language import Tongue
from ledger.exports.lettering import cut, shown
from schemas.lookups import RelationView, SourceView

WIDE = 360
MOST = 24
"""So many are drawn; the list in words has more."""
_ROW, _BOX, _SELF, _GAP = 50, 26, 36, 16
_LEFT, _TRUNK, _BESIDE = 46, 16, 30
_NAME_SIZE, _LABEL_SIZE = 13.0, 11.0
_EITHER_WAY = ("allied_with", "party_to")


@dataclass(frozen=True)
class Row:
    """Another source in its box, what the relation is, and the line that leads there; the arrow points at the object."""

    name: str
    label: str
    y: int
    line: str
    head: str | None
    dashed: bool


@dataclass(frozen=True)
class Kin:
    name: str
    y: int
    head: str | None
    rows: Sequence[Row]
    height: int
    left_out: int


def kin(source: SourceView, t: Tongue) -> Kin | None:
    """None where it has no relation on record that counts."""
    counting = [one for one in source.relations if not one.in_doubt]
    drawn = counting[:MOST]
    if not drawn:
        return None
    upward = [one for one in drawn if one.subject == source.id and one.relation not in _EITHER_WAY]
    beside = [one for one in drawn if one.relation in _EITHER_WAY]
    downward = [one for one in drawn if one.object == source.id and one.relation not in _EITHER_WAY]
    own = len(upward) * _ROW
    foot = own + _SELF
    rows = [_row(one, source, t, place * _ROW, own, "up") for place, one in enumerate(upward)]
    rows += [_row(one, source, t, foot + _GAP // 2 + place * _ROW, foot, "beside") for place, one in enumerate(beside)]
    below = foot + _GAP // 2 + len(beside) * _ROW
    rows += [_row(one, source, t, below + place * _ROW, foot, "down") for place, one in enumerate(downward)]
    return Kin(
        name=_fitting(name_of(source.id, {source.id: source.names}, t), WIDE - 20, 14.0),
        y=own,
        head=f"M{_TRUNK - 5} {foot + 8}L{_TRUNK} {foot}L{_TRUNK + 5} {foot + 8}Z" if downward else None,
        rows=rows,
        height=below + len(downward) * _ROW + 2,
        left_out=len(counting) - len(drawn),
    )


def _row(one: RelationView, source: SourceView, t: Tongue, y: int, edge: int, way: str) -> Row:
    other = one.object if one.subject == source.id else one.subject
    across = y + 17 + _BOX // 2
    trunk = _BESIDE if way == "beside" else _TRUNK
    end = _LEFT - 7 if way == "up" else _LEFT
    head = f"M{_LEFT - 8} {across - 5}L{_LEFT} {across}L{_LEFT - 8} {across + 5}Z" if way == "up" else None
    return Row(
        name=_fitting(name_of(other, source.source_names, t), WIDE - _LEFT - 16, _NAME_SIZE),
        label=_fitting(" · ".join([relation_word(one, source.id, t), *details(one, t)]), WIDE - _LEFT, _LABEL_SIZE),
        y=y,
        line=f"M{trunk} {edge + (8 if way == 'down' else 0)}V{across}H{end}",
        head=head,
        dashed=way == "beside",
    )


def relation_word(one: RelationView, own: str, t: Tongue) -> str:
    """Read from the box: what the other is to this source, or this source to the other."""
    return t(f"kin.{one.relation}") if one.subject == own or one.relation == "allied_with" else t(f"kin.of.{one.relation}")


def details(one: RelationView, t: Tongue) -> list[str]:
    """Share, topic and dates, as far as they are on record."""
    found = [f"{one.share:g} %".replace(".", t("decimal"))] if one.share is not None else []
    found += [t("kin.on", topic=one.topic)] if one.topic else []
    if one.valid_from and one.valid_to:
        found.append(f"{one.valid_from} – {one.valid_to}")
    elif one.valid_from:
        found.append(t("kin.since", date=one.valid_from))
    elif one.valid_to:
        found.append(t("kin.until", date=one.valid_to))
    return found


def name_of(slug: str, names: dict[str, dict[str, str]], t: Tongue) -> str:
    """The name in the reader's language as far as there is one; the slug where no name can be read."""
    texts = names.get(slug)
    return t.pick(texts)[1] if texts else t.named(slug)


def _fitting(text: str, width: float, size: float) -> str:
    return cut(shown(text), width, size)
