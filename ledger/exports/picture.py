"""What a picture of a claim's chains shows, whoever draws it: boxes, the lines between them, what stands together, and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ledger.exports.content import Content
from ledger.exports.wording import ENGLISH, Wording
from schemas.corroboration import ChainView, Hop, Node, Report

GONE = "no_longer_counts"
"""The mark of a statement whose speaker took it back, or says the contrary since."""


@dataclass(frozen=True, slots=True)
class Box:
    """A statement, or a document in which a chain ends. `about` is the text of the related claim that it is about, if it is;
    `why` says why it is set aside; `marks` are what no longer counts, bottleneck and circle."""

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
    sentence: str
    """All that is drawn of it, for who listens to the picture."""


@dataclass(frozen=True, slots=True)
class Line:
    """A hop: `below` has it from `above`."""

    below: str
    above: str
    mode: str
    standing: str
    inferred: bool
    set_aside: bool
    label: str


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


def picture_of(
    chain: ChainView, report: Report, texts: Mapping[str, Mapping[str, str]], ledger: str, say: Wording = ENGLISH
) -> Picture:
    """The chains as they are seen with this report."""
    reasons = {one.record: one.reason for one in report.set_aside}
    gone = {one.statement for one in report.withdrawn}
    gone |= {one.statement for row in report.contributions for one in row.withdrawn}
    boxes = [_box(node, chain, texts, reasons, gone, say) for node in sorted(chain.nodes, key=_in_time)]
    aside = {box.id for box in boxes if box.set_aside}
    names = {box.id for box in boxes}
    lines = [_line(hop, aside, say) for hop in chain.hops if hop.from_ in names and hop.to in names]
    until = f", {'said' if chain.clock == 'said' else 'public'} by {chain.until}" if chain.until else ""
    return Picture(
        claim=chain.claim,
        title=say.pick(texts.get(chain.claim, {})) or chain.claim,
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


def _box(
    node: Node,
    chain: ChainView,
    texts: Mapping[str, Mapping[str, str]],
    reasons: Mapping[str, str],
    gone: Collection[str],
    say: Wording,
) -> Box:
    name = chain.names.get(node.speaker, node.speaker) if node.speaker else say.text("unknown")
    narrow = {one.source for one in chain.bottlenecks}
    ringed = {one for circle in chain.circular for one in circle.statements}
    shown = {
        GONE: node.id in gone and not node.set_aside,
        "bottleneck": node.speaker in narrow and not node.root,
        "circle": node.id in ringed,
    }
    about = say.pick(texts.get(node.claim, {})) or node.claim if node.claim and node.claim != chain.claim else ""
    deed, said, why = _deed(node, chain.claim, say), _date(node.said, say), say.phrase(reasons.get(node.id, ""))
    marks = tuple(mark for mark, is_so in shown.items() if is_so)
    sentence = [f"{name} {deed}".strip(), said, say.text("about", text=about) if about else ""]
    sentence.append(say.text(node.stance) if node.stance else "")
    sentence.append(say.text("an_origin") if node.established else say.text("no_origin") if node.root else "")
    sentence.append(f"{say.text('aside')}: {why}" if node.set_aside else "")
    sentence += [say.text(mark) for mark in marks]
    return Box(
        id=node.id,
        name=name,
        deed=deed,
        said=said,
        stance=node.stance,
        document=node.kind == "document",
        root=node.root,
        established=node.established,
        set_aside=node.set_aside,
        why=why,
        about=about,
        marks=marks,
        sentence="; ".join(part for part in sentence if part),
    )


def _deed(node: Node, claim: str, say: Wording) -> str:
    """`confirms it`; of a document, that it is one."""
    if node.act is None:
        return say.text("document")
    on_it = node.claim == claim
    deed = say.deed(node.act, "-" if node.stance == "denies" else "+") if on_it else say.word("plain_act", node.act)
    hedged = node.certainty is not None and node.certainty not in ("unstated", "certain")
    return deed + (f" ({say.word('certainty', node.certainty or '')})" if hedged else "")


def _date(said: str | None, say: Wording) -> str:
    return (said or say.text("undated")).replace("T", " ").removesuffix(":00Z").removesuffix("Z")


def _line(hop: Hop, aside: set[str], say: Wording) -> Line:
    more = [say.word("standing", hop.standing)] if hop.standing != "explicit" else []
    more += [say.text("inferred")] if hop.inferred else []
    label = say.word("mode", hop.mode) + (f" ({', '.join(more)})" if more else "")
    return Line(hop.from_, hop.to, hop.mode, hop.standing, hop.inferred, hop.from_ in aside or hop.to in aside, label)


def _notes(chain: ChainView) -> list[str]:
    def listed(slugs: list[str], between: str) -> str:
        return between.join(chain.names.get(slug, slug) for slug in slugs)

    narrow = [
        f"Bottleneck: everything {one.side} from {listed(one.origins, ', ')} runs through {listed([one.source], '')}."
        for one in chain.bottlenecks
    ]
    return narrow + [f"Circular citation: {listed(one.speakers, ' < ')}." for one in chain.circular]
