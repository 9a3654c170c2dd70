"""`python -m benchmarks.clients PORT CLIENTS < BODIES`: so many connections, each of which sends one body after the other.

Bodies come one a line. Out comes in JSON what each took, in seconds, the last answer to each connection, and the seconds of a
processor that the sending itself took. A process of its own, so that what it costs is not added to the server's.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from time import perf_counter, process_time
from typing import Any

import uvloop

_HEAD = b"POST /v1/records HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


class Refused(Exception):
    """The server answered something else than 200."""


async def send(port: int, bodies: Iterator[bytes], took: list[float]) -> bytes:
    """Sends until there are no more; answers the last answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = b""
    for body in bodies:
        start = perf_counter()
        writer.write(_HEAD % len(body) + body)
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


async def run(port: int, clients: int, bodies: list[bytes]) -> dict[str, Any]:
    took: list[float] = []
    waiting = iter(bodies)
    start, worked = perf_counter(), process_time()
    answers = await asyncio.gather(*(send(port, waiting, took) for _ in range(clients)))
    seconds, processor = perf_counter() - start, process_time() - worked
    return {"seconds": seconds, "processor": processor, "took": took, "answers": [json.loads(one) for one in answers if one]}


if __name__ == "__main__":
    lines = sys.stdin.buffer.read().splitlines()
    json.dump(uvloop.run(run(int(sys.argv[1]), int(sys.argv[2]), lines)), sys.stdout)
