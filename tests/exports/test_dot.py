"""The chains in Graphviz's language, read by Graphviz."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import Any, NoReturn
from xml.etree import ElementTree

import pytest

from ledger.exports.content import Content
from ledger.exports.dot import print_dot
from tests.backends import REQUIRE_VARIABLE
from tests.core.world import World
from tests.exports.contents import content_of_world

HOSTILE = (
    'say "it" \\n & <b>&amp;</b>',
    "a\nb",
    "\\",
    '"];evil [label="x',
    "한국어 Київ العربية",
    "\\N \\G \\L",
    "/* no */ // x",
    "{a|b}",
)


@pytest.fixture(scope="module")
def graphviz() -> str:
    found = shutil.which("dot")
    if found is None:
        _missing("no Graphviz: apt-get install graphviz")
    return found


def _missing(what: str) -> NoReturn:
    if os.environ.get(REQUIRE_VARIABLE) == "1":
        pytest.fail(f"{what}, and {REQUIRE_VARIABLE}=1", pytrace=False)
    pytest.skip(what)


def drawn(graphviz: str, content: Content, kind: str = "json") -> bytes:
    return subprocess.run([graphviz, f"-T{kind}"], input=print_dot(content), capture_output=True, check=True).stdout


def graph(graphviz: str, content: Content) -> tuple[dict[int, dict[str, Any]], list[dict[str, Any]]]:
    """Nodes by Graphviz's number, and edges."""
    found = json.loads(drawn(graphviz, content))
    return {one["_gvid"]: one for one in found["objects"] if "id" in one}, found.get("edges", [])


def test_graphviz_finds_the_statements_and_the_hops_of_the_claim(graphviz: str, content: Content) -> None:
    nodes, edges = graph(graphviz, content)
    assert {one["id"] for one in nodes.values()} == {node.id for node in content.chain.nodes}
    hops = {(nodes[one["head"]]["id"], nodes[one["tail"]]["id"], one["label"]) for one in edges}
    assert hops == {(hop.from_, hop.to, hop.mode) for hop in content.chain.hops}


def test_origins_are_drawn_on_the_left_of_their_readers(graphviz: str, content: Content) -> None:
    nodes, edges = graph(graphviz, content)
    across = {number: float(one["pos"].split(",")[0]) for number, one in nodes.items()}
    assert all(across[one["tail"]] < across[one["head"]] for one in edges)


def test_stance_and_mode_are_told_by_shape_and_stroke(graphviz: str, content: Content) -> None:
    nodes, edges = graph(graphviz, content)
    stances = {node.id: node.stance for node in content.chain.nodes}
    shapes = {stances[one["id"]]: one["shape"] for one in nodes.values()}
    assert shapes == {"supports": "box", "denies": "octagon", None: "ellipse"}
    assert {one["label"]: one["style"] for one in edges} == {"cites": "solid", "quotes": "bold", "translates": "dashed"}


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_drawn_as_they_are(graphviz: str, text: str) -> None:
    world = World()
    world.source("wire", "B", name=text)
    world.says("wire", "confirms", basis="witnessed", said_at="2025")
    svg = ElementTree.fromstring(drawn(graphviz, content_of_world(world), "svg"))
    words = [one.text for one in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert f"+ {' '.join(text.split())}" in [" ".join((word or "").split()) for word in words]
    assert len(graph(graphviz, content_of_world(world))[0]) == 1


def test_a_claim_of_which_nobody_speaks_is_a_graph_without_nodes(graphviz: str) -> None:
    assert b"something happened" in drawn(graphviz, content_of_world(World()), "svg")


def test_a_file_with_one_sign_less_is_refused(graphviz: str, content: Content) -> None:
    broken = print_dot(content).replace(b"}", b"", 1)
    assert subprocess.run([graphviz, "-Tjson"], input=broken, capture_output=True, check=False).returncode != 0
