"""The page that verifies in the browser, in a real one."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from api.verify_page import verify_page
from ledger.core.canonical import canonical_bytes
from ledger.core.checkpoint import Checkpoint
from ledger.core.encoding import print_base64
from ledger.core.merkle import grow, leaf_hash, prove_inclusions
from ledger.core.note import sign_checkpoint
from ledger.core.records import record_id
from ledger.operations import Question
from schemas.dates import seconds_of
from tests import factory
from tests.api.newsroom import Newsroom
from tests.browser import chromium, find_chromium
from tests.conftest import _missing
from tests.core import bundle_faults, score_faults
from tests.core.faults import entries_of, signed, statement_of
from tests.factory import ORIGIN
from tests.service.rotated import NEW, OLD, begin, finish, pair_named, printed, ready_to_rotate
from tests.service.written import KEYS, VKEYS

TRUST = "\n".join(VKEYS)
# These take computing the score again, knowing the policy, or ML-DSA-44 (which is the broken one): the page says it does none.
NOT_SEEN = {"10-headline-changed", "4-checkpoint-signature-broken"}
NOT_SEEN_IN_SCORES = {"9-headline-changed", "9-unknown-policy", "4-checkpoint-signature-broken"}
NO_ED25519 = """
const real = crypto.subtle.importKey.bind(crypto.subtle);
crypto.subtle.importKey = (form, key, kind, ...more) => kind.name === "Ed25519"
  ? Promise.reject(new DOMException("no", "NotSupportedError")) : real(form, key, kind, ...more);
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    program = find_chromium()
    if program is None:
        _missing("no Chromium: neither `chromium` nor `chromium-browser`")
    with chromium(program, tmp_path_factory.mktemp("profile")) as context:
        yield context


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> str:
    place = tmp_path_factory.mktemp("saved") / "onrecord-verify.html"
    place.write_bytes(verify_page().html)
    return place.as_uri()


@pytest.fixture
def page(browser: BrowserContext, saved: str) -> Iterator[Page]:
    """The saved page, opened from the disk with the network off; an error in its script fails the test."""
    page, errors = browser.new_page(), []
    page.on("pageerror", lambda error: errors.append(error))
    browser.set_offline(True)
    page.goto(saved)
    yield page
    browser.set_offline(False)
    page.close()
    assert not errors


def checked(page: Page, data: bytes, keys: str = TRUST, timeout: float = 30_000) -> tuple[str, dict[str, str]]:
    """What the page says of the file: its result, and that of each step."""
    page.locator("#keys").fill(keys)
    page.locator("#file").set_input_files({"name": "file.json", "mimeType": "application/json", "buffer": data})
    page.locator("#result:not([data-result='working'])").wait_for(timeout=timeout)
    steps = page.locator("#steps li").evaluate_all("all => all.map(one => [one.dataset.step, one.dataset.result])")
    return page.locator("#result").get_attribute("data-result") or "", dict(steps)


