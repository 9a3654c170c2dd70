"""`python -m benchmarks.clients PORT CLIENTS [SECONDS] < LINES`: so many connections, each sending one request after another.

A line is a body to append, or a path to read. Bodies are sent once each; paths again and again, for so many seconds. Out comes
in JSON what each took, in seconds, the last answer to each connection where bodies were sent, and the seconds of a processor
that the sending itself took. A process of its own, so that what it costs is not added to the server's.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from itertools import cycle
from time import perf_counter, process_time
from typing import Any

import uvloop

_POST = b"POST /v1/records HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
_GET = b"GET %b HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n\r\n"


class Refused(Exception):
    """The server answered something else than 200."""


async def send(port: int, requests: Iterator[bytes], took: list[float]) -> bytes:
    """Sends until there are no more; answers the last answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = b""
    for request in requests:
        start = perf_counter()
        writer.write(request)
        answer = await _answer(reader)
        took.append(perf_counter() - start)
    writer.close()
    return answer


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    body = await reader.readexactly(length)
    if not head.startswith(b"HTTP/1.1 200 "):
        raise Refused(f"{head.decode()}{body.decode()}")
    return body


async def run(port: int, clients: int, requests: Iterator[bytes], keep: bool) -> dict[str, Any]:
    took: list[float] = []
    start, worked = perf_counter(), process_time()
    answers = await asyncio.gather(*(send(port, requests, took) for _ in range(clients)))
    seconds, processor = perf_counter() - start, process_time() - worked
    kept = [json.loads(one) for one in answers if one] if keep else []
    return {"seconds": seconds, "processor": processor, "took": took, "answers": kept}


def _for(seconds: float, requests: list[bytes]) -> Iterator[bytes]:
    """Round and round, from the first one that is wanted until the time is over."""
    end: float | None = None
    for request in cycle(requests):
        end = end or perf_counter() + seconds
        if perf_counter() > end:
            return
        yield request


def main(arguments: list[str]) -> None:
    port, clients = int(arguments[0]), int(arguments[1])
    lines = sys.stdin.buffer.read().splitlines()
    if len(arguments) == 2:
        requests = iter([_POST % (len(body), body) for body in lines])
    else:
        requests = _for(float(arguments[2]), [_GET % path for path in lines])
    json.dump(uvloop.run(run(port, clients, requests, len(arguments) == 2)), sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
