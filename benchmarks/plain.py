"""What an append is measured against: a FastAPI application that puts the same row into a database, and proves nothing.

`uvicorn benchmarks.plain:create_app --factory`, with the database in PLAIN_DATABASE. No signature is checked or made, nothing
is hashed, nothing is derived and there is no proof; the row is as durable as ours.
"""

from __future__ import annotations

import json
import os
import threading
import time
from contextlib import nullcontext
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import Engine, event
from sqlmodel import Field, Session, SQLModel, create_engine


class Submitted(BaseModel):
    """An envelope, as far as a form goes."""

    payloadType: str
    payload: str
    signatures: list[dict[str, str]]


class Kept(SQLModel, table=True):
    """The columns that a lookup would want, and the envelope."""

    index: int | None = Field(default=None, primary_key=True)
    key_ids: str
    envelope: bytes
    logged_at: int


class Answer(BaseModel):
    index: int


def create_app() -> FastAPI:
    engine = _engine(os.environ["PLAIN_DATABASE"])
    SQLModel.metadata.create_all(engine, tables=[SQLModel.metadata.tables["kept"]])
    # SQLite's own waiting is sleeping and asking again: without this line the comparison would be with sleepers.
    turn = threading.Lock() if engine.dialect.name == "sqlite" else nullcontext()
    app = FastAPI()

    @app.post("/v1/records")
    def add(submitted: Submitted) -> Answer:
        envelope = json.dumps(submitted.model_dump(), separators=(",", ":")).encode()
        keys = " ".join(one["keyid"] for one in submitted.signatures)
        with turn, Session(engine) as session:
            row = Kept(key_ids=keys, envelope=envelope, logged_at=int(time.time()))
            session.add(row)
            session.commit()
            assert row.index is not None
            return Answer(index=row.index)

    @app.get("/healthz")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    return app


def _engine(database: str) -> Engine:
    if database.startswith("postgresql"):
        return create_engine(database, pool_size=5, max_overflow=60)
    engine = create_engine(database, connect_args={"timeout": 60}, pool_size=5, max_overflow=60)

    @event.listens_for(engine, "connect")
    def _(connection: Any, __: object) -> None:
        # As ours, or the comparison would be of disks.
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")

    return engine
