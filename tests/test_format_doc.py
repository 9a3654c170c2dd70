"""docs/format.md says what the code does: its examples, its tables of members and its list of steps."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from typing import get_args

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from ledger.core.canonical import MAX_ENTRY_BYTES, MAX_RECORD_BYTES
from ledger.core.dsse import MAX_SIGNATURES, RECORD_TYPE, sign_envelope
from ledger.core.revealing import REVEAL_STEPS
from ledger.core.rules import MAY
from ledger.core.scores import MAX_SCORE_BYTES
from ledger.core.verify import SCORE_STEPS, STEPS
from ledger.core.verifying.credential import CREDENTIAL_STEPS
from schemas.ids import Closed
from schemas.members import Quantity, Quote
from schemas.records import KINDS, ClaimRecord, Record, SourceRecord, StatementRecord
from schemas.score import MAX_KEY_ENTRIES
from tests import factory
from tests.format_examples import EXAMPLES, MARKED, PAGE, exported, statement, written

TEXT = PAGE.read_text(encoding="utf-8")
MODELS: dict[str, type[Closed]] = {
    model.model_fields["kind"].annotation.__args__[0]: model for model in get_args(get_args(Record)[0])
}
MARKS = [found["name"] for found in MARKED.finditer(TEXT)]
ROW = re.compile(r"^\| `(\w+)(\??)` \| (.+) \|$", re.MULTILINE)


def section(heading: str) -> str:
    """What stands under a heading, to the next one."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^##|\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[1]


def members(model: type[Closed]) -> set[tuple[str, bool]]:
    """Names as they are written in JSON, and whether they may be absent."""
    fields = model.model_fields.items()
    return {(field.alias or name, not field.is_required()) for name, field in fields if name != "kind"}


@pytest.mark.parametrize("name", MARKS)
def test_an_example_is_what_the_code_makes(name: str) -> None:
    (block,) = [found["text"] for found in MARKED.finditer(TEXT) if found["name"] == name]
    assert block == EXAMPLES[name]() + "\n", "run `python -m tests.format_examples`"


def test_every_example_is_on_the_page_once_and_every_block_is_an_example() -> None:
    assert sorted(MARKS) == sorted(EXAMPLES)
    assert TEXT.count("\n```\n") == len(MARKS) == TEXT.count("<!-- example:")
    assert written(TEXT) == TEXT


def test_the_steps_of_verification_have_the_names_and_numbers_of_the_code() -> None:
    told = {"§14 Verification": STEPS, "§15 Score": SCORE_STEPS, "§16 Revealed record": REVEAL_STEPS}
    for heading, steps in (told | {"§17 Credential": CREDENTIAL_STEPS}).items():
        listed = re.findall(r"^(\d+)\. \*\*(\w+)\*\*:", section(heading), re.MULTILINE)
        assert listed == [(str(number), name) for number, name in enumerate(steps, start=1)]


def test_the_limits_of_a_score_are_those_of_the_code() -> None:
    assert f"at most {MAX_SCORE_BYTES:,} bytes and {MAX_KEY_ENTRIES:,} entries" in " ".join(section("§15 Score").split())


@pytest.mark.parametrize("kind", KINDS)
def test_the_table_of_a_kind_names_its_members(kind: str) -> None:
    heading = next(line for line in TEXT.split("\n") if re.fullmatch(rf"### §3\.\d+ {kind}", line))
    rows = ROW.findall(section(heading.removeprefix("### ")))
    assert {(name, mark == "?") for name, mark, _ in rows} == members(MODELS[kind])
    assert len(rows) == len(members(MODELS[kind]))


@pytest.mark.parametrize("kind", KINDS)
def test_the_table_of_a_kind_lists_the_words_that_a_member_may_be_and_which_can_be_sealed(kind: str) -> None:
    heading = next(line for line in TEXT.split("\n") if re.fullmatch(rf"### §3\.\d+ {kind}", line))
    schema = MODELS[kind].model_json_schema(by_alias=True)
    for name, _, said in ROW.findall(section(heading.removeprefix("### "))):
        shape = schema["properties"][name]
        words = _words(shape)
        assert not words or words <= set(re.findall(r"`([^`]+)`", said)), (name, words)
        assert ("sealable" in said) == ("#/$defs/Sealed" in str(shape)), name


def _words(shape: object) -> set[str]:
    """The words of enumerations, at any depth that is not a shape of its own."""
    if isinstance(shape, dict):
        return set(shape.get("enum", ())) | {word for part in shape.values() for word in _words(part)}
    return {word for part in shape for word in _words(part)} if isinstance(shape, list) else set()


@pytest.mark.parametrize("heading, model", [("§3.16 Quantity", Quantity), ("§3.17 Quote", Quote)])
def test_what_is_inside_a_record_is_named_too(heading: str, model: type[Closed]) -> None:
    text = section(heading)
    assert all(f"`{name}?`" in text if optional else f"`{name}`" in text for name, optional in members(model))


