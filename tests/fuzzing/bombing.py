"""Every bomb into every parser, in a process of bounded memory: `python -m tests.fuzzing.bombing` prints what broke."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from tests.fuzzing.bounds import Broken, hold
from tests.fuzzing.mutating import bombs
from tests.fuzzing.targets import TARGETS

MEMORY = 512 << 20
SECONDS = 4.0
"""Of processor time for about 256 KiB."""


def main() -> int:
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    broken, inputs = [], 0
    for name, data in bombs().items():
        for target in TARGETS.values():
            inputs += 1
            try:
                hold(target, data, SECONDS)
            except Broken as error:
                broken.append(f"{target.name}, {name}: {error}")
                print(broken[-1], file=sys.stderr, flush=True)
    print(json.dumps({"inputs": inputs, "broken": broken}, indent=1))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
