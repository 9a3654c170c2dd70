"""The picture of the chains: well-formed, whole, readable without colour and without eyes, and nothing else in it."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from ledger.exports.content import Content
from ledger.exports.lettering import shown, width_of, wrap
from ledger.exports.svg import print_svg
from ledger.exports.svgstyle import outline, sign
from ledger.operations import Question
from tests.core.world import World
from tests.exports.conftest import ContentOf
from tests.exports.contents import content_of_world

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</title><script>alert('x')</script> \"&<b>\u202e\u0007\ufffe\nEvil 한국어 العربية"


def parsed(content: Content) -> ElementTree.Element:
    return ElementTree.fromstring(print_svg(content))


def boxes(root: ElementTree.Element) -> list[str]:
    return [one.get("aria-label", "") for one in root.iter(f"{SVG}g") if "oc-box" in one.get("class", "")]


def test_every_statement_is_a_box_and_every_hop_a_line(content: Content) -> None:
    root = parsed(content)
    assert len(boxes(root)) == len(content.chain.nodes) > 20
    lines = [one for one in root.iter(f"{SVG}path") if one.get("class") == "oc-head"]
    assert len(lines) == len(content.chain.hops) > 10


def test_a_screen_reader_hears_the_claim_and_each_hop_and_what_each_box_says(content: Content) -> None:
    root = parsed(content)
    title, told = root.findtext(f"{SVG}title"), root.findtext(f"{SVG}desc") or ""
    assert title == "Who had it from whom: North Korea sent troops to fight for Russia in the war against Ukraine"
    assert {root.find(f"{SVG}title").get("id"), root.find(f"{SVG}desc").get("id")} == set(  # type: ignore[union-attr]
        root.get("aria-labelledby", "").split()
    )
    assert "Yonhap News Agency quotes North Korea" in told
    assert any("North Korea confirms it; 2025-04-28; supports the claim; an origin" in words for words in boxes(root))


def test_stances_differ_in_outline_and_sign_not_in_colour_alone() -> None:
    stances = ("supports", "denies", "differs", None)
    assert len({outline(stance, False, 100, 50) for stance in stances}) == len({sign(stance, 0, 0) for stance in stances}) == 4


def test_origins_that_count_as_one_stand_in_a_frame_that_says_so(content: Content) -> None:
    text = print_svg(content).decode()
    assert "one origin: North Korea (4×)" in text
    assert "one origin: Russia (2×)" in text


def test_hostile_words_are_words() -> None:
    world = World()
    world.source("wire", "B", name=HOSTILE.replace("\u0007", "").replace("\ufffe", ""))
    world.says("wire", "confirms", basis="witnessed", said_at="2025")
    root = parsed(content_of_world(world))
    assert not [one.tag for one in root.iter() if one.tag in (f"{SVG}script", f"{SVG}b", f"{SVG}a", f"{SVG}image")]
    assert "\u202e" not in print_svg(content_of_world(world)).decode()
    assert "<script>alert('x')</script>" in boxes(root)[0]
    assert shown(HOSTILE).isprintable()


def test_nothing_is_fetched_and_nothing_runs(content: Content) -> None:
    text = print_svg(content).decode().replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|href|@import|<script|\bon[a-z]+=|javascript:|data:", text)
    assert set(re.findall(r"url\(([^)]*)\)", text)) <= {"#oc-aside"}
    assert "prefers-color-scheme:dark" in text


def test_a_circle_and_a_bottleneck_are_marked() -> None:
    world = World()
    for slug in ("a", "b", "wire"):
        world.source(slug, "B")
    one = world.says("a", "reports", basis="told", document=world.document("a", "2025-01-01"))
    world.hop(one, world.through("b", one, "2025-01-02"))
    for number in range(3):
        world.source(f"state-{number}", "B", type="government_body")
        said = world.says(f"state-{number}", "confirms", basis="own_act", said_at="2025-01-01")
        world.through("wire", said, f"2025-02-0{number + 1}")
    text = print_svg(content_of_world(world)).decode()
    assert text.count("↻ cited in a circle") == 2
    assert text.count("(closes the circle)") == 1
    assert text.count("▸◂ bottleneck") == 3
    assert "Circular citation: A &lt; B." in text


def test_what_is_set_aside_is_struck_and_hatched_and_says_why() -> None:
    world = World()
    world.source("wire", "B")
    page = world.document("wire", "2025-01-01")
    world.add(kind="assessment", target=page, scheme="authenticity", value="forged", rationale="pixels")
    world.says("wire", "confirms", basis="witnessed", document=page)
    text = print_svg(content_of_world(world)).decode()
    assert "oc-struck" in text.partition("</style>")[2]
    assert 'fill="url(#oc-aside)" rx="13"' in text
    assert "✕ set aside: its document was" in text


def test_what_no_longer_counts_is_struck_and_says_so(content: Content) -> None:
    """North Korea's denial of 2024, which its own confirmation of 2025 put an end to."""
    root = parsed(content)
    (gone,) = [words for words in boxes(root) if "no longer counts" in words]
    assert "North Korea's Mission to the United Nations denies it" in gone
    struck = [one.text for one in root.iter(f"{SVG}text") if "oc-struck" in one.get("class", "")]
    assert " ".join(str(text) for text in struck) == "North Korea's Mission to the United Nations"
    assert "⊘ no longer counts" in {one.text for one in root.iter(f"{SVG}text")}


def test_a_claim_of_which_nobody_speaks_has_a_picture_that_says_so() -> None:
    text = print_svg(content_of_world(World())).decode()
    assert "Nobody is on record as saying anything about it." in text
    assert boxes(parsed(content_of_world(World()))) == []


def test_the_picture_is_of_the_moment_that_was_asked_for(content_of: ContentOf, troops: str) -> None:
    then, now = content_of(troops, Question(until="2024-10-30")), content_of(troops)
    assert len(boxes(parsed(then))) < len(boxes(parsed(now)))
    assert "said by 2024-10-30" in print_svg(then).decode()


TEXTS = ("Yonhap News Agency", "연합뉴스 통신사 서울 본사", "وكالة الأنباء", "W" * 80, "word " * 40, "北" * 50, "e\u0301" * 60)


@pytest.mark.parametrize("text", TEXTS)
def test_words_are_broken_into_lines_that_fit_and_say_where_they_go_on(text: str) -> None:
    lines = wrap(text, 160, 13, 2)
    assert 1 <= len(lines) <= 2
    assert all(width_of(line, 13) <= 160 for line in lines)
    whole = "".join(lines).replace(" ", "") == shown(text).replace(" ", "")
    assert whole or lines[-1].endswith("…")
