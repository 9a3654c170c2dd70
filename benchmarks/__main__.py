"""`python -m benchmarks`: what OnRecord takes against the least that it could take, measured in the same run."""

from __future__ import annotations

from benchmarks import floors
from benchmarks.measure import measure, print_table

if __name__ == "__main__":
    print_table(measure(case) for case in floors.cases())
