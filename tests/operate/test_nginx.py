"""docs/operate/nginx.conf in front of a ledger, as Debian's nginx runs it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledger.keys import sign_record
from tests import factory
from tests.api.newsroom import Newsroom, newsroom
from tests.api.test_metrics import BEARER, TOKEN, figures, requests
from tests.backends import REQUIRE_VARIABLE
from tests.conftest import REPOSITORY
from tests.listening import listening

CONF = REPOSITORY / "docs" / "operate" / "nginx.conf"
NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
NAME = "ledger.example.org"


@dataclass
class Front:
    """Both addresses of nginx, and a client that believes its certificate."""

    http: str
    https: str
    client: httpx.Client
    context: ssl.SSLContext

    def raw(self) -> ssl.SSLSocket:
        port = int(self.https.rpartition(":")[2])
        return self.context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=30), server_hostname=NAME)


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _certificate(place: Path) -> None:
    command = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
        "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME},DNS:localhost,IP:127.0.0.1",
        "-keyout", str(place / "privkey.pem"), "-out", str(place / "fullchain.pem"),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)


@contextlib.contextmanager
def nginx(place: Path, upstream: str) -> Iterator[Front]:
    """The page's configuration with ports and paths of a test; nothing else of it is changed."""
    if NGINX is None:
        if os.environ.get(REQUIRE_VARIABLE) == "1":
            pytest.fail(f"no nginx, and {REQUIRE_VARIABLE}=1", pytrace=False)
        pytest.skip("no nginx here")
    place.mkdir()
    _certificate(place)
    plain, secure = _free(), _free()
    conf = CONF.read_text("utf-8")
    for said, put in (
        ("listen [::]:80;", ""),
        ("listen [::]:443 ssl http2;", ""),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{secure} ssl http2;"),
        ("server 127.0.0.1:8000;", f"server {upstream.removeprefix('http://')};"),
        ("/var/cache/nginx/onrecord", str(place / "cache")),
        ("/var/log/nginx/onrecord.log", str(place / "access.log")),
        ("/etc/onrecord/tls", str(place)),
        ("server_name ledger.example.org;", f"server_name {NAME} 127.0.0.1;"),
    ):
        assert said in conf, said
        conf = conf.replace(said, put)
    temporary = "".join(f"{name}_temp_path {place}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root;\n" if os.geteuid() == 0 else ""
    whole = place / "nginx.conf"
    whole.write_text(
        f"{user}daemon off;\nworker_processes 1;\npid {place}/pid;\nerror_log {place}/error.log;\nevents {{}}\n"
        f"http {{\n{temporary}{conf}\n}}\n"
    )
    checked = subprocess.run([NGINX, "-t", "-c", whole, "-e", place / "error.log"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    assert "warn" not in checked.stderr.replace('the "user" directive', ""), checked.stderr
    process = subprocess.Popen([NGINX, "-c", whole, "-e", place / "error.log"])
    context = ssl.create_default_context(cafile=str(place / "fullchain.pem"))
    try:
        _wait_for(secure)
        with httpx.Client(verify=context, timeout=60, trust_env=False, base_url=f"https://127.0.0.1:{secure}") as client:
            yield Front(f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{secure}", client, context)
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(port: int) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except OSError:
            assert time.monotonic() < end, "nginx did not start"
            time.sleep(0.02)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """A ledger with one full tile, and the settings that the page gives a server behind nginx."""
    place = tmp_path_factory.mktemp("behind")
    with newsroom(place, metrics_token=TOKEN, proxies="127.0.0.1", public_url=f"https://{NAME}") as filled:
        filled.ledger.add([sign_record(factory.claim(f"claim {one}"), filled.signer) for one in range(256)])
        yield filled


@pytest.fixture(scope="module")
def front(room: Newsroom, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with nginx(tmp_path_factory.mktemp("front") / "nginx", str(room.http.base_url).rstrip("/")) as started:
        yield started


def test_it_speaks_tls_and_sends_everybody_there(front: Front) -> None:
    answer = front.client.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert "max-age" in answer.headers["strict-transport-security"]
    assert answer.headers["server"] == "nginx"
    sent = httpx.get(f"{front.http}/claims/abc?x=1", trust_env=False)
    assert (sent.status_code, sent.headers["location"]) == (301, "https://127.0.0.1/claims/abc?x=1")
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.set_ciphers("ALL:@SECLEVEL=0")
        old.minimum_version = old.maximum_version = version
        port = int(front.https.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=30) as plain, pytest.raises(OSError):
            old.wrap_socket(plain)


def test_a_full_tile_is_asked_for_once(front: Front, room: Newsroom) -> None:
    def asked() -> float:
        return requests(figures(room.http), "/tile/{path}")

    before = asked()
    answers = [front.client.get("/tile/0/000") for _ in range(5)]
    assert {answer.content for answer in answers} == {room.ledger.tile("tile/0/000")}
    assert (len(answers[0].content), "immutable" in answers[0].headers["cache-control"]) == (256 * 32, True)
    assert not any("x-request-id" in answer.headers for answer in answers)  # or one caller's number would be told to all
    assert asked() - before == 1
    # Entries are asked for each time, and so is what is not there.
    before = asked()
    for path in ("/tile/entries/000", "/tile/entries/000", "/tile/0/077", "/tile/0/077"):
        front.client.get(path)
    assert asked() - before == 4


def test_a_tile_that_takes_a_token_is_answered_to_nobody_without_it(tmp_path: Path) -> None:
    with newsroom(tmp_path, token="secret", proxies="127.0.0.1") as room:
        room.ledger.add([sign_record(factory.claim(f"claim {one}"), room.signer) for one in range(256)])
        with nginx(tmp_path / "nginx", str(room.http.base_url).rstrip("/")) as front:
            allowed = front.client.get("/tile/0/000", headers={"Authorization": "Bearer secret"})
            assert (allowed.status_code, "private" in allowed.headers["cache-control"]) == (200, True)
            assert front.client.get("/tile/0/000").status_code == 401


def test_figures_are_not_reached_from_outside(front: Front, room: Newsroom) -> None:
    assert room.http.get("/metrics", headers=BEARER).status_code == 200
    for path in ("/metrics", "/metrics?x=1", "//metrics", "/%6detrics", "/./metrics"):
        with front.raw() as plain:  # as it stands: clients tidy such paths
            head = f"GET {path} HTTP/1.1\r\nHost: {NAME}\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n"
            plain.sendall(head.encode())
            answered = b"".join(iter(lambda: plain.recv(65_536), b""))
        assert (answered[:12], b"onrecord_" in answered) == (b"HTTP/1.1 404", False), path


def test_records_are_taken_through_it_and_pages_link_to_its_name(front: Front, room: Newsroom) -> None:
    body = room.signed({"kind": "claim", "type": "event", "text": {"en": "Added through the front"}})
    answer = front.client.post("/v1/records", content=body)
    assert answer.status_code == 200, answer.text
    assert len(answer.headers["x-request-id"]) == 16
    claim = answer.json()[0]["record_id"]
    page = front.client.get(f"/claims/{claim}", headers={"Accept": "text/html"}, follow_redirects=False)
    assert page.status_code in (200, 308)
    assert f"https://{NAME}/" in front.client.get("/feed.json").text


def test_its_log_has_no_query_and_the_ledgers_number(front: Front, tmp_path_factory: pytest.TempPathFactory) -> None:
    answer = front.client.get("/v1/claims", params={"query": "Quackenbush"})
    place = next(tmp_path_factory.getbasetemp().glob("front*/nginx/access.log"))
    end = time.monotonic() + 20
    while answer.headers["x-request-id"] not in place.read_text():
        assert time.monotonic() < end
        time.sleep(0.05)
    assert "Quackenbush" not in place.read_text()


# What reaches the ledger, told by one that tells what reached it


class Echo(BaseHTTPRequestHandler):
    """Says what it was sent; `came` counts connections that have sent a head."""

    came: list[str] = []
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        type(self).came.append(self.path)
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        told = json.dumps({"headers": {name.lower(): value for name, value in self.headers.items()}, "bytes": len(body)})
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told.encode())

    do_POST = do_GET

    def log_message(self, format: str, *arguments: Any) -> None:
        """Not to the test's output."""


@pytest.fixture(scope="module")
def echoing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with listening(Echo) as address, nginx(tmp_path_factory.mktemp("echo") / "nginx", address) as front:
        yield front


def test_who_asks_is_said_by_nginx_alone(echoing: Front) -> None:
    forged = {"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9", "X-Forwarded-Proto": "http"}
    told = echoing.client.get("/", headers=forged).json()["headers"]
    assert told["x-forwarded-for"] == "127.0.0.1"
    assert told["x-forwarded-proto"] == "https"
    assert "forwarded" not in told
    assert "203.0.113.9" not in json.dumps(told)


def test_a_body_is_taken_up_to_what_the_ledger_takes(echoing: Front) -> None:
    largest = 32 << 20
    assert echoing.client.post("/v1/records", content=b"x" * (largest + 1)).json()["bytes"] == largest + 1
    assert echoing.client.post("/v1/records", content=b"x" * (34 << 20)).status_code == 413


def test_a_head_without_end_is_refused(echoing: Front) -> None:
    assert echoing.client.get("/", headers={"X-Long": "x" * 200_000}).status_code in (400, 431, 494)
    assert echoing.client.get("/" + "x" * 50_000).status_code == 414


def test_a_slow_body_holds_no_connection_of_the_ledger(echoing: Front) -> None:
    Echo.came.clear()
    with echoing.raw() as slow:
        slow.sendall(f"POST /slow HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 10\r\nConnection: close\r\n\r\nhalf ".encode())
        assert echoing.client.get("/quick").status_code == 200  # so nginx had time to read the half
        assert Echo.came == ["/quick"]
        slow.sendall(b"whole")
        answered = b"".join(iter(lambda: slow.recv(65_536), b""))
    assert b'"bytes": 10' in answered
    assert Echo.came == ["/quick", "/slow"]


def test_one_address_holds_so_many_connections(echoing: Front) -> None:
    def asked(held: ssl.SSLSocket) -> bytes:
        held.sendall(f"POST /held HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 10\r\n\r\n".encode())
        return held.recv(12) if held.pending() else b""

    with contextlib.ExitStack() as stack:
        for _ in range(50):
            asked(stack.enter_context(echoing.raw()))
        end = time.monotonic() + 30
        while (answer := echoing.client.get("/one-more")).status_code != 429:
            assert time.monotonic() < end, "all 51 were answered"
            time.sleep(0.05)
        assert answer.status_code == 429
    assert echoing.client.get("/again").status_code in (200, 429)
