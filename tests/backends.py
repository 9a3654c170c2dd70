"""The databases that store tests run on. Standard library only at import, so that it runs before anything is installed.

    python3 tests/backends.py make test

runs the command with a throw-away PostgreSQL cluster whose URL is in ONRECORD_TEST_POSTGRES, and answers its exit code.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

URL_VARIABLE = "ONRECORD_TEST_POSTGRES"
REQUIRE_VARIABLE = "ONRECORD_REQUIRE_BACKENDS"
PROGRAMS = ("initdb", "pg_ctl", "postgres")
# PostgreSQL refuses to run as root; the first of these that exists owns the cluster instead.
UNPRIVILEGED = ("postgres", "nobody")
SUPERUSER = "onrecord"
SETTINGS = {"listen_addresses": "", "max_connections": "200", "timezone": "UTC"}
# Nothing here outlives the run, so nothing needs to survive a power cut: only what measures speed wants it to.
FLEETING = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


def find_programs() -> Path | None:
    """The directory that holds PostgreSQL's server programs: on the PATH, else the newest that Debian installed."""
    found = shutil.which("initdb")
    # Debian keeps them side by side off the PATH; a link on the PATH may stand alone.
    on_path = [Path(found).resolve().parent] if found else []
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major_version, reverse=True)
    return next((place for place in on_path + installed if all((place / name).exists() for name in PROGRAMS)), None)


@contextlib.contextmanager
def throwaway_cluster(programs: Path, *, durable: bool = False) -> Iterator[str]:
    """A running PostgreSQL cluster of its own, reached through a socket only; gone afterwards. Yields its URL."""
    owner = _owner()
    # Not tmp_path and not TMPDIR: either may be closed to other users, or longer than the 107 bytes of a socket's path.
    home = Path(tempfile.mkdtemp(prefix="onrecord-pg-", dir="/tmp"))
    try:
        if "user" in owner:
            os.chown(home, owner["user"], owner["group"])
        cluster = home / "data"
        _run(
            [programs / "initdb", "-D", cluster, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C", "-N"],
            owner,
        )
        with (cluster / "postgresql.conf").open("a") as conf:
            chosen = SETTINGS if durable else SETTINGS | FLEETING
            conf.writelines(f"{name} = '{value}'\n" for name, value in chosen.items())
            conf.write(f"unix_socket_directories = '{home}'\n")
        _run([programs / "pg_ctl", "-D", cluster, "-l", home / "log", "-w", "-t", "60", "start"], owner)
        try:
            yield f"postgresql://{SUPERUSER}@/postgres?host={quote(str(home))}"
        finally:
            if (cluster / "postmaster.pid").exists():  # else a test has stopped it
                _run([programs / "pg_ctl", "-D", cluster, "-m", "immediate", "-w", "stop"], owner)
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def fresh_database(cluster: str) -> Iterator[str]:
    """An empty database in the cluster, dropped afterwards even where somebody is still connected. Yields its URL."""
    import psycopg
    from psycopg import sql

    name = f"test_{secrets.token_hex(8)}"
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    try:
        yield with_database(cluster, name)
    finally:
        with psycopg.connect(cluster, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def with_database(url: str, name: str) -> str:
    """The same server, another database."""
    parts = urlsplit(url)
    # urlunsplit writes an empty host only where the scheme is one it knows, so the two slashes are ours.
    return f"{parts.scheme}://{parts.netloc}" + urlunsplit(("", "", f"/{name}", parts.query, ""))


def _major_version(place: Path) -> int:
    return int(place.parent.name) if place.parent.name.isdigit() else 0


def _owner() -> dict[str, Any]:
    """Who runs the cluster, as arguments of `subprocess.run`: this user, or an unprivileged one if this is root."""
    if os.geteuid() != 0:
        return {}
    for name in UNPRIVILEGED:
        with contextlib.suppress(KeyError):
            account = pwd.getpwnam(name)
            return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    raise RuntimeError(f"PostgreSQL does not run as root, and there is no user {' or '.join(UNPRIVILEGED)}")


def _run(command: list[str | Path], owner: dict[str, Any]) -> None:
    # A file, not a pipe: the server that pg_ctl leaves behind would hold a pipe open for ever.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd="/", check=False, **owner
        )
        if done.returncode == 0:
            return
        output.seek(0)
        raise RuntimeError(f"{Path(command[0]).name} ended with {done.returncode}:\n{output.read()}")


def _run_with_cluster(command: list[str]) -> int:
    programs = find_programs()
    if programs is None:
        print(
            "error: no PostgreSQL server programs (initdb, pg_ctl, postgres)\nhint: apt-get install postgresql",
            file=sys.stderr,
        )
        return 1
    # Being told to stop must still stop the cluster.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with throwaway_cluster(programs) as url:
        print(f"PostgreSQL from {programs}: {URL_VARIABLE}={url}", flush=True)
        return subprocess.run(command, env={**os.environ, URL_VARIABLE: url}, check=False).returncode


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python3 tests/backends.py COMMAND [ARGUMENT ...]")
    sys.exit(_run_with_cluster(sys.argv[1:]))
