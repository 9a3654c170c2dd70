"""Requests that somebody else chose the address of reach nothing but the public network."""

from __future__ import annotations

import http.server
import ipaddress
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from ledger.errors import BusyError, ForbiddenError, FormatError, OnRecordError, StoreError
from ledger.net import guarded
from ledger.net.guarded import Guard, check_url, parse_networks, request

HERE = Guard(parse_networks(["127.0.0.0/8"]))
PRIVATE = [
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "224.0.0.1", "240.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1",
    "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1",
    "192.0.0.8", "192.88.99.1", "fec0::1", "3fff::1", "5f00::1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::1", "2001:db8::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_no_address_of_this_machine_or_its_neighbours_is_admitted(address: str) -> None:
    assert not Guard().admits(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"])
def test_public_addresses_are_admitted(address: str) -> None:
    assert Guard().admits(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_leads_to_a_private_address_is_refused_before_anything_is_sent(address: str) -> None:
    with pytest.raises(ForbiddenError):
        request("POST", "https://hook.example/x", guard=Guard(), resolve=lambda *_: [address])


def test_one_private_address_among_public_ones_spoils_the_name() -> None:
    with pytest.raises(ForbiddenError):
        request("POST", "https://hook.example/x", guard=Guard(), resolve=lambda *_: ["93.184.216.34", "10.0.0.1"])


BAD_URLS = [
    "http://hook.example/x", "ftp://hook.example/", "file:///etc/passwd", "gopher://hook.example", "//hook.example/x", "hook",
    "https://", "https:///x", "https://user@hook.example/", "https://user:pass@hook.example/", "https://hook.example/#part",
    "https://hook.example:99999/", "https://[::1/", "https://höök.example/", "https://hook.example/a b", "https://hook.example/\n",
    "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/",
    "https://[::7f00:1]/", "https://[64:ff9b::7f00:1]/", "https://[fe80::1%25eth0]/", "https://\uff11\uff12\uff17.0.0.1/",
    "https://hook.example/" + "x" * 2_000,
]  # fmt: skip


@pytest.mark.parametrize("url", BAD_URLS)
def test_what_is_no_safe_address_is_refused_with_a_reason(url: str) -> None:
    with pytest.raises((FormatError, ForbiddenError)):
        check_url(url, Guard())


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f000001", "017700000001", "127.0.0.1.", "[::]"])
def test_other_spellings_of_this_machine_are_refused_too(host: str) -> None:
    with pytest.raises(OnRecordError):
        request("POST", f"https://{host}/", guard=Guard())


def test_a_name_is_asked_for_once_and_what_was_looked_at_is_connected_to(listener: Listener) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    answer = request("POST", listener.url("hook.example"), guard=HERE, content=b"abc", resolve=resolve)
    assert (answer.status, answer.body, asked) == (200, b"heard 3", ["hook.example"])
    assert listener.hosts == [f"hook.example:{listener.port}"]


def test_a_name_that_changes_its_mind_is_looked_at_each_time(listener: Listener) -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.1"], ["::ffff:169.254.169.254"], ["127.0.0.1", "10.0.0.1"]])

    def resolve(host: str, port: int) -> list[str]:
        return next(answers)

    def ask() -> int:
        return request("POST", listener.url("hook.example"), guard=HERE, content=b"abc", resolve=resolve).status

    assert ask() == 200
    for _ in range(3):
        with pytest.raises(ForbiddenError):
            ask()
    assert len(listener.hosts) == 1


def test_an_address_too_long_to_take_apart_is_refused_by_its_length() -> None:
    with pytest.raises(FormatError, match="at most 2000"):
        check_url("https://a" + "\u0301\u0323" * 500_000 + ".example/", Guard())


def test_redirects_are_told_and_not_followed(listener: Listener) -> None:
    answer = request("POST", listener.url("127.0.0.1", "/moved"), guard=HERE)
    assert (answer.status, answer.headers["location"]) == (302, "http://169.254.169.254/")


def test_an_answer_without_end_is_cut_off(listener: Listener) -> None:
    assert len(request("GET", listener.url("127.0.0.1", "/endless"), guard=HERE).body) == guarded.MAX_ANSWER_BYTES


def test_an_answer_drop_by_drop_is_not_waited_for(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded, "_SECONDS", 0.3)
    started = time.monotonic()
    request("GET", listener.url("127.0.0.1", "/drops"), guard=HERE)
    assert time.monotonic() - started < 2


def test_headers_drop_by_drop_are_not_waited_for(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded, "_SECONDS", 0.5)
    started = time.monotonic()
    with pytest.raises(BusyError, match="does not answer in time"):
        request("GET", listener.url("127.0.0.1", "/headers"), guard=HERE)
    assert time.monotonic() - started < 2


def test_silence_is_given_up_on(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded, "_WAIT", 0.2)
    with pytest.raises(BusyError, match="does not answer in time"):
        request("GET", listener.url("127.0.0.1", "/silent"), guard=HERE)


def test_nobody_there_is_an_error_of_ours(listener: Listener) -> None:
    listener.stop()
    with pytest.raises(StoreError, match="cannot reach"):
        request("GET", listener.url("127.0.0.1"), guard=HERE)


@pytest.mark.parametrize("text", ["nonsense", "10.0.0.1/8", "10.0.0.0/99"])
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(FormatError, match="wanted a network"):
        parse_networks([text])


class Listener:
    """A receiver on this machine that behaves as its path says."""

    def __init__(self) -> None:
        self.hosts: list[str] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.hosts.append(self.headers["host"])
                heard = self.rfile.read(int(self.headers["content-length"]))
                self.send_response(302 if self.path == "/moved" else 200)
                if self.path == "/moved":
                    self.send_header("location", "http://169.254.169.254/")
                self.end_headers()
                self.wfile.write(b"heard %d" % len(heard))

            def do_GET(self) -> None:
                if self.path == "/silent":
                    time.sleep(1)
                    return
                if self.path == "/headers":
                    self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                    for number in range(50):
                        time.sleep(0.1)
                        try:
                            self.wfile.write(b"x-%d: 1\r\n" % number)
                        except OSError:
                            return
                    return
                self.send_response(200)
                self.end_headers()
                piece = b"x" * 4_096 if self.path == "/endless" else b"x"
                try:
                    for _ in range(100):
                        self.wfile.write(piece)
                        time.sleep(0 if self.path == "/endless" else 0.1)
                except OSError:
                    return

            def log_message(self, *_: Any) -> None:
                return

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def url(self, host: str, path: str = "/") -> str:
        return f"http://{host}:{self.port}{path}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()
    yield found
    found.stop()
