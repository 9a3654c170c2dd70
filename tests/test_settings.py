"""What a program is told from outside, and what it writes into its log."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from ledger import logs
from ledger.config import read_settings


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"LEDGER": "l.db", "KEYS": "some/keys", "READ_TOKEN": "secret", "LOG_LEVEL": "debug"}.items():
        monkeypatch.setenv(f"ONRECORD_{name}", value)
    settings = read_settings()
    assert (settings.ledger, str(settings.keys), settings.log_level) == ("l.db", "some/keys", "debug")
    assert settings.read_token_text() == "secret"
    assert "secret" not in repr(settings)


def test_an_empty_variable_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LEDGER", "KEYS", "READ_TOKEN", "PASSPHRASE"):
        monkeypatch.setenv(f"ONRECORD_{name}", "")
    settings = read_settings()
    assert (settings.ledger, settings.keys, settings.read_token_text(), settings.passphrase_text()) == (None, None, None, None)


def test_a_setting_that_makes_no_sense_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_LOG_LEVEL", "loud")
    with pytest.raises(ValidationError):
        read_settings()


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    before = logging.getLogger(logs.LOGGER).handlers[:]
    logs.configure("info", stream)
    yield stream
    logging.getLogger(logs.LOGGER).handlers[:] = before


def test_a_log_line_is_one_json_object_of_facts(lines: io.StringIO) -> None:
    logs.fact("appended", index=4, size=5)
    logs.trouble("busy", seconds=1.5)
    first, second = (json.loads(line) for line in lines.getvalue().splitlines())
    assert (first["event"], first["level"], first["index"], first["size"]) == ("appended", "info", 4, 5)
    assert (second["event"], second["level"], second["seconds"]) == ("busy", "warning", 1.5)


def test_an_exceptions_words_stay_out_of_the_log(lines: io.StringIO) -> None:
    try:
        raise ValueError("what somebody wrote")
    except ValueError:
        logging.getLogger(logs.LOGGER).exception("failed")
    assert "somebody" not in lines.getvalue()
    assert json.loads(lines.getvalue())["error"] == "ValueError"
