"""The Digital Bazaar suite, in Node, verifies our credential and refuses one with a byte changed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.interop.conftest import PLACE, Grown

CLAIM = "North Korea sent troops to fight"


@pytest.fixture(scope="session")
def files(example: Grown, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Path]:
    """A credential of the example, and a file with the context that its ledger serves."""
    found = json.loads(example.log.get("v1/claims?query=troops"))["claims"]
    claim = next(one["id"] for one in found if one["text"]["en"].startswith(CLAIM))
    context = tmp_path_factory.mktemp("node") / "v1.jsonld"
    context.write_bytes(example.log.get("ns/v1"))
    return example.log.get(f"v1/claims/{claim}/export?format=vc"), context


def look(node: str, credential: bytes, context: Path) -> Any:
    file = context.with_name("credential.json")
    file.write_bytes(credential)
    ran = subprocess.run([node, "credential.mjs", file, context], cwd=PLACE, capture_output=True, check=True, timeout=60)
    return json.loads(ran.stdout)


def test_it_verifies_our_credential_and_knows_each_of_its_words(node: str, files: tuple[bytes, Path]) -> None:
    found = look(node, *files)
    assert found["error"] is None
    assert found["verified"] is True
    assert "urn:onrecord:ns:v1:ClaimReportCredential" in found["expanded"]


def _other_letter(credential: bytes) -> bytes:
    at = credential.index(b'"proofValue":"z') + len(b'"proofValue":"z') + 20
    return credential[:at] + (b"3" if credential[at : at + 1] != b"3" else b"4") + credential[at + 1 :]


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "headline": lambda credential: credential.replace(b'"corroborated"', b'"corroborateD"', 1),
    "member": lambda credential: credential.replace(b'"size":', b'"sizf":', 1),
    "context": lambda credential: credential.replace(b"/ns/v1", b"/ns/v2", 1),
    "proof": _other_letter,
}


@pytest.mark.parametrize("what", CHANGES)
def test_it_refuses_one_with_a_byte_changed(node: str, files: tuple[bytes, Path], what: str) -> None:
    credential, context = files
    changed = CHANGES[what](credential)
    assert sum(a != b for a, b in zip(credential, changed, strict=True)) == 1
    assert look(node, changed, context)["verified"] is False
