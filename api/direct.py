"""A route whose function does by itself what dependencies would do: of an append, solving them is more work than reading it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute


class Direct(APIRoute):
    """Its function takes the request and gives the response. It is described as any other route is, but no dependency of it or
    of its router is solved: what they would refuse, the function refuses."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        return self.endpoint
