"""One object of schema.org as it is read: each member in the form that is wanted, or a fault that says where and what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ledger.core.normal import normal_form
from ledger.imports.faults import Fault
from ledger.imports.jsonld import type_of

_DAY = re.compile(r"[0-9]{4}(?:-[0-9]{2}){0,2}")
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(?:[.,][0-9]{1,9})?(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_DECIMAL = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,6})?")
_WIKIDATA = re.compile(r"https?://(?:www\.)?wikidata\.org/(?:wiki|entity)/(Q[1-9][0-9]{0,11})")


@dataclass
class Notes:
    """What is wrong and what was left out, by the number of the review; which members nobody read, and how often."""

    by_id: Mapping[str, Mapping[str, Any]]
    faults: list[Fault] = field(default_factory=list)
    left_out: list[Fault] = field(default_factory=list)
    unread: dict[str, int] = field(default_factory=dict)


class Thing:
    """An object at a path below review `number`. A member that is absent, null, blank or an empty list is None."""

    def __init__(self, members: Mapping[str, Any], path: str, number: int, notes: Notes) -> None:
        reference = members.get("@id")
        if isinstance(reference, str) and members.keys() <= {"@id", "@type"}:
            members = notes.by_id.get(reference, members)
        self.members = members
        self.type = type_of(members)
        self._path, self._number, self._notes = path, number, notes
        self._read: set[str] = set()

    def at(self, name: str) -> str:
        return f"{self._path}{name}"

    def fault(self, name: str, text: str) -> None:
        self._notes.faults.append(Fault(self._number, f"{self.at(name)}: {text}"))

    def leave_out(self, name: str, why: str) -> None:
        self._notes.left_out.append(Fault(self._number, f"{self.at(name)} left out: {why}"))

    def text(self, name: str) -> str | None:
        value = self._one(name)
        if isinstance(value, dict) and isinstance(value.get("@value"), str):
            value = value["@value"]
        if value is None or isinstance(value, str):
            return _plain(value)
        self.fault(name, f"found {_kind(value)}, wanted text")
        return None

    def texts(self, *names: str) -> str | None:
        """The first of these members that says something."""
        found = [self.text(name) for name in names]
        return next((text for text in found if text is not None), None)

    def address(self, name: str) -> str | None:
        """An http address: as text, as an `@id`, or as the `url` of an object."""
        value = self._one(name)
        if isinstance(value, dict):
            value = value.get("url") or value.get("@id")
        if value is None or isinstance(value, str):
            found = _plain(value)
            if found is None or found.startswith(("http://", "https://")):
                return found
        self.fault(name, f"found {_kind(value)}, wanted an http or https address")
        return None

    def addresses(self, name: str) -> list[str]:
        """Those addresses of a list that are http; others are no fault, since much stands in `sameAs`."""
        self._read.add(name)
        value = self.members.get(name)
        return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str) and one[:4] == "http"]

    def when(self, name: str) -> str | None:
        """A day, month or year as it stands; a moment in UTC; of one without a time zone only the day is sure."""
        value = self.text(name)
        if value is None or _DAY.fullmatch(value):
            return value
        found = _MOMENT.fullmatch(value)
        if found is None:
            self.fault(name, f"found {value[:40]!r}, wanted an ISO date or time")
            return None
        day, clock, seconds, zone = found.groups()
        if zone is None:
            return day
        try:
            moment = datetime.fromisoformat(f"{day}T{clock}{seconds or ':00'}{zone}").astimezone(UTC)
        except (ValueError, OverflowError):
            self.fault(name, f"found {value[:40]!r}, a time that no clock has")
            return None
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")

    def language(self, name: str = "inLanguage") -> str | None:
        import langcodes

        value = self._one(name)
        if isinstance(value, dict):
            value = value.get("alternateName") or value.get("name")
        tag = _plain(value) if isinstance(value, str) else value
        if tag is None:
            return None
        if isinstance(tag, str) and len(tag) <= 35 and langcodes.tag_is_valid(tag):
            return langcodes.standardize_tag(tag)
        self.fault(name, f"found {_kind(tag)}, wanted a language of BCP 47, for example de")
        return None

    def number(self, name: str) -> str | None:
        """A number, or text that is one, in its one spelling."""
        value = self._one(name)
        if isinstance(value, str):
            value = value.strip() or None
        if value is None:
            return None
        text = format(Decimal(repr(value)), "f") if isinstance(value, int | float) and not isinstance(value, bool) else value
        if not isinstance(text, str) or not _DECIMAL.fullmatch(text):
            self.fault(name, f"found {_kind(value)}, wanted a number")
            return None
        plain = text.lstrip("-").lstrip("0") if "." not in text else text.lstrip("-").lstrip("0").rstrip("0").rstrip(".")
        plain = "0" + plain if not plain or plain.startswith(".") else plain
        return f"-{plain}" if text.startswith("-") and plain != "0" else plain

    def thing(self, name: str) -> Thing | None:
        """The one object; of several, the first, and the others are told of."""
        found = self.things(name)
        if len(found) > 1:
            self.leave_out(name, f"all but the first of {len(found)}")
        return found[0] if found else None

    def things(self, name: str) -> list[Thing]:
        """Each object; text stands for an address or a name."""
        self._read.add(name)
        value = self.members.get(name)
        found = []
        for place, item in enumerate(value if isinstance(value, list) else [value]):
            path = f"{self.at(name)}/{place}/" if isinstance(value, list) else f"{self.at(name)}/"
            if isinstance(item, str) and item.strip():
                item = {"url" if item.strip().startswith(("http://", "https://")) else "name": item}
            if isinstance(item, dict):
                if item:
                    found.append(Thing(item, path, self._number, self._notes))
            elif item is not None and not isinstance(item, str):
                self.fault(path.removeprefix(self._path).rstrip("/"), f"found {_kind(item)}, wanted an object")
        return found

    def qid(self) -> str | None:
        places = [*self.addresses("sameAs"), self.members.get("@id")]
        return next((found[1] for one in places if isinstance(one, str) and (found := _WIKIDATA.fullmatch(one))), None)

    def close(self) -> None:
        """Counts what nobody has read of it."""
        for name in self.members.keys() - self._read:
            if not name.startswith("@"):
                shown = re.sub(r"/[0-9]+/", "/", self.at(name))[:120]
                self._notes.unread[shown] = self._notes.unread.get(shown, 0) + 1

    def _one(self, name: str) -> Any:
        self._read.add(name)
        value = self.members.get(name)
        if not isinstance(value, list):
            return value
        if len(value) > 1:
            self.leave_out(name, f"all but the first of {len(value)}")
        return value[0] if value else None


def _plain(value: str | None) -> str | None:
    """As YAML's words: in normal form C, without blanks around."""
    text = normal_form(value).replace("\r\n", "\n").replace("\r", "\n").strip() if value else None
    return text or None


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return repr(value[:60])
    if isinstance(value, int | float):
        return str(value)[:40]
    return "a list" if isinstance(value, list) else "an object"
