"""The client believes nothing that it can check: held against a real server, and against one that lies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from api.problems import TABLE, problem_of
from ledger import errors
from ledger.client import Client
from ledger.keys import find_signer, sign_record
from ledger.net.problems import error_of
from ledger.net.talking import check_address
from ledger.operations import Question
from ledger.service.ledger import Ledger
from ledger.wiring import create_ledger, open_ledger
from schemas.envelope import Submission
from schemas.records import ClaimRecord
from tests.listening import listening

Answer = tuple[int, dict[str, str], bytes]


class Script:
    """Answers by path, in order; the last one is repeated."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer]] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []

    def say(self, path: str, body: Any, status: int = 200, **headers: str) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers.setdefault(path, []).append(
            (status, {name.replace("_", "-"): text for name, text in headers.items()}, data)
        )

    def next(self, path: str) -> Answer:
        known = self.answers.get(path)
        if known is None:
            return 404, {}, b"{}"
        return known.pop(0) if len(known) > 1 else known[0]


@contextmanager
def scripted(script: Script) -> Iterator[str]:
    """A real socket that answers as the script says."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            script.seen.append((self.path, dict(self.headers)))
            status, headers, body = script.next(self.path.partition("?")[0])
            self.send_response(status)
            for name, text in ({"content-length": str(len(body))} | headers).items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer

        def log_message(self, *_: object) -> None:
            pass

    with listening(Handler) as address:
        yield address


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    create_ledger(str(tmp_path / "l.db"), origin="ledger.example.org/a")
    opened = open_ledger(str(tmp_path / "l.db"))
    assert isinstance(opened, Ledger)
    yield opened
    opened.close()


@pytest.fixture
def submission(tmp_path: Path, ledger: Ledger) -> Submission:
    return claim_of(tmp_path, "it rained")


@pytest.fixture
def script(ledger: Ledger) -> Script:
    found = Script()
    found.say("/.well-known/onrecord", ledger.well_known().model_dump(mode="json"))
    return found


def claim_of(place: Path, text: str) -> Submission:
    return sign_record(ClaimRecord(kind="claim", type="event", text={"en": text}), find_signer(str(place / "l.db"), environ={}))


def test_a_good_receipt_is_taken(ledger: Ledger, submission: Submission, script: Script) -> None:
    [receipt] = ledger.add([submission])
    script.say("/v1/records", [receipt.model_dump(mode="json")])
    script.say("/v1/log/checkpoint", ledger.checkpoint().model_dump(mode="json"))
    with scripted(script) as address:
        assert Client(address).add([submission]) == [receipt]
        assert Client(address, trust=ledger.well_known().log_keys).add([submission]) == [receipt]


def _other_record(receipt: dict[str, Any]) -> None:
    receipt["record_id"] = "sha256:" + "0" * 64


def _other_leaf(receipt: dict[str, Any]) -> None:
    receipt["leaf_hash"] = receipt["checkpoint"]["root"]


def _other_index(receipt: dict[str, Any]) -> None:
    receipt["index"] -= 1


def _shorter_proof(receipt: dict[str, Any]) -> None:
    receipt["proof"] = receipt["proof"][:-1]


def _other_size(receipt: dict[str, Any]) -> None:
    receipt["checkpoint"]["size"] += 1


def _other_note(receipt: dict[str, Any]) -> None:
    receipt["checkpoint"]["note"] = receipt["checkpoint"]["note"].replace("\n3\n", "\n4\n", 1)


@pytest.mark.parametrize("lie", [_other_record, _other_leaf, _other_index, _shorter_proof, _other_size, _other_note])
def test_a_receipt_that_does_not_prove_the_record_is_refused(
    lie: Any, ledger: Ledger, submission: Submission, script: Script
) -> None:
    [receipt] = ledger.add([submission])
    told = receipt.model_dump(mode="json")
    lie(told)
    script.say("/v1/records", [told])
    with scripted(script) as address, pytest.raises(errors.VerificationError):
        Client(address).add([submission])


def test_a_proof_of_another_record_than_the_one_asked_for_is_refused(
    ledger: Ledger, tmp_path: Path, submission: Submission, script: Script
) -> None:
    asked, other = (one.record_id for one in ledger.add([submission, claim_of(tmp_path, "it snowed")]))
    told = ledger.record(other).model_dump(mode="json")
    script.say(f"/v1/records/{other}", told)
    with scripted(script) as address:
        client = Client(address)
        assert client.record(other).id == other
        for name in (asked, asked[7:], asked[7:15]):
            script.say(f"/v1/records/{name}", told)
            script.say(f"/v1/records/{name}/receipt", ledger.receipt(other).model_dump(mode="json"))
            for ask in (client.record, client.receipt):
                with pytest.raises(errors.VerificationError, match="asked for"):
                    ask(name)
        script.answers[f"/v1/records/{asked}/receipt"] = [(200, {}, ledger.tlog_proof(other).encode())]
        with pytest.raises(errors.VerificationError, match="asked for"):
            client.tlog_proof(asked)


def test_a_record_under_an_id_that_is_not_its_own_is_refused(
    ledger: Ledger, tmp_path: Path, submission: Submission, script: Script
) -> None:
    asked, other = (one.record_id for one in ledger.add([submission, claim_of(tmp_path, "it snowed")]))
    script.say(f"/v1/records/{asked}", ledger.record(other).model_dump(mode="json") | {"id": asked})
    with scripted(script) as address, pytest.raises(errors.VerificationError, match="not the one that its id names"):
        Client(address).record(asked)


def test_a_checkpoint_that_states_another_time_than_the_log_signed_is_refused(ledger: Ledger, script: Script) -> None:
    script.say("/v1/log/checkpoint", ledger.checkpoint().model_dump(mode="json") | {"time": "1999-01-01T00:00:00Z"})
    with scripted(script) as address, pytest.raises(errors.VerificationError, match="another time"):
        Client(address).checkpoint()


def test_too_few_receipts_are_refused(ledger: Ledger, submission: Submission, script: Script) -> None:
    script.say("/v1/records", [])
    with scripted(script) as address, pytest.raises(errors.VerificationError):
        Client(address).add([submission])


def test_a_checkpoint_under_another_key_than_the_trusted_one_is_not_believed(
    ledger: Ledger, tmp_path: Path, script: Script
) -> None:
    create_ledger(str(tmp_path / "other.db"), origin="ledger.example.org/a")
    other = open_ledger(str(tmp_path / "other.db"))
    trusted = other.well_known().log_keys
    other.close()
    script.say("/v1/log/checkpoint", ledger.checkpoint().model_dump(mode="json"))
    with scripted(script) as address:
        assert Client(address).checkpoint() == ledger.checkpoint()
        with pytest.raises(errors.UnverifiableError):
            Client(address, trust=trusted).checkpoint()


def test_trust_in_an_issuer_alone_is_no_trust_in_a_log(ledger: Ledger) -> None:
    with pytest.raises(errors.UsageError, match="none of the trusted keys is a log's key"):
        Client("http://127.0.0.1:1", trust=[ledger.well_known().issuer])


def test_keys_are_those_of_the_first_answer(ledger: Ledger, tmp_path: Path) -> None:
    create_ledger(str(tmp_path / "other.db"), origin="ledger.example.org/a")
    other = open_ledger(str(tmp_path / "other.db"))
    script = Script()
    script.say("/.well-known/onrecord", ledger.well_known().model_dump(mode="json"))
    script.say("/.well-known/onrecord", other.well_known().model_dump(mode="json"))
    script.say("/v1/log/checkpoint", ledger.checkpoint().model_dump(mode="json"))
    script.say("/v1/log/checkpoint", other.checkpoint().model_dump(mode="json"))
    other.close()
    with scripted(script) as address:
        client = Client(address)
        client.checkpoint()
        with pytest.raises(errors.UnverifiableError):
            client.checkpoint()


def test_a_consistency_proof_is_checked(ledger: Ledger, tmp_path: Path, script: Script) -> None:
    for number in range(3):
        ledger.add([claim_of(tmp_path, f"it rained {number} times")])
    proof = ledger.consistency(3).model_dump(mode="json")
    script.say("/v1/log/consistency", proof)
    script.say("/v1/log/consistency", proof | {"proof": proof["proof"][::-1]})
    with scripted(script) as address:
        client = Client(address)
        assert client.consistency(3).new_size == 5
        with pytest.raises(errors.VerificationError):
            client.consistency(3)
        with pytest.raises(errors.VerificationError):
            client.consistency(2)


def test_a_root_that_is_no_longer_signed_is_proven_by_one_that_is(ledger: Ledger, tmp_path: Path, script: Script) -> None:
    for number in range(3):
        ledger.add([claim_of(tmp_path, f"it rained {number} times")])
    proof, since = ledger.consistency(3, 4).model_dump(mode="json"), ledger.consistency(4).model_dump(mode="json")
    proof["new"]["note"] = ""
    for answer in (proof, since, proof, since | {"proof": since["proof"][:-1]}):
        script.say("/v1/log/consistency", answer)
    with scripted(script) as address:
        client = Client(address)
        assert client.consistency(3, 4).new_size == 4
        with pytest.raises(errors.VerificationError):
            client.consistency(3, 4)


def test_a_busy_server_is_asked_again(script: Script, ledger: Ledger) -> None:
    script.say("/healthz", {}, 503, retry_after="0")
    script.say("/healthz", {}, 429, retry_after="0")
    health = ledger.health()
    script.say("/healthz", health.model_dump(mode="json"))
    with scripted(script) as address:
        assert Client(address).health() == health
    assert len(script.seen) == 3


def test_who_has_asked_too_much_waits_as_long_as_it_is_told(
    script: Script, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("ledger.net.talking.time.sleep", waited.append)
    for kind, seconds in (("too-many", "50"), ("busy", "50"), ("too-many", "9999")):
        problem = {"type": f"urn:onrecord:problem:{kind}", "title": "", "status": 429, "detail": ""}
        script.say("/healthz", problem, 429, retry_after=seconds)
    script.say("/healthz", ledger.health().model_dump(mode="json"))
    with scripted(script) as address:
        Client(address).health()
    assert waited == [50, 10, 120]


def test_a_server_that_stays_busy_is_given_up(script: Script) -> None:
    script.say("/healthz", {}, 503, retry_after="0")
    with scripted(script) as address, pytest.raises(errors.BusyError):
        Client(address).health()


def test_other_errors_are_not_asked_again(script: Script) -> None:
    script.say("/healthz", {}, 500)
    with scripted(script) as address, pytest.raises(errors.StoreError):
        Client(address).health()
    assert len(script.seen) == 1


def test_redirects_stay_on_the_server(script: Script, ledger: Ledger) -> None:
    script.say("/v1/sources/a", b"", 308, location="/v1/sources/b")
    script.say("/v1/sources/b", b"", 308, location="http://127.0.0.1:9/v1/sources/c")
    with scripted(script) as address, pytest.raises(errors.StoreError, match="another server"):
        Client(address).source("a")
    assert [path for path, _ in script.seen] == ["/v1/sources/a", "/v1/sources/b"]


def test_a_name_cannot_climb_out_of_its_path(script: Script) -> None:
    with scripted(script) as address:
        client = Client(address)
        for name in ("../healthz", "a/b", "a?b=c", "a#b"):
            with pytest.raises(errors.NotFoundError):
                client.source(name)
        for name in ("", ".", ".."):
            with pytest.raises(errors.FormatError):
                client.source(name)
    assert all(path.count("/") == 3 and "?" not in path for path, _ in script.seen)


def test_the_read_token_is_sent_and_questions_are_spelt_once(script: Script) -> None:
    with scripted(script) as address:
        for question in (Question(), Question(until="2024", without=("source:a", "country:RU"))):
            with pytest.raises(errors.NotFoundError):
                Client(address, token="secret").corroboration("abcdef01", question)
    paths = [path.partition("corroboration")[2] for path, _ in script.seen]
    assert paths == ["", "?until=2024&without=source%3Aa&without=country%3ARU"]
    assert all(headers["authorization"] == "Bearer secret" for _, headers in script.seen)


def test_what_is_no_ledger_is_said_to_be_none(script: Script) -> None:
    script.say("/healthz", b"<html>")
    with scripted(script) as address, pytest.raises(errors.StoreError, match="no Health"):
        Client(address).health()


def test_nobody_there_is_one_clear_error() -> None:
    with pytest.raises(errors.StoreError, match="cannot reach"):
        Client("http://127.0.0.1:9").health()


@pytest.mark.parametrize(
    "address", ["https://ledger.example.org/", "http://127.0.0.1:8000", "http://localhost", "http://[::1]:80/x"]
)
def test_safe_addresses(address: str) -> None:
    assert check_address(address) == address.rstrip("/")


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org",
        "http://127.0.0.1.example.org",
        "ftp://127.0.0.1",
        "https://",
        "https://a:b@c.org",
        "https://a.org?x",
        "http://[",
    ],
)
def test_unsafe_addresses(address: str) -> None:
    with pytest.raises(errors.UsageError):
        check_address(address)


def _made(kind: type[errors.OnRecordError]) -> errors.OnRecordError:
    if issubclass(kind, errors.AmbiguousError):
        return kind("what", matches=["a", "b"], hint="then")
    if issubclass(kind, errors.VerificationError | errors.UnverifiableError):
        return kind("what", step="issuer", hint="then")
    if issubclass(kind, errors.NotFoundError):
        return kind("what", suggestions=["a"], pointer="/x", hint="then")
    if issubclass(kind, errors.FormatError):
        return kind("what", pointer="/x", hint="then")
    if issubclass(kind, errors.BusyError):
        return kind("what", retry_after=7, hint="then")
    return kind("what", hint="then")


@pytest.mark.parametrize("kind", [kind for kind in TABLE if kind is not errors.OnRecordError], ids=lambda kind: kind.__name__)
def test_an_error_comes_back_as_the_one_that_was_raised(kind: type[errors.OnRecordError]) -> None:
    problem = problem_of(_made(kind))
    back = error_of(problem.status, "7", problem.model_dump_json(exclude_none=True).encode())
    assert type(back) is kind
    if TABLE[kind].instead is None:
        assert vars(back) == vars(_made(kind))
    if isinstance(back, errors.BusyError):
        assert back.retry_after == 7


@pytest.mark.parametrize(
    "status, kind",
    [(401, errors.UnauthenticatedError), (404, errors.NotFoundError), (409, errors.ConflictError), (413, errors.TooLargeError),
     (418, errors.StoreError), (422, errors.FormatError), (429, errors.BusyError), (502, errors.StoreError)],
)  # fmt: skip
def test_an_answer_without_a_problem_is_read_by_its_status(status: int, kind: type[errors.OnRecordError]) -> None:
    assert type(error_of(status, None, b"<html>")) is kind
