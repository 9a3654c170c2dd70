"""How results look: JSON for programs, plain lines at 80 columns for people. Data to stdout, prose to stderr."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from pydantic import BaseModel

SHORT_ID = 19
"""`sha256:` and 12 hex digits: enough to copy, short enough for a line."""

_WIDEST = 100
_FULL_ID = re.compile(r"sha256:[0-9a-f]{64}")
_STYLE = re.compile(r"(\x1b\[[012]m)")
# What reorders or hides text on a terminal, so that a name cannot pass for another.
_DECEPTIVE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def safe(text: str) -> str:
    """The text without anything that steers a terminal."""
    return _DECEPTIVE.sub("\N{REPLACEMENT CHARACTER}", text)


def width() -> int:
    """Columns to fill: those of the terminal up to a readable line, 80 where there is none."""
    return min(shutil.get_terminal_size((80, 24)).columns, _WIDEST)


def data(*lines: str) -> None:
    """Lines of the answer."""
    for line in lines:
        typer.echo(_printable(line))


def prose(text: str) -> None:
    """A remark for whoever watches; never part of the answer."""
    typer.echo(for_stderr(text), err=True)


def for_stderr(text: str) -> str:
    """The text as somebody reads it there: broken at blanks on a terminal, and as it is anywhere else."""
    if not sys.stderr.isatty():
        return safe(text)
    lines = []
    for line in safe(text).split("\n"):
        indent = len(line) - len(line.lstrip(" "))
        lines += wrapped(line, indent=indent, hang=indent + 2)
    return "\n".join(lines)


def warn(text: str) -> None:
    prose(f"warning: {text}")


def warn_if_on_disk(to_scrub: bool) -> None:
    if to_scrub:
        warn("not yet gone from the ledger's disk: somebody is reading; it is tried again (`onrecord doctor` tells when it is)")


def print_shape(shape: BaseModel) -> None:
    """The same JSON as the API gives."""
    typer.echo(shape.model_dump_json(by_alias=True))


def print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False))


def bold(text: str) -> str:
    """The text, stressed on a terminal; as it is anywhere else."""
    return typer.style(text, bold=True)


def faint(text: str) -> str:
    return typer.style(text, dim=True)


def short(record_id: str | None) -> str:
    return "" if record_id is None else record_id[:SHORT_ID]


def text_of(texts: dict[str, Any]) -> str:
    """The text to show a reader: English where there is one, else the first."""
    found = texts.get("en") or next(iter(texts.values()), "")
    return found if isinstance(found, str) else "(sealed)"


def wrapped(text: str, *, indent: int = 0, hang: int | None = None, columns: int | None = None) -> list[str]:
    """Lines that fit, broken at blanks; wide characters count for two."""
    room = columns or width()
    first, rest = " " * indent, " " * (indent if hang is None else hang)
    lines, line = [], first
    empty = True
    for word in text.split():
        if not empty and cells(line) + 1 + cells(word) > room:
            lines.append(line)
            line, empty = rest, True
        line += word if empty else " " + word
        empty = False
    return [*lines, line]


def cells(text: str) -> int:
    """How many columns the text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def padded(text: str, columns: int) -> str:
    return text + " " * max(0, columns - cells(text))


def cut(text: str, columns: int) -> str:
    """The text in at most so many columns, its end marked where some is missing."""
    if cells(text) <= columns:
        return text
    while text and cells(text) > columns - 1:
        text = text[:-1]
    return text.rstrip() + "…"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Columns side by side; the last takes the room that is left and continues on lines of its own."""
    body = [[safe(cell).replace("\n", " ") for cell in row] for row in rows]
    widths = [max([cells(head), *(cells(row[place]) for row in body)]) for place, head in enumerate(headings)]
    before = sum(widths[:-1]) + 2 * (len(widths) - 1)
    last = max(width() - before, 24)
    lines = ["  ".join([*(padded(head, wide) for head, wide in zip(headings[:-1], widths, strict=False)), headings[-1]])]
    for row in body:
        start = "  ".join(padded(cell, wide) for cell, wide in zip(row[:-1], widths, strict=False))
        parts = [part.strip() for part in wrapped(row[-1], columns=last)] or [""]
        lines.append((start + "  " + parts[0]).rstrip())
        lines += [" " * before + part for part in parts[1:]]
    return lines


def members(pairs: Iterable[tuple[str, object]], *, columns: int | None = None) -> list[str]:
    """Names and values, one to a line; what is absent is left out."""
    shown = [(name, safe(str(value))) for name, value in pairs if value not in (None, "", [], {})]
    wide = max((len(name) for name, _ in shown), default=0)
    lines = []
    for name, value in shown:
        first, *rest = wrapped(value, indent=wide + 2, columns=columns)
        lines += [name.ljust(wide + 2) + first.strip(), *rest]
    return lines


def record_members(record: Mapping[str, Any]) -> list[str]:
    """What a record says, a member to a line, ids short enough to read; its kind is for the heading."""
    plain = {name: item if isinstance(item, str) else json.dumps(item, ensure_ascii=False) for name, item in record.items()}
    shown = [(name, _FULL_ID.sub(lambda found: short(found.group()), text)) for name, text in plain.items() if name != "kind"]
    return ["  " + line for line in members(shown, columns=width() - 2)]


def close_pipe() -> None:
    """Whoever read our output has what it wanted: what Python would still flush at exit goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def plural(count: int, one: str, many: str | None = None) -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def on_terminal() -> bool:
    """Whether somebody sits at both ends and can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def _printable(line: str) -> str:
    """Safe text that keeps our own two styles; typer drops them where stdout is no terminal."""
    return "".join(part if _STYLE.fullmatch(part) else safe(part) for part in _STYLE.split(line))
