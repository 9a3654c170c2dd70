"""`make fuzz`: each parser in turn, coverage-guided by atheris where that is installed, for a share of the time.

Prints how often each was run and in all, and what was found; a finding is a file in tests/fuzzing/found, and the exit code 1.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NoReturn

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a process is forked for each parser: no threads before

try:
    import atheris
except ImportError:
    atheris = None

if atheris is None or TYPE_CHECKING:
    from tests.fuzzing.bounds import FOUND, SECONDS, Broken, hold, keep, kept
    from tests.fuzzing.mutating import TOKENS, mutated
    from tests.fuzzing.targets import TARGETS, Target
else:
    with (
        contextlib.redirect_stderr(io.StringIO()),  # it names every module
        atheris.instrument_imports(include=["ledger", "schemas", "api"], enable_loader_override=False),
    ):
        from tests.fuzzing.bounds import FOUND, SECONDS, Broken, hold, keep, kept
        from tests.fuzzing.mutating import TOKENS, mutated
        from tests.fuzzing.targets import TARGETS, Target

MEMORY_MB = 1_500
LONGEST = 1 << 14
_RUNS = re.compile(r"^(?:Done|stat::number_of_executed_units:) (\d+)", re.MULTILINE)


class _Watch:
    """The parser, with each fault that it shows kept once and passed over from then on, so that the next is found too."""

    def __init__(self, target: Target) -> None:
        self.target, self.runs = target, 0
        self._seen: set[tuple[str, str]] = set()

    def __call__(self, data: bytes) -> None:
        self.runs += 1
        try:
            hold(self.target, data)
        except Broken as error:
            if (error.fault, error.place) not in self._seen:
                self._seen.add((error.fault, error.place))
                print(f"found: {self.target.name}: {error}: {keep(self.target, error.fault, data)}", flush=True)


def main() -> int:
    asked = _asked()
    chosen = [TARGETS[asked.target]] if asked.target else list(TARGETS.values())
    each = max(1, round(asked.seconds / len(chosen)))
    before = _found()
    print(f"{len(chosen)} parsers, {each} s each, {'guided by coverage' if atheris else 'without coverage'}", flush=True)
    runs = 0
    for target in chosen:
        began = time.monotonic()
        count, said = _run(target, each)
        runs += count
        print(f"  {target.name:20} {count:>12,} executions in {time.monotonic() - began:.0f} s", flush=True)
        for line in said:
            print(f"    {line}", flush=True)
    found = _found() - before
    print(f"{runs:,} executions in all, {len(found)} new findings")
    return 1 if found else 0


def _found() -> set[Path]:
    """Files: a folder of a parser's own findings comes to be whether or not there is one."""
    return {place for place in FOUND.rglob("*-*") if place.is_file()}


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("--seconds", type=int, default=1_800)
    parser.add_argument("--target", choices=sorted(TARGETS))
    return parser.parse_args()


def _run(target: Target, seconds: int) -> tuple[int, list[str]]:
    """How often it was run, and what was said of findings. In a process of its own: libFuzzer never returns."""
    with tempfile.TemporaryDirectory() as folder:
        log, corpus = Path(folder) / "log", Path(folder) / "corpus"
        corpus.mkdir()
        for number, seed in enumerate([*target.seeds, *(place.read_bytes() for place in kept(target))]):
            (corpus / str(number)).write_bytes(seed)
        (Path(folder) / "words").write_text("".join(f'"{_escaped(token)}"\n' for token in TOKENS))
        child = os.fork()
        if not child:
            _child(target, seconds, Path(folder), log)
        _, status = os.waitpid(child, 0)
        said = log.read_text("utf-8", "replace")
        runs = max((int(count) for count in _RUNS.findall(said)), default=0)
        lines = [line for line in said.splitlines() if line.startswith("found: ")]
        if os.waitstatus_to_exitcode(status) != 0:
            lines += [f"it ended with {os.waitstatus_to_exitcode(status)}:", *said.splitlines()[-8:]]
        return runs, lines


def _child(target: Target, seconds: int, folder: Path, log: Path) -> NoReturn:
    handle = os.open(log, os.O_WRONLY | os.O_CREAT)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    code = 1
    try:
        watch = _Watch(target)
        if atheris is None:
            _blindly(watch, seconds)
        else:
            _guided(watch, seconds, folder)
        print(f"Done {watch.runs} runs", flush=True)
        code = 0
    finally:
        os._exit(code)


def _blindly(watch: _Watch, seconds: int) -> None:
    until, choice = time.monotonic() + seconds, Random(time.time_ns())
    while time.monotonic() < until:
        watch(mutated(watch.target.seeds, choice))


def _guided(watch: _Watch, seconds: int, folder: Path) -> None:
    target = watch.target
    FOUND.joinpath(target.name).mkdir(parents=True, exist_ok=True)
    longest = max(LONGEST, 2 * max(map(len, target.seeds)))
    options = {
        "max_total_time": seconds,
        "max_len": longest,
        "timeout": round(10 * SECONDS),
        "rss_limit_mb": MEMORY_MB,
        "artifact_prefix": f"{FOUND / target.name}/",
        "dict": str(folder / "words"),
        "print_final_stats": 1,
        "verbosity": 0,
    }
    atheris.Setup([sys.argv[0], str(folder / "corpus"), *(f"-{name}={value}" for name, value in options.items())], watch)
    atheris.Fuzz()


def _escaped(token: bytes) -> str:
    """As libFuzzer's dictionaries spell it."""
    return "".join(chr(byte) if 0x20 <= byte < 0x7F and byte not in b'"\\' else f"\\x{byte:02x}" for byte in token)


if __name__ == "__main__":
    sys.exit(main())
