"""A streaming replica of a throw-away PostgreSQL cluster: made as an operator makes it, gone afterwards."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import psycopg

from tests.backends import SUPERUSER, _owner, _run, with_database


@dataclass(frozen=True)
class Cluster:
    """A cluster that can be told things: its home, and its address with the database `postgres`."""

    programs: Path
    data: Path
    url: str

    def ask(self, question: str) -> Any:
        with psycopg.connect(self.url, autocommit=True) as connection:
            row = connection.execute(question).fetchone()  # type: ignore[call-overload]  # the test's own text
        return row[0] if row else None

    def tell(self, command: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(command)  # type: ignore[call-overload]  # the test's own text

    def database(self, name: str) -> str:
        return with_database(self.url, name)

    def stop(self) -> None:
        _run([self.programs / "pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop"], _owner())

    def start(self) -> None:
        """Again, after `stop`."""
        log = self.data.parent / "log"
        _run([self.programs / "pg_ctl", "-D", self.data, "-l", log, "-w", "-t", "60", "start"], _owner())


@contextlib.contextmanager
def standby_of(primary: str, programs: Path, basebackup: list[str]) -> Iterator[Cluster]:
    """A hot standby that follows the cluster. `basebackup` is the command that copies it; PRIMARY and FOLDER stand for
    where the primary is and where the copy goes."""
    owner = _owner()
    home = Path(tempfile.mkdtemp(prefix="onrecord-standby-", dir="/tmp"))
    try:
        if "user" in owner:
            os.chown(home, owner["user"], owner["group"])
        data, host = home / "data", parse_qs(urlsplit(primary).query)["host"][0]
        known = {"pg_basebackup": str(programs / "pg_basebackup"), "PRIMARY": host, "FOLDER": str(data), "ROLE": SUPERUSER}
        _run([known.get(word, word) for word in basebackup], owner)
        with (data / "postgresql.conf").open("a") as conf:
            conf.write(f"unix_socket_directories = '{home}'\nwal_retrieve_retry_interval = '200ms'\n")
        _run([programs / "pg_ctl", "-D", data, "-l", home / "log", "-w", "-t", "60", "start"], owner)
        cluster = Cluster(programs, data, f"postgresql://{SUPERUSER}@/postgres?host={quote(str(home))}")
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def cluster_at(url: str, programs: Path) -> Cluster:
    """The cluster that `throwaway_cluster` runs at this address."""
    return Cluster(programs, Path(parse_qs(urlsplit(url).query)["host"][0]) / "data", url)
