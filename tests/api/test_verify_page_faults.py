"""What the page that verifies in the browser says of a damaged file, or one with more members, beside `onrecord verify`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page

from api.verify_page import verify_page
from ledger.core.canonical import parse_json
from ledger.core.trust import parse_trust
from ledger.core.verify import verify
from ledger.errors import FormatError
from tests.browser import chromium, find_chromium
from tests.conftest import _missing
from tests.core import bundle_faults
from tests.core.faults import Statement, entries_of, signed, statement_of
from tests.service.written import VKEYS

NO_JSON = (
    "",
    "{",
    '{"a":1',
    '{"a" 1}',
    '{"a":1 "b":2}',
    "{a:1}",
    "[1,\n 2,\n  x]",
    "[01]",
    "[1] [2]",
    '["a\tb"]',
    r'["\x"]',
    '["a',
    "[tru]",
    '["ä😀",?]',
    "\n\n]",
)
"""Faults at places that Python's reader names as well."""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    program = find_chromium()
    if program is None:
        _missing("no Chromium: neither `chromium` nor `chromium-browser`")
    place = tmp_path_factory.mktemp("saved") / "onrecord-verify.html"
    place.write_bytes(verify_page().html)
    with chromium(program, tmp_path_factory.mktemp("profile")) as context:
        yield opened(context, place.as_uri())


def opened(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.goto(address)
    return page


def told(page: Page, data: bytes) -> tuple[str, str, str]:
    """The title, the step that failed, and what the page says of it."""
    page.reload()
    page.locator("#keys").fill("\n".join(VKEYS))
    page.locator("#file").set_input_files({"name": "file.json", "mimeType": "application/json", "buffer": data})
    page.locator("#result:not([data-result='working'])").wait_for(timeout=30_000)
    failed = page.locator("#steps li[data-result='failed']")
    return page.locator("#result-title").inner_text(), failed.get_attribute("data-step") or "", failed.locator("p").inner_text()


def offline(data: bytes) -> str:
    """The step at which `onrecord verify` refuses the file."""
    return next(step.name for step in verify(data, parse_trust(VKEYS)).steps if step.result == "failed")


def test_a_changed_byte_that_ends_the_json_is_told_with_its_place(page: Page) -> None:
    good = bundle_faults.good_bundle()
    place = good.index(b'","payloadType"')
    title, step, said = told(page, good[:place] + b"!" + good[place + 1 :].replace(b'"', b"'"))
    assert (title, step) == ("The file is damaged", "form")
    assert said.startswith("The file is not JSON: at line 1, column ")
    comma = good.index(b",", place)
    title, step, said = told(page, good[:comma] + b";" + good[comma + 1 :])
    assert said == f'The file is not JSON: at line 1, column {comma + 1} stands ";", wanted a comma or a closing bracket.'
    assert offline(good[:comma] + b";" + good[comma + 1 :]) == step == "form"


def test_a_file_that_is_cut_off_or_no_text_is_told_so(page: Page) -> None:
    good = bundle_faults.good_bundle()
    assert "stands its end, wanted a comma or a closing bracket" in told(page, good[:-1])[2]
    title, step, said = told(page, good[:100] + b"\xff" + good[101:])
    assert (title, step, said) == ("The file is damaged", "form", "The file is not UTF-8 at byte 100.")


def test_the_place_is_the_one_that_the_offline_verifier_names(page: Page) -> None:
    for text in NO_JSON:
        with pytest.raises(FormatError) as refused:
            parse_json(text.encode(), max_bytes=100)
        at = int(re.search(r"at character (\d+)", str(refused.value))[1])  # type: ignore[index]  # it always says
        assert page.evaluate("text => faultOfJson(text)[0]", text) == len(text[:at].encode("utf-16-le")) // 2, text


def test_what_is_json_has_no_fault(page: Page) -> None:
    for value in (None, [], {}, [[], {}, {"a": [{}]}], -1.5e-7, 'a\n\u2028\\"', {"": [True, False, 0]}):
        for indent in (None, 2):
            assert page.evaluate("text => faultOfJson(text)", json.dumps(value, indent=indent)) is None, value


def more(statement: Statement, where: str) -> None:
    places = {
        "the payload": statement,
        "what is said": statement["predicate"],
        "an entry": entries_of(statement)[0],
        "the report": statement["predicate"]["report"],
        "the question": statement["predicate"]["asked"],
    }
    places[where]["approved<b>"] = True


@pytest.mark.parametrize("where", ["the payload", "what is said", "an entry", "the report", "the question"])
def test_a_member_that_nobody_knows_is_refused_by_its_name(page: Page, where: str) -> None:
    statement = statement_of(bundle_faults.good_bundle())
    more(statement, where)
    data = signed(statement)
    title, step, said = told(page, data)
    assert (title, step) == ("This is no bundle and no signed score", "schema")
    assert said == f'{where.capitalize()} has what does not belong there: "approved<b>".'
    assert page.locator("#outcome b").count() == 0
    assert offline(data) == step


def test_a_member_of_the_envelope_is_missing_or_too_many(page: Page) -> None:
    file = json.loads(bundle_faults.good_bundle())
    del file["payloadType"]
    data = json.dumps(file | {"extra": 1}, separators=(",", ":"), sort_keys=True).encode()
    _, step, said = told(page, data)
    assert said == 'The file has what does not belong there: "extra", and lacks "payloadType".'
    assert offline(data) == step == "form"
