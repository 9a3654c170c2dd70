"""What is wrong with a dossier, line by line, in a person's words: what was found, what was wanted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from rapidfuzz import fuzz, process

from ledger.errors import FormatError
from ledger.imports.shapes import Alias, Ref
from ledger.imports.yaml import Items, Members, Node, Words, kind_of
from schemas import ids

MAX_SHOWN = 200
_CHOICE = re.compile(r"'([^']*)'")
_WANTED_KIND = {
    "string_type": "text",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "tuple_type": "a list",
    "list_type": "a list",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number from 0 to 100",
    "float_parsing": "a number from 0 to 100",
}
# What people call things, where no spelling is near.
_MEANT = {
    "newspaper": "outlet",
    "paper": "outlet",
    "media": "outlet",
    "magazine": "outlet",
    "website": "outlet",
    "site": "outlet",
    "broadcaster": "outlet",
    "tv": "outlet",
    "radio": "outlet",
    "agency": "news_agency",
    "wire": "news_agency",
    "government": "government_body",
    "ministry": "government_body",
    "state": "government_body",
    "country": "government_body",
    "company": "organization",
    "ngo": "organization",
    "organisation": "organization",
    "militia": "armed_group",
    "journalist": "person",
    "account": "platform_account",
    "channel": "platform_account",
    "social_media": "platform_account",
    "anonymous": "unnamed",
    "figure": "quantity",
    "number": "quantity",
    "fact": "event",
    "statement": "position",
    "prediction": "forecast",
    "says": "asserts",
    "said": "asserts",
    "states": "asserts",
}


@dataclass(frozen=True, order=True)
class Fault:
    line: int
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}" if self.line else self.text


def refuse(faults: Iterable[Fault]) -> None:
    """FormatError that lists every fault by line; nothing if there is none."""
    listed = sorted(set(faults))
    if not listed:
        return
    lines = [str(fault) for fault in listed[:MAX_SHOWN]]
    if len(listed) > MAX_SHOWN:
        lines.append(f"and {len(listed) - MAX_SHOWN} more")
    raise FormatError("\n".join(lines), hint="nothing was stored")


def near(word: str, choices: Iterable[str]) -> list[str]:
    """Up to three choices that the word may have meant, nearest first."""
    spelled = {choice: choice.casefold() for choice in sorted(set(choices))}
    hits = process.extract(word.casefold(), spelled, scorer=fuzz.ratio, limit=3, score_cutoff=60)
    return [str(choice) for _, _, choice in hits]


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """`; did you mean a or b?`, or nothing where nothing is near."""
    meant = near(word, choices)
    return f"; did you mean {' or '.join(meant)}?" if meant else ""


def faults_of(error: ValidationError, node: Node, shape: type[BaseModel] | None = None) -> list[Fault]:
    """Each complaint about the node as a fault at the line of the member at fault."""
    return [Fault(_line_of(node, detail), _text_of(detail, shape)) for detail in error.errors(include_url=False)]


def plain_text_of(error: ValidationError) -> list[str]:
    """The complaints without lines: for a record that was built from good members and still does not hold together."""
    return [_text_of(detail, None) for detail in error.errors(include_url=False)]


def _line_of(node: Node, detail: ErrorDetails) -> int:
    line = node.line
    for part in detail["loc"]:
        if isinstance(node, Members) and isinstance(part, str) and part in node:
            line, node = node.lines[part], node[part]
        elif isinstance(node, Items) and isinstance(part, int) and part < len(node):
            node = node[part]
            line = node.line
    return line


def _text_of(detail: ErrorDetails, shape: type[BaseModel] | None) -> str:
    place = _place(detail["loc"])
    kind, given, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "missing":
        return f"{_inside(detail['loc'])}no {detail['loc'][-1]}, which is wanted"
    if kind == "extra_forbidden":
        return _unknown_member(detail["loc"], shape)
    if kind == "literal_error":
        choices = _CHOICE.findall(str(context["expected"]))
        meant = _meant(given, choices) if isinstance(given, str) else ""
        return f"{place}found {kind_of(given)}, wanted {', '.join(choices)}{meant}"
    if kind == "value_error":
        return place + str(context["error"])
    if kind == "string_pattern_mismatch":
        return f"{place}found {kind_of(given)}, wanted {_described(str(context['pattern']))}"
    if kind == "dict_type" and isinstance(given, Words) and place in ("names: ", "text: "):
        return f"{place}found {kind_of(given)}, wanted a mapping from language to text, for example {{en: {given[:40]}}}"
    if kind in _WANTED_KIND:
        return f"{place}found {kind_of(given)}, wanted {_WANTED_KIND[kind]}"
    if kind == "string_too_long" and place == "country: ":
        return f"{place}found {kind_of(given)}, wanted a two-letter code, for example SE"
    if kind == "string_too_long":
        return f"{place}found {len(str(given))} characters, wanted at most {context['max_length']}"
    if kind == "too_long":
        return f"{place}found more than {context['max_length']} items, wanted at most that"
    if kind == "too_short":
        return f"{place}found {kind_of(given)} with nothing in it, wanted at least {context['min_length']}"
    return f"{place}found {kind_of(given)}: {detail['msg']}"


def _meant(given: str, choices: list[str]) -> str:
    """The choice that this word means, else those that are spelt like it."""
    meant = _MEANT.get(given.casefold().replace(" ", "_").replace("-", "_"))
    return f"; did you mean {meant}?" if meant in choices else did_you_mean(given, choices)


def _unknown_member(loc: tuple[int | str, ...], shape: type[BaseModel] | None) -> str:
    member = str(loc[-1])[:80]
    known = _members_at(shape, loc[:-1])
    wanted = did_you_mean(member, known) or (f"; wanted {', '.join(known)}" if known else "")
    return f"{_inside(loc)}unknown member {member!r}{wanted}"


def _members_at(shape: type[BaseModel] | None, loc: Sequence[int | str]) -> list[str]:
    """The members that the shape takes at this place."""
    for part in loc:
        if shape is None:
            return []
        field = shape.model_fields.get(str(part))
        if field is not None:
            shape = _shape_in(field.annotation)
    return [name for name in shape.model_fields if name not in ("line", "lines")] if shape else []


def _shape_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in get_args(annotation):
        if (shape := _shape_in(part)) is not None:
            return shape
    return None


def _names(loc: Sequence[int | str]) -> list[str]:
    return [str(part) for part in loc if isinstance(part, str) and not part.startswith(("function-", "constrained-", "["))]


def _place(loc: Sequence[int | str]) -> str:
    names = _names(loc)
    return ".".join(names) + ": " if names else ""


def _inside(loc: Sequence[int | str]) -> str:
    return _place(loc[:-1])


def _pattern_words() -> dict[str, str]:
    """What each pattern of a shape is called, for people."""
    words: dict[str, str] = {}
    annotated: tuple[Any, ...] = (ids.Digest, ids.Slug, ids.Qid, ids.Topic, Alias, Ref)
    for kind in annotated:
        metadata = kind.__metadata__
        pattern = next(item.pattern for item in metadata if getattr(item, "pattern", None))
        words[pattern] = next(item.description for item in metadata if isinstance(item, FieldInfo) and item.description)
    return words


def _described(pattern: str) -> str:
    return _pattern_words().get(pattern, f"text like {pattern}")
