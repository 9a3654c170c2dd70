from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]

LOG_PRIMITIVES = [
    "canonical", "checkpoint", "didkey", "dsse", "encoding", "merkle", "note", "proof", "quorum", "sealing", "tiles", "vkey",
]  # fmt: skip

FOREIGN = {
    "sqlalchemy", "sqlmodel", "sqlite3", "psycopg", "alembic", "fastapi", "starlette", "uvicorn", "httpx", "socket",
    "pydantic", "typer", "click", "rich", "questionary", "yaml", "numpy", "scipy",
}  # fmt: skip


def test_the_log_primitives_load_no_sql_web_or_cli_module() -> None:
    names = ", ".join(f"ledger.core.{name}" for name in LOG_PRIMITIVES)
    script = f"import sys, {names}; sys.stdout.write(' '.join(sys.modules))"
    command = [sys.executable, "-c", script]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True, cwd=REPOSITORY).stdout.split()
    assert "ledger.core.note" in loaded
    assert not {name.split(".")[0] for name in loaded} & FOREIGN
