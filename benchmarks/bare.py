"""What a read is measured against: a FastAPI application with one `def` route that has the answers already.

`uvicorn benchmarks.bare:create_app --factory`, with a file of answers in BARE_ANSWERS: JSON of each path's media type and text.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode
from pathlib import Path

from fastapi import FastAPI, Response


def create_app() -> FastAPI:
    given = json.loads(Path(os.environ["BARE_ANSWERS"]).read_text())
    answers = {path: (media_type, b64decode(content)) for path, (media_type, content) in given.items()}
    app = FastAPI(openapi_url=None)

    @app.get("/healthz")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/{path:path}")
    def same(path: str) -> Response:
        media_type, content = answers[f"/{path}"]
        return Response(content, media_type=media_type)

    return app