def test_paragraphs_are_numbered_without_gaps() -> None:
    numbers = [tuple(map(int, found.split("."))) for found in re.findall(r"^(?:#+ )?§(\d+(?:\.\d+)?) ", TEXT, re.MULTILINE)]
    chapters = [number for number in numbers if len(number) == 1]
    assert chapters == [(place,) for place in range(1, len(chapters) + 1)]
    for (chapter,) in chapters:
        inside = [number[1] for number in numbers if len(number) == 2 and number[0] == chapter]
        assert inside == list(range(1, len(inside) + 1)), f"§{chapter}"


def test_every_paragraph_that_the_page_refers_to_is_there() -> None:
    named = set(re.findall(r"§(\d+(?:\.\d+)?)", re.sub(r"RFC 9162 §[\d.]+", "", TEXT)))
    there = set(re.findall(r"^(?:#+ )?§(\d+(?:\.\d+)?) ", TEXT, re.MULTILINE))
    assert named <= there


def test_the_limits_are_those_of_the_code() -> None:
    assert f"at most {MAX_RECORD_BYTES:,} bytes" in TEXT
    assert f"at most {MAX_ENTRY_BYTES:,} bytes" in TEXT


def test_the_largest_record_fits_into_an_envelope_with_all_its_signatures() -> None:
    keys = [factory.signer(name).private_key for name in ("a", "b", "c", "d")]
    assert len(keys) == MAX_SIGNATURES
    assert len(sign_envelope(b"x" * MAX_RECORD_BYTES, RECORD_TYPE, keys)) <= MAX_ENTRY_BYTES


def test_the_table_of_roles_names_every_role() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", section("§8 Joining the log: keys, roles and rules"), re.MULTILINE)
    assert rows == list(MAY)


def test_the_page_tells_how_leaves_and_nodes_are_hashed() -> None:
    """By the page alone, without our code."""
    leaves = [hashlib.sha256(b"\x00" + letter).digest() for letter in (b"a", b"b", b"c")]
    pair = hashlib.sha256(b"\x01" + leaves[0] + leaves[1]).digest()
    root = hashlib.sha256(b"\x01" + pair + leaves[2]).hexdigest()
    assert f"root of 3  {root}" in TEXT


def test_the_page_tells_how_a_value_is_sealed() -> None:
    found = dict(re.findall(r"^(value|salt|hash) +(.+)$", section("§5 Sealed values"), re.MULTILINE))
    message = b"onrecord/sealed/v1\x00" + bytes.fromhex(found["salt"]) + found["value"].encode()
    assert found["hash"] == "sha256:" + hashlib.sha256(message).hexdigest()


def test_the_page_tells_how_a_salt_is_derived() -> None:
    found = dict(re.findall(r"^(secret|field|value|salt) +(.+)$", section("§5 Sealed values"), re.MULTILINE))
    field = found["field"].encode()
    message = b"onrecord/salt/v1\0" + len(field).to_bytes(4, "big") + field + found["value"].encode()
    assert hmac.digest(bytes.fromhex(found["secret"]), message, "sha256")[:16].hex() == found["salt"]


def test_the_page_tells_what_an_envelope_signs() -> None:
    payload = re.search(r"<!-- example: pae -->\n```text\n(.*?)\n```", TEXT, re.DOTALL)
    envelope = re.search(r"<!-- example: envelope -->\n```json\n(.*?)\n```", TEXT, re.DOTALL)
    key = re.search(r"^([0-9a-f]{64})\ndid:key:", TEXT, re.MULTILINE)
    assert payload
    assert envelope
    assert key
    signature = base64.b64decode(json.loads(envelope[1])["signatures"][0]["sig"])
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(key[1])).verify(signature, payload[1].encode())


def test_the_page_tells_what_the_two_keys_of_a_log_sign() -> None:
    """§10, read by somebody who has only the page, a checkpoint and the vkeys."""
    note, vkeys = statement().predicate.checkpoint, exported()[4]
    body, lines = note.split("\n\n")
    body += "\n"
    name, size, root = body.split("\n")[:3]
    for vkey, line in zip(vkeys, lines.splitlines(), strict=True):
        dash, signer, encoded = line.split(" ")
        owner, key_id, material = vkey.split("+", 2)
        public, signed = base64.b64decode(material), base64.b64decode(encoded)
        assert (dash, signer, signed[:4].hex()) == ("\N{EM DASH}", owner, key_id)
        assert hashlib.sha256(owner.encode() + b"\n" + public).digest()[:4] == signed[:4]
        if public[0] == 1:
            Ed25519PublicKey.from_public_bytes(public[1:]).verify(signed[4:], body.encode())
            continue
        named = bytes([len(name)]) + name.encode()
        state = bytes(8) + int(size).to_bytes(8, "big") + base64.b64decode(root)
        message = b"subtree/v1\n\0" + named + signed[4:12] + named + state
        assert len(signed[12:]) == 2_420
        MLDSA44PublicKey.from_public_bytes(public[1:]).verify(signed[12:], message)


def test_the_kinds_on_the_page_are_all_kinds() -> None:
    assert set(MODELS) == set(KINDS)
    assert {SourceRecord, ClaimRecord, StatementRecord} <= set(MODELS.values())
