"""What a picture of a claim's chains shows, whoever draws it: boxes, the lines between them, what stands together, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ledger.core.sentences import act_on_it
from ledger.exports.content import Content
from schemas.corroboration import ChainView, Hop, Node, Report


@dataclass(frozen=True, slots=True)
class Box:
    """A statement, or a document in which a chain ends. `about` is the text of the related claim that it is about, if it is;
    `why` says why it is set aside; `marks` are bottleneck and circle."""

    id: str
    name: str
    deed: str
    said: str
    stance: str | None
    document: bool
    root: bool
    established: bool
    set_aside: bool
    why: str
    about: str
    marks: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """All that is drawn of it, for who listens to the picture."""
        parts = [f"{self.name} {self.deed}".strip(), self.said, f"about: {self.about}" if self.about else ""]
        parts.append({"supports": "supports the claim", "denies": "speaks against the claim"}.get(self.stance or "", ""))
        parts.append("differs in the figure" if self.stance == "differs" else "")
        parts.append("an origin" if self.established else "where it has that from is not on record" if self.root else "")
        parts += [f"set aside: {self.why}" if self.set_aside else "", *self.marks]
        return "; ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Line:
    """A hop: `below` has it from `above`."""

    below: str
    above: str
    mode: str
    standing: str
    inferred: bool
    set_aside: bool

    @property
    def label(self) -> str:
        more = [self.standing.replace("_", " ")] if self.standing != "explicit" else []
        more += ["inferred"] if self.inferred else []
        return self.mode.replace("_", " ") + (f" ({', '.join(more)})" if more else "")


@dataclass(frozen=True)
class Picture:
    """`together`: origins that the score counts as one, by box; `names` what they are called. `notes` are remarks below."""

    claim: str
    title: str
    summary: str
    circumstances: str
    boxes: list[Box]
    lines: list[Line]
    together: dict[str, str]
    names: dict[str, str]
    notes: list[str]

    @property
    def chains(self) -> list[str]:
        """Each line in words."""
        names = {box.id: box.name for box in self.boxes}
        return [f"{names[line.below]} {line.label} {names[line.above]}" for line in self.lines]


def picture(content: Content) -> Picture:
    return picture_of(content.chain, content.report, content.texts, content.origin)


def picture_of(chain: ChainView, report: Report, texts: Mapping[str, Mapping[str, str]], ledger: str) -> Picture:
    """The chains as they are seen with this report."""
    reasons = {one.record: one.reason for one in report.set_aside}
    boxes = [_box(node, chain, texts, reasons) for node in sorted(chain.nodes, key=_in_time)]
    aside = {box.id for box in boxes if box.set_aside}
    names = {box.id for box in boxes}
    lines = [_line(hop, aside) for hop in chain.hops if hop.from_ in names and hop.to in names]
    until = f", {'said' if chain.clock == 'said' else 'public'} by {chain.until}" if chain.until else ""
    return Picture(
        claim=chain.claim,
        title=_text(texts, chain.claim),
        summary=report.summary,
        circumstances=f"{ledger}, {chain.as_of.size} entries at {chain.as_of.time}{until}, {chain.claim}",
        boxes=boxes,
        lines=lines,
        together={node.id: node.origin for node in chain.nodes if node.root and node.origin},
        names=dict(chain.names),
        notes=_notes(chain),
    )


def _in_time(node: Node) -> tuple[str, str]:
    return node.said or "~", node.id


def _text(texts: Mapping[str, Mapping[str, str]], claim: str) -> str:
    words = texts.get(claim, {})
    return words.get("en") or next(iter(words.values()), claim)


def _box(node: Node, chain: ChainView, texts: Mapping[str, Mapping[str, str]], reasons: Mapping[str, str]) -> Box:
    name = chain.names.get(node.speaker, node.speaker) if node.speaker else "unknown author"
    narrow = {one.source for one in chain.bottlenecks}
    ringed = {one for circle in chain.circular for one in circle.statements}
    shown = {"bottleneck": node.speaker in narrow and not node.root, "circle": node.id in ringed}
    return Box(
        id=node.id,
        name=name,
        deed=_deed(node, chain.claim),
        said=_date(node.said),
        stance=node.stance,
        document=node.kind == "document",
        root=node.root,
        established=node.established,
        set_aside=node.set_aside,
        why=reasons.get(node.id, ""),
        about=_text(texts, node.claim) if node.claim and node.claim != chain.claim else "",
        marks=tuple(mark for mark, is_so in shown.items() if is_so),
    )


def _deed(node: Node, claim: str) -> str:
    """`confirms it`; of a document, that it is one."""
    if node.act is None:
        return "is the document at the end of the chain"
    deed = act_on_it(node.act, "-" if node.stance == "denies" else "+") if node.claim == claim else node.act.replace("_", " ")
    return deed + (f" ({node.certainty})" if node.certainty not in (None, "unstated", "certain") else "")


def _date(said: str | None) -> str:
    return (said or "undated").replace("T", " ").removesuffix(":00Z").removesuffix("Z")


def _line(hop: Hop, aside: set[str]) -> Line:
    return Line(hop.from_, hop.to, hop.mode, hop.standing, hop.inferred, hop.from_ in aside or hop.to in aside)


def _notes(chain: ChainView) -> list[str]:
    def listed(slugs: list[str], between: str) -> str:
        return between.join(chain.names.get(slug, slug) for slug in slugs)

    narrow = [
        f"Bottleneck: everything {one.side} from {listed(one.origins, ', ')} runs through {listed([one.source], '')}."
        for one in chain.bottlenecks
    ]
    return narrow + [f"Circular citation: {listed(one.speakers, ' < ')}." for one in chain.circular]
