"""YAML as the importer of dossiers reads it again: plain nodes, nothing repeated by reference, every character kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

# Line breaks of any kind and tabs are folded or normalised outside double quotes.
_UNSTEADY = re.compile(r"[\t\n\r\x85\u2028\u2029\ufeff]")
_WIDTH = 110


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if _UNSTEADY.search(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def print_item(item: Mapping[str, Any] | list[Any]) -> str:
    """One item of a list."""
    printed: str = yaml.dump([item], Dumper=_Dumper, default_flow_style=None, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return printed


def comment(*lines: str) -> str:
    """Lines that a reader of YAML passes over, whatever they hold."""
    return "".join(f"# {_printable(line)}".rstrip() + "\n" for line in lines)


def section(name: str, items: Iterable[str]) -> str:
    """The list of this name, or nothing where it is empty."""
    listed = "".join(items)
    return f"\n{name}:\n{listed}" if listed else ""


def _printable(line: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in line).split())