def flipped(text: str) -> str:
    raw = bytearray(base64.b64decode(text))
    raw[len(raw) // 2] ^= 1
    return base64.b64encode(raw).decode()


def test_a_good_bundle_passes_every_step_but_the_one_that_is_not_made(page: Page) -> None:
    result, steps = checked(page, bundle_faults.good_bundle())
    assert result == "holds"
    assert {name for name, said in steps.items() if said != "ok"} == {"report"}
    assert len(steps) == 11
    assert "not that it is true" in page.locator("#result-text").inner_text()
    assert "something happened" in page.locator("#about").inner_text()


def test_a_good_score_passes_and_so_does_one_of_an_earlier_state(page: Page) -> None:
    good = score_faults.good()
    for data in (good.score, good.past_score, good.past_bundle, bundle_faults.smallest_bundle()):
        result, steps = checked(page, data)
        assert (result, {name for name, said in steps.items() if said != "ok"}) == ("holds", {"report"})
        page.reload()


def test_without_a_key_nothing_is_ok_of_the_issuer_and_the_log(page: Page) -> None:
    result, steps = checked(page, bundle_faults.good_bundle(), keys="")
    assert result == "unchecked"
    assert {steps[name] for name in ("issuer", "checkpoint", "inclusion", "keys")} == {"not_checked"}
    assert "no Ed25519 key of the log" in page.locator("#result-text").inner_text()


def test_the_issuers_key_or_the_second_log_key_alone_does_not_verify_the_log(page: Page) -> None:
    for key in (KEYS.issuer_did, VKEYS[1]):
        result, steps = checked(page, bundle_faults.good_bundle(), keys=key)
        assert (result, steps["checkpoint"], steps["inclusion"]) == ("unchecked", "not_checked", "not_checked")
        page.reload()


def test_a_wrong_key_fails_and_a_mistyped_one_is_none(page: Page, room: Newsroom) -> None:
    result, steps = checked(page, bundle_faults.good_bundle(), keys=room.ledger.well_known().log_keys[0])
    assert (result, steps["checkpoint"]) == ("failed", "failed")
    assert page.locator("#about-part").is_hidden()
    page.reload()
    result, _ = checked(page, bundle_faults.good_bundle(), keys=VKEYS[0].replace("ledger", "1edger"))
    assert result == "unchecked"
    assert "a letter is wrong" in page.locator("#key-problem").inner_text()
    page.locator("#keys").fill("PRIVATE+KEY+x+01234567+AAAA")
    assert "private key" in page.locator("#key-problem").inner_text()


def test_every_bad_bundle_and_score_is_refused_where_the_page_makes_the_step(page: Page) -> None:
    kinds = (
        (bundle_faults.FAULTS, bundle_faults.bad_bundle, NOT_SEEN),
        (score_faults.FAULTS, score_faults.bad_score, NOT_SEEN_IN_SCORES),
    )
    for faults, make, not_seen in kinds:
        passed = set()
        for name in faults:
            result, steps = checked(page, make(name))
            assert steps["report"] != "ok" if "report" in steps else result == "malformed", name
            if result not in ("failed", "malformed"):
                passed.add(name)
            page.reload()
        assert passed == not_seen


def test_one_flipped_byte_in_any_part_is_found_at_its_step(page: Page) -> None:
    def entry(member: str) -> bytes:
        statement = statement_of(bundle_faults.good_bundle())
        chosen = entries_of(statement)[5]
        if member == "proof":
            chosen["proof"][0] = flipped(chosen["proof"][0])
        elif member == "payload":
            chosen["envelope"]["payload"] = flipped(chosen["envelope"]["payload"])
        else:
            chosen["envelope"]["signatures"][0]["sig"] = flipped(chosen["envelope"]["signatures"][0]["sig"])
        return signed(statement)

    file: dict[str, Any] = json.loads(bundle_faults.good_bundle())
    sig = flipped(file["signatures"][0]["sig"])
    outer = json.dumps(file | {"signatures": [file["signatures"][0] | {"sig": sig}]}, separators=(",", ":"), sort_keys=True)
    statement = statement_of(bundle_faults.good_bundle())
    head, own, timed = statement["predicate"]["checkpoint"].rsplit("\u2014 ", 2)
    name, signature = own.split()
    statement["predicate"]["checkpoint"] = f"{head}\u2014 {name} {flipped(signature)}\n\u2014 {timed}"
    parts = {"issuer": outer.encode(), "inclusion": entry("proof"), "checkpoint": signed(statement)}
    for step, data in parts.items():
        result, steps = checked(page, data)
        assert (result, steps[step]) == ("failed", "failed")
        page.reload()
    for member in ("payload", "sig"):
        result, steps = checked(page, entry(member))
        assert (result, steps["entries"]) == ("failed", "failed")
        page.reload()


def test_a_browser_without_ed25519_says_so_and_passes_no_signature(browser: BrowserContext, saved: str) -> None:
    page = browser.new_page()
    page.add_init_script(NO_ED25519)
    page.goto(saved)
    result, steps = checked(page, bundle_faults.good_bundle())
    assert result == "unchecked"
    assert {steps[name] for name in ("issuer", "checkpoint", "entries", "inclusion", "keys")} == {"not_checked"}
    assert page.locator("#no-ed25519").is_visible()
    page.close()


def test_hostile_text_stays_text(page: Page) -> None:
    statement = statement_of(bundle_faults.good_bundle())
    statement["predicate"]["origin"] = "<img src=x onerror=alert(1)>"
    result, _ = checked(page, signed(statement), keys="")
    assert result == "failed"
    assert page.locator("#outcome img").count() == 0


def grown(copies: int) -> bytes:
    """The good bundle of a log in which its last entry is there again so many times, every proof made anew."""
    statement = statement_of(bundle_faults.good_bundle())
    entries, predicate = entries_of(statement), statement["predicate"]
    size = len(entries) + copies
    entries += [{**entries[-1], "index": index} for index in range(len(entries), size)]
    tree = grow(0, (), [leaf_hash(canonical_bytes(entry["envelope"])) for entry in entries])
    tiles = {(tile.level, tile.index): tile.hashes for tile in tree.full}
    tiles |= {(level, (size >> 8 * level) // 256): hashes for level, hashes in enumerate(tree.edge)}
    for entry, proof in zip(entries, prove_inclusions(range(size), size, tiles), strict=True):
        entry["proof"] = [print_base64(one) for one in proof]
    time = seconds_of(predicate["report"]["as_of"]["time"])
    note = sign_checkpoint(Checkpoint(predicate["origin"], size, tree.root), KEYS.ed25519, KEYS.mldsa44, time)
    predicate["checkpoint"] = note.decode()
    predicate["report"]["as_of"] |= {"size": size, "root": tree.root.hex()}
    predicate["counts"]["entries"] = size
    return signed(statement)


def test_ten_megabytes_pass_and_do_not_hang_the_page(page: Page) -> None:
    data = grown(7_000)
    assert len(data) > 10_000_000
    page.evaluate(
        "window.longest = 0; window.last = performance.now();"
        "setInterval(() => { longest = Math.max(longest, performance.now() - last); last = performance.now() }, 10)"
    )
    started = time.monotonic()
    result, _ = checked(page, data, timeout=90_000)
    assert result == "holds"
    # Parsed and printed again in one go: everything else gives way. A busy machine draws out both.
    longest, whole = page.evaluate("longest"), (time.monotonic() - started) * 1_000
    assert longest < 5_000 or longest < whole / 3


def test_a_file_is_followed_from_the_logs_old_key_to_its_new_one(page: Page, tmp_path: Path) -> None:
    here = ready_to_rotate(str(tmp_path / "l.db"))
    said = factory.claim()
    here.add(factory.source(), said, factory.statement(said))
    begin(here)
    finish(here)
    here.clock.now += 10
    here.add(factory.claim("something else"))
    data = here.ledger.export(record_id(said), "bundle", Question())
    here.ledger.close()
    statement = statement_of(data)
    at = statement["predicate"]["report"]["as_of"]
    retired = sign_checkpoint(Checkpoint(ORIGIN, at["size"], bytes.fromhex(at["root"])), *OLD, here.clock.now)
    statement["predicate"]["checkpoint"] = retired.decode()
    stranger = pair_named("another")
    for file, keys, wanted in (
        (data, printed(OLD)[:1], ("holds", "ok")),
        (data, printed(NEW)[:1], ("holds", "ok")),
        (data, printed(stranger)[:1], ("failed", "failed")),
        (signed(statement, here.keys.issuer), printed(OLD)[:1], ("failed", "failed")),
    ):
        result, steps = checked(page, file, keys="\n".join(keys))
        assert (result, steps["checkpoint"]) == wanted
        page.reload()


def test_the_server_gives_one_file_under_a_strict_policy(browser: BrowserContext, room: Newsroom) -> None:
    address = str(room.http.base_url).rstrip("/")
    page, asked = browser.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    given = room.http.get("/verify")
    assert given.content == room.http.get("/verify/onrecord-verify.html").content
    assert "unsafe" not in given.headers["content-security-policy"]
    page.goto(f"{address}/verify?claim={room.ids['claim']}#key={room.ledger.well_known().log_keys[0]}")
    page.locator("#result[data-result='holds']").wait_for(timeout=20_000)
    assert page.locator("#linked").is_visible()
    assert all(one.startswith((address, "data:")) for one in asked)
    page.close()


def test_what_the_page_expects_files_to_say_is_what_they_say() -> None:
    html = verify_page().html.decode()
    for words in (bundle_faults.good_bundle(), score_faults.good().score):
        predicate = statement_of(words)["predicate"]
        assert all(json.dumps(one) in html for one in (*predicate["proves"], *predicate["does_not_prove"]))
