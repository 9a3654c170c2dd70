"""`onrecord serve --workers`: several processes at one address, on each back end, are one ledger to whoever comes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx

from ledger.core.canonical import canonical_bytes
from ledger.core.encoding import parse_hash
from ledger.core.merkle import check_inclusion, leaf_hash
from ledger.core.note import open_checkpoint
from ledger.core.vkey import VerifierKey, parse_vkey
from ledger.keys import Signer, find_signer, sign_record
from ledger.service import Ledger
from ledger.service.duty import Duty
from ledger.wiring import create_ledger, open_ledger
from schemas.envelope import Submission
from tests import factory
from tests.conftest import REPOSITORY

WORKERS, WRITERS, APPENDS = 2, 6, 8
ORIGIN = "ledger.example"
Found = TypeVar("Found")


@contextmanager
def serving(
    ledger: str, keys: Path, workers: int = WORKERS, settings: Mapping[str, str] | None = None
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The server's first process, and its address."""
    command = [sys.executable, "-m", "ledger.cli", "serve", "--ledger", ledger, "--port", "0", "--workers", str(workers)]
    environment = {**os.environ, "ONRECORD_KEYS": str(keys), **(settings or {})}
    process = subprocess.Popen(command, cwd=REPOSITORY, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        address = next((found[1] for line in process.stderr if (found := re.search(r"serving on (\S+)", line))), None)
        assert address is not None, "it did not start"
        with ThreadPoolExecutor(1) as pool:
            pool.submit(process.stderr.read)  # or its workers would wait for somebody to read what they say
            try:
                yield process, address
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(60)
    finally:
        process.kill()


def workers_of(process: subprocess.Popen[str]) -> list[int]:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [int(one) for one in children if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]


def talks_to(client: httpx.Client, workers: Sequence[int]) -> int:
    """Which worker has taken this client's kept connection."""
    stream = client.get("/healthz").raise_for_status().extensions["network_stream"]
    near, far = (stream.get_extra_info(name)[1] for name in ("client_addr", "server_addr"))
    wanted = f":{far:04X}", f":{near:04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    inodes = {f"socket:[{row[9]}]" for row in rows if (row[1][-5:], row[2][-5:]) == wanted}
    for worker in workers:
        for handle in Path(f"/proc/{worker}/fd").iterdir():
            if handle.is_symlink() and os.readlink(handle) in inodes:
                return worker
    raise AssertionError("nobody has taken it")


def clients_of(stack: ExitStack, address: str, workers: Sequence[int], many: int) -> list[httpx.Client]:
    """So many, the same number with each worker."""
    found: dict[int, list[httpx.Client]] = {worker: [] for worker in workers}
    for _ in range(200):
        client = stack.enter_context(httpx.Client(base_url=address, timeout=60))
        found[talks_to(client, workers)].append(client)
        if all(len(some) >= many // len(workers) for some in found.values()):
            break
    each = [some[: many // len(workers)] for some in found.values()]
    assert sum(map(len, each)) == many, "one worker takes all connections"
    return [client for some in each for client in some]


def wait_for(look: Callable[[], Found | None]) -> Found:
    for _ in range(600):
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError("it does not come")


def size_of(client: httpx.Client) -> int:
    return int(client.get("/checkpoint").raise_for_status().text.split("\n")[1])


def holds(submission: Submission, receipt: Any, log_keys: Sequence[VerifierKey]) -> None:
    """The receipt is of this submission, and leads to what the log has signed."""
    opened = open_checkpoint(receipt["checkpoint"]["note"].encode(), log_keys, origin=ORIGIN)
    leaf = leaf_hash(canonical_bytes(submission.envelope.model_dump(mode="json")))
    proof = [parse_hash(one, what="proof") for one in receipt["proof"]]
    check_inclusion(receipt["index"], opened.checkpoint.size, leaf, proof, opened.checkpoint.root)


def append(client: httpx.Client, signer: Signer, writer: int) -> list[tuple[Submission, dict[str, Any]]]:
    done = []
    for number in range(APPENDS):
        submission = sign_record(factory.source(f"outlet-{writer}-{number}"), signer)
        body = submission.model_dump_json(exclude_none=True)
        (receipt,) = client.post("/v1/records", content=body).raise_for_status().json()
        done.append((submission, receipt))
    return done


def test_two_workers_write_one_log(database: str, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    create_ledger(database, origin=ORIGIN, keys=keys)
    signer = find_signer(database, keys)
    with serving(database, keys) as (process, address), ExitStack() as stack:
        httpx.Client(base_url=address, timeout=60).get("/healthz").raise_for_status()
        workers = wait_for(lambda: found if len(found := workers_of(process)) == WORKERS else None)
        writers = clients_of(stack, address, workers, WRITERS)
        readers = clients_of(stack, address, workers, WORKERS)
        log_keys = [parse_vkey(one) for one in readers[0].get("/.well-known/onrecord").json()["log_keys"]]
        with ThreadPoolExecutor(WRITERS) as pool:
            writing = [pool.submit(append, client, signer, number) for number, client in enumerate(writers)]
            seen = [0]
            while not all(one.done() for one in writing):
                # In turns with every worker: what one has published, the next one knows.
                seen += [size_of(reader) for reader in readers]
            done = [one for some in writing for one in some.result()]
        assert seen == sorted(seen)
        for submission, receipt in done:
            holds(submission, receipt, log_keys)
        assert sorted(receipt["index"] for _, receipt in done) == list(range(2, 2 + WRITERS * APPENDS))
        # What one process is to do for all of them is done.
        wait_for(lambda: readers[0].get("/healthz").json()["standing_size"] == 2 + WRITERS * APPENDS)
        os.kill(workers[0], signal.SIGKILL)
        wait_for(lambda: len(workers_of(process)) == WORKERS and workers[0] not in workers_of(process))
        with httpx.Client(base_url=address, timeout=60) as client:
            submission = sign_record(factory.claim(), signer)
            client.post("/v1/records", content=submission.model_dump_json(exclude_none=True)).raise_for_status()
            wait_for(lambda: client.get("/healthz").json()["standing_size"] == 3 + WRITERS * APPENDS)
    assert process.returncode == 0
    ledger = open_ledger(database, keys=keys)
    assert isinstance(ledger, Ledger)
    assert ledger.fsck().faults == []
    ledger.close()


def test_one_process_is_on_duty_and_the_next_one_when_it_has_ended(tmp_path: Path) -> None:
    first, second = Duty(tmp_path / "duty"), Duty(tmp_path / "duty")
    assert [first.is_mine(), second.is_mine(), first.is_mine()] == [True, False, True]
    first.release()
    assert [second.is_mine(), first.is_mine()] == [True, False]
    second.release()
    alone = Duty(None)
    assert alone.is_mine()


REFUSED = """
import uvicorn
from ledger.cli.serving import _listen, _run_in_workers

if __name__ == "__main__":
    config = uvicorn.Config("tests.nowhere:app", workers=2, timeout_worker_healthcheck=5)
    print(_run_in_workers(config, _listen("127.0.0.1", 0)))
"""


def test_workers_that_cannot_start_are_not_started_again_and_again(tmp_path: Path) -> None:
    (tmp_path / "refused.py").write_text(REFUSED)
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        [sys.executable, str(tmp_path / "refused.py")], env=environment, capture_output=True, text=True, timeout=90, check=True
    )
    assert done.stdout == "False\n"
