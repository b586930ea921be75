"""A real HTTP server that answers like an OpenAI-compatible one, or fails as such servers do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.loopback import free_socket, served

GOOD = json.dumps({"severity": "high", "types": ["medical"], "why": "orang jatuh"})


@dataclass
class FakeLlm:
    """``content`` is what the model says; ``status``, ``wait_s`` and ``raw`` make it fail."""

    content: str = GOOD
    status: int = 200
    wait_s: float = 0.0
    raw: bytes | None = None
    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        self.asked.append(await request.json())
        self.keys.append(request.headers.get("authorization", ""))
        await asyncio.sleep(self.wait_s)
        if self.raw is not None:
            return Response(self.raw, media_type="application/json")
        if self.status != 200:
            return Response("secret words of the server", self.status, headers={"location": "http://127.0.0.1:9/"})
        return JSONResponse({"choices": [{"message": {"role": "assistant", "content": self.content}}]})


@asynccontextmanager
async def fake_llm() -> AsyncIterator[FakeLlm]:
    fake = FakeLlm()
    app = Starlette(routes=[Route("/v1/chat/completions", fake.answer, methods=["POST"])])
    async with served(app, free_socket()) as url:
        fake.url = url
        yield fake
